"""The port that Chainlit calls. Who calls is read from ``core.context``; without anyone, nothing is read or written.

Chainlit starts most writes as tasks that it does not wait for. They are done in the order in which they were started, per thread
(``writes.py``); what fails is logged, counted and reported through ``on_write_error``.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

from chainlit.context import context_var
from chainlit.data.base import BaseDataLayer
from chainlit.data.utils import queue_until_user_message
from chainlit.element import Element, ElementDict
from chainlit.session import WebsocketSession
from chainlit.step import StepDict
from chainlit.types import Feedback, PageInfo, PaginatedResponse, Pagination, ThreadDict, ThreadFilter
from chainlit.user import PersistedUser, User
from sqlalchemy.ext.asyncio import AsyncSession

from chat.data_layer import elements as element_shape
from chat.data_layer import steps as step_shape
from chat.data_layer import threads as thread_shape
from chat.data_layer.cleaning import clean_text, require_uuid, uuid_or_none
from chat.data_layer.provenance import is_from_client, mark_client_messages
from chat.data_layer.users import persisted_user
from conversations.guarded import GuardedWrites
from conversations.writes import WriteErrorCallback
from core.access import Principal, require_own
from core.context import require_principal
from core.errors import FootnoteError, NotFound
from db import elements, steps, threads
from db import feedback as ratings
from db.session import Database

Method = TypeVar("Method", bound=Callable[..., Awaitable[None]])
_NOWHERE = UUID(int=0)  # the line of writes that name no thread; each of them is refused when its turn comes

# Chainlit writes welcome messages before anyone has said anything: they wait until a thread begins.
once_begun: Callable[[Method], Method] = queue_until_user_message()


class FootnoteDataLayer(BaseDataLayer):
    """Threads, steps, elements and feedback in our tables.

    Args:
        database: where they are.

    Attributes:
        writes: how it writes; ``writes.lines`` has the count of failed ones and the last of them.
    """

    def __init__(self, database: Database) -> None:
        self.writes = GuardedWrites(database)
        self._database = database
        mark_client_messages()

    @property
    def on_write_error(self) -> WriteErrorCallback | None:
        """Told ``(thread_id, reference)`` when a write of a thread failed for good. It must not write to the thread itself."""
        return self.writes.lines.on_error

    @on_write_error.setter
    def on_write_error(self, callback: WriteErrorCallback | None) -> None:
        self.writes.lines.on_error = callback

    async def flush(self, thread_id: str | UUID | None = None) -> None:
        """Return when nothing is left to write, of one thread or at all."""
        await self.writes.lines.flush(uuid_or_none(thread_id) if thread_id is not None else None)

    async def close(self) -> None:
        """Finish all writes. The database belongs to whoever opened it."""
        await self.flush()

    async def build_debug_url(self) -> str:
        """There is none."""
        return ""

    # People

    async def get_user(self, identifier: str) -> PersistedUser:
        """The user. Raises NotAuthenticated when unknown or disabled; a None would make Chainlit create one."""
        return await persisted_user(self._database, identifier)

    async def create_user(self, user: User) -> PersistedUser:
        """The user that there is; Chainlit creates none. Raises NotAuthenticated."""
        return await persisted_user(self._database, user.identifier)

    # Threads

    async def list_threads(self, pagination: Pagination, filters: ThreadFilter) -> PaginatedResponse[ThreadDict]:
        """A page of the principal's threads. Raises NotFound for someone else's, Invalid for a cursor that is none of ours."""
        principal = require_principal()
        require_own(principal, uuid_or_none(filters.userId) if filters.userId else principal.user_id, "conversation")
        async with self._database.reader() as session:
            page = await threads.page(
                session,
                principal,
                limit=pagination.first,
                cursor=pagination.cursor,
                search=filters.search,
                feedback=filters.feedback,
            )
        info = PageInfo(hasNextPage=page.cursor is not None, startCursor=pagination.cursor, endCursor=page.cursor)
        return PaginatedResponse(info, [thread_shape.listed_thread(thread, principal) for thread in page.threads])

    async def get_thread_author(self, thread_id: str) -> str:
        """The principal's name when the thread is theirs; "" otherwise, which Chainlit answers with "not found"."""
        principal = require_principal()
        async with self._database.reader() as session:
            owner = await threads.owner(session, uuid_or_none(thread_id) or _NOWHERE)
        return principal.username if owner == principal.user_id else ""

    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        """The principal's thread as of the last write; None when there is none, ``closed_thread`` for someone else's."""
        principal = require_principal()
        wanted = uuid_or_none(thread_id) or _NOWHERE
        await self.writes.lines.flush(wanted)
        async with self._database.reader() as session:
            if await threads.owner(session, wanted) is None:
                return None
            try:
                thread = await threads.require(session, principal, wanted)
            except NotFound:
                return thread_shape.closed_thread(thread_id)
            return thread_shape.whole_thread(
                thread,
                principal,
                await steps.of_thread(session, principal, wanted),
                await elements.of_thread(session, principal, wanted),
                await ratings.of_thread(session, principal, wanted),
            )

    async def update_thread(
        self,
        thread_id: str,
        name: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Begin, name or describe a thread.

        From a socket the name is the first message, and fills an empty name only; over HTTP a person renames. Of the metadata
        only what Chainlit needs is kept (``kept_metadata``).

        Raises:
            FootnoteError: over HTTP; from a socket, where nobody waits, failures are reported.
        """
        wanted = uuid_or_none(thread_id) or _NOWHERE
        is_from_socket = _is_from_socket()

        async def write(session: AsyncSession, principal: Principal) -> None:
            require_own(principal, uuid_or_none(user_id) if user_id else principal.user_id, "conversation")
            if name is not None and not is_from_socket:
                await threads.rename(session, principal, wanted, clean_text(name))
            elif name is not None or user_id is not None:
                await threads.ensure(session, principal, wanted)
                await threads.name_once(session, principal, wanted, clean_text(name))
            kept = thread_shape.kept_metadata(metadata or {})
            if kept or tags is not None:
                cleaned = [clean_text(tag) for tag in tags] if tags is not None else None
                await threads.describe(session, principal, wanted, metadata=kept, tags=cleaned)

        await (self.writes.report if is_from_socket else self.writes.do)(wanted, "thread.update", write)

    async def delete_thread(self, thread_id: str) -> None:
        """Delete a thread with all that is in it. Raises NotFound."""
        wanted = require_uuid(thread_id, "conversation")

        async def write(session: AsyncSession, principal: Principal) -> list[UUID]:
            await threads.remove(session, principal, wanted)
            return [wanted]

        await self.writes.remove(wanted, "thread.delete", write)

    # Steps

    @once_begun
    async def create_step(self, step_dict: StepDict) -> None:
        """Store a new step. Failures are reported, not raised. What a person says in a deleted thread begins it anew."""
        await self._store_step(step_dict, "step.create", steps.create)

    @once_begun
    async def update_step(self, step_dict: StepDict) -> None:
        """Store a step as it is now. Failures are reported, not raised."""
        await self._store_step(step_dict, "step.update", steps.upsert)

    async def _store_step(
        self,
        step_dict: Mapping[str, Any],
        what: str,
        store: Callable[[AsyncSession, Principal, Mapping[str, Any]], Awaitable[None]],
    ) -> None:
        said, is_theirs = dict(step_dict), is_from_client(step_dict.get("id"))

        async def write(session: AsyncSession, principal: Principal) -> None:
            values = step_shape.values_of_client(said, principal) if is_theirs else step_shape.values_of(said)
            if values["id"] not in self.writes.gone:
                await store(session, principal, values)

        line = uuid_or_none(said.get("threadId")) or _NOWHERE
        await self.writes.report(line, what, write, begins=is_theirs and store is steps.create)

    @once_begun
    async def delete_step(self, step_id: str) -> None:
        """Delete a step with all below it. Failures are reported, not raised."""

        async def write(session: AsyncSession, principal: Principal) -> list[UUID]:
            return await steps.remove(session, principal, require_uuid(step_id, "message"))

        with suppress(FootnoteError):
            await self.writes.remove(await self._thread_of_step(step_id), "step.delete", write)

    async def get_favorite_steps(self, user_id: str) -> list[StepDict]:
        """The principal's favourite messages. Raises NotFound for someone else's."""
        principal = require_principal()
        require_own(principal, uuid_or_none(user_id), "message")
        async with self._database.reader() as session:
            return [step_shape.step_dict(step, {}, None) for step in await steps.favorites(session, principal)]

    # Elements

    @once_begun
    async def create_element(self, element: Element) -> None:
        """Store an element without its content. Failures are reported, not raised."""

        async def write(session: AsyncSession, principal: Principal) -> None:
            await elements.upsert(session, principal, element_shape.values_of(element))

        await self.writes.report(uuid_or_none(element.thread_id) or _NOWHERE, "element.create", write)

    async def get_element(self, thread_id: str, element_id: str) -> ElementDict | None:
        """The element; None when it is not in this thread of theirs."""
        principal = require_principal()
        wanted = uuid_or_none(thread_id) or _NOWHERE, uuid_or_none(element_id) or _NOWHERE
        try:
            async with self._database.reader() as session:
                return element_shape.element_dict(await elements.get(session, principal, *wanted))
        except NotFound:
            return None

    @once_begun
    async def delete_element(self, element_id: str, thread_id: str | None = None) -> None:
        """Delete an element. Raises NotFound."""
        wanted = require_uuid(element_id, "element")
        line = uuid_or_none(thread_id) or wanted
        await self.writes.do(
            line, "element.delete", lambda session, principal: elements.remove(session, principal, wanted)
        )

    # Feedback

    async def upsert_feedback(self, feedback: Feedback) -> str:
        """Store thumbs and comment against the answer that the rated step stands for; returns the id of the feedback.

        Raises:
            NotFound, Conflict, Invalid: see ``db.feedback.rate``.
        """
        rated, comment = require_uuid(feedback.forId, "message"), clean_text(feedback.comment)
        line = uuid_or_none(feedback.threadId) or await self._thread_of_step(feedback.forId)

        async def write(session: AsyncSession, principal: Principal) -> UUID:
            return await ratings.rate(session, principal, rated, feedback.value, comment)

        return str(await self.writes.do(line, "feedback.rate", write))

    async def delete_feedback(self, feedback_id: str) -> bool:
        """Take a rating back. Raises NotFound."""
        wanted = require_uuid(feedback_id, "feedback")
        await self.writes.do(
            wanted, "feedback.delete", lambda session, principal: ratings.remove(session, principal, wanted)
        )
        return True

    async def _thread_of_step(self, step_id: str) -> UUID:
        """In whose line a write to a step stands: the open thread's; over HTTP that of the stored step."""
        if _is_from_socket():
            return uuid_or_none(context_var.get().session.thread_id) or _NOWHERE
        async with self._database.reader() as session:
            return await steps.thread_of(session, uuid_or_none(step_id) or _NOWHERE) or _NOWHERE


def _is_from_socket() -> bool:
    context = context_var.get(None)
    return context is not None and isinstance(context.session, WebsocketSession)
