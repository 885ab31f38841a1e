"""Reads a question for a list or a count, from left to right: known phrases, numbers, dates, and the words that say something."""

from collections.abc import Iterator

import regex

from rag.compose.listing.phrases import COMPARISONS, KINDS, UNITS, Phrases, language_by_frame, phrases
from rag.compose.listing.request import EACH, Clause, Request
from rag.compose.listing.values import Period, amounts, day_first, periods, years
from rag.compose.listing.words import UNSPACED, Word, folded
from rag.grounding.language.lexicon import likely_language
from rag.grounding.language.quantities import values_of

TOKEN = regex.compile(r"[\p{L}\p{N}\p{M}]++(?:['’.&][\p{L}\p{N}\p{M}]++)*+")
QUOTED = regex.compile('["“”„«»「『]([^"“”„«»」』]{1,100})["“”„«»」』]')
DATED = frozenset(("after", "since", "before", "until", "between"))
MEASURED = frozenset(("above", "at_least", "below", "at_most", "between"))


def request_of(question: str) -> Request:
    """The question, read."""
    language = language_by_frame(question) or likely_language(question) or "en"
    reader = _Reader(question, phrases(language))
    request = Request(question, language, relations=phrases(language).relations)
    reader.read(request)
    request.is_each = not EACH.isdisjoint(folded(question).split())
    request.clauses = [clause for clause in request.clauses if clause.words or clause.comparison]
    return request


