"""A conversation as it is at one moment: what downloads and shared links are made of."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal
from core.errors import Invalid
from core.places import place_of
from core.values import Frozen
from db import messages, threads
from db.base import now
from db.conversation import Step
from db.models import AnswerRun, AnswerSource
from rag.types import Chart

MOST_MESSAGES = 2_000
MOST_CHARACTERS = 2_000_000
UNNAMED = "Conversation"
WRITING = "This answer was still being written."
STOPPED = "Stopped."


class SnapshotSource(Frozen):
    """A cited passage: where it stands, not what it says.

    Attributes:
        title: of the document when it was cited; left out of what is shared.
        spans: the passage in the text of its section.
    """

    number: int
    document_id: UUID | None
    title: str = ""
    version: int
    section: int
    page: int | None
    locator: str | None
    chunk_id: UUID
    spans: tuple[tuple[int, int], ...]
    support: float | None

    @property
    def place(self) -> str:
        """Where in the document: ``page 2``, or the locator of a format without pages; may be empty."""
        return place_of(self.page, self.locator)


class SnapshotMessage(Frozen):
    """A question or an answer.

    Attributes:
        text: of a question, as written; of an answer, canonical (``rag.events``).
        is_markdown: of a message that no answer run made: the text is Markdown as the chat shows it.
        note: how the answer ended, where that is to be said.
        sources: what the answer cites, by number.
        nearest: of a refusal: the documents that come nearest.
    """

    role: Literal["user", "assistant"]
    text: str
    at: datetime
    is_markdown: bool = False
    answer_run_id: UUID | None = None
    state: str | None = None
    mode: str | None = None
    model: str | None = None
    note: str = ""
    sources: tuple[SnapshotSource, ...] = ()
    nearest: tuple["NearestSource", ...] = ()
    chart: Chart | None = None


class NearestSource(Frozen):
    """A document close to a question that was refused."""

    document_id: UUID
    title: str = ""
    page: int | None = None
    locator: str | None = None

    @property
    def place(self) -> str:
        """As :attr:`SnapshotSource.place`."""
        return place_of(self.page, self.locator)


class Snapshot(Frozen):
    """A conversation at one moment, its messages in the order in which they were written."""

    thread_id: UUID
    title: str
    created_at: datetime
    taken_at: datetime
    messages: tuple[SnapshotMessage, ...]

    @property
    def characters(self) -> int:
        """The length of all texts."""
        return sum(len(message.text) for message in self.messages)

    def without_titles(self) -> "Snapshot":
        """The same without any title of a document: what its reader may see of them is looked up when they read."""
        return self.model_copy(update={"messages": tuple(map(_without_titles, self.messages))})


def _without_titles(message: SnapshotMessage) -> SnapshotMessage:
    sources = tuple(source.model_copy(update={"title": ""}) for source in message.sources)
    nearest = tuple(one.model_copy(update={"title": ""}) for one in message.nearest)
    return message.model_copy(update={"sources": sources, "nearest": nearest})


async def take(session: AsyncSession, principal: Principal, thread_id: UUID) -> Snapshot:
    """The present state of a conversation of the principal's.

    Raises:
        NotFound: no such conversation, or someone else's.
        Invalid: nothing was said in it, or too much.
    """
    thread = await threads.require(session, principal, thread_id)
    rows = await messages.of_thread(session, principal, thread_id)
    if not rows:
        raise Invalid("Nothing has been said in this conversation yet.")
    if len(rows) > MOST_MESSAGES:
        raise Invalid(f"This conversation has more than {MOST_MESSAGES:,} messages: too many for one document.")
    cited = await messages.cited(session, principal, thread_id)
    snapshot = Snapshot(
        thread_id=thread.id,
        title=thread.name or UNNAMED,
        created_at=thread.created_at,
        taken_at=now(),
        messages=tuple(_message(step, run, cited) for step, run in rows),
    )
    if snapshot.characters > MOST_CHARACTERS:
        raise Invalid(f"This conversation has more than {MOST_CHARACTERS:,} characters: too many for one document.")
    return snapshot


def _message(step: Step, run: AnswerRun | None, cited: Iterable[AnswerSource]) -> SnapshotMessage:
    if step.type == "user_message":
        return SnapshotMessage(role="user", text=step.output, at=step.created_at)
    if run is None:
        return SnapshotMessage(role="assistant", text=step.output, at=step.created_at, is_markdown=True)
    charts = (stage["details"] for stage in run.trace if stage["name"] == "chart")
    return SnapshotMessage(
        role="assistant",
        text=run.answer if run.state not in ("queued", "running") else "",
        at=step.created_at,
        answer_run_id=run.id,
        state=run.state,
        mode=run.mode,
        model=run.model,
        note=_note(run),
        sources=tuple(_source(source) for source in cited if source.answer_run_id == run.id),
        nearest=tuple(NearestSource(**_known(one)) for one in run.nearest),
        chart=next((Chart(**details) for details in charts), None),
    )


def _note(run: AnswerRun) -> str:
    match run.state:
        case "queued" | "running":
            return WRITING
        case "stopped":
            return STOPPED
        case "error":
            return f"{run.error or 'Something went wrong.'} (reference {run.reference})"
    return ""


def _known(nearest: dict[str, Any]) -> dict[str, Any]:
    return {name: nearest.get(name) for name in ("document_id", "title", "page", "locator")}


def _source(source: AnswerSource) -> SnapshotSource:
    return SnapshotSource(
        number=source.number,
        document_id=source.document_id,
        title=source.document_title,
        version=source.version,
        section=source.section,
        page=source.page,
        locator=source.locator,
        chunk_id=source.chunk_id,
        spans=tuple((start, end) for start, end in source.spans),
        support=source.support,
    )
