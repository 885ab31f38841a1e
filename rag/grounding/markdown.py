"""Tells code and formulas from words in an answer: the one reading of Markdown that the check, the stream and the page share.

It agrees with what the page shows of :func:`answers.linkifier.linkify`: CommonMark with GitHub's tables. HTML, links, footnotes and
directives are plain words here, because they are escaped there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.unseen import TAGS
from rag.grounding.blocks import Blocks, Line, LineKind
from rag.grounding.formulas import DISPLAY_START, HeldDisplay
from rag.grounding.markdown_parts import Part, PartKind, Run, non_prose_runs
from rag.grounding.spans import Words

LINE = re.compile(r"[^\n]*\n|[^\n]+")
# The kind of a line is known once it has a character that cannot be part of a mark.
DECIDING = re.compile(r"[^ \t>\-+*_=#|:.)0-9`~]")
FENCE = "```"
LEFT_OUT = re.compile(f"[\0\u202a-\u202e\u2066-\u2069{TAGS}]")  # they change how the following text is displayed
# White space to Python or to a browser; the page drops it around a text.
SPACE = re.compile(r"[\s\ufeff]*")
_CODE_MARK = re.compile(r"[`\\$]+|~{3,}")
_PROSE_MARK = re.compile(r"\\[!-'*-/:-@\\^_`{-~]|[`$]+|~{3,}|\\(?=[()\[\]])")
_SPACES = re.compile(r"[ \t]+")
IN_BLOCK = {LineKind.OPENING, LineKind.INDENTED, LineKind.CODE}
WORDS = {
    LineKind.TEXT: PartKind.PROSE,
    LineKind.MORE: PartKind.PROSE,
    LineKind.HEADING: PartKind.HEADING,
    LineKind.ROW: PartKind.CELL,
}
CODE = {
    LineKind.OPENING: PartKind.FENCE,
    LineKind.INDENTED: PartKind.BLOCK,
    LineKind.CODE: PartKind.BLOCK,
    LineKind.CLOSING: PartKind.FENCE,
}


@dataclass(slots=True)
class Scanner:
    """Cuts a streamed text into parts. The pieces in which it arrives only change where a long part is cut.

    Invisible characters are left out, and line ends become ``\\n``; otherwise the parts joined are the text.
    """

    _blocks: Blocks = field(default_factory=Blocks)
    _words: Words | None = None
    _start: list[str] = field(default_factory=list)  # of the current line, while its kind is not known
    _line: Line | None = None
    _is_past_marks: bool = False
    _may_be_fence: bool = False
    _is_in_block: bool = False  # the line above belongs to a block of code
    _is_newline_held: bool = False
    _is_after_return: bool = False
    _has_begun: bool = False
    _display: HeldDisplay | None = None
    _blocks_before: Blocks = field(default_factory=Blocks)  # the line with which that began
    _is_replayed: bool = False  # that line turned out to be words

    @property
    def open_fence(self) -> str:
        """The fence to write on a separate line so that text appended afterwards is not code; empty when none is needed."""
        return self._blocks.open_fence

    def feed(self, piece: str, *, is_last: bool = False) -> list[Part]:
        """The parts that are decided after this piece; ``is_last`` decides everything."""
        parts: list[Part] = []
        for line in LINE.findall(self._begun(self._cleaned(piece), parts)):
            parts += self._add(line.removesuffix("\n"))
            if line[-1] == "\n":
                parts += self._end_line("\n")
        if is_last:
            parts += self._end_line("") if self._start or self._line else []
            parts += self._settle_display(is_last=True)  # which may bring a line back
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
        """The text without the white space before the first word, which becomes a ``LEAD`` part."""
        if self._has_begun:
            return text
        lead = SPACE.match(text)
        end = lead.end() if lead else 0
        self._has_begun = end < len(text)
        parts.append(Part(text[:end], PartKind.LEAD))
        return text[end:]

    def _add(self, text: str) -> list[Part]:
        """The parts decided by more of the current line."""
        if self._display:
            self._display.add(text)
            return self._settle_display()
        if self._line:
            return self._content(self._line, text)
        self._start.append(text)
        return self._begin_line() if self._is_decided(text) else []

    def _is_decided(self, text: str) -> bool:
        """True when the kind of the line is known, now that this text is added to it."""
        if not self._is_past_marks:
            match = DECIDING.search(text)
            if match is None or (
                match[0] in "$\\" and match.end() == len(text)
            ):  # with one more it may begin a formula
                return False
            self._is_past_marks = True
            text = text[match.end() :]
            self._may_be_fence = FENCE in "".join(self._start)
        return not self._may_be_fence or "`" in text

    def _begin_line(self) -> list[Part]:
        text, self._start = "".join(self._start), []
        display = None if self._is_replayed else DISPLAY_START.match(text)
        before = self._blocks.copy() if display else self._blocks
        line = self._blocks.line(text, self._words.header_cells if self._words else 0)
        marks = text[: line.start]
        if display and line.kind in (LineKind.TEXT, LineKind.MORE) and line.start == display.start(1):
            self._display, self._blocks_before = HeldDisplay(display[1], marks, [text]), before
            return self._settle_display()
        self._line = line
        if line.kind is LineKind.MORE and self._words:
            self._is_newline_held = False
            parts = self._words.next_line(f"\n{marks}")
        else:
            parts = self._end_words(is_header=line.kind is LineKind.DELIMITER)
            self._words = Words(WORDS[line.kind]) if line.kind in WORDS else None
            is_edge = self._is_in_block and line.kind in (LineKind.CODE, LineKind.CLOSING)
            parts.append(Part(marks, PartKind.EDGE if is_edge else PartKind.MARK))
        return parts + self._content(line, text[line.start :])

    def _content(self, line: Line, text: str) -> list[Part]:
        return self._words.add(text) if self._words else [Part(text, CODE.get(line.kind, PartKind.MARK))]

    def _end_line(self, newline: str) -> list[Part]:
        parts = [] if self._line or self._display else self._begin_line()
        if self._display:
            self._display.add(newline)
            return parts + self._settle_display()
        line, self._line, self._is_past_marks, self._may_be_fence = self._line, None, False, False
        self._is_in_block = line is not None and line.kind in IN_BLOCK
        if line is None or self._words is None:
            kind = CODE.get(line.kind, PartKind.MARK) if line and self._is_in_block else PartKind.MARK
            return [*parts, Part(newline, kind)]
        if line.kind in (LineKind.TEXT, LineKind.MORE):
            self._is_newline_held = bool(newline)
            return parts + self._words.end_line(may_be_header=line.may_be_header)
        parts += self._words.row() if line.kind is LineKind.ROW else self._words.end()
        self._words = None
        return [*parts, Part(newline, PartKind.MARK)]

    def _settle_display(self, *, is_last: bool = False) -> list[Part]:
        """The parts of a line that began with a formula, once it is known whether that is one of its own."""
        held = self._display
        verdict = held.verdict(is_last=is_last) if held else "open"
        if held is None or verdict == "open":
            return []
        self._display, self._line, self._is_past_marks, self._may_be_fence = None, None, False, False
        if verdict == "words":
            self._blocks, self._is_replayed = self._blocks_before, True
            return self._replayed(held.raw)
        (start, end), raw = verdict, held.raw
        parts = [*self._end_words(), Part(held.marks, PartKind.MARK), Part(raw[start:end], PartKind.DISPLAY)]
        self._is_in_block = False
        if not raw[end:].strip():
            self._blocks.end_paragraph()
            return [*parts, Part(raw[end:], PartKind.MARK)]
        self._words, self._line = Words(PartKind.PROSE), Line(LineKind.TEXT, end)
        return parts + self._replayed(raw[end:])

    def _replayed(self, raw: str) -> list[Part]:
        """The parts of lines that were held back."""
        parts: list[Part] = []
        for line in LINE.findall(raw):
            parts += self._add(line.removesuffix("\n"))
            if line[-1] == "\n":
                parts += self._end_line("\n")
                self._is_replayed = False
        return parts

    def _end_words(self, *, is_header: bool = False) -> list[Part]:
        """The parts held back of a paragraph that ends."""
        words, self._words = self._words, None
        parts = [] if words is None else words.header() if is_header else words.end()
        newline, self._is_newline_held = self._is_newline_held, False
        return [*parts, Part("\n", PartKind.MARK)] if newline else parts


def _merged(parts: Iterable[Part]) -> list[Part]:
    merged: list[list[Part]] = []
    for part in parts:
        if not part.text:
            continue
        if merged and merged[-1][0].kind is part.kind and not part.kind.is_formula:
            merged[-1].append(part)
        else:
            merged.append([part])
    return [Part("".join(part.text for part in run), run[0].kind) for run in merged]


def scan(text: str) -> list[Part]:
    """The parts of a whole text."""
    return Scanner().feed(text, is_last=True)


def code_runs(text: str) -> tuple[Run, ...]:
    """The runs of code in a text that has no invisible characters."""
    return tuple(run for run in non_prose_runs(scan(text)) if run.kind.is_code)


def literal(text: str) -> str:
    """Plain text escaped so that none of it is read as code."""
    return _CODE_MARK.sub(_escaped, text)


def without_code(text: str) -> str:
    """A text with its code and formulas turned into words: every mark of theirs escaped, no indentation."""
    words = "".join(
        literal(part.text) if part.kind.is_code else _PROSE_MARK.sub(_escaped, part.text) for part in scan(text)
    )
    return _SPACES.sub(" ", words)


def _escaped(mark: re.Match[str]) -> str:
    is_escaped = mark.re is _PROSE_MARK and len(mark[0]) == 2 and mark[0][0] == "\\"
    return mark[0] if is_escaped else "".join(f"\\{char}" for char in mark[0])
