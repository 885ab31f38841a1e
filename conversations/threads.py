"""A person's conversations outside the chat: list, read, rename, delete, and rate their answers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from answers.remarks import in_words
from conversations.guarded import GuardedWrites
from conversations.snippets import snippets_of
from core.access import Principal
from core.precondition import Precondition
from core.storable import storable
from core.values import Frozen
from db import feedback, messages, threads
from db.conversation import FeedbackRow, Step, Thread
from db.models import AnswerRun, AnswerSource
from db.session import Database

Rating = Literal["up", "down"]


class ThreadSummary(Frozen):
    """A conversation. ``name`` is None until something was asked.

    Attributes:
        pinned: its owner wants it at hand.
        folder: the name of the folder that its owner put it into.
    """

    thread_id: UUID
    name: str | None
    created_at: datetime
    last_activity_at: datetime
    pinned: bool
    folder: str | None


class ListedThread(ThreadSummary):
    """A conversation in a list.

    Attributes:
        snippet: of a search: the words around what was found in a message; None where only the name has it.
    """

    snippet: str | None = None


class ThreadList(Frozen):
    """A page of conversations, the one that was used last first. ``next_cursor`` leads to the next page; None on the last."""

    threads: tuple[ListedThread, ...]
    next_cursor: str | None


class CitationNote(Frozen):
    """A number in an answer, and where it leads; ``document_id`` is None once the document was deleted."""

    number: int
    document_id: UUID | None
    title: str
    page: int | None
    locator: str | None
    url: str


class FeedbackView(Frozen):
    """The rating of an answer."""

    feedback_id: UUID
    answer_run_id: UUID | None
    thread_id: UUID
    rating: Rating
    comment: str | None


class MessageView(Frozen):
    """A question or an answer.

    Attributes:
        text: Markdown; of an answer, with citations as ``[n]``.
        state: of an answer: ``running``, ``done``, ``refused``, ``stopped`` or ``error``.
    """

    message_id: UUID
    role: Literal["user", "assistant"]
    text: str
    created_at: datetime
    answer_run_id: UUID | None = None
    state: str | None = None
    citations: tuple[CitationNote, ...] = ()
    feedback: FeedbackView | None = None


class ThreadView(ThreadSummary):
    """A conversation with its messages, in the order in which they were written."""

    messages: tuple[MessageView, ...]


class Threads:
    """The principal's conversations; those of others are not there.

    Args:
        writes: of :class:`conversations.service.Conversations`, so that these changes wait for those of open chats.
    """

    def __init__(self, database: Database, writes: GuardedWrites) -> None:
        self._database = database
        self._writes = writes

    async def page(
        self,
        principal: Principal,
        *,
        limit: int,
        cursor: str | None,
        search: str | None,
        rating: Rating | None,
        pinned: bool = False,
        filed: bool = False,
    ) -> ThreadList:
        """A page of conversations. Raises Invalid for a cursor that is not valid."""
        value = None if rating is None else _VALUES[rating]
        async with self._database.reader() as session:
            page = await threads.page(
                session,
                principal,
                limit=limit,
                cursor=cursor,
                search=search,
                feedback=value,
                pinned=pinned,
                filed=filed,
            )
        found = snippets_of(page, search)
        listed = [ListedThread.model_validate({**_summary(one), "snippet": found.get(one.id)}) for one in page.threads]
        return ThreadList(threads=tuple(listed), next_cursor=page.cursor)

    async def get(self, principal: Principal, thread_id: UUID) -> ThreadView:
        """A conversation with its messages, after all pending writes of this process. Raises NotFound."""
        await self._writes.lines.flush(thread_id)
        async with self._database.reader() as session:
            return await _view(session, principal, await threads.require(session, principal, thread_id))

    async def change(
        self,
        principal: Principal,
        thread_id: UUID,
        *,
        name: str | None = None,
        pinned: bool | None = None,
        folder: str | None = None,
        seen: Precondition,
    ) -> ThreadView:
        """Rename a conversation, pin it or unpin it, put it into a folder or take it out (""); None changes nothing.

        Raises:
            NotFound: no such conversation, or someone else's.
            PreconditionFailed: it is no longer as it was seen.
            Invalid: a blank name.
        """

        async def change() -> ThreadView:
            async with self._database.transaction() as session:
                await _require_seen(session, principal, thread_id, seen)
                if name is not None:
                    await threads.rename(session, principal, thread_id, storable(name))
                if pinned is not None:
                    await threads.pin(session, principal, thread_id, pinned=pinned)
                if folder is not None:
                    await threads.put_into(session, principal, thread_id, storable(folder))
                thread = await threads.get_for_change(session, principal, thread_id)
                return await _view(session, principal, thread)

        return await self._writes.lines.run(thread_id, "thread.change", change)

    async def delete(self, principal: Principal, thread_id: UUID, seen: Precondition) -> None:
        """Delete a conversation with all that is in it. Raises NotFound, PreconditionFailed."""

        async def delete() -> None:
            async with self._database.transaction() as session:
                await _require_seen(session, principal, thread_id, seen)
                await threads.remove(session, principal, thread_id)
            self._writes.deleted.add([thread_id])

        await self._writes.lines.run(thread_id, "thread.delete", delete)

    async def rate(
        self, principal: Principal, answer_run_id: UUID, rating: Rating, comment: str | None
    ) -> FeedbackView:
        """Rate an answer, or rate it anew. Raises NotFound, and Conflict for an answer that is in no conversation."""
        async with self._database.transaction() as session:
            step = await messages.answer(session, principal, answer_run_id)
            clean = storable(comment) if comment else None
            feedback_id = await feedback.rate(session, principal, step.id, _VALUES[rating], clean)
        return FeedbackView(
            feedback_id=feedback_id,
            answer_run_id=answer_run_id,
            thread_id=step.thread_id,
            rating=rating,
            comment=clean or None,
        )

    async def take_back(self, principal: Principal, feedback_id: UUID) -> None:
        """Delete a rating. Raises NotFound."""
        async with self._database.transaction() as session:
            await feedback.remove(session, principal, feedback_id)


_VALUES: dict[Rating, int] = {"down": 0, "up": 1}


async def _require_seen(session: AsyncSession, principal: Principal, thread_id: UUID, seen: Precondition) -> None:
    thread = await threads.get_for_change(session, principal, thread_id)
    if seen.tags:
        seen.require(await _view(session, principal, thread))


def _summary(thread: Thread) -> dict[str, object]:
    return {
        "thread_id": thread.id,
        "name": thread.name,
        "created_at": thread.created_at,
        "last_activity_at": thread.last_activity_at,
        "pinned": thread.pinned_at is not None,
        "folder": thread.folder,
    }


async def _view(session: AsyncSession, principal: Principal, thread: Thread) -> ThreadView:
    rows = await messages.of_thread(session, principal, thread.id)
    cited = await messages.cited(session, principal, thread.id)
    ratings = {row.step_id: row for row in await feedback.of_thread(session, principal, thread.id)}
    views = (_message(step, run, cited, ratings.get(step.id)) for step, run in rows)
    return ThreadView.model_validate({**_summary(thread), "messages": tuple(views)})


def _message(
    step: Step, run: AnswerRun | None, cited: Iterable[AnswerSource], rating: FeedbackRow | None
) -> MessageView:
    if step.type == "user_message":
        return MessageView(message_id=step.id, role="user", text=step.output, created_at=step.created_at)
    return MessageView(
        message_id=step.id,
        role="assistant",
        text=in_words(run.answer) if run is not None and run.answer else step.output,
        created_at=step.created_at,
        answer_run_id=step.answer_run_id,
        state=run.state if run is not None else None,
        citations=tuple(_citation(source) for source in cited if source.answer_run_id == step.answer_run_id),
        feedback=_feedback(rating) if rating is not None else None,
    )


def _citation(source: AnswerSource) -> CitationNote:
    return CitationNote(
        number=source.number,
        document_id=source.document_id,
        title=source.document_title,
        page=source.page,
        locator=source.locator,
        url=f"/cite/{source.answer_run_id}/{source.number}",
    )


def _feedback(row: FeedbackRow) -> FeedbackView:
    return FeedbackView(
        feedback_id=row.id,
        answer_run_id=row.answer_run_id,
        thread_id=row.thread_id,
        rating="up" if row.value else "down",
        comment=row.comment,
    )
