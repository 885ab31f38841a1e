"""Drills faults during ingestion, and checks the job afterwards: python -m benchmarks.drill_ingest [FAULT …]

Every fault strikes one job of 400 pages at a chosen stage. It passes when the job finishes at most 60 s after the end of the fault, and
rows and index have exactly the chunks of an undisturbed run: none missing, none twice.

PostgreSQL, Redis and two workers are separate real processes. The search and the embedding server are stand-ins, see
``benchmarks.stand_ins``: Qdrant has no binary to install. The last fault uses none of them: `footnote serve` with all it embeds.
"""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import redis
from sqlalchemy import text

from benchmarks import drill_server
from benchmarks.drill import GIVE_UP_S, LIMIT_S, PAGES, Chunks, Outcome, chunks_of, stream
from benchmarks.installation import Installation
from bootstrap import open_services
from core import logging
from core.access import Principal
from core.settings import load_settings
from services import Services

AWAY_S = 6.0


def kill_worker(installation: Installation, job_id: UUID) -> None:
    """``kill -9`` of the worker that has the job; the other one can take it over, and a new one starts for the next fault."""
    worker = installation.holder_of(job_id)
    worker.kill()
    worker.start()


def flush_redis(installation: Installation, _job_id: UUID) -> None:
    """``FLUSHALL``."""
    with redis.Redis.from_url(installation.redis.url) as client:
        client.flushall()


def restart_redis(installation: Installation, _job_id: UUID) -> None:
    """Stopped for ``AWAY_S`` seconds, and empty afterwards."""
    installation.redis.stop()
    time.sleep(AWAY_S)
    installation.redis.start()


