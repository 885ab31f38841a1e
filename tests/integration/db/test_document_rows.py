"""Documents, sections and chunks: stored once per library and content, seen within a scope only."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from core.access import LibraryRole, Principal, SearchScope, scope_of
from core.errors import Conflict, NotFound, NotPermitted
from db import chunks, documents, jobs, libraries, sections
from db.models import ChunkRow, Document, DocumentSection
from db.session import Database

MakeUser = Callable[..., Awaitable[Principal]]
MakeDocument = Callable[..., Awaitable[Document]]


def _section(number: int, text: str = "Text.") -> DocumentSection:
    words = [[0, 5, 0.1, 0.1, 0.2, 0.2]]
    return DocumentSection(version=1, number=number, page=number, path=[], text=text, words=words, blocks=[])


def _chunk(document: Document, index: int, text: str = "Text.") -> ChunkRow:
    return ChunkRow(
        index_version=1,
        version=1,
        id=uuid4(),
        document_id=document.id,
        index=index,
        section=1,
        page=1,
        path=["A", "B"],
        text=text,
        char_start=0,
        char_end=len(text),
        content_hash=text,
    )


async def test_the_same_bytes_are_one_document_in_a_library(database: Database, make_user: MakeUser) -> None:
    alice, bob = await make_user("alice"), await make_user("bob")

    async def create(principal: Principal, title: str) -> tuple[Document, bool]:
        async with database.transaction() as session:
            return await documents.create(
                session,
                principal,
                library_id=principal.personal_library_id,
                title=title,
                mime_type="text/plain",
                size_bytes=3_000_000_000,
                sha256="ab" * 32,
                blob_key="key",
            )

    first, is_new = await create(alice, "one.txt")
    assert is_new
    assert (first.state, first.chunk_count, first.uploaded_by) == ("pending", 0, alice.user_id)
    assert first.size_bytes == 3_000_000_000
    again, is_new_again = await create(alice, "two.txt")
    assert (again.id, again.title, is_new_again) == (first.id, "one.txt", False)
    of_bob, is_new_for_bob = await create(bob, "three.txt")
    assert is_new_for_bob
    assert of_bob.id != first.id


async def test_the_same_bytes_brought_at_once_are_one_document(database: Database, make_user: MakeUser) -> None:
    alice = await make_user("alice")

    async def create(number: int) -> tuple[Document, bool]:
        async with database.transaction() as session:
            return await documents.create(
                session,
                alice,
                library_id=alice.personal_library_id,
                title=f"{number}.txt",
                mime_type="text/plain",
                size_bytes=1,
                sha256="cd" * 32,
                blob_key="key",
            )

    outcomes = await asyncio.gather(*(create(number) for number in range(5)))
    assert len({document.id for document, _ in outcomes}) == 1
    assert sum(is_new for _, is_new in outcomes) == 1


async def test_a_viewer_reads_and_an_editor_writes(
    database: Database, make_user: MakeUser, make_document: MakeDocument
) -> None:
    alice, bob = await make_user("alice"), await make_user("bob")
    document = await make_document(alice)
    library_id = alice.personal_library_id
    for role, may_write in ((LibraryRole.VIEWER, False), (LibraryRole.EDITOR, True)):
        async with database.transaction() as session:
            await libraries.set_member(session, library_id, bob.user_id, role)
            personal, grants = await libraries.grants_of(session, bob.user_id)
        assert personal == bob.personal_library_id
        assert grants == {personal: LibraryRole.OWNER, library_id: role}
        member = replace(bob, grants=grants)
        async with database.transaction() as session:
            assert (await documents.get(session, scope_of(member), document.id)).title == "handbook.pdf"
            if may_write:
                await documents.get_for_change(session, member, document.id)
            else:
                with pytest.raises(NotPermitted):
                    await documents.get_for_change(session, member, document.id)


async def test_a_narrowed_scope_sees_its_documents_only(
    database: Database, make_user: MakeUser, make_document: MakeDocument
) -> None:
    alice, bob = await make_user("alice"), await make_user("bob")
    one, two, of_bob = await make_document(alice, "1"), await make_document(alice, "2"), await make_document(bob, "3")
    scope = scope_of(alice, frozenset({one.id, of_bob.id}))
    async with database.reader() as session:
        assert await documents.hold(session, scope) == {one.id}
        assert await documents.hold(session, scope_of(alice)) == {one.id, two.id}
        assert await documents.hold(session, SearchScope(frozenset())) == frozenset()
        assert await documents.hold(session, scope_of(alice, frozenset())) == frozenset()
        with pytest.raises(NotFound):
            await documents.get(session, scope, two.id)


async def test_states_and_counts_are_kept(database: Database, make_user: MakeUser, make_document: MakeDocument) -> None:
    alice = await make_user("alice")
    document = await make_document(alice)
    async with database.transaction() as session:
        await documents.set_state(session, document.id, "ready", chunk_count=9)
    async with database.transaction() as session:
        await documents.set_state(session, document.id, "failed", error="It is damaged.")
    async with database.reader() as session:
        stored = await documents.get(session, scope_of(alice), document.id)
        assert (stored.state, stored.error, stored.chunk_count) == ("failed", "It is damaged.", 9)
        assert stored.updated_at > stored.created_at


async def test_removing_a_document_removes_all_it_holds(
    database: Database, make_user: MakeUser, make_document: MakeDocument
) -> None:
    alice = await make_user("alice")
    document = await make_document(alice)
    async with database.transaction() as session:
        await sections.put(session, document.id, [_section(1)])
        await chunks.put(session, [_chunk(document, 0)])
        job = await jobs.create(session, document.id)
    async with database.transaction() as session:
        removed = await documents.remove(session, alice, document.id)
    assert removed.blob_key == "blobs/handbook.pdf"
    async with database.reader() as session:
        assert await documents.find(session, document.id) is None
        assert await sections.count(session, scope_of(alice), document.id) == 0
        assert await chunks.of_document(session, document.id, 1) == []
        assert await jobs.find(session, job.id) is None


async def test_what_is_read_is_staged_until_all_of_it_is_there(
    database: Database, make_user: MakeUser, make_document: MakeDocument
) -> None:
    alice = await make_user("alice")
    document = await make_document(alice)
    async with database.transaction() as session:
        await sections.put(session, document.id, [_section(number) for number in (1, 2, 3)])
    async with database.transaction() as session:
        await sections.put(session, document.id, [_section(1, "New."), _section(2)], is_staged=True)
    async with database.transaction() as session:
        assert await sections.count(session, scope_of(alice), document.id) == 3
        assert (await sections.get(session, scope_of(alice), document.id, 1)).text != "New."
        assert len(await sections.batch(session, document.id, 1, 0, 10, is_staged=True)) == 2
        await sections.publish(session, document.id, 1)
        await sections.publish(session, document.id, 1)  # nothing is staged: nothing changes
    async with database.reader() as session:
        assert await sections.count(session, scope_of(alice), document.id) == 2
        first = await sections.get(session, scope_of(alice), document.id, 1)
        assert (first.text, first.path, first.words) == ("New.", [], [[0, 5, 0.1, 0.1, 0.2, 0.2]])
        with pytest.raises(NotFound):
            await sections.get(session, scope_of(alice), document.id, 3)
        assert [row.number for row in await sections.batch(session, document.id, 1, 1, 10)] == [2]


async def test_chunks_are_kept_and_dropped_in_one_index_version_alone(
    database: Database, make_user: MakeUser, make_document: MakeDocument
) -> None:
    alice = await make_user("alice")
    document, other = await make_document(alice, "1"), await make_document(alice, "2")
    kept, stale, elsewhere = _chunk(document, 0, "kept"), _chunk(document, 1, "stale"), _chunk(document, 1, "stale")
    elsewhere.index_version = 2
    async with database.transaction() as session:
        await chunks.put(session, [kept, stale, elsewhere, _chunk(other, 0)])
    moved = _chunk(document, 5, "kept")
    moved.id = kept.id
    async with database.transaction() as session:
        await chunks.put(session, [moved])
        await chunks.keep_only(session, 1, document.id, {kept.id})
    async with database.reader() as session:
        assert [(row.id, row.index) for row in await chunks.of_document(session, document.id, 1)] == [(kept.id, 5)]
        assert len(await chunks.of_document(session, document.id, 2)) == 1
        assert (await chunks.count(session, 1), await chunks.count(session, 2)) == (2, 1)


async def test_chunks_of_a_version_that_is_not_in_are_no_ones_to_see(
    database: Database, make_user: MakeUser, make_document: MakeDocument
) -> None:
    alice = await make_user("alice")
    document = await make_document(alice)
    present, coming = _chunk(document, 0, "present"), _chunk(document, 1, "coming")
    coming.version = 2
    async with database.transaction() as session:
        await chunks.put(session, [present, coming])
    async with database.reader() as session:
        found = await chunks.visible(session, scope_of(alice), 1, [present.id, coming.id])
        assert {chunk_id: fields["text"] for chunk_id, fields in found.items()} == {present.id: "present"}
        assert await chunks.visible(session, scope_of(alice), 2, [present.id]) == {}
        with pytest.raises(NotFound):
            await chunks.get(session, scope_of(alice), coming.id)
    async with database.transaction() as session:
        await chunks.drop_later(session, document.id, 1)
        assert [row.id for row in await chunks.of_document(session, document.id, 1)] == [present.id]


async def test_many_chunks_are_stored_and_read_back_in_batches(
    database: Database, make_user: MakeUser, make_document: MakeDocument
) -> None:
    alice = await make_user("alice")
    document = await make_document(alice)
    async with database.transaction() as session:
        await chunks.put(session, [_chunk(document, index) for index in range(2500)])
    seen: list[UUID] = []
    async with database.reader() as session:
        while rows := await chunks.batch(session, 1, seen[-1] if seen else None, 1000):
            assert {row.document_id for row, _ in rows} == {document.id}
            assert rows[0][1].library_id == alice.personal_library_id
            seen += [row.id for row, _ in rows]
    assert seen == sorted(set(seen))
    assert len(seen) == 2500


async def test_a_taken_name_is_a_conflict(make_user: MakeUser) -> None:
    await make_user("alice")
    with pytest.raises(Conflict):
        await make_user("alice")
