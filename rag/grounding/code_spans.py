"""Where code stands in a Markdown text, also while the text is still being written."""

import re
from dataclasses import dataclass

RUN = re.compile(r"`+|~+")
TICKS = re.compile(r"`+")
BLANK = re.compile(r"\n\s*\n")
FENCE_LENGTH = 3


@dataclass(slots=True)
class CodeSplitter:
    """Cuts a text into code and prose. However the text is cut into pieces on its way here, code is the same.

    A fence is open until it comes again; a shorter run of backticks is code only if one of the same length follows in its paragraph.
    """

    _held: str = ""
    _before: str = ""
    _fence: str = ""

    def feed(self, piece: str, *, is_last: bool = False) -> list[tuple[str, bool]]:
        """The runs that are decided now, each with True for code; ``is_last`` decides everything."""
        text = self._held + piece
        parts: list[tuple[str, bool]] = []
        position = 0
        while position < len(text):
            end, is_code, is_decided = self._next(text, position, is_last)
            if end > position:
                parts.append((text[position:end], is_code))
            position = end
            if not is_decided:
                break
        self._held = text[position:]
        self._before = text[position - 1] if position else self._before
        return parts

    @property
    def is_open(self) -> bool:
        """True inside a fence."""
        return bool(self._fence)

    def _next(self, text: str, start: int, is_last: bool) -> tuple[int, bool, bool]:
        """Where the run that starts here ends, whether it is code, and whether what follows can be looked at now."""
        if self._fence:
            return self._rest_of_fence(text, start, is_last)
        for run in RUN.finditer(text, start):
            if run.end() == len(text) and not is_last:
                return run.start(), False, False
            if len(run[0]) >= FENCE_LENGTH:
                if run.start() > start:
                    return run.start(), False, True
                self._fence = run[0]
                return run.end(), True, True
            if run[0][0] == "~" or self._char_before(text, run.start()) == "`":
                continue
            end = _inline_end(text, run, is_last)
            if end is None:
                continue
            if run.start() > start or end < 0:
                return run.start(), False, end >= 0
            return end, True, True
        return len(text), False, True

    def _rest_of_fence(self, text: str, start: int, is_last: bool) -> tuple[int, bool, bool]:
        close = text.find(self._fence, start)
        if close >= 0:
            end, self._fence = close + len(self._fence), ""
            return end, True, True
        if is_last:
            return len(text), True, True
        kept = len(text) - len(text[start:].rstrip(self._fence[0])) - start
        return len(text) - min(kept, len(self._fence) - 1), True, False

    def _char_before(self, text: str, position: int) -> str:
        return text[position - 1] if position else self._before


def _inline_end(text: str, opening: re.Match[str], is_last: bool) -> int | None:
    """Where the code ends that a short run of backticks opens; None when it opens nothing, -1 when that is not decided yet."""
    blank = BLANK.search(text, opening.end())
    limit = blank.start() if blank else len(text)
    for run in TICKS.finditer(text, opening.end(), limit):
        if run.end() == len(text) and not is_last:
            return -1
        if len(run[0]) == len(opening[0]):
            return run.end()
    return None if blank or is_last else -1


def code_runs(text: str) -> list[tuple[int, int]]:
    """Where code starts and ends; that of a fence without an end ends behind the text."""
    splitter, place = CodeSplitter(), 0
    runs: list[tuple[int, int]] = []
    for part, is_code in splitter.feed(text, is_last=True):
        if is_code and runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + len(part))
        elif is_code:
            runs.append((place, place + len(part)))
        place += len(part)
    if splitter.is_open and runs:
        runs[-1] = (runs[-1][0], len(text) + 1)
    return runs
