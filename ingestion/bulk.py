"""Loading a file or a folder from the command line, with a progress bar."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from core.access import Principal
from core.errors import FootnoteError
from ingestion.service import IngestionService
from ingestion.types import JobState, JobStatus

_READ_BYTES = 1024 * 1024
_FIRST_POLL_S, _LONGEST_POLL_S = 0.2, 2.0
_OPEN_JOBS = 24  # submitted and not yet ended; more would only wait in the queue


@dataclass
class Outcome:
    """What became of the files."""

    ready: int = 0
    known: int = 0
    chunks: int = 0
    seconds: float = 0.0
    failed: list[tuple[str, str]] = field(default_factory=list)

    def summary(self) -> str:
        """One line, and one more for every file that failed."""
        rate = self.chunks / self.seconds if self.seconds else 0
        line = f"{self.ready} loaded, {self.known} known already, {len(self.failed)} failed"
        line += f"; {self.chunks} chunks in {self.seconds:.1f} s ({rate:.0f} chunks/s)"
        return "\n".join([line, *(f"  {name}: {reason}" for name, reason in self.failed)])


async def load(service: IngestionService, principal: Principal, path: Path) -> Outcome:
    """Submit every file and wait for its job.

    Args:
        path: a file, or a folder whose files (hidden ones left out) are titled by their path below it.
    """
    files = await asyncio.to_thread(_files_of, path)
    outcome, started = Outcome(), monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        bar = progress.add_task("Loading", total=len(files))
        slots = asyncio.Semaphore(_OPEN_JOBS)

        async def one(file: Path) -> None:
            async with slots:
                await _load_one(service, principal, file, _title(file, path), outcome)
                progress.advance(bar)

        await asyncio.gather(*map(one, files))
    outcome.seconds = monotonic() - started
    return outcome


async def _load_one(service: IngestionService, principal: Principal, file: Path, title: str, outcome: Outcome) -> None:
    try:
        submission = await service.submit(principal, _read(file), title)
        if submission.is_known and submission.job.state is JobState.FINISHED:
            outcome.known += 1
            return
        job = await _wait(service, principal, submission.job)
    except FootnoteError as error:
        outcome.failed.append((title, error.message))
        return
    if job.state is JobState.FINISHED:
        outcome.ready += 1
        outcome.chunks += job.chunks_total or 0
    else:
        outcome.failed.append((title, job.error or f"the job was {job.state}"))


async def _wait(service: IngestionService, principal: Principal, job: JobStatus) -> JobStatus:
    pause_s = _FIRST_POLL_S
    while job.state in (JobState.QUEUED, JobState.STARTED):
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, _LONGEST_POLL_S)
        job = await service.job(principal, job.job_id)
    return job


async def _read(file: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(file.open, "rb") as handle:
        while block := await asyncio.to_thread(handle.read, _READ_BYTES):
            yield block


def _files_of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and not _is_hidden(file, path))


def _is_hidden(file: Path, root: Path) -> bool:
    parts: Sequence[str] = file.relative_to(root).parts
    return any(part.startswith(".") for part in parts)


def _title(file: Path, root: Path) -> str:
    return file.name if root.is_file() else file.relative_to(root).as_posix()
