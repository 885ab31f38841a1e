"""Files attached to a message: passed to ingestion, listed in the conversation, and awaited when a question came with them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from chainlit.element import Element, File
from chainlit.message import Message

from answers.transcript import escape, escape_sentence
from chat.errors import sentence
from chat.language import words
from chat.services import services
from core.access import Principal
from core.words.catalogue import filled
from ingestion.types import JobState, Submission

_PIECE_BYTES = 256 * 1024
_ENDED = (JobState.FINISHED, JobState.FAILED, JobState.STOPPED)


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attached file: its submission, or a sentence that says why it was not added."""

    name: str
    submission: Submission | None = None
    problem: str = ""

    @property
    def line(self) -> str:
        """The file as a line of Markdown. The page turns links to ``/jobs/…`` into live progress."""
        if self.submission is None:
            said = words().text("**%(name)s** was not added. %(why)s")
            return f"- {filled(said, {'name': escape(self.name), 'why': escape_sentence(words().told(self.problem))})}"
        link = f"[{escape(self.name)}](/jobs/{self.submission.job.job_id})"
        return (
            f"- {words().text('%(link)s is already in your library.', link=link)}"
            if self.submission.is_known
            else f"- {link}"
        )


async def add(principal: Principal, message: Message) -> list[Attachment]:
    """Add a message's files to the library, and list them in one message of ours."""
    files: Sequence[Element] = message.elements
    attachments = [await _add_one(principal, Path(file.path or ""), file.name) for file in files]
    if not attachments:
        return []
    await asyncio.gather(*(_attach(message, attachment) for attachment in attachments if attachment.submission))
    await Message("\n".join(attachment.line for attachment in attachments)).send()
    return attachments


async def _add_one(principal: Principal, path: Path, name: str) -> Attachment:
    try:
        async with aclosing(_pieces(path)) as pieces:  # a file that is refused is not read to its end
            return Attachment(name, await services().shared.ingestion.submit(principal, pieces, name))
    except Exception as error:
        return Attachment(name, problem=sentence(error, "upload.failed"))
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def _pieces(path: Path) -> AsyncGenerator[bytes, None]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece


async def _attach(message: Message, attachment: Attachment) -> None:
    """Show the file at the person's message, as a link to its document."""
    if attachment.submission:
        document = attachment.submission.document
        file = File(
            name=attachment.name, url=f"/api/documents/{document.id}/file", mime=document.mime_type, display="inline"
        )
        await file.send(for_id=message.id)


async def wait(principal: Principal, attachments: Sequence[Attachment]) -> None:
    """Wait until the ingestion job of every file has ended."""
    for attachment in attachments:
        if attachment.submission and attachment.submission.job.state not in _ENDED:
            async for status in services().shared.ingestion.watch(principal, attachment.submission.job.job_id):
                if status.state in _ENDED:
                    break
