"""Chainlit's data layer on :class:`conversations.service.Conversations`. The caller comes from ``core.context``; without a signed-in
person, nothing is read or written.

Chainlit starts most writes as tasks that it does not wait for. Per thread, they run in the order in which they were started; failures
are logged, counted and reported through ``on_write_error``.
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
from chat.data_layer.cleaning import clean_text, iso, require_uuid, uuid_or_none
from chat.data_layer.provenance import is_from_client, mark_client_messages
from conversations.service import Conversations
from conversations.snippets import snippets_of
from conversations.writer import Writer
from conversations.writes import WriteErrorCallback
from core.access import require_own
from core.context import current_principal, require_principal
from core.errors import FootnoteError, NotFound

Method = TypeVar("Method", bound=Callable[..., Awaitable[None]])
_NOWHERE = UUID(int=0)  # for writes without a valid thread id: they share one line, and each is refused

# Chainlit writes welcome messages before a person has sent anything: they wait until the thread begins.
once_begun: Callable[[Method], Method] = queue_until_user_message()


class FootnoteDataLayer(BaseDataLayer):
    """Stores Chainlit's threads, steps, elements and feedback as ours."""

    def __init__(self, conversations: Conversations, accounts: Accounts) -> None:
        self.writes = conversations.writes
        self._conversations = conversations
        self._accounts = accounts
        mark_client_messages()

    @property
    def on_write_error(self) -> WriteErrorCallback | None:
        """Called with ``(thread_id, reference)`` when a write of a thread failed for good. It must not write to the thread."""
        return self.writes.lines.on_error

    @on_write_error.setter
    def on_write_error(self, callback: WriteErrorCallback | None) -> None:
        self.writes.lines.on_error = callback

    async def flush(self, thread_id: str | UUID | None = None) -> None:
        """Wait until all writes are done, of one thread or of all."""
        await self.writes.lines.flush(uuid_or_none(thread_id) if thread_id is not None else None)

    async def close(self) -> None:
        """Finish all writes. This does not close the database."""
        await self.flush()

    async def build_debug_url(self) -> str:
        """Empty: there is no such page."""
        return ""

    # People

    async def get_user(self, identifier: str) -> PersistedUser:
        """The user with this name, without anything of the account but its role.

        Raises:
            NotAuthenticated: no such user, or disabled. A None would make Chainlit create one.
        """
        user = await self._accounts.enabled_user(identifier)
        return PersistedUser(
            id=str(user.id),
            identifier=user.username,
            display_name=user.display_name,
            createdAt=iso(user.created_at),
            metadata={"role": user.role},
        )

    async def create_user(self, user: User) -> PersistedUser:
        """The existing user; only ``accounts`` creates users. Raises NotAuthenticated."""
        return await self.get_user(user.identifier)

    # Threads

    async def list_threads(self, pagination: Pagination, filters: ThreadFilter) -> PaginatedResponse[ThreadDict]:
        """A page of the principal's threads. Raises NotFound for someone else's, Invalid for a cursor that is not ours."""
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
        found = snippets_of(page, filters.search)
        listed = [thread_shape.listed_thread(thread, principal, found.get(thread.id)) for thread in page.threads]
        return PaginatedResponse(info, listed)

    async def get_thread_author(self, thread_id: str) -> str:
        """The principal's name when the thread is theirs; otherwise "", for which Chainlit answers "not found"."""
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

        From a socket, the name is the first message and only replaces an empty name; over HTTP, a person renames. Of the metadata,
        only what Chainlit needs is stored (``stored_metadata``).

        Raises:
            FootnoteError: over HTTP. From a socket, nothing waits for the result, and failures are reported instead.
        """
        target = uuid_or_none(thread_id) or _NOWHERE
        is_from_socket = _is_from_socket()

        async def write(writer: Writer) -> None:
            owner = writer.principal.user_id
            require_own(writer.principal, uuid_or_none(user_id) if user_id else owner, "conversation")
            if name is not None and not is_from_socket:
                await writer.rename_thread(target, clean_text(name))
            elif name is not None or user_id is not None:
                await writer.begin_thread(target, clean_text(name))
            stored = thread_shape.stored_metadata(metadata or {})
            if stored or tags is not None:
                cleaned = [clean_text(tag) for tag in tags] if tags is not None else None
                await writer.describe_thread(target, metadata=stored, tags=cleaned)

        if is_from_socket:
            await self.writes.report(current_principal.get(), target, "thread.update", write)
        else:
            await self.writes.do(require_principal(), target, "thread.update", write)

    async def delete_thread(self, thread_id: str) -> None:
        """Delete a thread with all that is in it. Raises NotFound."""
        target = require_uuid(thread_id, "conversation")
        await self.writes.remove(
            require_principal(), target, "thread.delete", lambda writer: writer.remove_thread(target)
        )

    # Steps

    @once_begun
    async def create_step(self, step_dict: StepDict) -> None:
        """Store a new step. Failures are reported, not raised. A person's message in a deleted thread creates it again."""
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
        copied, is_theirs = dict(step_dict), is_from_client(step_dict.get("id"))

        async def write(writer: Writer) -> None:
            principal = writer.principal
            values = step_shape.values_of_client(copied, principal) if is_theirs else step_shape.values_of(copied)
            await store(writer, values)

        line, begins = uuid_or_none(copied.get("threadId")) or _NOWHERE, is_theirs and store is Writer.create_step
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
        """The element; None unless it is in this thread of the principal."""
        principal = require_principal()
        ids = uuid_or_none(thread_id) or _NOWHERE, uuid_or_none(element_id) or _NOWHERE
        try:
            return element_shape.element_dict(await self._conversations.element(principal, *ids))
        except NotFound:
            return None

    @once_begun
    async def delete_element(self, element_id: str, thread_id: str | None = None) -> None:
        """Delete an element. Raises NotFound."""
        target = require_uuid(element_id, "element")
        line = uuid_or_none(thread_id) or target
        await self.writes.do(require_principal(), line, "element.delete", lambda writer: writer.remove_element(target))

    # Feedback

    async def upsert_feedback(self, feedback: Feedback) -> str:
        """Store a rating and comment of the answer to which the rated step belongs; returns the id of the feedback.

        Raises:
            NotFound, Conflict, Invalid: see ``db.feedback.rate``.
        """
        rated, comment = require_uuid(feedback.forId, "message"), clean_text(feedback.comment)
        line = uuid_or_none(feedback.threadId) or await self._thread_of_step(feedback.forId)

        async def write(writer: Writer) -> UUID:
            return await writer.rate(rated, feedback.value, comment)

        return str(await self.writes.do(require_principal(), line, "feedback.rate", write))

    async def delete_feedback(self, feedback_id: str) -> bool:
        """Delete a rating. Raises NotFound."""
        target = require_uuid(feedback_id, "feedback")
        await self.writes.do(
            require_principal(), target, "feedback.delete", lambda writer: writer.remove_rating(target)
        )
        return True

    async def _thread_of_step(self, step_id: str) -> UUID:
        """The thread in whose line a write to a step waits: the open thread; over HTTP, that of the stored step."""
        if _is_from_socket():
            return uuid_or_none(context_var.get().session.thread_id) or _NOWHERE
        return await self._conversations.thread_of_step(uuid_or_none(step_id) or _NOWHERE) or _NOWHERE


def _is_from_socket() -> bool:
    context = context_var.get(None)
    return context is not None and isinstance(context.session, WebsocketSession)
