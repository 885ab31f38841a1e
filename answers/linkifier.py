"""Canonical answer text as Markdown without any link, image or markup except our own, also while it streams.

A prompt injection may make a model write ``[more](https://elsewhere/?q=what-it-read)``. So brackets, angle brackets and ampersands are
escaped, and an address becomes code, which can be read and copied but not clicked. Of Markdown, headings, emphasis, lists, tables, code and
formulas remain. :mod:`rag.grounding.markdown` decides what is code or a formula, here as in the check of citations. So that the page cannot
decide differently, everything else that could make code, a formula or a table is escaped, and code within a line is put on one line.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from answers import formulas
from answers.remarks import MARK, REMARKS, Place, places, tight
from core.words import Catalogue, catalogue
from rag.grounding.markdown import Scanner
from rag.grounding.markdown_parts import Part, PartKind
from rag.types import Verdict

LONGEST_ADDRESS = 2000
LEAST_TILDES = 3  # fewer are words, more open a block of code

_WORD = r"[A-Za-z0-9._+-]"
_SPECIAL = re.compile(
    r"\[(?P<numbers>\d{1,3}(?:, ?\d{1,3}){0,7})\]"
    rf"|(?P<remark>{MARK.pattern})"
    rf"|(?P<address>\\?(?:[A-Za-z][A-Za-z+]{{1,9}}\\?:\\?/\\?/|[Ww]{{3}}\\?\.)[!-;=?-Z\\^_a-{{}}~]{{1,{LONGEST_ADDRESS}}})"
    rf"|(?P<mail>\\?{_WORD}{{1,64}}\\?@[A-Za-z0-9._\\-]{{1,250}})"
    r"|(?P<escaped>\\[!-/:-@\[-`{-~])"
    r"|(?P<runs>`+|\|+|\$+)|(?P<tildes>~{3,})"
    r"|(?P<markup>[\[<]|&(?=[#A-Za-z])|!(?=\[))"
    r"|(?P<colon>:)"
)
_AFTER_COLON = re.compile("[A-Za-z-]")  # a directive, or the row below the header of a table
# What would begin a quote or list at the start of a line of prose.
_MARK = re.compile(r"([0-9]{0,9})(>|(?<![0-9])[-+*](?=[ \t]|\Z)|(?<=[0-9])[.)](?=[ \t]|\Z))")
_BEGUN_MARK = re.compile(r"(?:[0-9]{1,9}[.)]?|[-+*])\Z")
_INSTEAD = {PartKind.LEAD: "", PartKind.JOINT: " "}
_NEWLINE = "\n"
_NOT_ITS_END = ".,;:!?*_~'\"()\\"  # at the end of an address, these belong to the sentence
_BEGUN_REMARK = "|".join(re.escape(f"[{verdict}]"[:n]) for verdict in Verdict for n in range(len(verdict) + 1, 1, -1))
# What may become something else once more text arrives.
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
    """Converts streamed text. The joined results of :meth:`feed` and :meth:`flush` do not depend on how the text is cut into pieces.

    Args:
        numbers: the numbers that may be linked; None for all (before the check).
        remarks: those of the text that are shown, in order; None for all.
        words: the language of remarks.
    """

    answer_run_id: UUID
    numbers: frozenset[int] | None = None
    remarks: Iterator[Place] | None = None
    words: Catalogue = field(default_factory=partial(catalogue, "en"))
    _scanner: Scanner = field(default_factory=Scanner)
    _pending: str = ""
    _is_in_tildes: bool = False  # the last characters were three tildes or more, so further ones are escaped too
    _is_at_start: bool = True  # of a line
    _marks: str = ""  # of lists, and the indentation, of the line so far
    _last: str = ""  # character that was returned

    def feed(self, piece: str) -> str:
        """Take a piece of text; returns the Markdown of as much as is decided."""
        return self._rendered(self._scanner.feed(piece))

    def flush(self) -> str:
        """The Markdown of the rest. An open code block is closed, so that text added below is not code."""
        markdown = self._rendered(self._scanner.feed("", is_last=True)) + self._words("", is_last=True)
        fence = self._scanner.open_fence
        return f"{markdown}{_NEWLINE if self._last != _NEWLINE else ''}{fence}" if fence else markdown

    def _rendered(self, parts: Iterable[Part]) -> str:
        return "".join(self._part(part) for part in parts)

    def _part(self, part: Part) -> str:
        if part.kind.is_words:
            return self._words(part.text, is_last=False)
        text = _INSTEAD.get(part.kind, part.text)
        words = self._words("", is_last=True, following=text[:1])
        if part.kind.is_formula:
            text = self._formula(part)
        self._is_in_tildes = False
        self._is_at_start = part.kind in (PartKind.MARK, PartKind.DISPLAY) and not text.endswith("|")
        self._last = text[-1:] or self._last
        if part.kind is PartKind.MARK:
            self._marks = text.rpartition(_NEWLINE)[2] if _NEWLINE in text else self._marks + text
        else:
            self._marks = ""
        return words + text

    def _formula(self, part: Part) -> str:
        if part.kind is PartKind.DISPLAY:
            return self.display_formula(part.text, self._marks)
        gap = " " if self._last == "$" else ""  # or the marks of two formulas would be one
        return gap + self.inline_formula(part.text)

    def display_formula(self, text: str, marks: str) -> str:
        """A formula on lines of its own, see :func:`answers.formulas.display`."""
        return formulas.display(text, marks)

    def inline_formula(self, text: str) -> str:
        """A formula within a line, see :func:`answers.formulas.inline`."""
        return formulas.inline(text)

    def _words(self, piece: str, *, is_last: bool, following: str = "") -> str:
        """Escaped prose, as much of it as is decided.

        Args:
            following: the character after the text.
        """
        text = self._pending + piece
        position, mark = self._mark(text, is_last)
        pieces = [mark, self._more_tildes(text)]
        position += len(pieces[1]) // 2
        partial = None if is_last else _PARTIAL.search(text, max(len(text) - _LONGEST_PARTIAL, position))
        decided = partial.start() if partial else len(text)
        while position < decided and not (self._is_at_start and not is_last):
            match = _SPECIAL.search(text, position)
            start = min(match.start() if match else len(text), decided)
            pieces.append(self._remember(text[position:start]))
            position = start
            if match is None or start == decided:
                break
            position, markdown = self._special(match, text, following, is_last)
            pieces.append(self._remember(markdown))
            if position == start:
                break
        self._pending = text[position:]
        if len(self._pending) >= LEAST_TILDES and not self._pending.strip("~"):
            self._is_in_tildes, text = True, self._pending
            self._pending = ""
            pieces.append(self._more_tildes(text))
        return "".join(pieces)

    def _more_tildes(self, text: str) -> str:
        """The tildes at the start of a text, escaped, where a run of them goes on. So a long run is never held back whole."""
        count = len(text) - len(text.lstrip("~")) if self._is_in_tildes else 0
        self._is_in_tildes = self._is_in_tildes and count == len(text)
        return self._remember(r"\~" * count)

    def _mark(self, text: str, is_last: bool) -> tuple[int, str]:
        """Length of a list or quote mark at the start of a line, and the mark escaped."""
        if not self._is_at_start or not text or (not is_last and _BEGUN_MARK.match(text)):
            return 0, ""
        self._is_at_start = False
        mark = _MARK.match(text)
        return (mark.end(), self._remember(f"{mark[1]}\\{mark[2]}")) if mark else (0, "")

    def _remember(self, markdown: str) -> str:
        self._last = markdown[-1:] or self._last
        return markdown

    def _special(self, match: re.Match[str], text: str, following: str, is_last: bool) -> tuple[int, str]:
        """Position up to which the text is decided, and the Markdown of that part."""
        kind, start, end = match.lastgroup, match.start(), match.end()
        if end == len(text) and not is_last and kind in ("address", "mail", "colon"):
            return start, ""
        if kind in ("address", "mail"):
            address = match[0].rstrip(_NOT_ITS_END)
            end = start + len(address)
            return end, self._address(address.removeprefix("\\"), text[end : end + 1] or following)
        if kind == "colon":
            before, after = text[start - 1] if start else self._last, text[end : end + 1] or following
            return end, r"\:" if before == "-" or _AFTER_COLON.match(after) else ":"
        self._is_in_tildes = kind == "tildes" and end == len(text) and not is_last
        return end, self._escaped(kind, match[0], match["numbers"])

    def _address(self, address: str, following: str) -> str:
        """An address as code, with spaces between it and adjacent backticks, which would change its meaning."""
        before, after = (" " if one == "`" else "" for one in (self._last, following))
        return f"{before}`{address}`{after}"

    def _escaped(self, kind: str | None, text: str, numbers: str) -> str:
        if kind == "numbers":
            return "".join(self._marker(int(number)) for number in numbers.split(","))
        if kind == "remark":
            return self._remark(Verdict(text[1:-1]))
        if kind in ("runs", "tildes"):
            return "".join(f"\\{char}" for char in text)
        return f"\\{text}" if kind == "markup" else text

    def _remark(self, verdict: Verdict) -> str:
        shown: Verdict | None = verdict
        if self.remarks is not None:
            place = next(self.remarks, None)
            if place is None:
                return ""
            shown = place.shown
        return self.remark(verdict, shown)

    def remark(self, verdict: Verdict, shown: Verdict | None) -> str:
        """A remark as a link, which no sign beside it can break. Where another one of the block is shown, the link has no text: it
        only says where a sentence ends."""
        address = f"/answers/{self.answer_run_id}"
        end = "" if shown is verdict else f"[]({address}#{verdict})"
        return f"{end}[{self.words.text(REMARKS[shown].words)}]({address}#{shown})" if shown else end

    def citation(self, number: int) -> str:
        """The Markdown of a citation."""
        return citation_link(self.answer_run_id, number)

    def _marker(self, number: int) -> str:
        is_source = self.numbers is None or number in self.numbers
        return self.citation(number) if is_source else rf"\[{number}\]"


def linkify(
    text: str, answer_run_id: UUID, numbers: Iterable[int] | None = None, words: Catalogue | None = None
) -> str:
    """The Markdown of a whole text."""
    numbers = None if numbers is None else frozenset(numbers)
    return whole(Linkifier(answer_run_id, numbers, words=words or catalogue("en")), text)


def whole(linkifier: Linkifier, text: str) -> str:
    """The Markdown that a fresh linkifier makes of a whole text."""
    remarks = places(text)
    linkifier.remarks = iter(remarks)
    return linkifier.feed(tight(text, remarks)) + linkifier.flush()
