"""A library's epoch is another one after whatever changes what a search in it may find or show, and after nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from core.access import LibraryRole, Principal, scope_of
from db import documents, libraries
from db.session import Database
from ingestion.indexing.rebuild import rebuild_if_incomplete
from ingestion.service import IngestionService
from ingestion.types import Submission
from ingestion.worker.pipeline import IngestionPipeline
from rag.index.live import LiveIndex

Epochs = Callable[[Principal], Awaitable[int]]


@pytest.fixture
def epoch(database: Database) -> Epochs:
    """``await epoch(alice)``: of her own library."""

    async def read(who: Principal) -> int:
        async with database.reader() as session:
            return dict(await libraries.epochs(session, scope_of(who)))[who.personal_library_id]

    return read


@pytest.fixture
def submit(service: IngestionService, alice: Principal) -> Callable[..., Awaitable[Submission]]:
    async def send(text: str, **more: object) -> Submission:
        async def pieces() -> AsyncIterator[bytes]:
            yield text.encode()

        return await service.submit(alice, pieces(), "note.txt", **more)  # type: ignore[arg-type]

    return send


async def test_epochs(
    service: IngestionService,
    pipeline: IngestionPipeline,
    submit: Callable[..., Awaitable[Submission]],
    database: Database,
    live: LiveIndex,
    epoch: Epochs,
    alice: Principal,
    bob: Principal,
) -> None:
    @asynccontextmanager
    async def changes(*, by: bool = True) -> AsyncIterator[None]:
        before, bobs = await epoch(alice), await epoch(bob)
        yield
        assert (await epoch(alice) > before) is by
        assert await epoch(bob) == bobs

    async with changes(by=False):  # nothing can be found yet
        first = await submit("Terns nest on flat roofs.")
    async with changes():
        await pipeline.run(first.job.job_id)
    async with changes(by=False):
        await submit("Terns nest on flat roofs.")  # known
    second = await submit("Terns nest on gravel.", replaces=first.document.id)
    async with changes():
        await pipeline.run(second.job.job_id)
    again = await service.reindex(alice, first.document.id)
    async with changes():
        await pipeline.run(again.job_id)
    async with changes(), database.transaction() as session:
        await documents.retitle(session, "folder", {first.document.id: "other.txt"})
    async with changes(), database.transaction() as session:
        await libraries.set_member(session, alice.personal_library_id, bob.user_id, LibraryRole.VIEWER)
    async with changes(by=False), database.reader() as session:
        await documents.get(session, scope_of(alice), first.document.id)
    assert live.current is not None
    await live.current.index.delete_document(first.document.id)  # the index has lost it, the rows have not
    before, bobs = await epoch(alice), await epoch(bob)
    assert await rebuild_if_incomplete(database, live.current)
    assert await epoch(alice) > before
    assert await epoch(bob) > bobs
    async with changes():
        await service.delete_document(alice, first.document.id)


async def test_a_first_reading_that_fails_is_taken_out_again(
    service: IngestionService,
    pipeline: IngestionPipeline,
    submit: Callable[..., Awaitable[Submission]],
    epoch: Epochs,
    alice: Principal,
) -> None:
    submission = await submit("Terns nest on flat roofs.")
    await service.cancel(alice, submission.job.job_id)
    before = await epoch(alice)
    await pipeline.tidy_up(submission.document.id)
    assert await epoch(alice) > before
