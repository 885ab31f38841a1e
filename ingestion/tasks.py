"""What a worker does, by name of the message. Tasks take ids, look the rest up, and may run twice."""

from typing import Any
from uuid import UUID

import structlog
from arq import cron, func
from arq.worker import Retry

from ingestion.pipeline import IngestionPipeline
from ingestion.queue import QUEUE, ArqJobQueue, pack, unpack

log = structlog.get_logger(__name__)

LONGEST_JOB_S = 6 * 3600
SWEEP_SECONDS = {0, 15, 30, 45}  # of each minute: a job whose worker vanished is queued again within 45 s
CLEARING_TRIES = 10
CLEARING_AGAIN_S = 30


async def ingest_document(ctx: dict[str, Any], job_id: str) -> None:
    """Run one job."""
    pipeline: IngestionPipeline = ctx["pipeline"]
    await pipeline.run(UUID(job_id))


async def clear_document(ctx: dict[str, Any], document_id: str, blob_key: str) -> None:
    """Remove what is left of a deleted document; tried again for some minutes when a part does not answer."""
    pipeline: IngestionPipeline = ctx["pipeline"]
    try:
        await pipeline.clear(UUID(document_id), blob_key)
    except Exception as error:
        log.warning("document.not_cleared", document_id=document_id, error=repr(error))
        raise Retry(defer=CLEARING_AGAIN_S) from error


async def sweep(ctx: dict[str, Any]) -> None:
    """Queue again what is open in PostgreSQL and worked on by nobody."""
    pipeline: IngestionPipeline = ctx["pipeline"]
    count = await pipeline.requeue_silent(ArqJobQueue(ctx["redis"]))
    if count:
        log.info("jobs.queued_again", count=count)


def worker_settings(pipeline: IngestionPipeline) -> dict[str, Any]:
    """Arguments of an ``arq.Worker`` that does this module's tasks."""
    return {
        "functions": [
            func(ingest_document, timeout=LONGEST_JOB_S, keep_result=0),
            func(clear_document, max_tries=CLEARING_TRIES, keep_result=0),
        ],
        "cron_jobs": [cron(sweep, second=SWEEP_SECONDS, run_at_startup=True, keep_result=0, timeout=60)],
        "ctx": {"pipeline": pipeline},
        "queue_name": QUEUE,
        "job_serializer": pack,
        "job_deserializer": unpack,
        "health_check_interval": 15,
        "handle_signals": False,
        "log_results": False,
    }
