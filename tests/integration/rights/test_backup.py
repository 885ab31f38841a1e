"""Backups: online, consistent, sealed; restored into an empty place only, and checked before anything is written."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from backup.place import Place, place_of
from backup.restore import restore
from backup.save import save
from backup.seal import Seal, key_of, new_salt
from core.errors import Conflict, Invalid
from core.settings import BlobSettings, Settings
from db import audit, migrate
from db.session import Database
from ingestion.blobs import build_blob_store, pieces_of
from ingestion.indexing.rebuild import rebuild_if_incomplete
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import build_index
from rag.index.live import IndexVersion, LiveIndex
from tests.databases import Databases
from tests.graph import wired
from tests.integration.rights.conftest import QUESTION, SECRET_WORD, World
from tests.object_storage import BUCKET, s3_server

KEY = "a key that is long enough"


def silent(_said: str) -> None:
    """Nobody listens."""


def _place(path: Path, *, is_new: bool = False) -> Place:
    return place_of(str(path), BlobSettings(), is_new=is_new)


async def _save(world: World, path: Path, key: str | None = KEY) -> Any:
    services = world.services
    return await save(services.database, services.blobs, _place(path, is_new=True), key, ("FOOTNOTE_PORT",), silent)


async def _counts(database: Database) -> dict[str, int]:
    async with database.reader() as session:
        listed = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
        names = [row[0] for row in await session.execute(text(listed))]
        return {name: await session.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path) -> Settings:
    """Another installation's settings."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return settings.model_copy(update={"var_dir": folder})


@pytest.mark.parametrize("key", [KEY, None], ids=["sealed", "plain"])
async def test_a_question_is_answered_from_a_restored_backup(
    world: World,
    elsewhere: Settings,
    empty_database_url: str,
    embeddings: FootnoteEmbeddings,
    tmp_path: Path,
    key: str | None,
) -> None:
    alice = await world.furnish("alice")
    made = await _save(world, tmp_path / "backup", key)
    stored = [path for path in (tmp_path / "backup").rglob("*") if path.is_file()]
    leaks = [path for path in stored if SECRET_WORD.encode() in path.read_bytes()]
    assert bool(leaks) == (key is None)
    assert made.settings == ("FOOTNOTE_PORT",)

    blobs = build_blob_store(elsewhere.blob, elsewhere.var_dir)
    await restore(empty_database_url, blobs, _place(tmp_path / "backup"), key, silent)

    restored = Database(empty_database_url)
    assert await _counts(restored) == await _counts(world.services.database)
    assert await migrate.is_current(restored.engine)
    index = build_index(elsewhere.qdrant, elsewhere.var_dir)
    await index.open(embeddings.dimension, model=embeddings.name)
    version = IndexVersion(1, embeddings, index, elsewhere.chunk)
    services = wired(
        elsewhere,
        database=restored,
        redis=world.services.redis,
        live=LiveIndex(version),
        sandbox=world.services.sandbox,
    )
    there = World(services, world.make_user)
    person = await there.again(alice)
    assert person.user_id == alice.user_id

    async def answered() -> str:
        run_id = await there.ask(person, QUESTION)
        return "".join(str(event) for event in await services.runs.events(person, run_id))

    assert "The search index is being made again" in await answered()  # and not "add a document"
    assert await rebuild_if_incomplete(restored, version) > 0
    assert "25 days" in await answered()
    document = (await services.ingestion.documents(person)).documents[0]
    opened = await services.ingestion.viewing.open_file(person, document.id)
    assert len(b"".join([piece async for piece in opened.stream(0, None)])) == document.size_bytes
    async with restored.transaction() as session:  # sequences go on, triggers are armed
        await audit.record(session, None, "backup.restored")
        assert not await session.scalar(
            text("SELECT EXISTS (SELECT FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D')")
        )
    await services.answers.drain()
    await index.close()
    await restored.close()


