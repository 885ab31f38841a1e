"""The result of judging records, and the predicates that conditions become."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rag.compose.listing.records import Record
from rag.compose.listing.words import Word

Predicate = Callable[[Record], bool]


@dataclass(slots=True)
class Judgement:
    """The result.

    Attributes:
        hits: records for which every condition holds, in order.
        is_decided: False when a condition could not be understood or read from the records.
        missing: words that no record has, when they are names or numbers: nothing is found then.
        replaced: words of the question that were looked for by another word.
        ignored: words that stand in no record and only seem to relate others.
    """

    hits: list[Record] = field(default_factory=list)
    is_decided: bool = True
    missing: list[Word] = field(default_factory=list)
    replaced: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)


def every(predicates: Sequence[Predicate]) -> Predicate:
    return lambda record: all(holds(record) for holds in predicates)


def either(left: Predicate, right: Predicate) -> Predicate:
    return lambda record: left(record) or right(record)
