"""Stages of retrieval as settings, through the service on real rows: widening, several questions, budget; each visible in the trace."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from answers.rows import around
from core.access import SearchScope, scope_of
from core.settings import RetrievalSettings, Settings
from db import sections
from db.models import ChunkRow, Document, DocumentSection
from db.session import Database
from rag.events import Citations, Done, Sources
from rag.retrieval.expand import Excerpt
from tests.chunks import HANDBOOK_TEXTS
from tests.integration.answers.conftest import SECTION, BuildService, Person
from tests.integration.answers.test_service import QUESTION, ask

Changed = Callable[..., Settings]
TWO = "How long does parental leave last and when does the office in Lisbon open?"


@pytest.fixture
def changed(settings: Settings) -> Changed:
    """``changed(expand="section")``: settings with other settings of retrieval."""

    def change(**retrieval: Any) -> Settings:
        return settings.model_copy(update={"retrieval": RetrievalSettings.model_validate(retrieval)})

    return change


async def sources_and_stages(
    service: BuildService, person: Person, model: str | None, settings: Settings, question: str = QUESTION
) -> tuple[Sources, dict[str, dict[str, Any]]]:
    events = await ask(service(model, settings), person.principal, question)
    [sources] = [event for event in events if isinstance(event, Sources)]
    done = events[-1]
    assert isinstance(done, Done)
    return sources, {stage.name: stage.details for stage in done.trace}


async def chunk_id_of(database: Database, person: Person, index: int) -> UUID:
    async with database.reader() as session:
        return next(row.id for row in await _rows(session, person) if row.index == index)


async def _rows(session: Any, person: Person) -> list[ChunkRow]:
    from db import chunks

    return await chunks.of_document(session, person.document.id, 1)


@pytest.mark.parametrize(("reach", "first", "last"), [(0, 2, 2), (1, 1, 3), (2, 0, 4), (8, 0, 5)])
async def test_a_run_reaches_as_many_chunks_as_one_says(
    database: Database, alice: Person, reach: int, first: int, last: int
) -> None:
    chunk_id = await chunk_id_of(database, alice, 2)
    found = await around(database, scope_of(alice.principal), 1, [chunk_id], reach)
    start = SECTION.index(HANDBOOK_TEXTS[first])
    end = SECTION.index(HANDBOOK_TEXTS[last]) + len(HANDBOOK_TEXTS[last])
    assert found == {chunk_id: Excerpt(start=start, text=SECTION[start:end])}


async def test_a_run_ends_where_its_section_ends(database: Database, alice: Person) -> None:
    async with database.transaction() as session:
        await sections.put(session, alice.document.id, [DocumentSection(version=1, number=2, text=SECTION)])
        its = (ChunkRow.document_id == alice.document.id) & (ChunkRow.index >= 3)
        await session.execute(update(ChunkRow).where(its).values(section=2))
    chunk_id = await chunk_id_of(database, alice, 2)
    found = await around(database, scope_of(alice.principal), 1, [chunk_id], 8)
    assert found[chunk_id].text == SECTION[: SECTION.index(HANDBOOK_TEXTS[2]) + len(HANDBOOK_TEXTS[2])]


async def test_offsets_count_characters_not_bytes(database: Database, alice: Person) -> None:
    text = "Überstunden 🙂 gibt es. " + SECTION
    async with database.transaction() as session:
        await sections.put(session, alice.document.id, [DocumentSection(version=1, number=1, text=text)])
        for row in await _rows(session, alice):
            shift = text.index(row.text)
            row.char_start, row.char_end = shift, shift + len(row.text)
    chunk_id = await chunk_id_of(database, alice, 1)
    found = await around(database, scope_of(alice.principal), 1, [chunk_id], 0)
    assert found[chunk_id].text == HANDBOOK_TEXTS[1]


async def test_nobody_sees_what_stands_around_anothers_chunk(
    database: Database, alice: Person, make_person: Callable[..., Awaitable[Person]]
) -> None:
    bob = await make_person("bob")
    chunk_id = await chunk_id_of(database, alice, 2)
    assert await around(database, scope_of(bob.principal), 1, [chunk_id], 8) == {}
    other = SearchScope(scope_of(alice.principal).library_ids, frozenset([bob.document.id]))
    assert await around(database, other, 1, [chunk_id], 8) == {}


async def test_a_replaced_version_has_nothing_around_it(database: Database, alice: Person) -> None:
    chunk_id = await chunk_id_of(database, alice, 2)
    async with database.transaction() as session:
        await session.execute(update(Document).where(Document.id == alice.document.id).values(version=2))
    assert await around(database, scope_of(alice.principal), 1, [chunk_id], 8) == {}


async def test_a_model_reads_the_neighbours_and_cites_the_sentence(
    service: BuildService, alice: Person, changed: Changed
) -> None:
    events = await ask(service("cite", changed(top_n=1)), alice.principal)
    [found] = [event for event in events if isinstance(event, Sources)]
    chunk = found.sources[0].chunk
    assert chunk.text == SECTION[chunk.char_start : chunk.char_end]
    assert chunk.text.startswith(HANDBOOK_TEXTS[0])
    assert len(chunk.text) > len(HANDBOOK_TEXTS[0])
    [checked] = [event for event in events if isinstance(event, Citations)]
    [span] = checked.citations[0].spans
    assert SECTION[span.start : span.end] == "Full-time employees receive 25 days of paid vacation per year."


async def test_an_extractive_answer_quotes_what_was_found(
    service: BuildService, alice: Person, changed: Changed
) -> None:
    sources, stages = await sources_and_stages(service, alice, None, changed())
    assert {source.chunk.text for source in sources.sources} <= set(HANDBOOK_TEXTS)
    assert "expand" not in stages


async def test_a_section_is_read_as_a_whole_and_once(service: BuildService, alice: Person, changed: Changed) -> None:
    sources, stages = await sources_and_stages(service, alice, None, changed(expand="section"))
    assert [source.chunk.text for source in sources.sources] == [SECTION]
    assert stages["expand"] == {"how": "section", "widened": stages["threshold"]["kept"]}
    assert stages["deduplicate"]["kept"] == 1


async def test_a_section_beyond_the_budget_comes_as_it_was_found(
    service: BuildService, alice: Person, changed: Changed
) -> None:
    sources, stages = await sources_and_stages(service, alice, None, changed(expand="section", budget_tokens=200))
    assert [source.chunk.text for source in sources.sources] == [HANDBOOK_TEXTS[0]]
    assert stages["pack"]["tokens"] <= stages["pack"]["budget"] == 200


async def test_a_question_of_two_parts_is_searched_in_parts(
    service: BuildService, alice: Person, changed: Changed
) -> None:
    sources, stages = await sources_and_stages(service, alice, "cite", changed(queries=3, expand="off"), TWO)
    assert stages["standalone"] == {"by": "model", "further": 2, "failure": None}
    assert stages["search"]["questions"] == 3
    assert {source.chunk.text for source in sources.sources[:2]} == {HANDBOOK_TEXTS[1], HANDBOOK_TEXTS[2]}


async def test_every_stage_is_in_the_trace_with_its_time(
    service: BuildService, alice: Person, changed: Changed
) -> None:
    events = await ask(service("cite", changed()), alice.principal)
    done = events[-1]
    assert isinstance(done, Done)
    names = [stage.name for stage in done.trace]
    wanted = ["prepare", "standalone", "embed", "search", "shown"]
    wanted += ["threshold", "expand", "deduplicate", "pack", "answer", "check"]
    assert [name for name in names if name in wanted] == wanted
    assert all(stage.took_ms >= 0 for stage in done.trace)