async def test_the_snapshot_is_consistent_and_files_stay_until_it_is_done(
    world: World, elsewhere: Settings, empty_database_url: str, tmp_path: Path
) -> None:
    """While it runs, a document is deleted and another one comes: the first is in the backup with its file, the second is not."""
    alice = await world.make_user("alice")
    first = await world.bring(alice, b"The first document.", "first.txt")
    said: list[str] = []
    services = world.services

    class Meddling(Place):
        async def write(self, name: str, content: AsyncIterator[bytes]) -> Any:
            part = await super().write(name, content)
            if name == "database/users":
                await services.ingestion.delete_document(alice, first)
                await world.bring(alice, b"The second document.", "second.txt")
            return part

    place = Meddling(_place(tmp_path / "backup", is_new=True)._store)
    made = await save(services.database, services.blobs, place, None, (), said.append)
    assert made.blobs == (f"documents/{first}",)
    assert await services.blobs.exists(f"documents/{first}"), "it waits"
    await services.rights.attend()
    assert not await services.blobs.exists(f"documents/{first}")
    blobs = build_blob_store(elsewhere.blob, elsewhere.var_dir)
    await restore(empty_database_url, blobs, _place(tmp_path / "backup"), None, silent)
    assert b"".join([piece async for piece in blobs.stream(f"documents/{first}")]) == b"The first document."
    restored = Database(empty_database_url)
    async with restored.reader() as session:
        assert await session.scalar(text("SELECT string_agg(title, ',') FROM documents")) == "first.txt"
    await restored.close()


async def test_a_place_with_something_in_it_is_left_alone(
    world: World, elsewhere: Settings, databases: Databases, empty_database_url: str, tmp_path: Path
) -> None:
    await world.make_user("alice")
    await _save(world, tmp_path / "backup")
    with pytest.raises(Conflict, match="something at this place"):
        await _save(world, tmp_path / "backup")
    blobs = build_blob_store(elsewhere.blob, elsewhere.var_dir)
    before = await _counts(world.services.database)
    with pytest.raises(Conflict, match=r"database is not empty.*nothing was changed"):
        await restore(world.services.database.url, blobs, _place(tmp_path / "backup"), KEY, silent)
    assert await _counts(world.services.database) == before
    await blobs.put("documents/x", pieces_of(b"mine"))
    with pytest.raises(Conflict, match=r"blob store is not empty.*nothing was changed"):
        await restore(empty_database_url, blobs, _place(tmp_path / "backup"), KEY, silent)
    assert [one.key async for one in blobs.stored("")] == ["documents/x"]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _newer(path: Path) -> None:
    path.write_text(path.read_text().replace('"revision": "', '"revision": "9'))


def _newer_format(path: Path) -> None:
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))


