"""Canonical answer text as markdown that holds no link, image or markup but ours, also while it streams.

A model may have been talked into writing ``[more](https://elsewhere/?q=what-it-read)``. So brackets, angle brackets and ampersands are
escaped, and an address is shown as code: it can be read and copied, and nothing happens at a click. What is left of markdown is headings,
emphasis, lists, tables and code. Code must not be escaped, so it is code here only where every renderer agrees: a fence at the first
column, and backticks that close on their line; other backticks and tildes are escaped, which leaves no second opinion.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from core.unseen import TAGS

UNSUPPORTED = "[unsupported]"
UNSUPPORTED_SHOWN = "*(not supported by the sources)*"
LONGEST_SPAN = 500  # characters of code within a line
LONGEST_ADDRESS = 2000

_LEFT_OUT = re.compile(f"[\r\0\u202a-\u202e\u2066-\u2069{TAGS}]")  # they change what is seen of what follows
_OPENING = re.compile(r"(?P<ticks>`{3,})[^`\n]*(?:\n|\Z)|(?P<tildes>~{3,})[^\n]*(?:\n|\Z)")
_CLOSING = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*")
_TICKS = re.compile("`+")
_WORD = r"[A-Za-z0-9._+-]"
_SPECIAL = re.compile(
    r"(?P<ticks>`+)"
    r"|(?P<tildes>~{3,})"
    r"|\[(?P<numbers>\d{1,3}(?:, ?\d{1,3}){0,7})\]"
    rf"|(?P<unsupported>{re.escape(UNSUPPORTED)})"
    rf"|(?P<address>\\?(?:[A-Za-z][A-Za-z+]{{1,9}}\\?:\\?/\\?/|[Ww]{{3}}\\?\.)[!-;=?-Z\\^_a-{{}}~]{{1,{LONGEST_ADDRESS}}})"
    rf"|(?P<mail>\\?{_WORD}{{1,64}}\\?@[A-Za-z0-9._\\-]{{1,250}})"
    r"|(?P<escaped>\\[!-/:-@\[-`{-~])"
    r"|(?P<markup>[\[<]|&(?=[#A-Za-z])|!(?=\[)|:(?=[A-Za-z]))"
    r"|(?P<line>\n)"
)
_NOT_ITS_END = ".,;:!?*_~'\"()\\"  # after an address, these belong to the sentence
_BEGUN_REMARK = "|".join(re.escape(UNSUPPORTED[:n]) for n in range(len(UNSUPPORTED) - 1, 0, -1))
# What may become something else when more text comes.
_PARTIAL = re.compile(
    rf"(?:!?\[[\d, ]{{0,40}}|!?(?:{_BEGUN_REMARK})|[!&]|~+|\\?{_WORD}{{0,64}}\\?(?::\\?(?:/\\?){{0,2}}|@[A-Za-z0-9._\\-]{{0,250}})?)\Z"
)
_LONGEST_PARTIAL = 400


def citation_link(answer_run_id: UUID, number: int) -> str:
    """The marker ``[n]`` as a link that opens the source."""
    return rf"[\[{number}\]](/cite/{answer_run_id}/{number})"


@dataclass(slots=True)
class Linkifier:
    """However the text is cut into pieces, the concatenation of all :meth:`feed` results and :meth:`flush` is the same.

    Args:
        numbers: the numbers that may be linked; None for all (while the check is still to come).
    """

    answer_run_id: UUID
    numbers: frozenset[int] | None = None
    _held: str = ""
    _fence: str = ""
    _is_at_start: bool = True  # of a line
    _last: str = ""  # character that was given

    def feed(self, piece: str) -> str:
        """The markdown of as much text as is decided."""
        return self._shown(piece, is_last=False)

    def flush(self) -> str:
        """The markdown of the rest."""
        return self._shown("", is_last=True)

    def _shown(self, piece: str, *, is_last: bool) -> str:
        text = self._held + _LEFT_OUT.sub("", piece)
        partial = None if is_last else _PARTIAL.search(text, max(len(text) - _LONGEST_PARTIAL, 0))
        decided = partial.start() if partial else len(text)
        shown: list[str] = []
        position = 0
        while position < len(text):
            if self._fence:
                end, markdown = self._in_code(text, position, is_last)
            else:
                end, markdown = self._in_prose(text, position, decided, is_last)
            if end == position:
                break  # what stands here is decided by what comes
            shown.append(markdown)
            self._last = markdown[-1:] or self._last
            position = end
        self._held = text[position:]
        return "".join(shown)

    def _in_code(self, text: str, start: int, is_last: bool) -> tuple[int, str]:
        """A line of a fenced block, or as much of it as cannot be its end."""
        end = text.find("\n", start)
        line = text[start:] if end < 0 else text[start:end]
        is_whole = end >= 0 or is_last
        if self._is_at_start:
            if not is_whole and not line.strip(" \t`~"):
                return start, ""
            closing = _CLOSING.fullmatch(line)
            if closing and closing[1].startswith(self._fence):
                self._fence = ""
        self._is_at_start = end >= 0
        return (end + 1, f"{line}\n") if end >= 0 else (len(text), line)

    def _in_prose(self, text: str, start: int, decided: int, is_last: bool) -> tuple[int, str]:
        """Up to the next thing of meaning, or that thing itself."""
        if self._is_at_start and text[start] in "`~":
            opening = _OPENING.match(text, start)
            is_open_ended = "\n" not in text[start:] and (opening or not text[start:].strip("`~"))
            if is_open_ended and not is_last:
                return start, ""
            if opening:
                self._fence = opening["ticks"] or opening["tildes"]
                return opening.end(), opening[0]
        found = _SPECIAL.search(text, start)
        if found and found.start() == start and (start < decided or found["ticks"]):
            return self._special(found, text, is_last)
        end = min(found.start() if found else len(text), max(decided, start))
        self._is_at_start = self._is_at_start and end == start
        return end, text[start:end]

    def _special(self, found: re.Match[str], text: str, is_last: bool) -> tuple[int, str]:
        kind, start, end = found.lastgroup, found.start(), found.end()
        if end == len(text) and not is_last and kind in ("ticks", "tildes", "address", "mail"):
            return start, ""
        if kind == "ticks":
            end = _end_of_span(text, found, is_last)
            self._is_at_start = self._is_at_start and end == start
            return end, text[start:end] if end > found.end() else r"\`" * (end - start)
        self._is_at_start = kind == "line"
        if kind in ("address", "mail"):
            address = found[0].rstrip(_NOT_ITS_END)
            return start + len(address), self._address(address.removeprefix("\\"), text[start + len(address) :][:1])
        return end, self._escaped(kind, found)

    def _address(self, address: str, following: str) -> str:
        """An address as code, apart from other code, with which it would be something else."""
        before, after = (" " if one == "`" else "" for one in (self._last, following))
        return f"{before}`{address}`{after}"

    def _escaped(self, kind: str | None, found: re.Match[str]) -> str:
        if kind == "numbers":
            return "".join(self._marker(int(number)) for number in found["numbers"].split(","))
        if kind == "unsupported":
            return UNSUPPORTED_SHOWN
        if kind == "tildes":
            return r"\~" * len(found[0])
        return f"\\{found[0]}" if kind == "markup" else found[0]

    def _marker(self, number: int) -> str:
        is_source = self.numbers is None or number in self.numbers
        return citation_link(self.answer_run_id, number) if is_source else rf"\[{number}\]"


def linkify(text: str, answer_run_id: UUID, numbers: Iterable[int] | None = None) -> str:
    """A whole text at once."""
    linkifier = Linkifier(answer_run_id, None if numbers is None else frozenset(numbers))
    return linkifier.feed(text) + linkifier.flush()


def _end_of_span(text: str, opening: re.Match[str], is_last: bool) -> int:
    """Where the code within a line ends that this run opens: its own end when it opens none, its start while that is not decided."""
    line_end = re.compile(r"[\n|]").search(text, opening.end())
    limit = min(line_end.start() if line_end else len(text), opening.end() + LONGEST_SPAN)
    for run in _TICKS.finditer(text, opening.end(), limit):
        if run.end() == len(text) and not is_last:
            return opening.start()
        if len(run[0]) == len(opening[0]) and text[run.end() : run.end() + 1] != "`":
            return run.end()
    is_decided = is_last or line_end is not None or limit < len(text)
    return opening.end() if is_decided else opening.start()
