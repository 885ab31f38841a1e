"""The tasks of workers, by queue and message name. Tasks take ids, look up the rest, and may run twice."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
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
WARM_TRIES, WARM_AGAIN_S = 60, 60


async def ingest_document(ctx: dict[str, Any], _job_id: str) -> None:
    """There is a job: the worker takes whichever is next in turn, as soon as it has a free slot."""
    slots: Slots = ctx["slots"]
    slots.wake()


async def clear_document(ctx: dict[str, Any], document_id: str, blob_key: str) -> None:
    """Remove what is left of a deleted document."""
    pipeline: IngestionPipeline = ctx["pipeline"]
    await _or_later("document.not_cleared", document_id, lambda: pipeline.clear(UUID(document_id), blob_key))


async def tidy_document(ctx: dict[str, Any], document_id: str) -> None:
    """Remove the parts of a document that will not be completed."""
    pipeline: IngestionPipeline = ctx["pipeline"]
    await _or_later("document.not_tidied", document_id, lambda: pipeline.tidy_up(UUID(document_id)))


async def sweep(ctx: dict[str, Any]) -> None:
    """Look at once for jobs whose worker vanished; every worker also does so by itself every few seconds."""
    pipeline: IngestionPipeline = ctx["pipeline"]
    await pipeline.requeue_silent()


async def prune(ctx: dict[str, Any]) -> None:
    """Remove what has run out and what belongs to nothing."""
    chores: Chores = ctx["chores"]
    await chores.prune()


async def optimise(ctx: dict[str, Any]) -> None:
    """Clear the index of deleted chunks, if nobody needs it just now."""
    chores: Chores = ctx["chores"]
    await chores.optimise()


async def warm(ctx: dict[str, Any]) -> None:
    """Have the answers to frequent questions ready, as soon as nobody asks."""
    chores: Chores = ctx["chores"]
    if not await chores.warm():
        raise Retry(defer=WARM_AGAIN_S)


# Another task is one line here. A job whose worker was killed comes again after the longest timeout of its queue.
QUEUES: Mapping[QueueName, tuple[Function, ...]] = {
    QueueName.INGESTION: (func(ingest_document, timeout=TIMEOUT_S, keep_result=0),),
    QueueName.ANSWERS: (func(sweep, timeout=TIMEOUT_S, keep_result=0),),
    QueueName.MAINTENANCE: (
        func(sweep, timeout=TIMEOUT_S, keep_result=0),
        func(clear_document, timeout=TIMEOUT_S, max_tries=TRIES, keep_result=0),
        func(tidy_document, timeout=TIMEOUT_S, max_tries=TRIES, keep_result=0),
        func(prune, timeout=CHORE_S, keep_result=0),
        func(optimise, timeout=CHORE_S, max_tries=1, keep_result=0),
        func(warm, timeout=CHORE_S, max_tries=WARM_TRIES, keep_result=0),
    ),
}


async def _or_later(event: str, document_id: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do something that is tried again for some minutes when a part does not answer."""
    try:
        await work()
    except Exception as error:
        log.warning(event, document_id=document_id, error=repr(error))
        raise Retry(defer=TRY_AGAIN_S) from error
