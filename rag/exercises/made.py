"""A question that the form of a sentence gives."""

from dataclasses import dataclass

from rag.exercises.draft import AnswerKind


@dataclass(frozen=True, slots=True)
class Made:
    """A question with its answer, as in :class:`rag.exercises.draft.Draft`."""

    question: str
    answer: str
    kind: AnswerKind
    worth: float
    unit: str = ""
