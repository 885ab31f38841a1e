"""Practice questions and quizzes on the caller's documents."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field

from answers.exercises.service import ExerciseSet
from api.deps import ExercisesDep
from core.values import Frozen
from rag.exercises.exercise import Exercise
from web.deps import CurrentPrincipal
from web.text import StorableText

router = APIRouter(prefix="/api/chat")

DEFAULT_COUNT, MOST, LONGEST_TOPIC = 25, 100, 500


class Wish(BaseModel):
    """Which questions are wanted; what is left out or null has its default.

    Attributes:
        topic: questions on this only; None or empty: on anything in the documents.
        count: how many at most.
        mode: ``practice`` gives each answer below its question, ``quiz`` a key at the end, and options where there are wrong ones.
        document_ids, library_ids: make them of these only.
    """

    topic: Annotated[StorableText, Field(max_length=LONGEST_TOPIC), AfterValidator(str.strip)] | None = None
    count: Annotated[int, Field(ge=1, le=MOST)] | None = DEFAULT_COUNT
    mode: Literal["practice", "quiz"] | None = "practice"
    document_ids: Annotated[list[UUID], Field(max_length=1000)] | None = None
    library_ids: Annotated[list[UUID], Field(max_length=1000)] | None = None


class QuestionView(Frozen):
    """A question that the documents answer.

    Attributes:
        options: in a quiz, the answers to choose from; the right one is ``answer``. Empty: a plain question.
        quote: the sentence that says it.
        url: opens the page with the sentence highlighted.
    """

    number: int
    question: str
    answer: str
    options: tuple[str, ...]
    quote: str
    document: str
    document_id: UUID
    page: int | None
    locator: str | None
    url: str


class GeneratedQuestions(Frozen):
    """The questions.

    Attributes:
        response: all of it as Markdown, in the language of the topic or else of the documents.
        timestamp: when they were made, ISO 8601 in UTC.
        fallback_used: rules made them: there is no language model, or it did not answer.
    """

    response: str
    timestamp: str
    questions: tuple[QuestionView, ...]
    fallback_used: bool


@router.post("/generate-questions")
async def generate(
    principal: CurrentPrincipal, exercises: ExercisesDep, wish: Wish | None = None
) -> GeneratedQuestions:
    """Questions that the caller's documents answer, each with its answer and the page that says it."""
    wish = wish or Wish()
    made = await exercises.make(
        principal,
        count=wish.count or DEFAULT_COUNT,
        mode=wish.mode or "practice",
        topic=wish.topic or "",
        library_ids=wish.library_ids,
        document_ids=wish.document_ids,
    )
    return GeneratedQuestions(
        response=made.response,
        timestamp=made.timestamp,
        questions=tuple(_view(one, made) for one in made.exercises),
        fallback_used=made.fallback_used,
    )


def _view(one: Exercise, made: ExerciseSet) -> QuestionView:
    chunk = one.chunk
    return QuestionView(
        number=one.number,
        question=one.draft.question,
        answer=one.answer,
        options=one.options,
        quote=one.draft.sentence.text,
        document=chunk.title,
        document_id=chunk.document_id,
        page=chunk.page,
        locator=chunk.where,
        url=f"/cite/{made.run_id}/{one.number}",
    )
