"""A question made of a sentence, before anybody knows whether it is answered."""

from dataclasses import dataclass
from enum import StrEnum

from rag.compose.quotations import Quotation


class AnswerKind(StrEnum):
    """What kind of thing the answer is; a wrong option is of the same kind."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    TERM = "term"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Draft:
    """A question, its answer and the sentence that says it.

    Attributes:
        answer: a part of the sentence, word for word.
        kind: of the answer.
        unit: of a number: the noun after it.
        worth: how good such questions are, compared with others.
        gap: it is a sentence with a gap.
    """

    question: str
    answer: str
    sentence: Quotation
    kind: AnswerKind
    worth: float
    unit: str = ""
    is_gap: bool = False
