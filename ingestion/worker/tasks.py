"""The tasks of workers, by queue and message name. Tasks take ids, read the rest from the database, and may run twice."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import structlog
from arq import func
from arq.worker import Function, Retry

from ingestion.jobs.queue import QueueName
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.slots import Slots
from ingestion.worker.upkeep import Chores

log = structlog.get_logger(__name__)

TRIES = 10
TRY_AGAIN_S = 30
TIMEOUT_S = 120
CHORE_S = 600
RIGHTS_S = 6 * 3600  # a large export; another one is written beside it
WARM_TRIES, WARM_AGAIN_S = 60, 60


class Wakeable(Protocol):
    """What takes work by itself once it is woken."""

    @property
    def running(self) -> Sequence[UUID]:
        """Ids of what it works on now."""

    def wake(self) -> None:
        """Look for work."""


class RightsWork(Protocol):
    """What is done for the rights of people, see ``rights/service.py``."""

    async def attend(self) -> None:
        """Do the exports and erasures that wait."""

    async def retain(self) -> object:
        """Delete what is old enough."""


async def ingest_document(ctx: dict[str, Any], _job_id: str) -> None:
    """Wake the slots: a free one takes the next job of the fair queue, not necessarily this one."""
    slots: Slots = ctx["slots"]
    slots.wake()


async def answer_question(ctx: dict[str, Any], _run_id: str) -> None:
    """Wake the slots for answers: a free one takes the oldest question, not necessarily this one."""
    slots: Wakeable | None = ctx.get("answer_slots")
    if slots is not None:
        slots.wake()


async def run_cases(ctx: dict[str, Any], _run_id: str) -> None:
    """Wake what runs the test cases."""
    runner: Wakeable | None = ctx.get("case_runner")
    if runner is not None:
        runner.wake()


async def clear_document(ctx: dict[str, Any], document_id: str, blob_key: str) -> None:
    """Remove the remains of a deleted document."""
    pipeline: IngestionPipeline = ctx["pipeline"]
    await _or_later("document.not_cleared", document_id, lambda: pipeline.clear(UUID(document_id), blob_key))


async def tidy_document(ctx: dict[str, Any], document_id: str) -> None:
    """Remove the incomplete parts of a document."""
    pipeline: IngestionPipeline = ctx["pipeline"]
    await _or_later("document.not_tidied", document_id, lambda: pipeline.tidy_up(UUID(document_id)))


async def refile_document(ctx: dict[str, Any], document_id: str) -> None:
    """Give the chunks of a moved document its library."""
    pipeline: IngestionPipeline = ctx["pipeline"]
    await _or_later("document.not_refiled", document_id, lambda: pipeline.refile(UUID(document_id)))


async def sweep(ctx: dict[str, Any]) -> None:
    """Look now for jobs whose worker vanished; every worker also does so every few seconds."""
    pipeline: IngestionPipeline = ctx["pipeline"]
    await pipeline.requeue_silent()


async def prune(ctx: dict[str, Any]) -> None:
    """Remove expired sign-ins and orphaned files."""
    chores: Chores = ctx["chores"]
    await chores.prune()


async def optimise(ctx: dict[str, Any]) -> None:
    """Clear the index of deleted chunks, if it is not in use."""
    chores: Chores = ctx["chores"]
    await chores.optimise()


async def warm(ctx: dict[str, Any]) -> None:
    """Warm the answers to frequent questions, when nobody is asking."""
    chores: Chores = ctx["chores"]
    if not await chores.warm():
        raise Retry(defer=WARM_AGAIN_S)


async def attend_rights(ctx: dict[str, Any]) -> None:
    """Do the exports and erasures that wait."""
    rights: RightsWork | None = ctx.get("rights")
    if rights is not None:
        await rights.attend()


async def retain(ctx: dict[str, Any]) -> None:
    """Delete what is kept no longer."""
    rights: RightsWork | None = ctx.get("rights")
    if rights is not None:
        await rights.retain()


# A new task needs one line here. A task whose worker was killed runs again after the longest timeout of its queue.
QUEUES: Mapping[QueueName, tuple[Function, ...]] = {
    QueueName.INGESTION: (func(ingest_document, timeout=TIMEOUT_S, keep_result=0),),
    QueueName.ANSWERS: (
        func(sweep, timeout=TIMEOUT_S, keep_result=0),
        func(answer_question, timeout=TIMEOUT_S, keep_result=0),
        func(run_cases, timeout=TIMEOUT_S, keep_result=0),
    ),
    QueueName.MAINTENANCE: (
        func(sweep, timeout=TIMEOUT_S, keep_result=0),
        func(clear_document, timeout=TIMEOUT_S, max_tries=TRIES, keep_result=0),
        func(tidy_document, timeout=TIMEOUT_S, max_tries=TRIES, keep_result=0),
        func(refile_document, timeout=TIMEOUT_S, max_tries=TRIES, keep_result=0),
        func(prune, timeout=CHORE_S, keep_result=0),
        func(optimise, timeout=CHORE_S, max_tries=1, keep_result=0),
        func(attend_rights, timeout=RIGHTS_S, max_tries=1, keep_result=0),
        func(retain, timeout=RIGHTS_S, max_tries=1, keep_result=0),
        func(warm, timeout=CHORE_S, max_tries=WARM_TRIES, keep_result=0),
    ),
}


async def _or_later(event: str, document_id: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do ``work``; after an error, arq tries it again (``TRIES`` times, every ``TRY_AGAIN_S`` seconds)."""
    try:
        await work()
    except Exception as error:
        log.warning(event, document_id=document_id, error=repr(error))
        raise Retry(defer=TRY_AGAIN_S) from error
