"""Files that came with a message: handed to ingestion, named in the conversation, waited for when a question came with them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from chainlit.element import Element, File
from chainlit.message import Message

from answers.transcript import escape, escape_sentence
from chat.services import services
from core.access import Principal
from core.errors import FootnoteError, new_reference
from ingestion.types import JobState, Submission

log = structlog.get_logger(__name__)

_PIECE_BYTES = 256 * 1024
_ENDED = (JobState.FINISHED, JobState.FAILED, JobState.STOPPED)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one attached file: a submission, or a sentence that says why not."""

    name: str
    submission: Submission | None = None
    problem: str = ""

    @property
    def line(self) -> str:
        """It as a line of markdown. The page turns links to ``/jobs/…`` into live progress."""
        if self.submission is None:
            return f"- **{escape(self.name)}** was not added. {escape_sentence(self.problem)}"
        link = f"[{escape(self.name)}](/jobs/{self.submission.job.job_id})"
        return f"- {link} is already in your library." if self.submission.is_known else f"- {link}"


async def add(principal: Principal, message: Message) -> list[Added]:
    """Bring the files of a message into the library, and name them in one message of ours."""
    files: Sequence[Element] = message.elements
    added = [await _add_one(principal, Path(file.path or ""), file.name) for file in files]
    if not added:
        return []
    await asyncio.gather(*(_attach(message, entry) for entry in added if entry.submission))
    await Message("\n".join(entry.line for entry in added)).send()
    return added


async def _add_one(principal: Principal, path: Path, name: str) -> Added:
    try:
        return Added(name, await services().ingestion.submit(principal, _pieces(path), name))
    except FootnoteError as error:
        return Added(name, problem=error.message)
    except Exception:
        reference = new_reference()
        log.exception("upload.failed", reference=reference)
        return Added(name, problem=f"Something went wrong (reference {reference}).")
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece


async def _attach(message: Message, added: Added) -> None:
    """Show the file beside the person's message; it opens the document that it became."""
    if added.submission:
        document = added.submission.document
        file = File(
            name=added.name, url=f"/api/documents/{document.id}/file", mime=document.mime_type, display="inline"
        )
        await file.send(for_id=message.id)


async def wait(principal: Principal, added: Sequence[Added]) -> None:
    """Return when every file of these was read, or could not be."""
    for entry in added:
        if entry.submission and entry.submission.job.state not in _ENDED:
            async for status in services().ingestion.watch(principal, entry.submission.job.job_id):
                if status.state in _ENDED:
                    break
