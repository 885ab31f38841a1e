"""Separates what a model thinks from what it answers, where both come in one text, while the text streams.

Servers that know their model send thoughts in a field of their own; others leave the marks of the model in the text. A mark opens at the
start of a line and outside code, so that an answer may speak about ``<think>``. Some templates put the opening mark into the prompt: then
only the closing one comes, and everything before it was thought.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.models.pieces import Piece

# Opening mark → closing mark, in lower case.
MARKS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<thoughts>": "</thoughts>",
    "<reasoning>": "</reasoning>",
    "<reflection>": "</reflection>",
    "<analysis>": "</analysis>",
    "<seed:think>": "</seed:think>",
    "[think]": "[/think]",  # Magistral
    "◁think▷": "◁/think▷",  # Kimi
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|channel|>analysis<|message|>": "<|channel|>final<|message|>",  # gpt-oss
}
FENCES = ("```", "~~~")
STARTS = (*MARKS, *FENCES)
LONGEST_START = max(map(len, STARTS))
CLOSERS = {closer: opener for opener, closer in MARKS.items()}
LONGEST_MARK = max(map(len, (*MARKS, *CLOSERS)))
_CLOSER = re.compile("|".join(map(re.escape, CLOSERS)), re.IGNORECASE)
_WRITTEN = (*CLOSERS, *MARKS)
_BREAK = re.compile(r"\n+")
_LINE = re.compile(r"[^\n]{1,1000}\n*|\n+")  # or a part of a long one
MOST_INDENT = 200  # characters of white space before a mark


@dataclass(slots=True)
class ThoughtSplitter:
    """Splits a streamed text into ``answer`` and ``reasoning``; the pieces in which it arrives make no difference to the joined results."""

    _held: str = ""  # may be the beginning of a mark
    _closer: str = ""  # of the open mark; empty in the answer
    _is_at_start: bool = True  # of a line
    _fence: str = ""
    _ticks: int = 0  # backticks in the line so far
    _has_thought: bool = False
    _openers: set[str] = field(default_factory=set)  # that were written as words
    _tail: str = ""  # of the answer so far, in lower case

    def feed(self, text: str, *, is_last: bool = False) -> list[Piece]:
        """The pieces that are decided after this text; ``is_last`` decides all."""
        pieces: list[Piece] = []
        for line in _LINE.findall(text) or [""]:
            self._add(line, pieces, is_last=False)
        if is_last:
            self._add("", pieces, is_last=True)
        return [piece for piece in pieces if piece.text or piece.kind == "retraction"]

    def _add(self, line: str, pieces: list[Piece], *, is_last: bool) -> None:
        text, self._held = self._held + line, ""
        while text:
            rest = self._step(text, pieces, is_last=is_last)
            if rest == text:
                self._held = text
                break
            text = rest

    def _step(self, text: str, pieces: list[Piece], *, is_last: bool) -> str:
        """Decides a beginning of the text; returns the rest, which is the whole where nothing can be decided."""
        if self._closer:
            return self._think(text, pieces, is_last=is_last)
        if self._is_at_start:
            return self._begin_line(text, pieces, is_last=is_last)
        return self._answer(text, pieces, is_last=is_last)

    def _think(self, text: str, pieces: list[Piece], *, is_last: bool) -> str:
        end = text.lower().find(self._closer)
        if end >= 0:
            pieces.append(Piece("reasoning", text[:end]))
            rest, self._closer, self._is_at_start = text[end + len(self._closer) :], "", True
            return rest
        keep = 0 if is_last else _begun(text, (self._closer,))
        pieces.append(Piece("reasoning", text[: len(text) - keep]))
        return text[len(text) - keep :]

    def _begin_line(self, text: str, pieces: list[Piece], *, is_last: bool) -> str:
        """A line of the answer begins: does it begin with a mark or a fence?"""
        stripped = text.lstrip(" \t")
        start = stripped[:LONGEST_START].lower()
        mark = next((mark for mark in STARTS if start.startswith(mark)), None)
        is_begun = len(text) < MOST_INDENT and any(one.startswith(start) for one in STARTS)
        if mark is None and is_begun and not is_last:
            return text
        if mark in MARKS and not self._fence:
            self._closer, self._has_thought = MARKS[mark], True
            return stripped[len(mark) :]
        if mark in FENCES and self._fence in ("", mark):
            self._fence = "" if self._fence else mark
        self._is_at_start, self._ticks = False, 0
        return self._answer(text, pieces, is_last=is_last)

    def _answer(self, text: str, pieces: list[Piece], *, is_last: bool) -> str:
        """Answer text up to the end of the line, or up to a closing mark that nothing opened."""
        line_end = _BREAK.search(text)
        line = text[: line_end.end()] if line_end else text
        closer = self._unopened(line)
        if closer:
            pieces += [Piece("answer", line[: closer.start()]), Piece("retraction")]
            self._has_thought = self._is_at_start = True
            return text[closer.end() :]
        keep = 0 if line_end or is_last else _begun(line, _WRITTEN)
        if self._is_code(line[: len(line) - keep]):
            keep = 0
        decided = line[: len(line) - keep]
        pieces.append(Piece("answer", decided))
        self._ticks += decided.count("`")
        lowered = self._tail + decided.lower()  # an opening mark may have come in pieces
        self._openers |= {opener for opener in MARKS if opener in lowered}
        self._tail = lowered[-LONGEST_MARK:]
        self._is_at_start = line_end is not None
        return text[len(decided) :]

    def _is_code(self, more: str) -> bool:
        """True when what follows after this text is in code."""
        return bool(self._fence) or (self._ticks + more.count("`")) % 2 == 1

    def _unopened(self, line: str) -> re.Match[str] | None:
        """The first closing mark of a line that stands in no code and whose opening mark was not written."""
        if self._has_thought or self._fence:
            return None
        for match in _CLOSER.finditer(line):
            before = line[: match.start()]
            opener = CLOSERS[match[0].lower()]
            is_code = (self._ticks + before.count("`")) % 2
            if not is_code and opener not in self._openers and opener not in before.lower():
                return match
        return None


def _begun(text: str, marks: tuple[str, ...]) -> int:
    """How many characters at the end of the text may be the beginning of one of these marks."""
    tail = text[-LONGEST_MARK:].lower()
    return next((n for n in range(len(tail), 0, -1) if any(mark.startswith(tail[-n:]) for mark in marks)), 0)


def split(text: str) -> Iterator[Piece]:
    """The pieces of a whole text, without retractions: what a closing mark says about the text before it is applied."""
    pieces = ThoughtSplitter().feed(text, is_last=True)
    last = max((place for place, piece in enumerate(pieces) if piece.kind == "retraction"), default=-1)
    for place, piece in enumerate(pieces):
        if piece.kind != "retraction":
            yield Piece("reasoning", piece.text) if place < last else piece


def without_reasoning(text: str) -> str:
    """The answer in a whole reply."""
    return "".join(piece.text for piece in split(text) if piece.kind == "answer").strip()
