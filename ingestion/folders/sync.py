"""Synchronises a library with a file or folder from the command line, with a progress bar."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TypeVar
from uuid import UUID

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from core.access import Principal
from core.errors import FootnoteError, UnsupportedType
from ingestion.documents.known_files import KnownFile
from ingestion.folders.places import Folder, LocalFolder
from ingestion.folders.plan import LocalFile, Plan
from ingestion.folders.plan import plan as plan_of
from ingestion.service import IngestionService
from ingestion.types import JobState, JobStatus

T = TypeVar("T")

_FIRST_POLL_S, _LONGEST_POLL_S = 0.2, 2.0
_OPEN_JOBS = 24  # submitted and not ended; more would only wait in the queue
_HASHED_AT_ONCE = 4
_MOST_GONE = 0.5  # part of the known files; if more are gone, it is probably the wrong folder


@dataclass
class Outcome:
    """The result of a synchronisation.

    Attributes:
        refused: why nothing was deleted although files are gone.
        kept: documents that stay although their files are gone.
        skipped: files of a kind that cannot be read or is not accepted.
    """

    new: int = 0
    changed: int = 0
    moved: int = 0
    gone: int = 0
    unchanged: int = 0
    elsewhere: int = 0
    chunks: int = 0
    seconds: float = 0.0
    failed: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    refused: str | None = None
    kept: int = 0

    def summary(self) -> str:
        """One line, one more for each file that failed or was skipped, and one when files are gone but nothing was deleted."""
        more = [
            (self.moved, "moved"),
            (self.elsewhere, "there already under another name"),
            (len(self.skipped), "not taken"),
        ]
        counts = [(self.new, "new"), (self.changed, "changed"), (self.gone, "gone"), (self.unchanged, "unchanged")]
        figures = [*counts, (len(self.failed), "failed"), *((count, word) for count, word in more if count)]
        rate = self.chunks / self.seconds if self.seconds else 0
        line = ", ".join(f"{count} {word}" for count, word in figures)
        noun = "chunk" if self.chunks == 1 else "chunks"
        line += f"; {self.chunks} {noun} in {self.seconds:.1f} s ({rate:.0f} chunks/s)"
        lines = [line, *(f"  {name}: {reason}" for name, reason in (*self.failed, *self.skipped))]
        return "\n".join([*lines, self.refused] if self.refused else lines)


class FolderSync:
    """Synchronises a library with one file or folder.

    Args:
        folder: a file, or a folder whose files (except hidden ones) are titled by their relative path.
        delete_missing: delete documents even when most files of the folder are gone.
        is_shown: with a progress bar on the terminal.
    """

    def __init__(
        self,
        service: IngestionService,
        principal: Principal,
        folder: Path | Folder,
        *,
        library_id: UUID | None = None,
        delete_missing: bool = False,
        is_shown: bool = True,
    ) -> None:
        self._service = service
        self._principal = principal
        self._folder = LocalFolder(folder) if isinstance(folder, Path) else folder
        self._source = self._folder.source
        self._library_id = library_id or principal.personal_library_id
        self._delete_missing = delete_missing
        self._is_shown = is_shown
        self._outcome = Outcome()
        self._undeleted: set[str] = set()  # titles of documents that stay although their files are gone

    async def run(self) -> Outcome:
        """Upload new and changed files, rename moved documents, delete those whose files are gone, and wait until all are read.

        Raises:
            Invalid: the folder cannot be opened.
            NotFound, NotPermitted: the principal may not change the library.
        """
        started = monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, disable=not self._is_shown) as progress:
            plan, known_count = await self._plan(progress)
            self._outcome.unchanged, self._outcome.elsewhere = len(plan.unchanged), len(plan.elsewhere)
            await self._delete(plan, known_count)
            await self._rename(plan)
            await self._upload(progress, plan)
        self._outcome.seconds = monotonic() - started
        return self._outcome

    async def _plan(self, progress: Progress) -> tuple[Plan, int]:
        known = await self._service.folders.known(self._principal, self._library_id, self._source)
        contents = await self._folder.contents()
        self._outcome.failed += contents.unreadable
        if self._folder.is_single:
            known = [one for one in known if one.title == contents.files[0].title]
        bar = progress.add_task("Looking", total=len(contents.files))
        hashes: dict[LocalFile, str] = {}

        async def look(file: LocalFile) -> None:
            try:
                hashes[file] = await self._folder.sha256(file)
            except OSError as error:
                self._outcome.failed.append((file.title, error.strerror or "unreadable"))

        await _each(contents.files, look, _HASHED_AT_ONCE, progress, bar)
        hashes = {file: hashes[file] for file in contents.files if file in hashes}  # in the folder's order again
        in_library = await self._service.folders.contents(self._principal, self._library_id, set(hashes.values()))
        untouched = [name for name, _ in self._outcome.failed]
        return plan_of(hashes, known, in_library, untouched), len(known)

    async def _delete(self, plan: Plan, known_count: int) -> None:
        if not plan.gone:
            return
        is_most = len(plan.gone) > known_count * _MOST_GONE
        if is_most and not self._delete_missing:
            self._undeleted = {one.title for one in plan.gone}
            self._outcome.kept = len(plan.gone)
            self._outcome.refused = (
                f"{len(plan.gone)} of the {known_count} files known of this folder are gone; their documents were kept. "
                "If that is right, run it again with --delete-missing."
            )
            return
        for one in plan.gone:
            await self._delete_one(one)

    async def _delete_one(self, one: KnownFile) -> None:
        try:
            await self._service.delete_document(self._principal, one.document_id)
            self._outcome.gone += 1
        except FootnoteError as error:
            self._undeleted.add(one.title)
            self._outcome.failed.append((one.title, error.message))

    async def _rename(self, plan: Plan) -> None:
        titles = {document_id: title for document_id, title in plan.moved.items() if title not in self._undeleted}
        if titles:
            await self._service.folders.retitle(self._principal, self._library_id, self._source, titles)
        self._outcome.moved = len(titles)

    async def _upload(self, progress: Progress, plan: Plan) -> None:
        work: list[tuple[LocalFile, UUID | None]] = [*((file, None) for file in plan.new), *plan.changed]
        bar = progress.add_task("Loading", total=len(work))

        async def upload(item: tuple[LocalFile, UUID | None]) -> None:
            file, replaces = item
            try:
                await self._upload_one(file, replaces)
            except UnsupportedType as error:
                self._outcome.skipped.append((file.title, error.message))
            except FootnoteError as error:
                self._outcome.failed.append((file.title, error.message))
            except OSError as error:
                self._outcome.failed.append((file.title, error.strerror or "unreadable"))

        await _each(work, upload, _OPEN_JOBS, progress, bar)

    async def _upload_one(self, file: LocalFile, replaces: UUID | None) -> None:
        async with aclosing(self._folder.read(file)) as pieces:  # a file that is refused is not read to its end
            submission = await self._service.submit(
                self._principal,
                pieces,
                file.title,
                library_id=self._library_id,
                replaces=replaces,
                source=self._source,
            )
        job = await self._wait_for_end(submission.job)
        if job.state is not JobState.FINISHED:
            self._outcome.failed.append((file.title, job.error or f"the job was {job.state}"))
            return
        self._outcome.chunks += job.chunks_total or 0
        if replaces is None:
            self._outcome.new += 1
        else:
            self._outcome.changed += 1

    async def _wait_for_end(self, job: JobStatus) -> JobStatus:
        pause_s = _FIRST_POLL_S
        while not job.is_ended:
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _LONGEST_POLL_S)
            job = await self._service.job(self._principal, job.job_id)
        return job


async def _each(
    items: Iterable[T], work: Callable[[T], Awaitable[None]], at_once: int, progress: Progress, bar: TaskID
) -> None:
    slots = asyncio.Semaphore(at_once)

    async def one(item: T) -> None:
        async with slots:
            await work(item)
            progress.advance(bar)

    await asyncio.gather(*map(one, items))
