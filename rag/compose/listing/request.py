"""What a question for a list or a count asks for: the noun that is listed and the conditions, as clauses of words, numbers and dates."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.compose.listing.words import UNSPACED, Word

FREE_ORDER = UNSPACED | {"vi", "ar"}  # the noun may stand anywhere
GAP = 2  # characters between words that stand together
EACH = frozenset(("all", "every", "each", "any"))
PLURALS = frozenset(
    (
        "people",
        "men",
        "women",
        "children",
        "data",
        "media",
        "staff",
        "personnel",
        "equipment",
        "criteria",
        "feet",
        "mice",
    )
)


@dataclass(slots=True)
class Clause:
    """A condition, or a part of one.

    Attributes:
        lead: the small words before it, such as "from".
        comparison: how ``lows`` and ``highs`` limit a value; empty for none. ``within``: a period.
        low, high: numbers, or days as ordinals when ``is_period``.
        is_or: it is an alternative to the clause before it.
    """

    words: list[Word] = field(default_factory=list)
    lead: str = ""
    comparison: str = ""
    low: float = 0.0
    high: float = 0.0
    is_period: bool = False
    is_negated: bool = False
    is_or: bool = False
    is_mention: bool = False


@dataclass(slots=True)
class Request:
    """A question for a list or a count.

    Attributes:
        unit: what is listed, when a general word names it: "documents", "rows"; else empty.
        is_bare: no noun goes with the general word.
        is_each: it asks for every or all of something.
        clauses: the first one has the noun, in some languages another one.
        relations: words that records may say otherwise.
    """

    text: str
    language: str
    unit: str = ""
    clauses: list[Clause] = field(default_factory=list)
    is_distinct: bool = False
    is_each: bool = False
    is_bare: bool = False
    relations: frozenset[str] = frozenset()

    @property
    def words(self) -> list[Word]:
        """All words that say something."""
        return [word for clause in self.clauses for word in clause.words]

    @property
    def heads(self) -> list[Word]:
        """The words that may name what is listed: those that stand together where the question names it, in some languages all."""
        if self.is_bare:
            return []
        if self.language in FREE_ORDER:
            return self.words
        first = self.clauses[0].words if self.clauses else []
        gap = next(
            (place for place in range(1, len(first)) if first[place].start - first[place - 1].end > GAP), len(first)
        )
        return [word for word in first[:gap] if not word.is_number]

    @property
    def nouns(self) -> list[Word]:
        """Of these, the nouns: English ones in the plural or after "every", German ones with a capital."""
        match self.language:
            case "en":
                return [word for word in self.heads if is_plural(word) or (self.is_each and word is self.heads[-1])]
            case "de":
                return [word for word in self.heads if word.is_capital]
        return self.heads


def is_plural(word: Word) -> bool:
    """True for an English word that looks like a plural."""
    return word.text in PLURALS or (word.text.endswith("s") and not word.text.endswith(("ss", "us", "is")))


def without(clauses: Sequence[Clause], words: Sequence[Word]) -> list[Clause]:
    """The clauses without some words; those that are empty then are left out."""
    gone = {(word.start, word.end) for word in words}
    kept = []
    for clause in clauses:
        rest = [word for word in clause.words if (word.start, word.end) not in gone]
        if rest or clause.comparison:
            kept.append(
                Clause(
                    rest,
                    clause.lead,
                    clause.comparison,
                    clause.low,
                    clause.high,
                    clause.is_period,
                    clause.is_negated,
                    clause.is_or,
                    clause.is_mention,
                )
            )
    return kept
