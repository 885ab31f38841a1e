"""Named parts within named parts, as JSON and XML have them, to text: names stay beside values, what belongs together stays so."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from parsing.sections import TextBlock

MOST_TOGETHER = 1200  # characters of one block; what is larger is cut at its branches


@dataclass(slots=True)
class Branch:
    """A named part: a text of its own, or parts in it. ``locator`` is how one gets to it from the root."""

    name: str
    text: str = ""
    parts: list["Branch"] = field(default_factory=list)
    locator: str = ""

    @property
    def is_list(self) -> bool:
        """True for records of the same name, which each get a block of their own."""
        records = [part for part in self.parts if part.parts]
        return len(records) > 1 and len(records) == len(self.parts) and len({part.name for part in records}) == 1

    def lines(self, prefix: str = "") -> Iterator[str]:
        """All of it, a line to a text, each with the names that lead to it."""
        name = f"{prefix}.{self.name}" if prefix and self.name else prefix or self.name
        if self.text:
            yield f"{name}: {self.text}" if name else self.text
        for part in self.parts:
            yield from part.lines(name)

    @property
    def length(self) -> int:
        """Characters of its texts and names, counted no further than is needed to know that it is too large."""
        total = len(self.name) + len(self.text)
        for part in self.parts:
            total += part.length
            if total > MOST_TOGETHER:
                break
        return total


def text_blocks(branch: Branch, level: int) -> Iterator[TextBlock]:
    """A branch as one block when it is small enough, else its name as a heading and its parts below."""
    is_list = branch.is_list
    if branch.length <= MOST_TOGETHER and not is_list:
        yield TextBlock("paragraph", "\n".join(branch.lines()), locator=branch.locator)
        return
    if not branch.parts:
        yield from (TextBlock("paragraph", line, locator=branch.locator) for line in branch.lines())
        return
    if branch.name:
        level += 1
        yield TextBlock("heading", branch.name, level)
    if branch.text:
        yield TextBlock("paragraph", branch.text, locator=branch.locator)
    loose, length = Branch(""), 0
    for part in branch.parts:
        part_length = part.length
        if is_list or part_length > (MOST_TOGETHER // 4 if part.parts else MOST_TOGETHER):
            yield from _flushed(loose)
            length = 0
            yield from text_blocks(part, level)
            continue
        if length + part_length > MOST_TOGETHER:
            yield from _flushed(loose)
            length = 0
        loose.parts.append(part)
        length += part_length
    yield from _flushed(loose)


def _flushed(loose: Branch) -> Iterator[TextBlock]:
    """Small neighbours as one block."""
    if loose.parts:
        yield TextBlock("paragraph", "\n".join(loose.lines()), locator=loose.parts[0].locator)
        loose.parts.clear()
