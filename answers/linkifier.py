"""Canonical answer text as markdown that holds no link, image or markup but ours, also while it streams.

A model may have been talked into writing ``[more](https://elsewhere/?q=what-it-read)``. So brackets, angle brackets and ampersands are
escaped, and an address is shown as code: it can be read and copied, and nothing happens at a click. What is left of markdown is headings,
emphasis, lists, tables and code. What is code is said by :mod:`rag.grounding.markdown`, here as in the check of citations. So that the
page cannot read it otherwise, all else that could make code or a table is escaped, and code within a line stands on one line.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from rag.grounding.markdown import Scanner
from rag.grounding.parts import Kind, Part

UNSUPPORTED = "[unsupported]"
UNSUPPORTED_SHOWN = "*(not supported by the sources)*"
LONGEST_ADDRESS = 2000

_WORD = r"[A-Za-z0-9._+-]"
_SPECIAL = re.compile(
    r"\[(?P<numbers>\d{1,3}(?:, ?\d{1,3}){0,7})\]"
    rf"|(?P<unsupported>{re.escape(UNSUPPORTED)})"
    rf"|(?P<address>\\?(?:[A-Za-z][A-Za-z+]{{1,9}}\\?:\\?/\\?/|[Ww]{{3}}\\?\.)[!-;=?-Z\\^_a-{{}}~]{{1,{LONGEST_ADDRESS}}})"
    rf"|(?P<mail>\\?{_WORD}{{1,64}}\\?@[A-Za-z0-9._\\-]{{1,250}})"
    r"|(?P<escaped>\\[!-/:-@\[-`{-~])"
    r"|(?P<runs>`+|\|+)|(?P<tildes>~{3,})"
    r"|(?P<markup>[\[<]|&(?=[#A-Za-z])|!(?=\[))"
    r"|(?P<colon>:)"
)
_AFTER_COLON = re.compile("[A-Za-z-]")  # a directive, or the row below the header of a table
# At the start of a line of prose, what would begin a quote or list there.
_MARK = re.compile(r"([0-9]{0,9})(>|(?<![0-9])[-+*](?=[ \t]|\Z)|(?<=[0-9])[.)](?=[ \t]|\Z))")
_BEGUN_MARK = re.compile(r"(?:[0-9]{1,9}[.)]?|[-+*])\Z")
_INSTEAD = {Kind.LEAD: "", Kind.JOINT: " "}
_NEWLINE = "\n"
_NOT_ITS_END = ".,;:!?*_~'\"()\\"  # after an address, these belong to the sentence
_BEGUN_REMARK = "|".join(re.escape(UNSUPPORTED[:n]) for n in range(len(UNSUPPORTED) - 1, 0, -1))
# What may become something else when more text comes.
_PARTIAL = re.compile(
    rf"(?:!?\[[\d, ]{{0,40}}|!?(?:{_BEGUN_REMARK})|[!&]|(?<!~)~++"
    rf"|\\?{_WORD}{{0,64}}+\\?(?::\\?(?:/\\?){{0,2}}|@[A-Za-z0-9._\\-]{{0,250}})?)\Z"
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
    _scanner: Scanner = field(default_factory=Scanner)
    _held: str = ""
    _is_at_start: bool = True  # of a line
    _last: str = ""  # character that was given

    def feed(self, piece: str) -> str:
        """The markdown of as much text as is decided."""
        return self._shown(self._scanner.feed(piece))

    def flush(self) -> str:
        """The markdown of the rest. A block of code that is still open is closed, so that what is written below is none."""
        shown = self._shown(self._scanner.feed("", is_last=True)) + self._words("", is_last=True)
        fence = self._scanner.open_fence
        return f"{shown}{_NEWLINE if self._last != _NEWLINE else ''}{fence}" if fence else shown

    def _shown(self, parts: Iterable[Part]) -> str:
        return "".join(self._part(part) for part in parts)

    def _part(self, part: Part) -> str:
        if part.kind.is_words:
            return self._words(part.text, is_last=False)
        text = _INSTEAD.get(part.kind, part.text)
        words = self._words("", is_last=True, following=text[:1])
        self._is_at_start = part.kind is Kind.MARK and not text.endswith("|")
        self._last = text[-1:] or self._last
        return words + text

    def _words(self, piece: str, *, is_last: bool, following: str = "") -> str:
        """Prose, escaped, as much of it as is decided.

        Args:
            following: the character that comes behind the text.
        """
        text = self._held + piece
        position, mark = self._mark(text, is_last)
        shown = [mark]
        partial = None if is_last else _PARTIAL.search(text, max(len(text) - _LONGEST_PARTIAL, position))
        decided = partial.start() if partial else len(text)
        while position < decided and not (self._is_at_start and not is_last):
            found = _SPECIAL.search(text, position)
            start = min(found.start() if found else len(text), decided)
            shown.append(self._given(text[position:start]))
            position = start
            if found is None or start == decided:
                break
            position, markdown = self._special(found, text, following, is_last)
            shown.append(self._given(markdown))
            if position == start:
                break
        self._held = text[position:]
        return "".join(shown)

    def _mark(self, text: str, is_last: bool) -> tuple[int, str]:
        """How much of the text looks at the start of a line like the mark of a list or quote, and that escaped."""
        if not self._is_at_start or not text or (not is_last and _BEGUN_MARK.match(text)):
            return 0, ""
        self._is_at_start = False
        mark = _MARK.match(text)
        return (mark.end(), self._given(f"{mark[1]}\\{mark[2]}")) if mark else (0, "")

    def _given(self, markdown: str) -> str:
        self._last = markdown[-1:] or self._last
        return markdown

    def _special(self, found: re.Match[str], text: str, following: str, is_last: bool) -> tuple[int, str]:
        """Up to where the text is decided, and the markdown of that."""
        kind, start, end = found.lastgroup, found.start(), found.end()
        if end == len(text) and not is_last and kind in ("tildes", "address", "mail", "colon"):
            return start, ""
        if kind in ("address", "mail"):
            address = found[0].rstrip(_NOT_ITS_END)
            end = start + len(address)
            return end, self._address(address.removeprefix("\\"), text[end : end + 1] or following)
        if kind == "colon":
            before, after = text[start - 1] if start else self._last, text[end : end + 1] or following
            return end, r"\:" if before == "-" or _AFTER_COLON.match(after) else ":"
        return end, self._escaped(kind, found[0], found["numbers"])

    def _address(self, address: str, following: str) -> str:
        """An address as code, apart from other code, with which it would be something else."""
        before, after = (" " if one == "`" else "" for one in (self._last, following))
        return f"{before}`{address}`{after}"

    def _escaped(self, kind: str | None, text: str, numbers: str) -> str:
        if kind == "numbers":
            return "".join(self._marker(int(number)) for number in numbers.split(","))
        if kind == "unsupported":
            return UNSUPPORTED_SHOWN
        if kind in ("runs", "tildes"):
            return "".join(f"\\{char}" for char in text)
        return f"\\{text}" if kind == "markup" else text

    def _marker(self, number: int) -> str:
        is_source = self.numbers is None or number in self.numbers
        return citation_link(self.answer_run_id, number) if is_source else rf"\[{number}\]"


def linkify(text: str, answer_run_id: UUID, numbers: Iterable[int] | None = None) -> str:
    """A whole text at once."""
    linkifier = Linkifier(answer_run_id, None if numbers is None else frozenset(numbers))
    return linkifier.feed(text) + linkifier.flush()
