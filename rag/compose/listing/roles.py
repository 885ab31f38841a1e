"""In which part of a record a value is meant: the column, or the word before it in a sentence, that the question names or means."""

from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from rag.compose.listing.fields import Fields
from rag.compose.listing.records import Record
from rag.compose.listing.request import Clause
from rag.compose.listing.words import Word, find_phrase

SAMPLED = 200
ALIKE = 0.7
# The nearest of some texts in meaning; None when none is near.
Nearest = Callable[[str, tuple[str, ...]], str | None]


class Roles:
    """Finds the part of the records of one family.

    Attributes:
        is_unclear: several parts could be meant, and the question's words for it do not tell which.
    """

    def __init__(self, fields: Fields, nearest: Nearest) -> None:
        self._fields, self._nearest = fields, nearest
        self.is_unclear = False

    def columns(
        self,
        relating: Sequence[Word],
        clause: Clause,
        run: Sequence[Word],
        attributes: Sequence[Word],
        having: Sequence[Record],
    ) -> dict[str, bool]:
        """The columns in which the run is looked for → whether the whole cell must be it; empty where it stands elsewhere, too."""
        if not self._fields.labels:
            return {}
        named, led = self._fields.labels_for(attributes), self._led(clause)
        bound = [label for label in named if label in led] or named or led
        equal, parts = Counter[str](), Counter[str]()
        outside = 0
        for record in having:
            inside = 0
            for label, value in record.cells:
                has_part = find_phrase(run, value) is not None
                inside += has_part
                if has_part and (label in bound or not bound):
                    parts[label] += 1
                    equal[label] += is_value(run, value)
            outside += not inside
        if outside and not bound:
            return {}
        whole = {label: True for label, count in equal.items() if count}
        if bound:
            return whole or dict.fromkeys(bound, False)
        return self._meant(relating, whole or dict.fromkeys(parts, False))

    def _led(self, clause: Clause) -> tuple[str, ...]:
        """The columns that the word before a value names: "to Berlin" and "ship to"."""
        lead = clause.lead.split()[-1:] if clause.lead not in ("of", "in", "with") else []
        return tuple(label for label in self._fields.labels if lead and lead[0] in label.replace("_", " ").split())

    def _meant(self, words: Sequence[Word], columns: dict[str, bool]) -> dict[str, bool]:
        """Of several columns that have a value, the one that is meant by the word that relates it."""
        near = self.related(words, tuple(columns)) if len(columns) > 1 and words else None
        if len(columns) > 1 and words and near is None:
            self.is_unclear = True
        return {near: columns[near]} if near else columns

    def role(self, words: Sequence[Word], run: Sequence[Word], having: Sequence[Record]) -> str | None:
        """The role in which a name is meant; None for any."""
        roles = Counter(
            self._fields.role(record, found)
            for record in having[:SAMPLED]
            for found in self._fields.places(record, run)
        )
        known = tuple(role for role in roles if role)
        if len(roles) < 2 or not words or not known:
            return None
        near = self.related(words, known)
        if near is None:
            self.is_unclear = True
        return near

    def related(self, words: Sequence[Word], names: tuple[str, ...]) -> str | None:
        """The name of a column or role that is written like one of the words, or is nearest in meaning."""
        for word in words:
            alike = [name for name in names if any(_is_alike(word.text, part) for part in name.split())]
            if len(alike) == 1:
                return alike[0]
        return self._nearest(" ".join(word.text for word in words), names) if words and names else None


def is_value(run: Sequence[Word], value: str) -> bool:
    """True when a cell consists of these words."""
    place = find_phrase(run, value)
    return place is not None and not any(char.isalnum() for char in value[: place[0]] + value[place[1] :])


def _is_alike(left: str, right: str) -> bool:
    """True for forms of one word that a stemmer does not know: "led" and "lead"."""
    return left[:1] == right[:1] and SequenceMatcher(None, left, right).ratio() >= ALIKE
