"""The rows of the library page: every order, every state, page by page, with the asker's own questions only."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.access import LibraryRole, Principal, scope_of
from core.errors import Invalid
from db import answer_runs, jobs, libraries, library_page
from db.library_order import DocumentQuery, Sort
from db.models import AnswerSource, Document
from db.session import Database

MakeUser = Callable[..., Awaitable[Principal]]
MakeDocument = Callable[..., Awaitable[Document]]
START = datetime(2026, 1, 1, tzinfo=UTC)


async def titles(database: Database, who: Principal, wanted: DocumentQuery, limit: int = 2) -> list[str]:
    """All titles, gathered page by page."""
    found: list[str] = []
    cursor = None
    while True:
        async with database.reader() as session:
            rows, cursor = await library_page.page(session, who, wanted, limit=limit, cursor=cursor)
        found += [row.title for row in rows]
        if cursor is None:
            return found
        assert len(rows) == limit


async def change(database: Database, document: Document, **values: Any) -> None:
    async with database.transaction() as session:
        row = await session.get_one(Document, document.id)
        for name, value in values.items():
            setattr(row, name, value)


async def ask(database: Database, who: Principal, document: Document, question: str, *, cited: bool = True) -> UUID:
    """A question of theirs, answered from the document; its thread."""
    thread_id = uuid4()
    async with database.transaction() as session:
        run = await answer_runs.create(session, who, question=question, scope=scope_of(who), thread_id=thread_id)
        source = AnswerSource(number=1, document_id=document.id, document_title="T", chunk_id=uuid4(), section=1)
        await answer_runs.store_sources(session, run.id, question, [source])
        if cited:
            await answer_runs.mark_cited(session, run.id, 1, [(0, 1)], 1.0)
    return thread_id


@pytest.fixture
async def alice(make_user: MakeUser) -> Principal:
    return await make_user("alice")


@pytest.fixture
async def filled_library(database: Database, alice: Principal, make_document: MakeDocument) -> dict[str, Document]:
    """Five documents: two alike in size, one waiting, one failed, one partial."""
    made = {title: await make_document(alice, title) for title in ("B10.pdf", "b2.pdf", "Äpfel.pdf", "c.pdf", "d.pdf")}
    sizes = {"B10.pdf": 5, "b2.pdf": 5, "Äpfel.pdf": 3_000_000_000, "c.pdf": 1, "d.pdf": 2}
    for n, (title, document) in enumerate(made.items()):
        values = {"created_at": START + timedelta(days=n), "size_bytes": sizes[title], "state": "ready"}
        await change(database, document, **values)
    await change(database, made["B10.pdf"], page_count=300, warnings=[{"page": 7, "message": "Damaged."}])
    await change(database, made["c.pdf"], page_count=12)
    await change(database, made["d.pdf"], state="failed")
    async with database.transaction() as session:
        await jobs.create(session, made["b2.pdf"].id)  # read again: ready, and pending too
    return made


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["Äpfel.pdf", "b2.pdf", "B10.pdf", "c.pdf", "d.pdf"]),
        ("added", ["d.pdf", "c.pdf", "Äpfel.pdf", "b2.pdf", "B10.pdf"]),
        ("size", ["Äpfel.pdf", "b2.pdf", "B10.pdf", "d.pdf", "c.pdf"]),
        ("pages", ["B10.pdf", "c.pdf", "d.pdf", "Äpfel.pdf", "b2.pdf"]),
        ("state", ["b2.pdf", "d.pdf", "B10.pdf", "c.pdf", "Äpfel.pdf"]),
        ("used", ["c.pdf", "B10.pdf", "d.pdf", "Äpfel.pdf", "b2.pdf"]),
    ],
)
async def test_every_order_both_ways_page_by_page(
    database: Database, alice: Principal, filled_library: dict[str, Document], sort: Sort, expected: list[str]
) -> None:
    await ask(database, alice, filled_library["B10.pdf"], "The first?")
    await ask(database, alice, filled_library["c.pdf"], "The second?")
    assert await titles(database, alice, DocumentQuery(sort)) == expected
    is_down = DocumentQuery(sort).is_descending
    assert await titles(database, alice, DocumentQuery(sort, not is_down)) == expected[::-1]
    assert await titles(database, alice, DocumentQuery(sort), limit=100) == expected


async def test_states_are_filtered_and_counted(
    database: Database, alice: Principal, filled_library: dict[str, Document]
) -> None:
    assert set(filled_library) == set(await titles(database, alice, DocumentQuery()))
    assert await titles(database, alice, DocumentQuery(state="pending")) == ["b2.pdf"]
    assert await titles(database, alice, DocumentQuery(state="failed")) == ["d.pdf"]
    assert await titles(database, alice, DocumentQuery(state="partial")) == ["B10.pdf"]
    assert await titles(database, alice, DocumentQuery("name", state="ready")) == [
        "Äpfel.pdf",
        "b2.pdf",
        "B10.pdf",
        "c.pdf",
    ]
    async with database.reader() as session:
        counted = await library_page.counts(session, scope_of(alice), DocumentQuery(state="failed"))
        searched = await library_page.counts(session, scope_of(alice), DocumentQuery(search="B"))
    assert (counted.total, counted.pending, counted.ready, counted.failed, counted.partial) == (5, 1, 4, 1, 1)
    assert (searched.total, searched.pending, searched.partial) == (2, 1, 1)


async def test_search_takes_words_literally_in_any_order(
    database: Database, alice: Principal, make_document: MakeDocument
) -> None:
    for title in ("100%_sure.pdf", "1000 sure.pdf", "Handbuch Reisen.pdf"):
        await make_document(alice, title)

    async def found(search: str) -> list[str]:
        return await titles(database, alice, DocumentQuery(search=search))

    assert await found("100%") == ["100%_sure.pdf"]
    assert await found("%_s") == ["100%_sure.pdf"]
    assert await found("reisen HAND") == ["Handbuch Reisen.pdf"]
    assert await found("hand sure") == []
    assert len(await found("  ")) == 3


@pytest.mark.parametrize(
    "cursor", ["x", "W10=", "bnVsbA==", "WyJhZGRlZCIsdHJ1ZSwxLCJ4IiwieSJd", "WyJuYW1lIiwgZmFsc2UsICJcdTAwMDAi"]
)
async def test_a_made_up_cursor_is_refused(database: Database, alice: Principal, cursor: str) -> None:
    async with database.reader() as session:
        with pytest.raises(Invalid):
            await library_page.page(session, alice, DocumentQuery(), limit=3, cursor=cursor)


async def test_a_cursor_of_another_order_is_refused(
    database: Database, alice: Principal, filled_library: dict[str, Document]
) -> None:
    assert filled_library
    async with database.reader() as session:
        _, cursor = await library_page.page(session, alice, DocumentQuery("name"), limit=2)
        for other in (DocumentQuery("size"), DocumentQuery("name", True)):
            with pytest.raises(Invalid):
                await library_page.page(session, alice, other, limit=2, cursor=cursor)


async def test_a_member_sees_the_document_and_the_owner_but_not_the_owners_questions(
    database: Database, alice: Principal, make_user: MakeUser, make_document: MakeDocument
) -> None:
    bob = await make_user("bob")
    async with database.transaction() as session:
        await libraries.set_member(session, alice.personal_library_id, bob.user_id, LibraryRole.VIEWER)
        _, grants = await libraries.grants_of(session, bob.user_id)
    bob = Principal(bob.user_id, bob.username, bob.role, bob.personal_library_id, grants)
    document = await make_document(alice)
    await ask(database, alice, document, "How much does Bob earn?")
    thread_id = await ask(database, alice, document, "When is Bob dismissed?")
    await ask(database, alice, document, "Is this cited?", cited=False)
    async with database.reader() as session:
        mine = await library_page.details(session, alice, [document])
        theirs = await library_page.details(session, bob, [document])
    assert (mine.questions[document.id].text, mine.questions[document.id].thread_id) == (
        "When is Bob dismissed?",
        thread_id,
    )
    assert theirs.questions == {}
    assert theirs.owners == {alice.user_id: "alice"}
    assert set(theirs.libraries) == {alice.personal_library_id}
    assert await titles(database, bob, DocumentQuery("used")) == [document.title]


async def test_a_row_shows_the_newest_job(database: Database, alice: Principal, make_document: MakeDocument) -> None:
    document = await make_document(alice)
    async with database.transaction() as session:
        first = await jobs.create(session, document.id)
        await jobs.stop(session, first.id)
        second = await jobs.create(session, document.id)
    async with database.reader() as session:
        shown = await library_page.details(session, alice, [document])
    assert shown.jobs[document.id].id == second.id
