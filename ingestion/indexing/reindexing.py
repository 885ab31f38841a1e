"""``footnote reindex``: requests a new index version and shows its progress, whichever process builds it."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from core.errors import StartupFailed
from db import documents, index_versions, jobs
from db.session import Database
from ingestion.indexing.builder import IndexBuilder
from ingestion.jobs.queue import JobQueue

LOOK_EVERY_S = 0.5
JOBS_PER_STEP = 100


async def read_all_again(database: Database, queue: JobQueue) -> int:
    """Queue the stored file of every ready document to be read again, and wait until all are; returns how many."""
    async with database.reader() as session:
        ready = await documents.ready(session)
    with _progress() as progress:
        bar = progress.add_task("Reading", total=len(ready))
        for start in range(0, len(ready), JOBS_PER_STEP):
            for job_id in await _queue(database, queue, ready[start : start + JOBS_PER_STEP]):
                await _wait(database, job_id)
                progress.advance(bar)
    return len(ready)


async def rebuild(database: Database, builder: IndexBuilder, *, is_builder: bool) -> int:
    """Have an index version built by the present settings, and wait until it is live; returns its number of documents.

    Args:
        is_builder: build it in this process, unless another one does; False: a running server or worker builds it.

    Raises:
        Conflict: one with other settings is being built.
        StartupFailed: it was replaced by another request, or its model cannot be loaded.
    """
    number = await builder.begin()
    show_task = asyncio.create_task(_show(database, number))
    build_task = asyncio.create_task(_build(builder)) if is_builder else None
    try:
        await asyncio.wait([show_task, *([build_task] if build_task else [])], return_when=asyncio.FIRST_EXCEPTION)
        if build_task is not None and build_task.done():
            build_task.result()
        return await show_task
    finally:
        for task in (show_task, build_task):
            if task is not None:
                task.cancel()


async def _build(builder: IndexBuilder) -> None:
    """Try to build until nothing is left to build: another process that is building may end half-way."""
    while await builder.has_work():
        await builder.build()
        await asyncio.sleep(LOOK_EVERY_S)


async def _show(database: Database, number: int) -> int:
    with _progress() as progress:
        bar = progress.add_task("Indexing", total=None)
        while True:
            async with database.reader() as session:
                row = await index_versions.find(session, number)
            if row is None or row.state == "retired":
                raise StartupFailed("The new index was given up; another one was asked for meanwhile.")
            is_live = row.state == "live"
            progress.update(bar, completed=row.documents_done, total=row.documents_total or (0 if is_live else None))
            if is_live:
                return row.documents_done
            await asyncio.sleep(LOOK_EVERY_S)


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


async def _queue(database: Database, queue: JobQueue, ready: Sequence[tuple[UUID, int]]) -> list[UUID]:
    queued = []
    async with database.transaction() as session:
        for document_id, version in ready:
            if await documents.lock(session, document_id) is not None:
                queued.append(await jobs.create(session, document_id, version=version))
    for job in queued:
        await queue.enqueue_ingestion(job.id, job.attempts)
    return [job.id for job in queued]


async def _wait(database: Database, job_id: UUID) -> None:
    while True:
        async with database.reader() as session:
            job = await jobs.find(session, job_id)
        if job is None or job.state not in ("queued", "started"):
            return
        await asyncio.sleep(LOOK_EVERY_S)
