"""Compares the ingestion of the same files by one and by two ``footnote worker`` processes, each with one thread for embedding.

PostgreSQL and Redis are real and shared; the search server is a stand-in over qdrant-client's local mode (Qdrant has no binary to
install), one Python process that both workers wait for. Two workers can be no faster than the cores that are left for them.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import SecretStr

from benchmarks.installation import SECRET, Installation, Program, Web, wait_for
from benchmarks.pages import halve
from bootstrap import open_services
from core.access import Role
from core.settings import DatabaseSettings, QdrantSettings, RedisSettings, Settings
from ingestion.types import JobState

PEOPLE = 4  # each uploads both halves of the pages
POLL_S = 0.1
GIVE_UP_S = 1800.0


def compare(pdf: Path, pages: int, work: Path, models: Path) -> None:
    """Measures and prints.

    Raises:
        RuntimeError: a part did not start, or a job failed.
    """
    files = halve(pdf)
    print(
        f"\n{pages * PEOPLE} pages of {PEOPLE} people by worker processes with one embedding thread each:", flush=True
    )
    rates = []
    for count in (1, 2):
        seconds = _measure(files, work / f"w{count}", count, models)
        rates.append(pages * PEOPLE / seconds)
        print(
            f"{count} worker{'s' * (count > 1):1} {rates[-1]:8.1f} pages/s  load {os.getloadavg()[0]:.1f}", flush=True
        )
    print(f"two workers do {rates[1] / rates[0]:.2f} times the work of one, on {os.cpu_count()} cores")


def _measure(files: list[Path], folder: Path, count: int, models: Path) -> float:
    folder.mkdir()
    installation = Installation(folder)
    port = installation.search.url.rsplit(":", 1)[-1]
    search = ["benchmarks.quick_search", "search", port, str(folder / "search")]
    installation.search = Web(search, folder / "search.log", url=installation.search.url)
    local = {name: value for name, value in installation.environment.items() if "_EMBEDDING_" not in name}
    local |= {"FOOTNOTE_EMBEDDING_THREADS": "1", "FOOTNOTE_EMBEDDING_CACHE_DIR": str(models)}
    with installation.servers(), _workers(count, folder, local):
        return asyncio.run(_ingest(files, _settings(installation)))


@contextmanager
def _workers(count: int, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    with ExitStack() as stack:
        logs = [folder / f"worker-{number}.log" for number in range(count)]
        for log in logs:
            worker = Program(["cli", "worker"], log, environment)
            stack.callback(worker.stop)
            worker.start()
            wait_for(lambda log=log: "worker.started" in log.read_text())  # type: ignore[misc]
        yield


def _settings(installation: Installation) -> Settings:
    return Settings(
        _env_file=None,
        var_dir=installation.folder,
        secret_key=SecretStr(SECRET),
        database=DatabaseSettings(url=installation.postgres.url),
        redis=RedisSettings(url=installation.redis.url),
        qdrant=QdrantSettings(url=installation.search.url),
    )


async def _ingest(files: list[Path], settings: Settings) -> float:
    """The seconds from the first upload to the end of the last job."""
    async with open_services(settings) as services:
        people = [
            await services.accounts.add_user(f"person-{number}", "a password for this run", Role.USER)
            for number in range(PEOPLE)
        ]
        started = time.perf_counter()
        waiting = {
            (await services.ingestion.submit(person, _stream(file), file.name)).job.job_id: person
            for file in files
            for person in people
        }
        while waiting:
            if time.perf_counter() - started > GIVE_UP_S:
                raise RuntimeError("did not get through in time")
            await asyncio.sleep(POLL_S)
            for job_id, person in list(waiting.items()):
                job = await services.ingestion.job(person, job_id)
                if job.state in (JobState.FAILED, JobState.STOPPED):
                    raise RuntimeError(f"failed: {job.error}")
                if job.state is JobState.FINISHED:
                    del waiting[job_id]
        return time.perf_counter() - started


async def _stream(file: Path) -> AsyncIterator[bytes]:
    yield await asyncio.to_thread(file.read_bytes)
