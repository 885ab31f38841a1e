"""Files inside files of other kinds (a workbook in a letter, a page that a report generator put in): read within bounds, or named.

Runs in a child process only.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from core.errors import FootnoteError
from core.places import place_of
from parsing.parser_input import InMemoryFile, ParserInput
from parsing.sections import TextBlock
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from parsing.types import PAGE, Block, Section, block_around

MOST_FILES = 50
MOST_BYTES = 50 * 1024**2  # of all together
MOST_CPU_S = 60.0
MOST_DEPTH = 3
UNREAD = "{name}: {reason}"
NOT_READ = "it was not read."
TOO_MANY = "it was not read, because there are too many files in this one."
TOO_LARGE = "it was not read, because the files in this one are too large."
TOO_DEEP = "it was not read, because it is a file in a file in a file."
DAMAGED = "it is damaged and cannot be opened."
ParseFile = Callable[[ParserInput, str, Callable[[int, int], None]], Iterator[Section]]


@dataclass
class InnerFiles:
    """The files in one file.

    Attributes:
        parse: see ``parsing.registry.parse``; handed in, because the registry knows the parsers that hold these. None when none are read.
        depth: how many files are around those.
    """

    parse: ParseFile | None
    depth: int = 1
    _files: int = 0
    _size_bytes: int = 0
    _cpu_s: float = 0.0
    _remarks: list[Section] = field(default_factory=list)

    def sections(self, name: str, data: bytes) -> Iterator[Section]:
        """Sections of a file under its name; one that cannot be read says so in a section of its own."""
        started = time.process_time()
        try:
            yield from self._sections(name, data)
        finally:
            self._cpu_s += time.process_time() - started

    def text_blocks(self, name: str, data: bytes) -> Iterator[TextBlock]:
        """The same as part of the text around it; what is said of it comes with ``remarks``."""
        for section in self.sections(name, data):
            if section.warning or section.hidden:
                self._remarks.append(section.model_copy(update={"text": "", "blocks": (), "words": ()}))
            for block in blocks_inside(section):
                yield TextBlock(block.kind, section.text[block.start : block.end], block.level, block.locator)

    def named(self, name: str, reason: str) -> None:
        """Remark that a file was not read, and why."""
        self._remarks.append(_unread(name, reason))

    def remarks(self) -> Iterator[Section]:
        """What is said of files that became part of the text, or were only named."""
        yield from self._remarks

    def _sections(self, name: str, data: bytes) -> Iterator[Section]:
        if reason := self._refusal(data):
            yield _unread(name, reason)
            return
        if self.parse is None:
            yield _unread(name, NOT_READ)
            return
        self._files += 1
        self._size_bytes += len(data)
        try:
            mime_type = sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], name)
            for section in self.parse(InMemoryFile(data, self.depth), mime_type, lambda *_: None):
                yield under(name, section)
        except FootnoteError as error:
            yield _unread(name, error.message)
        except MemoryError:
            raise
        except Exception:  # a parser stumbled: the file around is fine
            yield _unread(name, DAMAGED)

    def _refusal(self, data: bytes) -> str:
        if self.depth > MOST_DEPTH:
            return TOO_DEEP
        if self._files >= MOST_FILES or self._cpu_s > MOST_CPU_S:
            return TOO_MANY
        return TOO_LARGE if self._size_bytes + len(data) > MOST_BYTES else ""


def blocks_inside(section: Section) -> tuple[Block, ...]:
    """The blocks of a section that becomes part of another text: its page is their locator."""
    named = next((block.locator for block in section.blocks if block.kind == PAGE), None)
    page = place_of(section.page, named) or None
    blocks = [block for block in section.blocks if block.kind != PAGE]
    return tuple(
        block.model_copy(update={"locator": block.locator or page})
        for block in blocks or block_around("paragraph", section.text)
    )


def under(name: str, section: Section) -> Section:
    """A section of a file as one of the file around it. Its pages are not that one's: they become places."""
    where = f"{name}{f', page {section.page}' if section.page else ''}"
    warning, hidden = (said and UNREAD.format(name=where, reason=said) for said in (section.warning, section.hidden))
    return section.model_copy(
        update={
            "page": None, "width": None, "height": None, "words": (), "path": (name, *section.path),
            "blocks": blocks_inside(section),
            "warning": warning, "hidden": hidden,
        }
    )  # fmt: skip


def _unread(name: str, reason: str) -> Section:
    return Section(number=1, text="", path=(name,), warning=UNREAD.format(name=name, reason=reason))
