"""Times how workers take work while many people wait: files of the fair queue, and questions of the background.

python -m benchmarks.claims [--people 50000] [--claimers 8] [--claims 600]

PostgreSQL runs as it does in an installation, and each claim is the transaction of the product. Figures come last; it exits with 1 where a
target is missed.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median, quantiles
from uuid import UUID

import psutil
from sqlalchemy import text

from core.embedded.postgres import EmbeddedPostgres
from db import answer_queue, fair_queue, migrate
from db.session import Database

LEASE_S = 60.0
ALONE = 200  # claims, one after the other
BUSY_PERSON_FILES = 10_000
TARGETS = {
    "a file, when all came at once, p50 ms": 50.0,
    "a file, one claimer, p50 ms": 10.0,
    "a file, one claimer, p95 ms": 10.0,
    "nothing is due, p50 ms": 20.0,
    "a question, one claimer, p50 ms": 10.0,
    "CPU of a claim, ms, with PostgreSQL's": 10.0,  # two cores, 200 a second
    "files a second": 200.0,
    "files a second, all of one person": 200.0,
    "questions a second": 200.0,
}
AT_LEAST = ("files a second", "files a second, all of one person", "questions a second")

PEOPLE = """
INSERT INTO users (id, username, password_hash, role, tier, created_at, updated_at)
SELECT gen_random_uuid(), 'person' || n, '-', 'user', 'standard', now(), now() FROM generate_series(1, :people) n
"""
LIBRARIES = """
INSERT INTO libraries (id, name, personal_of, epoch, created_at, updated_at)
SELECT gen_random_uuid(), 'Documents of ' || username, id, 0, now(), now() FROM users
"""
DOCUMENTS = """
INSERT INTO documents (id, library_id, uploaded_by, title, mime_type, size_bytes, sha256, blob_key, state, chunk_count, version, warnings,
                       created_at, updated_at)
SELECT gen_random_uuid(), libraries.id, personal_of, 'file ' || n, 'text/plain', 1, 'sha ' || n, 'key', 'pending', 0, 1, '[]', now(), now()
FROM libraries JOIN users ON users.id = personal_of, generate_series(1, :files) n WHERE (username = 'person1') = :is_busy
"""
JOBS = """
INSERT INTO ingestion_jobs (id, document_id, user_id, state, stage, percent, pages_done, chunks_done, version, attempts, failures,
                            created_at, started_at, finished_at)
SELECT gen_random_uuid(), id, uploaded_by, CAST(:state AS text), 'waiting', 0, 0, 0, 1, 0, 0, now() - random() * interval '1 day',
       CASE WHEN CAST(:state AS text) <> 'queued' THEN now() - random() * interval '9 days' END,
       CASE WHEN CAST(:state AS text) <> 'queued' THEN now() END
FROM documents
"""
QUESTIONS = """
INSERT INTO answer_runs (id, user_id, question, state, answer, scope, nearest, timings, input_tokens, output_tokens, dropped_citations,
                         unsupported_sentences, fallback_used, cost_usd, trace, created_at, is_stopping, attempts, last_event, request)
SELECT gen_random_uuid(), id, 'What is said about this?', 'queued', '', '{}', '[]', '{}', 0, 0, 0, 0, false, 0, '[]',
       now() - random() * interval '1 day', false, 0, 0, '{}' FROM users
"""

END_STARTED = "UPDATE ingestion_jobs SET state = 'finished', finished_at = now() WHERE state = 'started'"

Claim = Callable[[], Awaitable[bool]]


class Work:
    """What claimers do, on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.owners: list[UUID | None] = []

    async def file(self) -> bool:
        """Take a file; False when there is none."""
        async with self._database.transaction() as session:
            job = await fair_queue.claim_next(session, LEASE_S)
        if job is not None:
            self.owners.append(job.user_id)
        return job is not None

    async def question(self) -> bool:
        """Take a question; False when there is none."""
        async with self._database.transaction() as session:
            return await answer_queue.claim_next(session) is not None


