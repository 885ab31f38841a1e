"""A sentence of an answer, as it is compared with sources."""

from dataclasses import dataclass
from functools import cached_property

from rag.grounding.judgement.short_answer import ShortAnswer
from rag.grounding.language.lexicon import Lexicon, lexicon
from rag.grounding.language.quantities import Quantity
from rag.grounding.language.readings import Reading
from rag.grounding.passage import words_of
from rag.terms import terms_of


@dataclass(frozen=True)
class Claim:
    """A sentence of an answer, to be compared with sources.

    Attributes:
        context: the question; a short answer is judged by what a source says to it.
        is_quote: it is a literal quote of the source, so even a single word counts as found.
        cells: of a table row after the first cell, each with what it answers: its column's header and the first cell.
        language: of the answer as far as it tells, for the word lists.
        clear_language: of the answer where it surely is in that language, else empty.
        is_cell: it is one of those cells.
    """

    text: str
    context: str = ""
    is_quote: bool = False
    key: str = ""
    cells: tuple[tuple[str, str], ...] = ()
    language: str = "en"
    clear_language: str = ""
    is_cell: bool = False

    @cached_property
    def short(self) -> ShortAnswer:
        """The claim as a short answer."""
        return ShortAnswer(self.text, self.context, self.language, self.is_cell)

    @cached_property
    def is_short(self) -> bool:
        """True when it is too short to be judged without its question."""
        return not self.cells and (self.short.is_short or bool(self.short.polarity and self.context))

    @cached_property
    def statement(self) -> str:
        """What it says as a sentence: without a leading yes or no."""
        return self.short.rest if self.short.polarity and self.context else self.text

    @cached_property
    def full_text(self) -> str:
        """The claim, with the question before it when it is too short alone."""
        return f"{self.context} {self.text}".strip() if self.short.is_short else self.text

    @cached_property
    def terms(self) -> frozenset[str]:
        """The terms of the claim itself; the question's words never support its answer."""
        return terms_of(self.statement)

    @cached_property
    def searched(self) -> frozenset[str]:
        """The terms by which lines are chosen: for a short answer also those of its question."""
        return self.terms | self.short.question_terms if self.short.is_short else self.terms

    @cached_property
    def words(self) -> list[str]:
        """The words of the claim itself."""
        return words_of(self.text)

    @cached_property
    def digits(self) -> list[Quantity]:
        """The quantities that a source must have: written in digits, or with a unit."""
        return [one for one in self.reading.quantities if one.is_digits or one.unit not in ("", "rate")]

    @property
    def lexicon(self) -> Lexicon:
        """The word lists of its language."""
        return lexicon(self.language)

    @cached_property
    def reading(self) -> Reading:
        """The statement, read."""
        return Reading(self.statement, self.lexicon)
