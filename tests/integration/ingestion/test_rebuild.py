"""PostgreSQL is the truth: an index that was lost comes back from the rows."""

from collections.abc import AsyncIterator
from uuid import UUID

from core.access import Principal, scope_of
from db.session import Database
from ingestion.indexing.rebuild import TASK, rebuild_if_incomplete
from ingestion.service import IngestionService
from ingestion.worker.pipeline import IngestionPipeline
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, with_chunks
from rag.index.live import IndexVersion, LiveIndex

TEXT = "The telescope room is number 314 on the third floor."


async def _pieces() -> AsyncIterator[bytes]:
    yield TEXT.encode()


def _present(live: LiveIndex) -> IndexVersion:
    assert live.current is not None
    return live.current


async def _loaded(service: IngestionService, pipeline: IngestionPipeline, person: Principal) -> UUID:
    submission = await service.submit(person, _pieces(), "rooms.txt")
    await pipeline.run(submission.job.job_id)
    return submission.document.id


async def test_a_wiped_index_is_put_back(
    database: Database,
    live: LiveIndex,
    embeddings: FootnoteEmbeddings,
    index: ChunkIndex,
    service: IngestionService,
    pipeline: IngestionPipeline,
    alice: Principal,
) -> None:
    document_id = await _loaded(service, pipeline, alice)
    assert await rebuild_if_incomplete(database, _present(live)) == 0
    await index.delete_document(document_id)
    assert await rebuild_if_incomplete(database, _present(live)) == 1
    vector = await embeddings.aembed_query("telescope")
    (hit,) = await with_chunks(index, await index.search("telescope", vector, scope_of(alice), top_k=5))
    assert (hit.chunk.text, hit.chunk.document_id, hit.chunk.title) == (TEXT, document_id, "rooms.txt")


async def test_one_process_at_a_time_rebuilds(
    database: Database,
    live: LiveIndex,
    embeddings: FootnoteEmbeddings,
    index: ChunkIndex,
    service: IngestionService,
    pipeline: IngestionPipeline,
    alice: Principal,
) -> None:
    await index.delete_document(await _loaded(service, pipeline, alice))
    async with database.advisory_lock(TASK) as is_alone:
        assert is_alone
        assert await rebuild_if_incomplete(database, _present(live)) == 0
    assert await index.count() == 0
    assert await rebuild_if_incomplete(database, _present(live)) == 1
