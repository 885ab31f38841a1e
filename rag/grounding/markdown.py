"""Where code stands in an answer and where words: the one reading of Markdown that the check, the stream and the page share.

It is what the page shows of :func:`answers.linkifier.linkify`: CommonMark with GitHub's tables. HTML, links, footnotes and directives
are only words to it, because they are escaped there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.unseen import TAGS
from rag.grounding.blocks import Blocks, Line, LineKind
from rag.grounding.parts import Kind, Part, Run, runs
from rag.grounding.spans import Words

LINE = re.compile(r"[^\n]*\n|[^\n]+")
# What a line is is known once it has a character that no mark is made of.
DECIDING = re.compile(r"[^ \t>\-+*_=#|:.)0-9`~]")
FENCE = "```"
LEFT_OUT = re.compile(f"[\0\u202a-\u202e\u2066-\u2069{TAGS}]")  # they change what is seen of what follows
# Space to Python or to a browser; the page drops it around a text.
SPACE = re.compile(r"[\s\ufeff]*")
_CODE_MARK = re.compile(r"[`\\]+|~{3,}")
_PROSE_MARK = re.compile(r"\\[!-/:-@\[-`{-~]|`+|~{3,}")
_SPACES = re.compile(r"[ \t]+")
IN_BLOCK = {LineKind.OPENING, LineKind.INDENTED, LineKind.CODE}
WORDS = {LineKind.TEXT: Kind.PROSE, LineKind.MORE: Kind.PROSE, LineKind.HEADING: Kind.HEADING, LineKind.ROW: Kind.CELL}
CODE = {
    LineKind.OPENING: Kind.FENCE,
    LineKind.INDENTED: Kind.BLOCK,
    LineKind.CODE: Kind.BLOCK,
    LineKind.CLOSING: Kind.FENCE,
}


@dataclass(slots=True)
class Scanner:
    """Cuts a text into parts. However it is cut into pieces on its way here, the parts are the same but for where a long one is cut.

    Characters that no reader sees are left out, and line ends are ``\\n``; otherwise the parts are the text.
    """

    _blocks: Blocks = field(default_factory=Blocks)
    _words: Words | None = None
    _start: list[str] = field(default_factory=list)  # of the current line, while it is not known what it is
    _line: Line | None = None
    _is_past_marks: bool = False
    _may_be_fence: bool = False
    _is_in_block: bool = False  # the line above belongs to a block of code
    _is_newline_held: bool = False
    _is_after_return: bool = False
    _has_begun: bool = False

    @property
    def open_fence(self) -> str:
        """What has to be written on a line of its own so that what is appended to the text is not code."""
        return self._blocks.open_fence

    def feed(self, piece: str, *, is_last: bool = False) -> list[Part]:
        """The parts that are decided now; ``is_last`` decides everything."""
        parts: list[Part] = []
        for line in LINE.findall(self._begun(self._cleaned(piece), parts)):
            parts += self._add(line.removesuffix("\n"))
            if line[-1] == "\n":
                parts += self._end_line("\n")
        if is_last:
            parts += self._end_line("") if self._start or self._line else []
            parts += self._end_words()
        return _merged(parts)

    def _cleaned(self, piece: str) -> str:
        text = LEFT_OUT.sub("", piece)
        if text:
            is_after, self._is_after_return = self._is_after_return, text[-1] == "\r"
            text = text.removeprefix("\n") if is_after else text
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def _begun(self, text: str, parts: list[Part]) -> str:
        """The text without the space before all of it."""
        if self._has_begun:
            return text
        lead = SPACE.match(text)
        end = lead.end() if lead else 0
        self._has_begun = end < len(text)
        parts.append(Part(text[:end], Kind.LEAD))
        return text[end:]

    def _add(self, text: str) -> list[Part]:
        """More of the current line."""
        if self._line:
            return self._content(self._line, text)
        self._start.append(text)
        return self._begin_line() if self._is_decided(text) else []

    def _is_decided(self, text: str) -> bool:
        """True when it is known what the line is, with this text at the end of what is known of it."""
        if not self._is_past_marks:
            found = DECIDING.search(text)
            if found is None:
                return False
            self._is_past_marks = True
            text = text[found.end() :]
            self._may_be_fence = FENCE in "".join(self._start)
        return not self._may_be_fence or "`" in text

    def _begin_line(self) -> list[Part]:
        text, self._start = "".join(self._start), []
        line = self._line = self._blocks.line(text, self._words.header_cells if self._words else 0)
        marks = text[: line.start]
        if line.kind is LineKind.MORE and self._words:
            self._is_newline_held = False
            parts = self._words.next_line(f"\n{marks}")
        else:
            parts = self._end_words(is_header=line.kind is LineKind.DELIMITER)
            self._words = Words(WORDS[line.kind]) if line.kind in WORDS else None
            is_edge = self._is_in_block and line.kind in (LineKind.CODE, LineKind.CLOSING)
            parts.append(Part(marks, Kind.EDGE if is_edge else Kind.MARK))
        return parts + self._content(line, text[line.start :])

    def _content(self, line: Line, text: str) -> list[Part]:
        return self._words.add(text) if self._words else [Part(text, CODE.get(line.kind, Kind.MARK))]

    def _end_line(self, newline: str) -> list[Part]:
        parts = [] if self._line else self._begin_line()
        line, self._line, self._is_past_marks, self._may_be_fence = self._line, None, False, False
        self._is_in_block = line is not None and line.kind in IN_BLOCK
        if line is None or self._words is None:
            kind = CODE.get(line.kind, Kind.MARK) if line and self._is_in_block else Kind.MARK
            return [*parts, Part(newline, kind)]
        if line.kind in (LineKind.TEXT, LineKind.MORE):
            self._is_newline_held = bool(newline)
            return parts + self._words.end_line(may_be_header=line.may_be_header)
        parts += self._words.row() if line.kind is LineKind.ROW else self._words.end()
        self._words = None
        return [*parts, Part(newline, Kind.MARK)]

    def _end_words(self, *, is_header: bool = False) -> list[Part]:
        """What was held back of a paragraph that ends."""
        words, self._words = self._words, None
        parts = [] if words is None else words.header() if is_header else words.end()
        newline, self._is_newline_held = self._is_newline_held, False
        return [*parts, Part("\n", Kind.MARK)] if newline else parts


def _merged(parts: Iterable[Part]) -> list[Part]:
    merged: list[list[Part]] = []
    for part in parts:
        if not part.text:
            continue
        if merged and merged[-1][0].kind is part.kind:
            merged[-1].append(part)
        else:
            merged.append([part])
    return [Part("".join(part.text for part in run), run[0].kind) for run in merged]


def scan(text: str) -> list[Part]:
    """The parts of a whole text."""
    return Scanner().feed(text, is_last=True)


def code_runs(text: str) -> tuple[Run, ...]:
    """Where code stands in a text without characters that nobody sees."""
    return tuple(run for run in runs(scan(text)) if run.kind.is_code)


def literal(text: str) -> str:
    """Words that are not Markdown, so written that none of them can be code."""
    return _CODE_MARK.sub(_escaped, text)


def without_code(text: str) -> str:
    """A text whose code is written as words: every mark of code escaped, no indentation."""
    words = "".join(
        literal(part.text) if part.kind.is_code else _PROSE_MARK.sub(_escaped, part.text) for part in scan(text)
    )
    return _SPACES.sub(" ", words)


def _escaped(mark: re.Match[str]) -> str:
    return mark[0] if mark[0][0] == "\\" and mark.re is _PROSE_MARK else "".join(f"\\{char}" for char in mark[0])
