"""What a door asks of a run, and what it is told about one."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from core.values import Frozen
from db.models import AnswerRun
from rag.questions.kind import Kind
from rag.types import Turn


class RunRequest(Frozen):
    """A question and how to answer it; the fields of ``AnswerService.ask``, as JSON for a worker.

    Attributes:
        thread_id: the conversation to continue; None begins a new one if the exchange is stored.
        begins_thread: the conversation need not exist yet.
        question_step_id: the door stores the exchange itself, and this is the question's step.
        store: store the exchange as a conversation; with a ``thread_id`` it is stored anyway.
        history: turns before the question that no conversation holds, oldest first.
        continues: the answer run to go on with; everything else is left out then.
    """

    question: str = ""
    thread_id: UUID | None = None
    begins_thread: bool = False
    question_step_id: UUID | None = None
    document_ids: frozenset[UUID] | None = None
    library_ids: frozenset[UUID] | None = None
    attached: tuple[UUID, ...] = ()
    kind: Kind | None = None
    store: bool = True
    fresh: bool = False
    alone: bool = False
    history: tuple[Turn, ...] = ()
    continues: UUID | None = None

    @property
    def is_recorded(self) -> bool:
        """Whether the exchange is stored in a conversation by ``conversations``."""
        return self.question_step_id is None and (self.store or self.thread_id is not None)


class JobState(StrEnum):
    """The state of a run, in the words of a job."""

    QUEUED = "QUEUED"
    STARTED = "STARTED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    STOPPED = "STOPPED"


_STATES = {
    "queued": JobState.QUEUED,
    "running": JobState.STARTED,
    "done": JobState.FINISHED,
    "refused": JobState.FINISHED,
    "error": JobState.FAILED,
    "stopped": JobState.STOPPED,
}


class RunStatus(Frozen):
    """A run as a job.

    Attributes:
        message: why it failed, for the person; None otherwise.
        reference: finds the log entry of a failure.
    """

    job_id: UUID
    status: JobState
    thread_id: UUID | None = None
    message: str | None = None
    reference: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status not in (JobState.QUEUED, JobState.STARTED)


def status_of(run: AnswerRun) -> RunStatus:
    """The status of a row."""
    return RunStatus(
        job_id=run.id,
        status=_STATES[run.state],
        thread_id=run.thread_id,
        message=run.error,
        reference=run.reference,
        created_at=run.created_at,
        finished_at=run.finished_at,
    )
