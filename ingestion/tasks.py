"""What workers do, by queue and by name of the message. Tasks take ids, look the rest up, and may run twice."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import structlog
from arq import func
from arq.worker import Function, Retry

from ingestion.pipeline import IngestionPipeline
from ingestion.queue import QueueName
from ingestion.slots import Slots

log = structlog.get_logger(__name__)

TRIES = 10
TRY_AGAIN_S = 30
TIMEOUT_S = 120


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


# Another task is one line here. Those of `maintenance` may run for long: give them their own timeout.
QUEUES: Mapping[QueueName, tuple[Function, ...]] = {
    QueueName.INGESTION: (func(ingest_document, timeout=TIMEOUT_S, keep_result=0),),
    QueueName.ANSWERS: (func(sweep, timeout=TIMEOUT_S, keep_result=0),),
    QueueName.MAINTENANCE: (
        func(sweep, timeout=TIMEOUT_S, keep_result=0),
        func(clear_document, timeout=TIMEOUT_S, max_tries=TRIES, keep_result=0),
        func(tidy_document, timeout=TIMEOUT_S, max_tries=TRIES, keep_result=0),
    ),
}


async def _or_later(event: str, document_id: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do something that is tried again for some minutes when a part does not answer."""
    try:
        await work()
    except Exception as error:
        log.warning(event, document_id=document_id, error=repr(error))
        raise Retry(defer=TRY_AGAIN_S) from error