FAULTS = {
    "a part is cut": ("database/users", _cut, "damaged: database/users"),
    "a bit has flipped": ("database/chunks", _flip, "damaged: database/chunks"),
    "a file is missing": ("blobs/documents", None, "incomplete"),
    "no manifest": ("manifest.json", Path.unlink, "no complete backup"),
    "a broken manifest": ("manifest.json", _cut, "manifest cannot be read"),
    "a newer schema": ("manifest.json", _newer, "newer version of Footnote"),
    "a newer format": ("manifest.json", _newer_format, "newer version of Footnote"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_broken_backup_is_noticed_before_anything_is_written(
    world: World, elsewhere: Settings, empty_database_url: str, tmp_path: Path, fault: str
) -> None:
    alice = await world.make_user("alice")
    await world.bring(alice, b"A document.", "one.txt")
    await _save(world, tmp_path / "backup")
    name, break_, sentence = FAULTS[fault]
    path = tmp_path / "backup" / name
    if break_ is None:
        next(path.iterdir()).unlink()
    else:
        break_(path)
    blobs = build_blob_store(elsewhere.blob, elsewhere.var_dir)
    with pytest.raises(Invalid, match=sentence):
        await restore(empty_database_url, blobs, _place(tmp_path / "backup"), KEY, silent)
    await _nothing_was_written(empty_database_url, blobs)


async def _nothing_was_written(url: str, blobs: Any) -> None:
    database = Database(url)
    assert await _counts(database) == {} or set((await _counts(database)).values()) == {0}
    await database.close()
    assert [one.key async for one in blobs.stored("")] == []


@pytest.mark.parametrize(
    ("key", "sentence"), [("another key, long enough", "not the one"), (None, "encrypted: give its key")]
)
async def test_a_wrong_key_is_told_apart_from_damage(
    world: World, elsewhere: Settings, empty_database_url: str, tmp_path: Path, key: str | None, sentence: str
) -> None:
    await world.make_user("alice")
    await _save(world, tmp_path / "backup")
    blobs = build_blob_store(elsewhere.blob, elsewhere.var_dir)
    with pytest.raises(Invalid, match=sentence):
        await restore(empty_database_url, blobs, _place(tmp_path / "backup"), key, silent)
    await _nothing_was_written(empty_database_url, blobs)


async def test_a_restore_that_fails_in_the_middle_leaves_the_place_empty(
    world: World, elsewhere: Settings, empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await world.make_user("alice")
    await world.bring(alice, b"A document.", "one.txt")
    await _save(world, tmp_path / "backup")
    blobs = build_blob_store(elsewhere.blob, elsewhere.var_dir)

    async def fails(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("backup.tables.arm", fails)
    with pytest.raises(OSError, match="No space"):
        await restore(empty_database_url, blobs, _place(tmp_path / "backup"), KEY, silent)
    await _nothing_was_written(empty_database_url, blobs)


async def test_an_older_schema_is_migrated(
    world: World, elsewhere: Settings, databases: Databases, tmp_path: Path
) -> None:
    async with databases.empty() as old_url, databases.empty() as new_url:
        await migrate.upgrade(old_url, "0014")
        old = Database(old_url)
        async with old.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO users (id, username, password_hash, role, tier, created_at, updated_at)"
                    " VALUES (gen_random_uuid(), 'old', '-', 'user', 'standard', now(), now())"
                )
            )
        place = _place(tmp_path / "old", is_new=True)
        from backup import save as saving

        # A database of that time knows no running backups.
        original, saving._deletions_wait = saving._deletions_wait, _nothing_waits  # type: ignore[assignment]
        try:
            made = await save(old, world.services.blobs, place, None, (), silent)
        finally:
            saving._deletions_wait = original
        assert made.revision == "0014"
        blobs = build_blob_store(elsewhere.blob, elsewhere.var_dir)
        await restore(new_url, blobs, _place(tmp_path / "old"), None, silent)
        assert await migrate.is_current(new_url)
        new = Database(new_url)
        async with new.reader() as session:
            assert await session.scalar(text("SELECT username FROM users")) == "old"
        await old.close()
        await new.close()


class _nothing_waits:
    def __init__(self, _database: Database) -> None:
        pass

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *_: object) -> None:
        pass


async def test_what_is_sealed_cannot_be_moved_cut_or_changed() -> None:
    seal = Seal(KEY, new_salt())

    async def sealed(name: str, data: bytes) -> bytes:
        return b"".join([piece async for piece in seal.sealed(name, pieces_of(data))])

    async def opened(name: str, data: bytes) -> bytes:
        return b"".join([piece async for piece in seal.opened(name, pieces_of(data))])

    for size in (0, 1, 1024**2 - 1, 1024**2, 1024**2 + 1, 3 * 1024**2):
        data = bytes(size)
        whole = await sealed("a", data)
        assert await opened("a", whole) == data
        for broken in (whole[:-1], whole + b"x", whole[:20], b"", whole[:12] + whole[13:]):
            with pytest.raises(Invalid, match="damaged"):
                await opened("a", broken)
        with pytest.raises(Invalid, match="damaged"):
            await opened("b", whole)
    three = await sealed("a", bytes(3 * 1024**2))
    chunk = 4 + 1024**2 + 16
    with pytest.raises(Invalid, match="damaged"):
        await opened("a", three[: 12 + 2 * chunk])  # cut between two chunks
    with pytest.raises(Invalid, match="damaged"):
        await opened(
            "a", three[:12] + three[12 + chunk : 12 + 2 * chunk] + three[12 : 12 + chunk] + three[12 + 2 * chunk :]
        )


def test_keys_are_long_enough_and_readable(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert key_of(file, None) == KEY
    assert key_of(None, KEY) == KEY
    assert key_of(None, None) is None
    with pytest.raises(Invalid, match="at least 16"):
        key_of(None, "short")
    with pytest.raises(Invalid, match="cannot be read"):
        key_of(tmp_path / "missing", None)


async def test_a_backup_to_a_bucket(world: World, elsewhere: Settings, empty_database_url: str, tmp_path: Path) -> None:
    """In a blob store with an address, as in a folder."""
    alice = await world.make_user("alice")
    await world.bring(alice, b"A document.", "one.txt")
    with s3_server() as bucket:
        address = f"s3://{BUCKET}/backups/monday"
        place = place_of(address, bucket, is_new=True)
        await save(world.services.database, world.services.blobs, place, KEY, (), silent)
        blobs = build_blob_store(elsewhere.blob, elsewhere.var_dir)
        await restore(empty_database_url, blobs, place_of(address, bucket, is_new=False), KEY, silent)
    assert len([one async for one in blobs.stored("documents")]) == 1
