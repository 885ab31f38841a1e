"""Exports: complete, without secrets, in bounded memory, over kills; and their end."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text, update

from core.access import Principal
from core.errors import NotFound
from db import exports
from db.base import Base, now
from db.conversation import Step, Thread
from db.models import AccountExport
from ingestion.blobs import pieces_of
from rights.export import archive
from rights.export.archive import Archive, _safe
from rights.export.zip_stream import ZipStream
from tests.integration.rights.conftest import QUESTION, SECRET_WORD, World


async def _made(world: World, who: Principal) -> zipfile.ZipFile:
    view = await world.services.rights.exports.request(who)
    await world.services.rights.attend()
    stream, size_bytes = await world.services.rights.exports.open(who, view.export_id)
    data = b"".join([piece async for piece in stream])
    assert len(data) == size_bytes
    return zipfile.ZipFile(io.BytesIO(data))


def test_every_table_about_people_is_exported_or_left_out_for_a_reason() -> None:
    people = {
        table.name
        for table in Base.metadata.tables.values()
        if table.name == "users" or any(key.column.table.name == "users" for key in table.foreign_keys)
    }
    exported = {dataset.table.__tablename__ for dataset in exports.DATASETS}
    assert people - exported - set(exports.LEFT_OUT) - {"libraries"} == set()  # libraries are with their memberships
    for dataset in exports.DATASETS:
        names = {column.name for column in dataset.columns}
        assert not names & {"password_hash", "secret_hash", "id_token", "ticket_hash"}


async def test_what_is_in_it(world: World) -> None:
    alice = await world.furnish("alice")
    bob = await world.make_user("bob")
    await world.ask(bob, "What does Bob want to know?")
    archive = await _made(world, alice)
    assert archive.testzip() is None

    def lines(name: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in archive.read(f"data/{name}.jsonl").splitlines()]

    assert {str(row["question"]) for row in lines("answers")} >= {QUESTION}
    assert [row["comment"] for row in lines("ratings")] == [f"The {SECRET_WORD} is wrong"]
    assert [row["note"] for row in lines("reviews")] == [f"Where is {SECRET_WORD}?"]
    assert [row["name"] for row in lines("api-keys")] == [SECRET_WORD]
    assert len(lines("sign-ins")) == 1
    assert {row["name"] for row in lines("libraries")} == {"alice", f"{SECRET_WORD} notes"}
    assert len(lines("threads")) == 2
    assert lines("sources")
    read = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".html"))
    assert "Bob" not in read
    assert f"rated down The {SECRET_WORD} is wrong" in read
    files = [name for name in archive.namelist() if name.startswith("documents/")]
    assert files == [f"documents/00001 {SECRET_WORD}.pdf"]
    assert archive.read(files[0]).startswith(b"%PDF")


async def test_what_people_wrote_is_text_not_markup(world: World) -> None:
    alice = await world.make_user("alice")
    await world.ask(alice, "<script>alert(1)</script> what?")
    archive = await _made(world, alice)
    for name in archive.namelist():
        if name.endswith(".html"):
            assert b"<script" not in archive.read(name), name


async def test_memory_does_not_grow_with_the_account(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five times the conversations, no more memory at its height than half again as much; in small pages, so that it is soon seen."""
    monkeypatch.setattr(archive, "ROWS_AT_ONCE", 10)
    monkeypatch.setattr(archive, "THREADS_PER_FILE", 5)
    alice = await world.make_user("alice")

    async def fill(count: int) -> None:
        threads = [{"id": uuid4(), "user_id": alice.user_id, "meta": {}} for _ in range(count)]
        said = "A sentence of some length that is said in a conversation. " * 400
        steps = [
            {
                "id": uuid4(),
                "thread_id": thread["id"],
                "type": "user_message",
                "name": "alice",
                "output": said,
                "meta": {},
            }
            for thread in threads
            for _ in range(4)
        ]
        async with world.services.database.transaction() as session:
            await session.execute(insert(Thread), threads)
            await session.execute(insert(Step), steps)

    async def height() -> int:
        async def told(_done: int) -> None:
            pass

        tracemalloc.start()
        written = Archive(world.services.database, world.services.blobs, alice.user_id, "alice", told)
        async for _ in written.stream():
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    await fill(8)
    await height()  # what is loaded once
    small = await height()
    await fill(32)
    large = await height()
    assert large < small * 1.5, (small, large)


async def test_a_file_that_is_no_longer_stored_does_not_spoil_the_rest(world: World) -> None:
    alice = await world.furnish("alice")
    async with world.services.database.reader() as session:
        key = await session.scalar(
            text("SELECT blob_key FROM documents WHERE library_id = :id"), {"id": alice.personal_library_id}
        )
    await world.services.blobs.delete(str(key))
    archive = await _made(world, alice)
    assert not [name for name in archive.namelist() if name.startswith("documents/")]


async def test_a_killed_worker_leaves_it_to_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    alice = await world.make_user("alice")
    view = await world.services.rights.exports.request(alice)

    async def dies(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(exports, "files", dies)
        patch.setattr(type(world.services.rights.exports), "_failed", dies)
        with pytest.raises(Killed):
            await world.services.rights.attend()
    await world.services.rights.attend()
    assert (await world.services.rights.exports.get(alice, view.export_id)).state == "running", "it may still live"
    async with world.services.database.transaction() as session:
        await session.execute(update(AccountExport).values(heartbeat_at=text("now() - interval '1 minute'")))
    await world.services.rights.attend()
    assert (await world.services.rights.exports.get(alice, view.export_id)).state == "ready"


async def test_it_is_deleted_when_its_time_is_over(world: World) -> None:
    alice = await world.make_user("alice")
    view = await world.services.rights.exports.request(alice)
    await world.services.rights.attend()
    async with world.services.database.transaction() as session:
        await session.execute(update(AccountExport).values(expires_at=now()))
    with pytest.raises(NotFound, match="time is over"):
        await world.services.rights.exports.open(alice, view.export_id)
    assert (await world.services.rights.retain())["exports"] == 1
    assert [one.key async for one in world.services.blobs.stored("exports")] == []
    assert (await world.services.rights.exports.get(alice, view.export_id)).state == "expired"


async def test_every_step_is_in_the_audit_log(world: World) -> None:
    alice = await world.make_user("alice")
    await _made(world, alice)
    async with world.services.database.reader() as session:
        actions = list(await session.scalars(text("SELECT action FROM audit_events ORDER BY number")))
    assert actions[-2:] == ["user.export_requested", "user.export_downloaded"]
    async with world.services.database.reader() as session:
        assert await session.scalar(select(AccountExport.user_id)) == alice.user_id


async def test_a_zip_is_written_while_it_is_read() -> None:
    stream, sizes, data = ZipStream(now()), [], b""

    async def content() -> AsyncIterator[bytes]:
        for number in range(64):
            yield bytes([number]) * 100_000

    async for piece in stream.add("a.bin", content(), is_packed=False):
        sizes.append(len(piece))
        data += piece
    async for piece in stream.add("b.txt", pieces_of(b"b" * 100_000)):
        data += piece
    data += await stream.end()
    assert max(sizes) < 600_000
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    assert archive.getinfo("a.bin").file_size == 6_400_000


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a:b?.txt", "a_b_.txt"),
        ("", "document"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_of_files_are_harmless(title: str, name: str) -> None:
    assert _safe(title) == name
