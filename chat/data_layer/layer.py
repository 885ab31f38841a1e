"""The port that Chainlit calls, on :class:`conversations.service.Conversations`. Who calls is read from ``core.context``; without
anyone, nothing is read or written.

Chainlit starts most writes as tasks that it does not wait for. They are done in the order in which they were started, per thread; what
fails is logged, counted and reported through ``on_write_error``.
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

from accounts.service import Accounts
from chat.data_layer import elements as element_shape
from chat.data_layer import steps as step_shape
from chat.data_layer import threads as thread_shape
from chat.data_layer.cleaning import clean_text, require_uuid, uuid_or_none
from chat.data_layer.provenance import is_from_client, mark_client_messages
from chat.data_layer.users import persisted_user
from conversations.service import Conversations
from conversations.writer import Writer
from conversations.writes import WriteErrorCallback
from core.access import require_own
from core.context import current_principal, require_principal
from core.errors import FootnoteError, NotFound

Method = TypeVar("Method", bound=Callable[..., Awaitable[None]])
_NOWHERE = UUID(int=0)  # the line of writes that name no thread; each of them is refused when its turn comes

# Chainlit writes welcome messages before anyone has said anything: they wait until a thread begins.
once_begun: Callable[[Method], Method] = queue_until_user_message()


class FootnoteDataLayer(BaseDataLayer):
    """Chainlit's threads, steps, elements and feedback as ours."""

    def __init__(self, conversations: Conversations, accounts: Accounts) -> None:
        self.writes = conversations.writes
        self._conversations = conversations
        self._accounts = accounts
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
        return await persisted_user(self._accounts, identifier)

    async def create_user(self, user: User) -> PersistedUser:
        """The user that there is; Chainlit creates none. Raises NotAuthenticated."""
        return await persisted_user(self._accounts, user.identifier)

    # Threads

    async def list_threads(self, pagination: Pagination, filters: ThreadFilter) -> PaginatedResponse[ThreadDict]:
        """A page of the principal's threads. Raises NotFound for someone else's, Invalid for a cursor that is none of ours."""
        principal = require_principal()
        require_own(principal, uuid_or_none(filters.userId) if filters.userId else principal.user_id, "conversation")
        page = await self._conversations.page(
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
        owner = await self._conversations.owner(uuid_or_none(thread_id) or _NOWHERE)
        return principal.username if owner == principal.user_id else ""

    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        """The principal's thread as of the last write; None when there is none, ``closed_thread`` for someone else's."""
        principal = require_principal()
        try:
            opened = await self._conversations.open(principal, uuid_or_none(thread_id) or _NOWHERE)
        except NotFound:
            return thread_shape.closed_thread(thread_id)
        return thread_shape.whole_thread(opened, principal) if opened else None

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

        async def write(writer: Writer) -> None:
            owner = writer.principal.user_id
            require_own(writer.principal, uuid_or_none(user_id) if user_id else owner, "conversation")
            if name is not None and not is_from_socket:
                await writer.rename_thread(wanted, clean_text(name))
            elif name is not None or user_id is not None:
                await writer.begin_thread(wanted, clean_text(name))
            kept = thread_shape.kept_metadata(metadata or {})
            if kept or tags is not None:
                cleaned = [clean_text(tag) for tag in tags] if tags is not None else None
                await writer.describe_thread(wanted, metadata=kept, tags=cleaned)

        if is_from_socket:
            await self.writes.report(current_principal.get(), wanted, "thread.update", write)
        else:
            await self.writes.do(require_principal(), wanted, "thread.update", write)

    async def delete_thread(self, thread_id: str) -> None:
        """Delete a thread with all that is in it. Raises NotFound."""
        wanted = require_uuid(thread_id, "conversation")
        await self.writes.remove(
            require_principal(), wanted, "thread.delete", lambda writer: writer.remove_thread(wanted)
        )

    # Steps

    @once_begun
    async def create_step(self, step_dict: StepDict) -> None:
        """Store a new step. Failures are reported, not raised. What a person says in a deleted thread begins it anew."""
        await self._store_step(step_dict, "step.create", Writer.create_step)

    @once_begun
    async def update_step(self, step_dict: StepDict) -> None:
        """Store a step as it is now. Failures are reported, not raised."""
        await self._store_step(step_dict, "step.update", Writer.put_step)

    async def _store_step(
        self,
        step_dict: Mapping[str, Any],
        what: str,
        store: Callable[[Writer, Mapping[str, Any]], Awaitable[None]],
    ) -> None:
        said, is_theirs = dict(step_dict), is_from_client(step_dict.get("id"))

        async def write(writer: Writer) -> None:
            whose = writer.principal
            values = step_shape.values_of_client(said, whose) if is_theirs else step_shape.values_of(said)
            await store(writer, values)

        line, begins = uuid_or_none(said.get("threadId")) or _NOWHERE, is_theirs and store is Writer.create_step
        await self.writes.report(current_principal.get(), line, what, write, begins=begins)

    @once_begun
    async def delete_step(self, step_id: str) -> None:
        """Delete a step with all below it. Failures are reported, not raised."""

        async def write(writer: Writer) -> list[UUID]:
            return await writer.remove_step(require_uuid(step_id, "message"))

        with suppress(FootnoteError):
            line = await self._thread_of_step(step_id)
            await self.writes.remove(require_principal(), line, "step.delete", write)

    async def get_favorite_steps(self, user_id: str) -> list[StepDict]:
        """The principal's favourite messages. Raises NotFound for someone else's."""
        principal = require_principal()
        require_own(principal, uuid_or_none(user_id), "message")
        return [step_shape.step_dict(step, {}, None) for step in await self._conversations.favorites(principal)]

    # Elements

    @once_begun
    async def create_element(self, element: Element) -> None:
        """Store an element without its content. Failures are reported, not raised."""

        async def write(writer: Writer) -> None:
            await writer.put_element(element_shape.values_of(element))

        line = uuid_or_none(element.thread_id) or _NOWHERE
        await self.writes.report(current_principal.get(), line, "element.create", write)

    async def get_element(self, thread_id: str, element_id: str) -> ElementDict | None:
        """The element; None when it is not in this thread of theirs."""
        principal = require_principal()
        wanted = uuid_or_none(thread_id) or _NOWHERE, uuid_or_none(element_id) or _NOWHERE
        try:
            return element_shape.element_dict(await self._conversations.element(principal, *wanted))
        except NotFound:
            return None

    @once_begun
    async def delete_element(self, element_id: str, thread_id: str | None = None) -> None:
        """Delete an element. Raises NotFound."""
        wanted = require_uuid(element_id, "element")
        line = uuid_or_none(thread_id) or wanted
        await self.writes.do(require_principal(), line, "element.delete", lambda writer: writer.remove_element(wanted))

    # Feedback

    async def upsert_feedback(self, feedback: Feedback) -> str:
        """Store thumbs and comment against the answer that the rated step stands for; returns the id of the feedback.

        Raises:
            NotFound, Conflict, Invalid: see ``db.feedback.rate``.
        """
        rated, comment = require_uuid(feedback.forId, "message"), clean_text(feedback.comment)
        line = uuid_or_none(feedback.threadId) or await self._thread_of_step(feedback.forId)

        async def write(writer: Writer) -> UUID:
            return await writer.rate(rated, feedback.value, comment)

        return str(await self.writes.do(require_principal(), line, "feedback.rate", write))

    async def delete_feedback(self, feedback_id: str) -> bool:
        """Take a rating back. Raises NotFound."""
        wanted = require_uuid(feedback_id, "feedback")
        await self.writes.do(
            require_principal(), wanted, "feedback.delete", lambda writer: writer.remove_rating(wanted)
        )
        return True

    async def _thread_of_step(self, step_id: str) -> UUID:
        """In whose line a write to a step stands: the open thread's; over HTTP that of the stored step."""
        if _is_from_socket():
            return uuid_or_none(context_var.get().session.thread_id) or _NOWHERE
        return await self._conversations.thread_of_step(uuid_or_none(step_id) or _NOWHERE) or _NOWHERE


def _is_from_socket() -> bool:
    context = context_var.get(None)
    return context is not None and isinstance(context.session, WebsocketSession)
