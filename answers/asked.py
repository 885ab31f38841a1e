"""A question to be answered: who asks it, in which scope, in which thread."""

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from core.access import Principal, SearchScope


@dataclass(frozen=True, slots=True)
class Asked:
    """One question.

    Attributes:
        thread_id: the conversation that it is a part of, if any.
        question_step_id: its own step there.
        is_fresh: nothing that was found or answered before will do.
        run_id: of the answer run that it becomes.
        started: when it came, by ``perf_counter``.
    """

    principal: Principal
    question: str
    scope: SearchScope
    thread_id: UUID | None = None
    question_step_id: UUID | None = None
    is_fresh: bool = False
    run_id: UUID = field(default_factory=uuid4)
    started: float = field(default_factory=perf_counter)

    @property
    def columns(self) -> dict[str, Any]:
        """What the row of its answer run says of it."""
        return {
            "question": self.question,
            "scope": self.scope,
            "thread_id": self.thread_id,
            "question_step_id": self.question_step_id,
            "run_id": self.run_id,
        }

    @property
    def took_ms(self) -> float:
        """Since it came."""
        return round((perf_counter() - self.started) * 1000, 1)