async def fill(database: Database, people: int) -> None:
    """So many people, each with two files, one of which was read; one of them with thousands."""
    async with database.transaction() as session:
        await session.execute(text(PEOPLE), {"people": people})
        await session.execute(text(LIBRARIES))
        await session.execute(text(DOCUMENTS), {"files": 1, "is_busy": False})
        await session.execute(text(DOCUMENTS), {"files": BUSY_PERSON_FILES, "is_busy": True})
        for state in ("finished", "queued"):
            await session.execute(text(JOBS), {"state": state})
        await session.execute(text(QUESTIONS))
    async with database.autocommit() as session:
        await session.execute(text("VACUUM ANALYZE"))


def cpu_s() -> float:
    """CPU seconds so far of this process and of those it started."""
    me = psutil.Process()
    times = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


async def alone(claim: Claim, count: int, *, finds: bool = True) -> tuple[float, float]:
    """Median and 95th percentile of the milliseconds of claims, one after the other."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        assert await claim() is finds
        times.append((time.perf_counter() - began) * 1000)
    return median(times), quantiles(times, n=20)[-1]


async def together(claim: Claim, claimers: int, count: int) -> float:
    """Claims a second of several claimers."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            assert await claim()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(claimers)))
    return count / (time.perf_counter() - began)


async def measured(database: Database, claimers: int, claims: int) -> dict[str, float]:
    """All figures, by name."""
    work = Work(database)
    found = {"a file, when all came at once, p50 ms": (await alone(work.file, ALONE // 4))[0]}
    await settle(database)
    for name, claim in (("a file", work.file), ("a question", work.question)):
        found[f"{name}, one claimer, p50 ms"], found[f"{name}, one claimer, p95 ms"] = await alone(claim, ALONE)
    work.owners.clear()
    used_s = cpu_s()
    found["files a second"] = await together(work.file, claimers, claims)
    found["CPU of a claim, ms, with PostgreSQL's"] = (cpu_s() - used_s) * 1000 / claims
    found["people of these files, %"] = 100 * len(set(work.owners)) / len(work.owners)
    found["questions a second"] = await together(work.question, claimers, claims)
    await _change(database, END_STARTED)
    await _leave_only(database, "user_id = (SELECT id FROM users WHERE username = 'person1')")
    found["files a second, all of one person"] = await together(work.file, claimers, claims)
    await _change(database, "UPDATE ingestion_jobs SET state = 'queued', started_at = NULL WHERE state = 'stopped'")
    await _change(database, "UPDATE ingestion_jobs SET not_before = now() + interval '1 hour' WHERE state = 'queued'")
    while await work.file():
        pass
    found["nothing is due, p50 ms"], _ = await alone(work.file, ALONE // 10, finds=False)
    return found


async def settle(database: Database) -> None:
    """Have the turns worked out: the people did not all come a moment ago."""
    while True:
        async with database.transaction() as session:
            ours, _ = await fair_queue.fold(session)
        if not ours:
            return


async def _leave_only(database: Database, whose: str) -> None:
    await _change(database, f"UPDATE ingestion_jobs SET state = 'stopped' WHERE state = 'queued' AND NOT {whose}")


async def _change(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement))
    async with database.autocommit() as session:
        await session.execute(text("VACUUM ANALYZE ingestion_jobs"))
    await settle(database)


def report(found: dict[str, float]) -> bool:
    """Print the figures; True when every target is met."""
    is_met = True
    for name, value in found.items():
        target, verdict = TARGETS.get(name), ""
        if target is not None:
            is_good = value >= target if name in AT_LEAST else value <= target
            is_met = is_met and is_good
            verdict = f"{'≥' if name in AT_LEAST else '≤'} {target:g}{'' if is_good else '   MISSED'}"
        print(f"{name:<40} {value:>10.1f}   {verdict}")
    return is_met


async def _main(url: str, people: int, claimers: int, claims: int) -> bool:
    await migrate.upgrade(url)
    database = Database(url)
    await fill(database, people)
    found = await measured(database, claimers, claims)
    await database.close()
    print(f"{people:,} people wait, one of them with {BUSY_PERSON_FILES:,} files; {claimers} claimers; ", end="")
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores\n")
    return report(found)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--claimers", type=int, default=8)
    parser.add_argument("--claims", type=int, default=600, help="of all claimers together")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fn-") as folder:
        server = EmbeddedPostgres(Path(folder))
        server.start()
        try:
            is_met = asyncio.run(_main(server.url, arguments.people, arguments.claimers, arguments.claims))
        finally:
            server.stop()
    sys.exit(0 if is_met else 1)


if __name__ == "__main__":
    main()
