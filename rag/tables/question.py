"""A question as the grammar reads it: its words and their stems, numbers, dates, and the words that say what is to be computed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.tables.dates import Moment, moment_of
from rag.tables.numerals import figures_in
from rag.tables.stems import WORD
from rag.terms import STOP_WORDS, terms_of

LONGEST_PHRASE = 4
MOST_WORDS = 60
SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
NUMBER_WORDS = {word: float(number) for number, word in enumerate(SMALL.split())}
NUMBER_WORDS |= {
    "twenty": 20.0,
    "thirty": 30.0,
    "forty": 40.0,
    "fifty": 50.0,
    "hundred": 100.0,
    "once": 1.0,
    "twice": 2.0,
}
PLACES = "second third fourth fifth sixth seventh eighth ninth tenth"
ORDINALS = {word: number for number, word in enumerate(PLACES.split(), start=2)}
ORDINAL_ENDS = frozenset(["st", "nd", "rd", "th"])
PHRASES: Mapping[str, str] = {
    "count": "how many,number of,count,how often,amount of,amounts of,numbers of",
    "total": "total,combined,altogether,sum,in all,overall,all together,totals,put together",
    "mean": "average,mean,on average",
    "most": "most,highest,largest,greatest,biggest,longest,maximum,max,top,best,tallest,fastest,heaviest,widest,deepest,furthest,"
    "farthest,richest,strongest,busiest,hottest,warmest,majority,leading,highest ranked,peak",
    "least": "least,fewest,lowest,smallest,shortest,minimum,min,worst,lightest,slowest,cheapest,narrowest,coldest,closest,bottom",
    "first": "first,earliest,oldest,initial,initially,original",
    "last": "last,latest,final,newest,most recent,recent,recently,youngest,finally",
    "before": "before,previous,prior,preceding,preceded,prior to,previously,predecessor,precedes,just above,above,ahead",
    "after": "after,next,following,follows,followed,below,later,since,successor,succeeded,comes after,behind,then",
    "difference": "difference,how many more,how much more,how many fewer,how much less,how many less,how much higher,"
    "how much longer,"
    "differ,gap,margin,compared to,how much larger,how much greater,change,changed,increase,increased,"
    "decrease,decreased,grow,grew,growth,fall,fell,"
    "rise,rose,drop,dropped,by how much",
    "more": "more,higher,larger,greater,bigger,longer,older,better,taller,faster,heavier,over,exceed,exceeded,exceeds,least at",
    "less": "less,fewer,lower,smaller,shorter,younger,worse,slower,lighter,under,cheaper,earlier",
    "only": "only,sole,just",
    "not": "not,no,besides,except,without,excluding,other than,never,neither,aside from,n't,"
    "didn't,don't,doesn't,wasn't,isn't,aren't,apart",
    "same": "same,equal,as,share,also,identical,tied,both",
    "different": "different,unique,distinct,various",
    "each": "each,per,every",
    "by": "by,grouped by",
    "span": "how long,how many years,number of years,how many days,how many months,years between,years passed",
    "share": "percentage,percent,share,proportion,fraction,ratio",
    "often": "times,often,listed,appear,appears,frequently,frequent,common,commonly,occur,mentioned",
    "consecutive": "consecutive,consecutively,row,straight,streak",
    "or": "or",
    "and": "and",
}
TAG_OF = {tuple(phrase.split()): tag for tag, phrases in PHRASES.items() for phrase in phrases.split(",")}
NEAR = 3  # words between a comparison and its number
BOUNDS: Mapping[tuple[str, ...], str] = {
    tuple(phrase.split()): sign
    for sign, phrases in {
        "≥": "at least,no less than,no fewer than,not less than,minimum of,or more,or higher,or greater,"
        "or above,and up,or better,and above",
        "≤": "at most,no more than,up to,not more than,maximum of,or less,or fewer,or lower,or under,or below",
        ">": "more than,over,above,greater than,higher than,exceeding,exceed,exceeds,"
        "exceeded,larger than,longer than,better than,bigger than",
        "<": "less than,under,below,fewer than,lower than,smaller than,shorter than",
    }.items()
    for phrase in phrases.split(",")
}
COUNTED = frozenset(["what is", "which", "list"])
NEAR_COUNT = 5  # words from "what" to "number of"
FILLING = "table chart list listed listing shown show data according give name tell"
FILLERS = frozenset(FILLING.split())
VERBS = "is are was were did does do has have had can could will would"
ASKING = frozenset(VERBS.split())
KINDS: Mapping[tuple[str, ...], str] = {
    ("how", "many"): "how many",
    ("how", "much"): "how much",
    ("how", "long"): "how long",
    ("how", "often"): "how many",
    ("number", "of"): "how many",
    ("what", "year"): "year",
    ("which", "year"): "year",
    ("what", "date"): "date",
    ("which", "date"): "date",
    ("what", "day"): "date",
    ("when",): "date",
    ("who",): "who",
    ("whose",): "who",
    ("where",): "where",
    ("what", "is"): "what is",
    ("what", "was"): "what is",
    ("what", "are"): "what is",
    ("what", "were"): "what is",
    ("what", "the"): "what is",
    ("what's",): "what is",
    ("what", "percentage"): "how much",
    ("what", "percent"): "how much",
    ("which",): "which",
    ("what",): "which",
    ("name",): "list",
    ("list",): "list",
    ("how",): "how",
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: its stem (empty for a word without meaning of its own) and its number, where it is one."""

    text: str
    stem: str
    number: float | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tag:
    """Words that say what to compute: ``most``, ``before`` …, at places in the question."""

    name: str
    places: frozenset[int]


