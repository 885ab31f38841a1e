"""Judges the records of a family by the conditions of a question: all words that tell them apart must hold, numbers exactly."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.compose.listing.families import Choice
from rag.compose.listing.fields import Fields, is_empty
from rag.compose.listing.judgement import Judgement, Predicate, either, every
from rag.compose.listing.ranges import reader_of, within
from rag.compose.listing.records import Record
from rag.compose.listing.request import Clause, Request, without
from rag.compose.listing.roles import Nearest, Roles, is_value
from rag.compose.listing.words import Word, find_phrase

MOST_HAVE = 0.8
GAP = 2  # characters between two words of a phrase


def judge(request: Request, choice: Choice, nearest: Nearest) -> Judgement:
    """The records of a choice for which the rest of the question holds."""
    judge_ = _Judge(request, choice, nearest)
    predicates = judge_.predicates()
    result = judge_.result
    if result.is_decided:
        records = choice.family.records if not result.missing else ()
        result.hits = [record for record in records if all(holds(record) for holds in predicates)]
    return result


@dataclass(slots=True)
class _Pending:
    """A word that no record has, with the number of its clause."""

    word: Word
    clause: int


class _Judge:
    """Turns clauses into predicates."""

    def __init__(self, request: Request, choice: Choice, nearest: Nearest) -> None:
        self._request, self._nearest = request, nearest
        self._fields = Fields(choice.family, request.language)
        self._roles = Roles(self._fields, nearest)
        self._records = choice.family.records
        self._nouns = choice.nouns
        self._clauses = without(request.clauses, choice.nouns)
        self._pending: list[_Pending] = []
        self._resolved: list[Word] = []  # words that hold in some record
        self._limited: set[int] = set()  # clauses with limits that can be read
        self.result = Judgement()

    def predicates(self) -> list[Predicate]:
        """One predicate for each condition; alternatives are one."""
        self._relate()
        groups: list[list[Predicate]] = []
        carried: list[Word] = []
        for place, clause in enumerate(self._clauses):
            attributes = [word for word in clause.words if self._fields.is_attribute(word)]
            values = [word for word in clause.words if word not in attributes]
            if clause.comparison and self._is_limit(clause):
                made, carried = self._limit(place, clause, [*carried, *clause.words]), []
            elif values:
                made, carried = self._values(place, clause, values, attributes or carried), []
            elif attributes and place + 1 == len(self._clauses):
                made, carried = self._flags(attributes, clause), []
            else:
                made, carried = [], attributes
            if clause.is_or and groups and made:
                groups[-1] = [either(every(groups[-1]), every(made))]
            elif made:
                groups.append(made)
        self._settle()
        self.result.is_decided = self.result.is_decided and not self._roles.is_unclear
        return [holds for group in groups for holds in group]

    def _relate(self) -> None:
        """Puts aside words that no record has and that only relate a name to the noun; they may tell which column is meant."""
        self._having: dict[Word, list[Record]] = {}
        for place, clause in enumerate(self._clauses):
            for word in clause.words:
                if not self._fields.is_attribute(word) and not self._hits(word):
                    self._pending.append(_Pending(word, place))

    def _hits(self, word: Word) -> list[Record]:
        """The records that have a word."""
        if word not in self._having:
            self._having[word] = [record for record in self._records if word.is_in(record.lower)]
        return self._having[word]

    def _is_limit(self, clause: Clause) -> bool:
        """A year is looked for as a number where records have no dates."""
        if clause.comparison != "within" or not clause.words or not clause.words[0].is_number:
            return True
        words = clause.words[1:]
        return reader_of(clause, [], self._fields) is not None or reader_of(clause, words, self._fields) is not None

    def _limit(self, place: int, clause: Clause, words: Sequence[Word]) -> list[Predicate]:
        before = [one.word for one in self._pending if one.clause == place - 1]
        attributes = [word for word in [*before, *words] if not word.is_number]
        reader = reader_of(clause, attributes, self._fields) or self._related_reader(clause, attributes)
        self.result.conditions.append(clause.comparison)
        if reader is None:
            self.result.is_decided = False
            return []
        read, is_negated = reader, clause.is_negated
        self._limited.add(place)

        def holds(record: Record) -> bool:
            values = read(record)
            return bool(values) and any(within(clause, value) for value in values) != is_negated

        units = [word for word in clause.words if word.is_number or self._hits(word)]
        others = [
            word
            for word in units
            if not word.is_number and not self._fields.is_attribute(word) and not self._is_unit(word)
        ]
        return [holds, *(self._values(place, Clause(), others, []) if others else [])]

    def _related_reader(
        self, clause: Clause, words: Sequence[Word]
    ) -> Callable[[Record], list[tuple[float, float]]] | None:
        """By the column that is nearest in meaning, where several have such values."""
        near = self._roles.related(words, self._fields.labels)
        if near is None:
            return None
        label = Word(near.split()[0] if near.split() else near, self._request.language)
        return reader_of(clause, [label], self._fields)

    def _is_unit(self, word: Word) -> bool:
        return word.text in self._request.relations or len(self._hits(word)) >= MOST_HAVE * len(self._records)

    def _flags(self, attributes: Sequence[Word], clause: Clause) -> list[Predicate]:
        """Conditions that only name a column: it is filled, and does not say no."""
        labels = self._fields.labels_for(attributes)
        if not labels:
            return []
        filled = [
            any(label in labels and not is_empty(value) for label, value in record.cells) for record in self._records
        ]
        if all(filled):
            return []
        self.result.conditions.append(" ".join(labels))
        is_negated = clause.is_negated
        return [
            lambda record: any(label in labels and not is_empty(value) for label, value in record.cells) != is_negated
        ]

    def _values(self, place: int, clause: Clause, words: Sequence[Word], attributes: Sequence[Word]) -> list[Predicate]:
        """Predicates for the longest runs of the words that stand in a record."""
        made: list[Predicate] = []
        start = 0
        pending = {(one.word.start, one.word.end) for one in self._pending}
        while start < len(words):
            if (words[start].start, words[start].end) in pending:
                start += 1
                continue
            run, having = self._longest(words[start:])
            made.append(self._predicate(place, clause, run, attributes, having))
            self._resolved += run
            start += len([word for word in run if word in words])
        missing = [one for one in self._pending if one.clause == place]
        made += [holds for one in missing for holds in self._by_other_words(clause, one)]
        return made

    def _longest(self, words: Sequence[Word]) -> tuple[list[Word], list[Record]]:
        """The longest run at the beginning that some records have word by word, with them. A number goes with the noun before it."""
        noun = next((noun for noun in self._nouns if 0 < words[0].start - noun.end <= GAP), None)
        if noun and words[0].is_number:
            having = [record for record in self._hits(words[0]) if find_phrase([noun, words[0]], record.lower)]
            if having:
                return [noun, words[0]], having
        having, length = self._hits(words[0]), 1
        while length < len(words) and words[length].start - words[length - 1].end <= GAP:
            longer = [record for record in having if find_phrase(words[: length + 1], record.lower)]
            if not longer:
                break
            having, length = longer, length + 1
        return list(words[:length]), having

    def _predicate(
        self, place: int, clause: Clause, run: Sequence[Word], attributes: Sequence[Word], having: Sequence[Record]
    ) -> Predicate:
        """The run holds in the part about its attributes; in columns, those that consist of it go before those that have it."""
        self.result.conditions.append(" ".join(word.text for word in run))
        fields, is_negated = self._fields, clause.is_negated
        exact = [replace(word, is_exact=True) if word.is_capital else word for word in run]
        if any(word.is_exact for word in exact) and any(find_phrase(exact, record.lower) for record in having):
            run, having = exact, [record for record in having if find_phrase(exact, record.lower)]
        columns = (
            self._roles.columns(self._relating(place), clause, run, attributes, having) if not clause.is_mention else {}
        )
        if columns:

            def in_columns(record: Record) -> bool:
                found = any(
                    label in columns
                    and (is_value(run, value) if columns[label] else find_phrase(run, value) is not None)
                    for label, value in record.cells
                )
                return found != is_negated

            return in_columns
        is_line = self._fields.family.has_numbers_first  # where names stand side by side
        is_name = any(word.is_capital or word.is_name for word in run) and not clause.is_mention and not is_line
        is_alone = is_name and any(
            fields.is_alone(record, found) for record in having for found in fields.places(record, run, attributes)
        )
        role = self._roles.role(self._relating(place), run, having) if is_name and not attributes else None

        def in_text(record: Record) -> bool:
            found = any(
                (not is_alone or fields.is_alone(record, found))
                and (role is None or fields.role(record, found) == role)
                for found in fields.places(record, run, attributes)
            )
            return found != is_negated

        return in_text

    def _relating(self, place: int) -> list[Word]:
        """The words that no record has, of a clause and of the end of the one before it."""
        return [one.word for one in self._pending if one.clause in (place, place - 1) and not one.word.is_name]

    def _by_other_words(self, clause: Clause, one: _Pending) -> list[Predicate]:
        """For a word that no record has: a heading above them may have it, or a value means the same."""
        word = one.word
        if any(word.is_in(record.context) for record in self._records):
            self._pending.remove(one)
            return [lambda record: word.is_in(record.context) != clause.is_negated]
        if word.is_name and self._is_alternative(one.clause):
            self._pending.remove(one)
            return [lambda _: False]
        if word.is_name or clause.is_mention or word.text in self._request.relations or self._is_linked(one):
            return []
        near = self._nearest(word.text, tuple(self._fields.values))
        if near is None:
            return []
        self._pending.remove(one)
        self.result.replaced.append((word.text, near))
        label, is_negated = self._fields.values[near], clause.is_negated
        return [lambda record: any(name == label and value == near for name, value in record.cells) != is_negated]

    def _is_alternative(self, place: int) -> bool:
        """True when a clause is one of several of which one must hold."""
        following = self._clauses[place + 1 : place + 2]
        return self._clauses[place].is_or or any(clause.is_or for clause in following)

    def _is_linked(self, one: _Pending, *, to_names: bool = True) -> bool:
        """True when a word stands next to a value, with nothing but small words between: "reporter Mia", "opened by Mia"."""
        words = [word for word in self._request.words if word.start != one.word.start]
        after = min((word for word in words if word.start > one.word.start), key=lambda word: word.start, default=None)
        before = max((word for word in words if word.start < one.word.start), key=lambda word: word.start, default=None)
        values = [word for word in self._words_of_values(one.clause) if word.is_name or word.is_capital or not to_names]
        starts = {word.start for word in values}
        return any(word is not None and word.start in starts for word in (after, before))

    def _words_of_values(self, place: int) -> list[Word]:
        """The words with hits in a clause and those beside it."""
        return [
            word
            for clause in self._clauses[max(0, place - 1) : place + 2]
            for word in clause.words
            if self._hits(word) and not self._fields.is_attribute(word)
        ]

    def _settle(self) -> None:
        """What nothing explains: names that are nowhere mean that there is no hit; words that relate values are let go; others leave
        the question open."""
        for one in self._pending:
            clause = self._clauses[one.clause]
            is_relation = one.word.text in self._request.relations
            is_unit = one.clause in self._limited
            is_limited = is_unit or one.clause + 1 in self._limited
            if not is_unit and (one.word.is_name or clause.is_mention):
                self.result.missing.append(one.word)
            elif is_limited or (is_relation and self._is_linked(one, to_names=False)):
                continue
            elif self._is_linked(one):
                self.result.ignored.append(one.word.text)
            else:
                self.result.is_decided = False
