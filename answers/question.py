"""A question to answer: who asks it, in which scope, in which thread."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import UUID

from answers.handle import RunHandle
from core.access import Principal, SearchScope
from core.errors import Invalid
from core.storable import storable
from rag.questions.kind import Kind
from rag.types import Beginning, Turn

LONGEST_QUESTION = 8000  # characters
LONGEST_EARLIER = 8000  # characters of an earlier question or answer that the caller gives
MOST_EARLIER = 20  # earlier turns that the caller gives; the last ones count


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        thread_id: its conversation, if any.
        question_step_id: its step in that conversation.
        attached: the documents attached to it, which are its scope.
        is_alone: take it as it was written, without the conversation before it.
        kind: given by the caller; None: it is told from the text.
        is_fresh: use no cached answer and no cached search.
        beginning: the answer to continue; None for a new one.
        history: turns before the question that no thread holds; they follow those of the thread.
        handle: its answer run.
        repeats_run_id: the answer run whose question an admin asks again.
        charged_to: who pays for it; None: who asks.
        started: when it arrived, by ``perf_counter``.
    """

    principal: Principal
    text: str
    scope: SearchScope
    thread_id: UUID | None = None
    question_step_id: UUID | None = None
    is_fresh: bool = False
    attached: tuple[UUID, ...] = ()
    is_alone: bool = False
    kind: Kind | None = None
    beginning: Beginning | None = None
    history: tuple[Turn, ...] = ()
    handle: RunHandle = field(default_factory=RunHandle)
    repeats_run_id: UUID | None = None
    charged_to: UUID | None = None
    started: float = field(default_factory=perf_counter)

    @property
    def run_id(self) -> UUID:
        """Id of its answer run."""
        return self.handle.id

    @property
    def is_cacheable(self) -> bool:
        """A cached answer is to a text within a scope: False where anything else decides how it is understood."""
        named = self.scope.document_ids or frozenset()
        return self.kind is None and not self.is_alone and named.issuperset(self.attached)

    @property
    def columns(self) -> dict[str, Any]:
        """Its columns in the row of its answer run."""
        return {
            "question": self.text,
            "scope": self.scope,
            "thread_id": self.thread_id,
            "question_step_id": self.question_step_id,
            "run_id": self.run_id,
            "repeats_run_id": self.repeats_run_id,
        }

    @property
    def payer(self) -> UUID:
        """Whose use of models it counts as."""
        return self.charged_to or self.principal.user_id

    @property
    def took_ms(self) -> float:
        """Milliseconds since it arrived."""
        return round((perf_counter() - self.started) * 1000, 1)


def checked(text: str) -> str:
    """The text of a question as it is stored. Raises Invalid: empty, or too long."""
    text = storable(text).strip()
    if not text:
        raise Invalid("The question is empty.")
    if len(text) > LONGEST_QUESTION:
        raise Invalid(f"The question is longer than {LONGEST_QUESTION} characters.")
    return text


def bounded(history: Sequence[Turn]) -> tuple[Turn, ...]:
    """The last turns that a caller gives, each text cut to ``LONGEST_EARLIER`` characters."""
    return tuple(
        Turn(question=storable(turn.question[:LONGEST_EARLIER]), answer=storable(turn.answer[:LONGEST_EARLIER]))
        for turn in history[-MOST_EARLIER:]
    )
