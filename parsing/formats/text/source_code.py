"""Source code, configuration and markup by lines: line ends and indents stay, for they are the meaning. Runs in a child process only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from parsing.encoding import text_of
from parsing.parser_input import ParserInput
from parsing.sections import TextBlock, sections_of
from parsing.types import Section

WANTED_CHARS = 400  # of a block; a new one begins where the next part of the file does
MOST_CHARS = 1600  # then it begins at the next blank line
CLOSERS = ("}", ")", "]", "end", "else", "elif", "except", "finally", "catch", "fi", "done", "esac")
TAB_WIDTH = 4


def parse(source: ParserInput, _: Callable[[int, int], None]) -> Iterator[Section]:
    """The lines in blocks of kind ``code``, each from a line without an indent on; its locator is its first line."""
    return sections_of(source_blocks(text_of(source)))


@dataclass(slots=True)
class _Draft:
    """A block being filled. ``gap`` counts the blank lines before it."""

    number: int
    gap: int
    lines: list[str] = field(default_factory=list)
    length: int = 0
    blank: int = 0

    def add(self, line: str) -> None:
        self.lines += [""] * self.blank
        self.lines.append(line)
        self.length += len(line) + 1 + self.blank
        self.blank = 0

    def block(self) -> TextBlock:
        return TextBlock("code", "\n".join(self.lines), locator=f"line {self.number}", gap="\n" * (self.gap + 1))


def source_blocks(text: str) -> Iterator[TextBlock]:
    """The lines of a source, in blocks that begin where something new does."""
    draft: _Draft | None = None
    for number, line in enumerate(text.expandtabs(TAB_WIDTH).split("\n"), start=1):
        if not line.strip():
            if draft:
                draft.blank += 1
            continue
        if draft is None or _begins(line, draft):
            if draft:
                yield draft.block()
            draft = _Draft(number, min(draft.blank, 2) if draft else 0)
        draft.add(line.rstrip())
    if draft:
        yield draft.block()


def _begins(line: str, draft: _Draft) -> bool:
    """True for a line with which a new block may begin."""
    if draft.length > MOST_CHARS:
        return draft.blank > 0 or not line[0].isspace()
    is_top = not line[0].isspace() and not line.startswith(CLOSERS)
    return is_top and (draft.length > WANTED_CHARS or (draft.blank > 0 and draft.length > WANTED_CHARS // 4))
