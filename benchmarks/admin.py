"""Times the pages of the console at months of use, 1,000,000 answer runs in 200,000 conversations, through their HTTP routes.

python -m benchmarks.admin [--runs 1000000] [--threads 200000] [--rounds 40] [--keep FOLDER]

``--keep`` keeps the database in a folder and uses what is there, so that a second run measures alone.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import runpy
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

import asyncpg
import httpx
import structlog
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr
from sqlalchemy import text

import admin.app
from accounts.service import Accounts
from api.app import include
from bootstrap import wire
from core.access import Role
from core.embedded.postgres import EmbeddedPostgres
from core.embedded.redis import EmbeddedRedis
from core.errors import Conflict
from core.parts import Parts
from core.settings import AdminSettings, Settings
from db import migrate
from db.session import Database
from services import Services
from tests.filled_console import CONVERSATIONS, PEOPLE, RUNS, Size, run

TARGET_MS = 200.0  # p95 of each page
SLICES = 2  # connections that fill at the same time
SLICE = 50_000  # runs in one statement
SECRET = "a secret of the benchmark, 0123456789 0123456789"
BASE = "http://bench"
FAST = ("fsync", "full_page_writes", "synchronous_commit")  # nothing here has to survive a power cut
WARM = 3
MEMORY = {"shared_buffers": "512MB", "max_wal_size": "8GB", "maintenance_work_mem": "512MB", "work_mem": "64MB"}


@dataclass(frozen=True, slots=True)
class Target:
    """Addresses of the console that are measured; ``route`` is their pattern in the app, ``shows`` what must be on the page."""

    name: str
    route: str
    addresses: tuple[str, ...]
    shows: str = ""


FOUND = 'href="/admin/conversations/'
TARGETS = (
    *(
        Target(f"dashboard, {name}", "/admin", (f"/admin?range={name}",))
        for name in ("day", "week", "month", "quarter")
    ),
    Target("jobs: running", "/admin/jobs", ("/admin/jobs",)),
    Target("jobs: failed", "/admin/jobs", ("/admin/jobs?state=failed",)),
    Target("jobs: finished", "/admin/jobs", ("/admin/jobs?state=finished",)),
    Target("jobs: the live part", "/admin/jobs/live", ("/admin/jobs/live",)),
    Target("conversations: list", "/admin/conversations", ("/admin/conversations",), FOUND),
    Target(
        "conversations: search, a rare word",
        "/admin/conversations",
        tuple(f"/admin/conversations?words={n}" for n in (4999, 777, 1234)),
        FOUND,
    ),
    Target(
        "conversations: search, a common word", "/admin/conversations", ("/admin/conversations?words=laptop",), FOUND
    ),
    Target(
        "conversations: search, two words",
        "/admin/conversations",
        ("/admin/conversations?words=parking+allowance",),
        FOUND,
    ),
    Target("conversations: transcript", "/admin/conversations/{thread_id}", ("/admin/conversations/{id}",)),
)


async def _fill(database: Database, size: Size) -> None:
    """Make everything, the runs in several connections; the indexes for search and of foreign keys are made at the end."""
    values = {name: getattr(size, name) for name in ("people", "documents", "threads", "days", "jobs")}
    for statement in (*PEOPLE, *CONVERSATIONS):
        await run(database, statement, values)
    async with _without_indexes(database, ("answer_runs", "answer_sources", "steps", "feedbacks")):
        starts = iter(range(1, size.runs + 1, SLICE))

        async def work() -> None:
            for first in starts:
                last = min(first + SLICE - 1, size.runs)
                for statement in RUNS:
                    await run(database, statement, values | {"first": first, "last": last})

        await asyncio.gather(*(work() for _ in range(SLICES)))
    async with database.transaction() as session:  # triggers keep these, which do not fire here
        await session.execute(text("DELETE FROM conversation_facts"))
        await session.execute(text(_count_all()))
    async with database.autocommit() as session:
        await session.execute(text("VACUUM ANALYZE"))


def _count_all() -> str:
    """The statement of the migration that made the sums of conversations."""
    (path,) = (Path(migrate.__file__).parents[1] / "alembic" / "versions").glob("0016b_*.py")
    return str(runpy.run_path(str(path))["COUNT_ALL"])


@asynccontextmanager
async def _without_indexes(database: Database, tables: Sequence[str]) -> AsyncIterator[None]:
    """Drop the indexes of these tables that keep no rule, and make them again after the block: a third of the time."""
    async with database.reader() as session:
        found = await session.execute(
            text(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(:tables) AND indexdef NOT LIKE 'CREATE UNIQUE%'"
            ),
            {"tables": list(tables)},
        )
        indexes = {row.indexname: row.indexdef for row in found}
    async with database.transaction() as session:
        for name in indexes:
            await session.execute(text(f'DROP INDEX "{name}"'))
    yield
    waiting = iter(indexes.values())

    async def make() -> None:
        for definition in waiting:
            async with database.engine.connect() as connection:
                await connection.exec_driver_sql(definition)
                await connection.commit()

    await asyncio.gather(*(make() for _ in range(SLICES)))


async def _prepare(server: EmbeddedPostgres) -> None:
    """Settings of a server of this size, without what guards against a power cut."""
    connection = await asyncpg.connect(user="postgres", database="postgres", host=str(server.socket_dir))
    for name, value in {**dict.fromkeys(FAST, "off"), **MEMORY}.items():
        await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    await connection.close()


async def _measure(services: Services, rounds: int) -> bool:
    app = FastAPI(openapi_url=None)
    app.state.services = services
    include(app)
    admin.app.include(app)
    token = await _admin_token(services.accounts)
    known = {str(route.path) for route in iter_route_contexts(app.routes)}
    is_met = True
    print(f"{'':<42} {'rounds':>7} {'p50 ms':>9} {'p95 ms':>9} {'CPU ms':>9} {'KB':>7}")
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers, timeout=120) as client:
        threads = await _thread_ids(services.database)
        for target in TARGETS:
            if not any(_same(target.route, path) for path in known):
                print(f"{target.name:<42} there is no route {target.route} yet: not measured")
                continue
            times_ms, cpu_ms, size = await _times(client, target, threads, rounds)
            p95 = quantiles(times_ms, n=20)[-1]
            is_met &= p95 <= TARGET_MS
            verdict = "" if p95 <= TARGET_MS else "  MISSED"
            print(
                f"{target.name:<42} {len(times_ms):>7} {median(times_ms):>9.1f} {p95:>9.1f} {cpu_ms:>9.1f} {size / 1000:>7.0f}{verdict}",
                flush=True,
            )
    return is_met


async def _times(
    client: httpx.AsyncClient, target: Target, threads: Sequence[str], rounds: int
) -> tuple[list[float], float, int]:
    """Milliseconds of each request, after some to warm up; this process's own CPU time of one, which a busy machine does not change; the
    size of the last answer in bytes."""
    times_ms, size, cpu_s = [], 0, 0.0
    for number in range(-WARM, rounds):
        address = target.addresses[number % len(target.addresses)].replace("{id}", threads[number % len(threads)])
        began, before = time.perf_counter(), time.process_time()
        response = await client.get(address)
        took_ms = (time.perf_counter() - began) * 1000
        assert response.status_code == 200, (address, response.status_code, response.text[:500])
        assert target.shows in response.text, (address, "nothing of it is on the page")
        size = len(response.content)
        if number >= 0:
            times_ms.append(took_ms)
            cpu_s += time.process_time() - before
    return times_ms, cpu_s / rounds * 1000, size


def _same(pattern: str, path: str) -> bool:
    """True for the same address, whatever its parameters are called."""
    ours, theirs = pattern.split("/"), path.split("/")
    return len(ours) == len(theirs) and all(
        a == b or (a[:1] == "{" == b[:1]) for a, b in zip(ours, theirs, strict=True)
    )


async def _thread_ids(database: Database) -> list[str]:
    async with database.reader() as session:
        return [str(one) for one in await session.scalars(text("SELECT id FROM threads ORDER BY id LIMIT 20"))]


async def _admin_token(accounts: Accounts) -> str:
    name, password = "bench-admin", "the password of the benchmark"
    with contextlib.suppress(Conflict):  # it is there already
        await accounts.add_user(name, password, Role.ADMIN)
    return (await accounts.sign_in(name, password, kind="api", address="192.0.2.1")).token


async def _main(folder: Path, size: Size, rounds: int) -> bool:
    postgres, redis = EmbeddedPostgres(folder), EmbeddedRedis(folder)
    postgres.start()
    await _prepare(postgres)
    postgres.stop()
    postgres.start()  # with these settings
    redis.start()
    if "conversations" in AdminSettings.model_fields:
        os.environ["FOOTNOTE_ADMIN_CONVERSATIONS"] = "on"  # a transcript opens without a reason
    settings = Settings(_env_file=None, var_dir=folder, secret_key=SecretStr(SECRET))
    services = wire(settings, Parts(folder, postgres.url, redis.url, SECRET, is_owner=True))
    try:
        await migrate.upgrade(postgres.url)
        await _ready(services, size)
        return await _measure(services, rounds)
    finally:
        await services.cache.drain()
        await services.database.close()
        await services.redis.aclose()
        redis.stop()
        postgres.stop()


async def _ready(services: Services, size: Size) -> None:
    """Fill an empty database, and add up what is there."""
    async with services.database.reader() as session:
        present = int(await session.scalar(text("SELECT count(*) FROM answer_runs")) or 0)
    if not present:
        began = time.perf_counter()
        await _fill(services.database, size)
        print(
            f"{size.runs:,} runs, {size.threads:,} conversations, {size.people:,} people made in {time.perf_counter() - began:.0f} s"
        )
    else:
        print(f"{present:,} runs were there")
    for which in ("first", "next"):
        began = time.perf_counter()
        assert await services.sums.keep_up()
        print(f"{which} sums: {time.perf_counter() - began:.1f} s", flush=True)
    print()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("runs", "threads", "people"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Size(), name))
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    wanted = replace(Size(), runs=arguments.runs, threads=arguments.threads, people=arguments.people)
    with tempfile.TemporaryDirectory(prefix="fn-") as temporary:
        place = arguments.keep or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        is_ok = asyncio.run(_main(place, wanted, arguments.rounds))
    print(f"\nTarget: p95 ≤ {TARGET_MS:.0f} ms each: {'met' if is_ok else 'MISSED'}")
    sys.exit(0 if is_ok else 1)