def restart_postgres(installation: Installation, _job_id: UUID) -> None:
    """Like a crash: every connection is cut, and it recovers from its log."""
    pid = int((installation.postgres.data_dir / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    installation.postgres.stop()
    time.sleep(AWAY_S)
    installation.postgres.start()


def restart_search(installation: Installation, _job_id: UUID) -> None:
    """Killed, and started again after ``AWAY_S`` seconds."""
    installation.search.kill()
    time.sleep(AWAY_S)
    installation.search.start()
    installation.search.wait("/collections")


def restart_embeddings(installation: Installation, _job_id: UUID) -> None:
    """Killed, and started again after ``AWAY_S`` seconds."""
    installation.embeddings.kill()
    time.sleep(AWAY_S)
    installation.embeddings.start()
    installation.embeddings.wait("/")


@dataclass(frozen=True)
class Fault:
    """A fault. ``strike`` returns when it ends; ``stage`` is the job's stage at which it begins."""

    name: str
    stage: str
    strike: Callable[[Installation, UUID], None]


FAULTS = (
    Fault("kill -9 of the worker, reading", "parsing", kill_worker),
    Fault("kill -9 of the worker, embedding", "embedding", kill_worker),
    Fault("kill -9 of the worker, last writes", "indexing", kill_worker),
    Fault("Redis flushed", "embedding", flush_redis),
    Fault("Redis restarted, 6 s away", "embedding", restart_redis),
    Fault("PostgreSQL crashed, 6 s away", "embedding", restart_postgres),
    Fault("search server killed, 6 s away", "embedding", restart_search),
    Fault("embedding server killed, 6 s away", "embedding", restart_embeddings),
)


class Drill:
    """Runs faults with one installation, one person and one file."""

    def __init__(self, installation: Installation, services: Services, principal: Principal) -> None:
        self._installation = installation
        self._services = services
        self._principal = principal
        self.expected: Chunks = []

    async def undisturbed(self) -> float:
        """Ingests the file without a fault, stores its chunks as expected, and returns the seconds it took."""
        document_id, job_id = await self._upload()
        since = time.monotonic()
        assert await self._ended(job_id) == "finished", "the file could not be read even in peace"
        self.expected = await chunks_of(self._services.database, document_id)
        await self._services.ingestion.delete_document(self._principal, document_id)
        return time.monotonic() - since

    async def run(self, fault: Fault) -> Outcome:
        """Runs one fault and returns its outcome."""
        document_id, job_id = await self._upload()
        struck_at = await self._reached(job_id, fault.stage)
        fault.strike(self._installation, job_id)
        since = time.monotonic()
        state = await self._ended(job_id)
        seconds = time.monotonic() - since
        rows = await chunks_of(self._services.database, document_id)
        indexed = self._installation.indexed(str(document_id))
        await self._services.ingestion.delete_document(self._principal, document_id)
        is_same = rows == self.expected
        return Outcome(fault.name, struck_at, state, len(rows), indexed, len(self.expected), is_same, seconds)

    async def _upload(self) -> tuple[UUID, UUID]:
        self._installation.wait_for_workers()
        submission = await self._services.ingestion.submit(self._principal, stream(), "drill.pdf")
        return submission.document.id, submission.job.job_id

    async def _reached(self, job_id: UUID, stage: str) -> str:
        """Waits until the job is well inside a stage; returns its stage and progress."""
        until = time.monotonic() + GIVE_UP_S
        while time.monotonic() < until:
            async with self._services.database.reader() as session:
                columns = "SELECT stage, percent, pages_done, chunks_done FROM ingestion_jobs WHERE id = :id"
                row = (await session.execute(text(columns), {"id": job_id})).one()
            progress = {"parsing": row.pages_done, "embedding": row.chunks_done}.get(stage, PAGES)
            if row.stage == stage and progress >= PAGES // 5:
                return f"{row.stage}, {row.percent} %"
            await asyncio.sleep(0.01)
        raise RuntimeError(f"The job was never seen {stage}.")

    async def _ended(self, job_id: UUID) -> str:
        until = time.monotonic() + GIVE_UP_S
        while time.monotonic() < until:
            status = await self._services.ingestion.job(self._principal, job_id)
            if status.is_ended:
                return status.state.value
            await asyncio.sleep(0.1)
        return "unfinished"


async def scaled_out(folder: Path, faults: Iterable[Fault]) -> list[Outcome]:
    """Runs faults on an installation whose parts are separate processes."""
    installation = Installation(folder)
    with installation.servers():
        os.environ.update(installation.environment)
        async with open_services(load_settings()) as services:
            await services.accounts.ensure_first_admin()
            drill = Drill(installation, services, await services.accounts.principal_of_user("admin"))
            for worker in installation.workers:
                worker.start()
            try:
                seconds = await drill.undisturbed()
                print(f"undisturbed: {len(drill.expected)} chunks in {seconds:.1f} s\n", flush=True)
                outcomes = []
                for fault in faults:
                    outcomes.append(await drill.run(fault))
                    print(outcomes[-1], flush=True)
            finally:
                for worker in installation.workers:
                    worker.stop()
        for name in installation.environment:
            del os.environ[name]
    return outcomes


def main(names: list[str]) -> int:
    """Runs the faults whose names contain one of the words, all without words; prints the table and returns the exit code."""
    logging.configure("error")
    chosen = [fault for fault in FAULTS if not names or any(word in fault.name for word in names)]
    with tempfile.TemporaryDirectory(prefix="fn-") as folder:
        (apart := Path(folder) / "a").mkdir()
        (together := Path(folder) / "b").mkdir()
        outcomes = asyncio.run(scaled_out(apart, chosen)) if chosen else []
        if not names or any(word in drill_server.NAME for word in names):
            outcomes.append(drill_server.run(together))
            print(outcomes[-1], flush=True)
    good = sum(outcome.is_good for outcome in outcomes)
    slowest = max(outcome.seconds for outcome in outcomes)
    print(
        f"\n{good} of {len(outcomes)} faults ended in a finished job without duplicate or missing chunks; "
        f"slowest {slowest:.0f} s after the fault's end (limit {LIMIT_S:.0f})"
    )
    return 0 if good == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
