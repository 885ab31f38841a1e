"""Blocks of text in reading order to sections: cut at headings, neither tiny nor huge, each with the path of headings above it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile

from parsing.types import Block, Section
from parsing.visibility.report import sentence
from parsing.visibility.verdict import Verdict

WANTED_CHARS = 1500
MOST_CHARS = 6000
BETWEEN = "\n\n"
LONGEST_HEADING = 200
CODE = "code"  # its line ends and indents are its meaning
HIDDEN = "hidden"  # a text block that is not part of the text; its ``locator`` says how it was hidden
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A block of a document before it is part of a section.

    Attributes:
        level: 1 and more for headings, else 0.
        locator: see ``ingestion.types.Block``.
        gap: what stands between it and the block before.
    """

    kind: str
    text: str
    level: int = 0
    locator: str | None = None
    gap: str = BETWEEN


@dataclass
class Draft:
    """A section being filled."""

    text_blocks: list[TextBlock] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    length: int = 0
    hidden: list[Verdict] = field(default_factory=list)

    def add(self, text_block: TextBlock, path: Path) -> None:
        """Put a block at its end, which stands under these headings."""
        self.text_blocks.append(text_block)
        self.paths.append(path)
        self.length += len(text_block.text) + len(text_block.gap)

    def section(self, number: int, *, page: int | None = None) -> Section:
        """It as a section."""
        text, blocks = "", []
        for text_block in self.text_blocks:
            text += text_block.gap if text else ""
            end = len(text) + len(text_block.text)
            blocks.append(
                Block(
                    kind=text_block.kind, start=len(text), end=end, locator=text_block.locator, level=text_block.level
                )
            )
            text += text_block.text
        hidden = sentence(self.hidden)
        return Section(
            number=number, text=text, page=page, path=_shared(self.paths), blocks=tuple(blocks), hidden=hidden
        )


def _shared(paths: list[Path]) -> Path:
    """The headings that all paths begin with."""
    levels = takewhile(lambda headings: len(set(headings)) == 1, zip(*paths, strict=False))
    return tuple(headings[0] for headings in levels)


def sections_of(text_blocks: Iterable[TextBlock], *, first: int = 1, above: Path = ()) -> Iterator[Section]:
    """Sections of about 1,500 to 6,000 characters. Small neighbours share one, whose path is what their headings have in common.

    Args:
        first: the number of the first section.
        above: headings above all of them.
    """
    number = first
    draft = Draft()
    headings: list[TextBlock] = []
    for text_block in cut(text_blocks):
        if text_block.kind == HIDDEN:
            draft.hidden.append(Verdict(text_block.text, text_block.locator or ""))
            continue
        is_full = draft.length + len(text_block.text) > MOST_CHARS
        if draft.text_blocks and (is_full or (text_block.level and draft.length >= WANTED_CHARS)):
            yield draft.section(number)
            number, draft = number + 1, Draft()
        if text_block.level:
            headings = [*(heading for heading in headings if heading.level < text_block.level), text_block]
        draft.add(text_block, (*above, *(named(heading.text) for heading in headings)))
    if draft.text_blocks or sentence(draft.hidden):
        yield draft.section(number)


def page_of(text_blocks: Iterable[TextBlock], number: int, page: int) -> Section:
    """One section for a page or a slide, whatever its length; its first heading is its path."""
    draft = Draft()
    stripped = [
        replace(text_block, text=text_block.text.strip()) for text_block in text_blocks if text_block.text.strip()
    ]
    kept = [text_block for text_block in stripped if text_block.kind != HIDDEN]
    draft.hidden = [
        Verdict(text_block.text, text_block.locator or "") for text_block in stripped if text_block.kind == HIDDEN
    ]
    title = next((named(text_block.text) for text_block in kept if text_block.level), None)
    for text_block in kept:
        draft.add(text_block, (title,) if title else ())
    return draft.section(number, page=page)


def named(heading: str) -> str:
    """A heading as part of a path: on one line, not too long."""
    return " ".join(heading.split())[:LONGEST_HEADING]


def cut(text_blocks: Iterable[TextBlock]) -> Iterator[TextBlock]:
    """The same text blocks, none longer than a section may be; empty ones left out."""
    for text_block in text_blocks:
        if text_block.kind == HIDDEN:
            yield text_block
            continue
        text, start = _stripped(text_block), 0
        is_code = text_block.kind == CODE
        while len(text) - start > MOST_CHARS:
            end = _cutting_point(text, start)
            yield replace(text_block, text=text[start:end].rstrip())
            start = end
            while text[start] == "\n" if is_code else text[start].isspace():  # its last character is none
                start += 1
        if text:
            yield replace(text_block, text=text[start:])


def _stripped(text_block: TextBlock) -> str:
    """Its text without blank lines around it; the indent of its first line stays when it is code."""
    if text_block.kind != CODE:
        return text_block.text.strip()
    text = text_block.text.rstrip()
    return text[text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1 :]


def _cutting_point(text: str, start: int) -> int:
    """Where a part ends that begins at ``start``."""
    for separator in ("\n", ". ", " "):
        found = text.rfind(separator, start + MOST_CHARS // 2, start + MOST_CHARS)
        if found > 0:
            return found + len(separator)
    return start + MOST_CHARS
