"""What the records of a family have in common: their columns or labels, and the fixed words of their sentences."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property

from rag.compose.listing.records import Family, Record
from rag.compose.listing.words import WORD, Place, Word, find_phrase, folded
from rag.grounding.language.lexicon import lexicon, tokens
from rag.terms import terms_of

CLAUSE_END = re.compile(r"[;\n。；]|[.,!?](?=\s)|(?<=\s)(?:and|und|et|y|và|but|aber|while|während)(?=\s)")
SAMPLED = 60
MOST_HAVE, MANY_HAVE = 0.8, 0.6
DENIED_WITHIN = 24  # characters before a word in which a negation denies it
EMPTY = frozenset(
    (
        "",
        "-",
        "–",
        "—",
        "no",
        "none",
        "n/a",
        "null",
        "false",
        "0",
        "nein",
        "non",
        "keine",
        "keiner",
        "ninguno",
        "không",
        "否",
        "无",
        "なし",
    )
)
TITLES = frozenset(("mr", "mrs", "ms", "dr", "prof", "sir", "herr", "frau", "mme", "mlle", "sr", "sra", "don"))
LONGEST_NAME = 40  # characters
MOST_VALUES, MOST_DISTINCT = 64, 30


class Fields:
    """Reads the records of one family."""

    def __init__(self, family: Family, language: str) -> None:
        self.family, self.language = family, language
        self.records = family.records
        self._sample = self.records[:: max(1, len(self.records) // SAMPLED)]
        self._labels_of: dict[Word, tuple[str, ...]] = {}
        self._fixed: dict[Word, bool] = {}
        self._negations = lexicon(language).words("negations") | lexicon(language).words("weak_negations")

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels of its records, folded: its columns, or what stands before the colon in most of them."""
        if self.family.kind == "row":
            return tuple(dict.fromkeys(folded(label, self.language) for label in self.family.labels if label))
        counts = Counter(label for record in self._sample for label in {label for label, _ in record.cells})
        return tuple(label for label, count in counts.items() if count >= MANY_HAVE * len(self._sample))

    def labels_of(self, word: Word) -> tuple[str, ...]:
        """The labels that have a word."""
        if word not in self._labels_of:
            self._labels_of[word] = tuple(label for label in self.labels if word.is_in(label))
        return self._labels_of[word]

    def is_fixed(self, word: Word) -> bool:
        """True for a word that nearly all records have, so that it tells none apart."""
        if word not in self._fixed:
            having = sum(word.is_in(record.lower) for record in self._sample)
            self._fixed[word] = self.family.kind != "row" and having >= MOST_HAVE * len(self._sample)
        return self._fixed[word]

    def is_attribute(self, word: Word) -> bool:
        """True for the name of something that the records say."""
        return bool(self.labels_of(word)) or (self.is_fixed(word) and not word.is_name)

    def spans(self, record: Record, attributes: Sequence[Word]) -> list[Place]:
        """The clauses of a record that have all attributes; the whole record without attributes."""
        if not attributes:
            return [(0, len(record.lower))]
        return [
            (start, end)
            for start, end in clauses_of(record.lower)
            if all(word.is_in(record.lower[start:end]) for word in attributes)
        ]

    def places(self, record: Record, run: Sequence[Word], attributes: Sequence[Word] = ()) -> Iterator[Place]:
        """Where a record says a run of words, and does not deny it; with attributes, in a clause that has them."""
        for start, end in self.spans(record, attributes):
            text = record.lower[start:end]
            place = find_phrase(run, text)
            while place:
                if not self.is_denied(text, place[0]):
                    yield start + place[0], start + place[1]
                place = find_phrase(run, text, place[1])

    def is_alone(self, record: Record, place: Place) -> bool:
        """True when a name is not part of a longer one: York in New York, Berlin in Berlin Bikes."""
        start, end = place
        after = WORD.match(record.text, end + 1) if record.text[end : end + 1] == " " else None
        before = (
            record.text[max(0, start - LONGEST_NAME) : start].rsplit(None, 1)[-1:]
            if record.text[start - 1 : start] == " "
            else []
        )
        nearby = [after[0] if after else "", *(before if self.language != "de" else ())]
        return not any(
            word[:1].isupper()
            and word.isalpha()
            and word.lower() not in TITLES
            and terms_of(word).isdisjoint(self.family.common)
            for word in nearby
            if word
        )

    def role(self, record: Record, place: Place) -> str:
        """The last fixed word before a place in its clause: what a name does there, such as "led" and "reviewed"."""
        start = next((left for left, right in clauses_of(record.lower) if left <= place[0] < right), 0)
        words = [word[0] for word in WORD.finditer(record.lower, start, place[0])]
        return next((word for word in reversed(words) if terms_of(word) & self.family.common), "")

    def labels_for(self, attributes: Sequence[Word]) -> tuple[str, ...]:
        """The labels that have most of these words."""
        counts = Counter(label for word in attributes for label in self.labels_of(word))
        most = max(counts.values(), default=0)
        best = [label for label, count in counts.items() if count == most]
        whole = [label for label in best if len(WORD.findall(label)) == most]  # "sales" is not "gross sales"
        return tuple(whole or best)

    def is_denied(self, text: str, place: int) -> bool:
        """True when a negation stands shortly before a place, in the same clause."""
        start = max(0, place - DENIED_WITHIN)
        before = text[start:place]
        for end in CLAUSE_END.finditer(before):
            before = " " * end.end() + before[end.end() :]
        return any(word.text in self._negations for word in tokens(before))

    @cached_property
    def values(self) -> dict[str, str]:
        """The values of columns that have few different ones → the column."""
        found: dict[str, str] = {}
        for label in self.labels:
            counts = Counter(value for record in self.records for name, value in record.cells if name == label)
            if 1 < len(counts) <= MOST_DISTINCT and len(counts) * 2 <= len(self.records):
                found.update({value: label for value, _ in counts.most_common() if any(map(str.isalpha, value))})
        return dict(list(found.items())[:MOST_VALUES])


def clauses_of(text: str) -> Iterator[Place]:
    """The clauses of a folded text, as offsets."""
    start = 0
    for end in CLAUSE_END.finditer(text):
        yield start, end.start()
        start = end.end()
    yield start, len(text)


def is_empty(value: str) -> bool:
    """True for a cell that says no or nothing."""
    return value.strip() in EMPTY