class _Reader:
    """Reads a question from left to right."""

    def __init__(self, question: str, known: Phrases) -> None:
        self._question, self._known = question, known
        self._text = folded(question, known.language)
        self._periods = {period.start: period for period in _periods(question, known.language)}
        quoted = (match for match in QUOTED.finditer(question))
        self._quotes = {match.start(): match for match in quoted}
        self._clause = Clause()
        self._position = 0

    def read(self, request: Request) -> None:
        """Fills the request."""
        request.clauses.append(self._clause)
        while self._position < len(self._text):
            self._step(request)

    def _step(self, request: Request) -> None:
        start = self._position
        if start in self._quotes:
            self._quote(request, self._quotes[start])
        elif start in self._periods:
            self._period(request, self._periods[start])
        elif self._text[start] in ",;:、，；" and self._clause.words:
            self._next(request, start + 1)
        elif not self._text[start].isalnum() and self._text[start] not in "<>":
            self._position += 1
        elif not self._phrase(request):
            self._word()

    def _phrase(self, request: Request) -> bool:
        """Reads a known phrase; False when there is none."""
        start = self._position
        kind, end = self._known.at(self._text, start, COMPARISONS)
        if kind and self._compares(kind, end):
            self._compared(request, kind, end)
            return True
        kind, end = self._known.at(self._text, start, KINDS)
        if kind:
            self._known_phrase(request, kind, end)
        return bool(kind)

    def _known_phrase(self, request: Request, kind: str, end: int) -> None:
        """Goes on after a phrase of a kind."""
        start, is_unspaced = self._position, self._known.language in UNSPACED
        match kind:
            case "negations":
                self._next(request, end).is_negated = True
            case "ors":
                self._next(request, end).is_or = True
            case "mentions":
                self._next(request, end).is_mention = True
            case "distinct":
                request.is_distinct, self._position = True, end
            case "breaks":
                self._next(request, end, self._text[start:end])
            case "frames" | "fillers":
                self._position = end
                if is_unspaced:
                    self._next(request, end)
            case _:
                if request.unit or len(self._clause.words) > 1 or (len(request.clauses) > 1 and not is_unspaced):
                    self._word()
                else:
                    request.unit, self._position = UNITS[kind], end
                    request.is_bare = not self._clause.words

    def _next(self, request: Request, end: int, lead: str = "") -> Clause:
        """Begins a clause; an empty one is gone on with."""
        if self._clause.words or self._clause.comparison:
            before = self._clause
            self._clause = Clause(is_mention=before.is_mention, is_negated=False)
            request.clauses.append(self._clause)
        self._clause.lead = lead or self._clause.lead
        self._position = end
        return self._clause

    def _word(self) -> None:
        match = TOKEN.match(self._text, self._position)
        if match is None:
            self._position += 1
            return
        end = self._unspaced_end(match.end()) if self._known.language in UNSPACED else match.end()
        self._add(self._position, end)
        self._position = end

    def _add(self, start: int, end: int, *, is_name: bool = False) -> None:
        """Adds the words of a token to the clause."""
        original = self._question[start:end]
        for part in TOKEN.finditer(self._text, start, end):
            text = part[0].replace("’", "'")
            if self._known.language in ("en", "fr") and "'" in text:
                text = text.partition("'")[0] if self._known.language == "en" else text.partition("'")[2]
            is_capital = start > 0 and original[:1].isupper()
            is_name = is_name or (is_capital and self._known.language != "de")  # German nouns have capitals
            has_sign = any(char.isdigit() for char in text) or (len(original) > 1 and original.isupper())
            word = Word(text, self._known.language, is_name or has_sign, part.start(), part.end(), is_capital)
            self._clause.words.append(word)

    def _unspaced_end(self, end: int) -> int:
        """Where a word ends in a script without spaces: at the next known phrase, or where digits or Latin letters begin or end."""
        start = self._position
        for place in range(start + 1, end):
            if self._text[place].isascii() != self._text[start].isascii():
                return place
            if self._text[place].isascii():
                continue
            kind, _ = self._known.at(self._text, place, KINDS)
            if kind or self._known.at(self._text, place, COMPARISONS)[0]:
                return place
        return end

    def _quote(self, request: Request, match: regex.Match[str]) -> None:
        self._clause.is_mention = self._clause.is_mention or request.unit == "document"
        for token in TOKEN.finditer(self._text, *match.span(1)):
            self._add(*token.span(), is_name=True)
        self._position = match.end()

    def _compares(self, kind: str, end: int) -> bool:
        """True when a comparison has what it compares with right after it."""
        place = self._value_start(end)
        if place in self._periods:
            return kind in DATED and not self._is_amount(place)
        return kind in MEASURED and self._text[place : place + 1].isdigit()

    def _value_start(self, place: int) -> int:
        while place < len(self._text):
            kind, end = self._known.at(self._text, place, ("fillers",))
            if kind and not self._text[place].isdigit():
                place = end
            elif self._text[place] in " $€£¥":
                place += 1
            else:
                break
        return place

    def _is_amount(self, place: int) -> bool:
        return place > 0 and self._text[place - 1] in "$€£¥"

    def _compared(self, request: Request, kind: str, end: int) -> None:
        clause = self._next(request, end)
        clause.comparison = kind
        self._position = self._value_start(end)
        low = self._value(clause)
        clause.low = clause.high = low[0]
        clause.high = low[1]
        if kind == "between":
            _, after = self._known.at(self._text, self._value_start(self._position), ("to", "breaks"))
            self._position = self._value_start(after)
            clause.high = self._value(clause)[1]

    def _value(self, clause: Clause) -> tuple[float, float]:
        """Reads a period or number at the position: its lowest and highest value."""
        period = self._periods.get(self._position)
        if period and (clause.comparison in DATED):
            clause.is_period, self._position = True, period.end
            return period.low, period.high
        for value, start, end in amounts(self._question[self._position :]):
            text = self._text[self._position : self._position + end]
            self._position += end
            value = max(value, *values_of(text))  # 1.000 and 1,000 are a thousand
            return (value, value) if start == 0 else (0.0, 0.0)
        return 0.0, 0.0

    def _period(self, request: Request, period: Period) -> None:
        """A period without a comparison before it: the value is within it, or between it and the next one."""
        text = self._question[period.start : period.end]
        if (text.isdigit() and not (self._clause.lead or self._known.language in UNSPACED)) or self._is_amount(
            period.start
        ):
            self._periods.pop(period.start)
            return
        clause = self._next(request, period.end, self._clause.lead)
        clause.comparison, clause.is_period, clause.low, clause.high = "within", True, period.low, period.high
        kind, end = self._known.at(self._text, self._value_start(period.end), ("to", "until", *COMPARISONS))
        following = self._periods.get(self._value_start(end)) if kind else None
        if following and kind in ("to", "until", "between"):
            clause.comparison, clause.high, self._position = "between", following.high, following.end
        elif kind and self._known.language in UNSPACED:
            clause.comparison, self._position = kind, end
        elif text.isdigit():
            clause.words.append(Word(text, self._known.language, True, period.start, period.end))


def _periods(question: str, language: str) -> Iterator[Period]:
    found = periods(question, is_day_first=day_first([question], language))
    taken = [(period.start, period.end) for period in found]
    yield from found
    yield from (year for year in years(question) if not any(start <= year.start < end for start, end in taken))
