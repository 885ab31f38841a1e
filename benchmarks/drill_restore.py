"""Backs up an installation while people use it, restores it into an empty place, and asks a question there.

python -m benchmarks.drill_restore [--documents 10000]
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from backup.place import place_of
from backup.restore import restore
from backup.save import save
from benchmarks import rights_world as world
from core.errors import FootnoteError
from core.settings import BlobSettings
from db.session import Database
from ingestion.blobs import build_blob_store
from ingestion.indexing.rebuild import rebuild_if_incomplete
from rag.embedding.embeddings import FootnoteEmbeddings
from services import Services

KEY = "a key for the drill, long enough"


@contextmanager
def _timed(name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    print(f"{name:<28} {time.perf_counter() - start:8.1f} s")


async def _others_go_on(services: Services, stop: asyncio.Event) -> int:
    """Somebody brings files while the backup is made; returns how many."""
    count = 0
    somebody = await services.accounts.add_user("busy", world.PASSWORD)
    while not stop.is_set():
        await world.furnish(services, somebody, 20, "meanwhile", seed=count)
        count += 20
    return count


async def _saved(services: Services, folder: Path) -> bool:
    stop = asyncio.Event()
    busy = asyncio.create_task(_others_go_on(services, stop))
    await asyncio.sleep(1)
    place = place_of(str(folder / "backup"), BlobSettings(), is_new=True)
    with _timed("backup, while files come"):
        manifest = await save(services.database, services.blobs, place, KEY, (), lambda _: None)
    stop.set()
    rows = sum(table.rows for table in manifest.tables)
    print(
        f"{'':<28} {rows:,} rows, {len(manifest.blobs):,} files, {manifest.size_bytes:,} bytes, sealed; {await busy} came meanwhile"
    )
    return True


async def _restored(folder: Path, servers: world.Servers, model: FootnoteEmbeddings) -> bool:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    url = servers.postgres.url.replace("/postgres?", "/restored?")
    blobs = build_blob_store(BlobSettings(), elsewhere)
    place = place_of(str(folder / "backup"), BlobSettings(), is_new=False)
    try:
        await restore(servers.postgres.url, blobs, place, KEY, lambda _: None)
    except FootnoteError as error:
        print(f"{'into a place with data':<28} refused: {error.message}")
    with _timed("restore into an empty place"):
        await restore(url, blobs, place, KEY, lambda _: None)
    database = Database(url)
    rows, table_bytes, _ = await world.counts(database)
    files, file_bytes = world.files_of(elsewhere / "blobs")
    print(f"{'':<28} {rows:,} rows {table_bytes:,} bytes, {files:,} files {file_bytes:,} bytes")
    await database.close()
    async with world.opened(elsewhere, url, servers.redis_url, model) as services:
        assert services.live.current is not None
        with _timed("index made again"):
            await rebuild_if_incomplete(services.database, services.live.current)
        print(f"{'':<28} {await services.live.current.index.count():,} points")
        answer = await world.ask(services, await services.accounts.principal_of_user("alice"))
    is_answered = world.ANSWER in answer
    print(f"\nThe question is answered from what was restored: {'yes' if is_answered else 'NO'}")
    return is_answered


async def _main(folder: Path, servers: world.Servers, documents: int) -> bool:
    await world.migrated(servers.postgres.url)
    model = world.embeddings()
    async with world.opened(folder, servers.postgres.url, servers.redis_url, model) as services:
        alice = await services.accounts.add_user("alice", world.PASSWORD)
        await world.furnish(services, alice, documents, "ordinary")
        await world.bring(services, alice)
        await world.ask(services, alice)
        rows, table_bytes, _ = await world.counts(services.database)
        files, file_bytes = world.files_of(folder / "blobs")
        print(f"{documents:,} documents: {rows:,} rows {table_bytes:,} bytes, {files:,} files {file_bytes:,} bytes\n")
        await _saved(services, folder)
        async with services.database.engine.connect() as connection:
            await connection.execute(text("COMMIT"))
            await connection.execute(text("CREATE DATABASE restored"))
            await connection.commit()
    return await _restored(folder, servers, model)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fn-", dir="/tmp") as name, world.servers(Path(name)) as servers:
        is_good = asyncio.run(_main(Path(name), servers, chosen.documents))
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