@dataclass(frozen=True)
class Question:
    """A question for a table."""

    text: str

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Its first words, at most ``MOST_WORDS``."""
        return tuple(_word(match) for match, _ in zip(WORD.finditer(self.text), range(MOST_WORDS), strict=False))

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """What it says that is to be computed, the longest phrases first at each place; a place may have several."""
        return tuple(self._tags())

    @cached_property
    def tag_names(self) -> frozenset[str]:
        """Their names."""
        return frozenset(tag.name for tag in self.tags)

    def places(self, *names: str) -> frozenset[int]:
        """Where tags of these names stand."""
        return frozenset(place for tag in self.tags if tag.name in names for place in tag.places)

    @cached_property
    def kind(self) -> str:
        """What it asks for: ``how many``, ``who``, ``year``, ``yes or no`` …; ``other`` when it does not say."""
        plain = [word.text for word in self.words]
        if plain and plain[0] in ASKING:
            return "yes or no"
        for place in range(len(plain)):
            for length in (2, 1):
                kind = KINDS.get(tuple(plain[place : place + length]))
                if kind:
                    return "how many" if kind in COUNTED and self._counts(place) else kind
        return "other"

    def _counts(self, place: int) -> bool:
        """True for "what is the total number of …"."""
        counted = self.places("count")
        return bool(counted) and min(counted) - place <= NEAR_COUNT

    @cached_property
    def asked(self) -> int:
        """The place of the word that asks ("which"); 0 when there is none."""
        plain = [word.text for word in self.words]
        heads = {key[0] for key in KINDS}
        return next((place for place, text in enumerate(plain) if text in heads), 0)

    @cached_property
    def content(self) -> frozenset[int]:
        """The places of words with a meaning of their own."""
        return frozenset(place for place, word in enumerate(self.words) if word.stem)

    @cached_property
    def bounds(self) -> Mapping[int, str]:
        """The places of "at least", "more than", "under" … that belong to a number, with the comparison that they say."""
        return {place: sign for places, sign, _ in self.comparisons for place in places}

    @cached_property
    def comparisons(self) -> tuple[tuple[frozenset[int], str, int], ...]:
        """The comparisons: places of their words, the sign, the place of the number."""
        plain = [word.text for word in self.words]
        return tuple(
            (frozenset(range(start, start + len(phrase))), sign, place)
            for place, word in enumerate(self.words)
            if word.number is not None
            for start, phrase, sign in [_bound(plain, place)]
            if phrase
        )

    @cached_property
    def moments(self) -> tuple[tuple[Moment, frozenset[int]], ...]:
        """The dates in it, with the places of their words."""
        return tuple(self._moments())

    def _tags(self) -> Iterator[Tag]:
        plain = [word.text for word in self.words]
        for place in range(len(plain)):
            if place in self.bounds:
                continue
            for length in range(LONGEST_PHRASE, 0, -1):
                name = TAG_OF.get(tuple(plain[place : place + length]))
                if name and place + length <= len(plain):
                    yield Tag(name, frozenset(range(place, place + length)))

    def _moments(self) -> Iterator[tuple[Moment, frozenset[int]]]:
        place = 0
        while place < len(self.words):
            found = next(
                (
                    (moment, length)
                    for length in (4, 3, 2, 1)
                    if place + length <= len(self.words) and (moment := self._moment(place, length))
                ),
                None,
            )
            if found:
                yield found[0], frozenset(range(place, place + found[1]))
            place += found[1] if found else 1

    def _moment(self, place: int, length: int) -> Moment | None:
        words = self.words[place : place + length]
        said = [word for word in words if word.text not in ORDINAL_ENDS and word.text != "of"]
        moment = moment_of(self.text[words[0].start : words[-1].end])
        if moment is None:
            return None
        parts = sum(part is not None for part in (moment.year, moment.month, moment.day))
        return moment if parts == len(said) and words[0].text != "of" else None


def _bound(plain: Sequence[str], place: int) -> tuple[int, tuple[str, ...], str]:
    """The phrase of comparison beside a number: where it starts, itself, its sign."""
    for phrase, sign in BOUNDS.items():
        length = len(phrase)
        is_behind = phrase[0] in ("or", "and")
        starts = range(place + 1, place + NEAR) if is_behind else range(place - length, place - length - NEAR, -1)
        for start in starts:
            if start >= 0 and tuple(plain[start : start + length]) == phrase:
                return start, phrase, sign
    return 0, (), "="


def _word(match: re.Match[str]) -> Word:
    text = match[0].lower().replace("’", "'")
    stem = "" if text in STOP_WORDS else next(iter(terms_of(text)), "")
    figures = figures_in(text) if text[0].isdigit() else ()
    number = figures[0].value if figures else NUMBER_WORDS.get(text)
    return Word(text, stem, number, match.start(), match.end())
