"""Erases a person with many documents and conversations, and looks for what is left of them everywhere.

python -m benchmarks.drill_erase [--documents 10000] [--others 1000]
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import rights_world as world
from core.access import Principal
from services import Services
from tests.traces import Search, search_database, search_files, search_index, search_redis

WORD = "zyzzyvine"


async def _search(services: Services, folder: Path, who: Principal) -> Search:
    assert services.live.current is not None
    await services.cache.drain()
    search, signs = Search(), [str(who.user_id), who.username, WORD, str(who.personal_library_id)]
    await search_database(search, services.database, signs)
    await search_redis(search, services.redis, signs)
    await search_index(search, services.database, services.live.current.index, [who.personal_library_id], [])
    search_files(search, folder, signs)
    return search


async def _sizes(services: Services, folder: Path) -> str:
    rows, table_bytes, _ = await world.counts(services.database)
    files, file_bytes = world.files_of(folder / "blobs")
    keys = await services.redis.dbsize()
    return f"{rows:>9,} rows {table_bytes:>13,} bytes, {files:>7,} files {file_bytes:>12,} bytes, {keys:>5,} keys"


async def _main(folder: Path, servers: world.Servers, documents: int, others: int) -> bool:
    await world.migrated(servers.postgres.url)
    model = world.embeddings()
    async with world.opened(folder, servers.postgres.url, servers.redis_url, model) as services:
        leaving = await services.accounts.add_user("alice-zyzzyvine", world.PASSWORD)
        staying = await services.accounts.add_user("bob", world.PASSWORD)
        await world.furnish(services, leaving, documents, WORD)
        await world.furnish(services, staying, others, "harmless", seed=8)
        for person in (leaving, staying):
            await world.bring(services, person)
            await world.ask(services, person)
        print(
            f"{documents:,} documents and {documents // 10:,} conversations of the person, {others:,} documents of another\n"
        )
        print(f"before  {await _sizes(services, folder)}")
        before = await _search(services, folder, leaving)
        print(f"        searched {before}")
        ticket = await services.rights.erasures.request_own(leaving, world.PASSWORD)
        start = time.perf_counter()
        await services.rights.attend()
        seconds = time.perf_counter() - start
        print(f"after   {await _sizes(services, folder)}")
        after = await _search(services, folder, leaving)
        print(f"        searched {after}")
        receipt = await services.rights.erasures.receipt(ticket)
        print(f"\n{receipt.state} in {seconds:.1f} s, {documents / seconds:,.0f} documents a second; removed:")
        for kind, count in receipt.removed.items():
            print(f"  {count:>12,}  {kind}")
        for sign in after.found[:20]:
            print(f"FOUND {sign}")
        is_answered = world.ANSWER in await world.ask(services, await services.accounts.principal_of_user("bob"))
        print(f"\nThe other person is still answered: {'yes' if is_answered else 'NO'}")
    return receipt.state == "finished" and bool(before.found) and not after.found and is_answered


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--others", type=int, default=1_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fn-", dir="/tmp") as name, world.servers(Path(name)) as servers:
        is_good = asyncio.run(_main(Path(name), servers, chosen.documents, chosen.others))
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
