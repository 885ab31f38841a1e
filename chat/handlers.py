"""Handlers of a conversation's socket events, in place of Chainlit's: a message, an edit, Stop, and a page that reconnects.

Chainlit's own let a page choose the author, lose track of replies started by an edit, and forget the Stop button at a reconnect.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import structlog
from chainlit.chat_context import chat_context, chat_contexts
from chainlit.config import config
from chainlit.context import ChainlitContext, init_ws_context
from chainlit.element import File
from chainlit.message import Message
from chainlit.session import WebsocketSession, ws_sessions_id
from chainlit.utils import utc_now

from chat import conversation, viewing
from chat.conversation import is_alone, is_fresh
from chat.data_layer.provenance import from_client
from chat.errors import sentence
from chat.language import words, words_of
from chat.messages import IncomingMessage
from chat.refusals import given_back
from chat.scope import PICKER, offer
from chat.services import services
from core.context import require_principal
from core.errors import Conflict, NotFound

log = structlog.get_logger(__name__)

_NAME_CHARS = 200

Prepare = Callable[[], Awaitable[Message]]


async def show_error(sid: str, sentence: str) -> None:
    """Show a sentence as an error toast on a socket's page."""
    session = WebsocketSession.get(sid)
    if session:
        await init_ws_context(session).emitter.send_toast(words_of(session).told(sentence), "error")


async def on_client_message(sid: str, payload: object = None) -> None:
    """A person sent a message."""
    context = init_ws_context(WebsocketSession.require(sid))
    async with given_back(sid, payload):
        incoming = IncomingMessage.from_payload(payload, services().shared.settings.upload.max_files)

    async def store() -> Message:
        await _require_new(incoming.message_id)
        async with given_back(sid, payload):
            return await _store(context, incoming)

    _begin(context, store)


async def _require_new(message_id: str) -> None:
    """Raise Conflict for an id (pages choose them) that exists already, in this or in someone else's conversation."""
    thread_id = await services().shared.conversations.thread_of_step(UUID(message_id))
    if thread_id or any(known.id == message_id for known in chat_context.get()):
        raise Conflict("This message was sent before.")


async def _store(context: ChainlitContext, incoming: IncomingMessage) -> Message:
    session = context.session
    files = [file for file_id in incoming.file_ids if (file := session.files.pop(file_id, None))]
    message = Message(
        incoming.text, require_principal().username, type="user_message", id=incoming.message_id, created_at=utc_now()
    )
    message.metadata = {}
    if incoming.scope:
        message.modes = {PICKER: incoming.scope}
    elements: Any = [
        File(name=file["name"], path=str(file["path"]), mime=file["type"], thread_id=session.thread_id)
        for file in files
    ]
    message.elements = elements
    chat_context.add(message)
    is_first = not session.has_first_interaction
    session.has_first_interaction = True
    with from_client({"message": {"id": incoming.message_id}}):
        await message._create()
    if is_first:
        name = incoming.text.strip() or ", ".join(file["name"] for file in files)
        await context.emitter.init_thread(name[:_NAME_CHARS])
    return message


async def _answer(message: Message) -> None:
    if config.code.on_message:
        await config.code.on_message(message)


def _begin(
    context: ChainlitContext,
    prepare: Prepare,
    *,
    in_order: bool = False,
    fresh: bool = False,
    alone: bool = False,
    work: Callable[[Message], Awaitable[None]] = _answer,
) -> None:
    """Start the reply in its own task, so that this socket can still receive Stop.

    Args:
        prepare: returns the message to reply to.
        in_order: prepare it when the earlier replies are done, not at once.
        fresh: use no cached answer.
        alone: take the question as it was written, without the conversation before it.
        work: what is done with the message.
    """
    replies, thread_id = services().reply_tasks, context.session.thread_id

    async def reply() -> None:
        is_fresh.set(fresh)  # for this task only, as is the next
        is_alone.set(alone)
        try:
            await context.emitter.task_start()
            message = None if in_order else await prepare()
            async with replies.in_order(thread_id):
                await work(message or await prepare())
        except asyncio.CancelledError:
            pass  # stopped while it waited
        except Exception as error:
            await context.emitter.send_toast(words().told(sentence(error, "turn.failed")), "error")
        finally:
            if not replies.is_busy(thread_id, except_task=asyncio.current_task()):
                await _show_idle(context)

    principal, page = require_principal(), context.session
    context.session.current_task = replies.start(thread_id, principal.session_id, page.id, reply)


async def _show_idle(context: ChainlitContext) -> None:
    """Show on every page of the thread that no reply is running any more; the other pages also get the new messages."""
    await context.emitter.task_end()
    layer, session = services().data_layer, context.session
    pages = [services().connections.principal_of(page.socket_id) and page for page in ws_sessions_id.values()]
    here = [page for page in pages if page and page is not session and page.thread_id == session.thread_id]
    others = [page for page in here if not services().viewers.has(page.id)]  # they see the end by themselves
    if not others:
        return
    await layer.flush(session.thread_id)
    thread = await layer.get_thread(session.thread_id)
    for page in others:
        emitter = ChainlitContext(page).emitter
        if thread:
            await emitter.resume_thread(thread)
        await emitter.task_end()


async def on_edit_message(sid: str, payload: object = None) -> None:
    """A person changed an earlier question: later messages are removed, and it is answered again."""
    context = init_ws_context(WebsocketSession.require(sid))
    thread_id = context.session.thread_id
    incoming = IncomingMessage.from_payload(payload, 0)
    _place(await _messages(thread_id), incoming.message_id)

    async def rewrite() -> Message:
        messages = await _messages(thread_id)
        place = _place(messages, incoming.message_id)
        await _remove(messages[place + 1 :])
        question = messages[place]
        question.content = incoming.text
        chat_contexts[context.session.id] = messages[: place + 1]
        with from_client({"message": {"id": question.id}}):
            await question.update()
        await services().data_layer.flush(thread_id)  # else the removed messages would still count as history
        return question

    services().reply_tasks.stop(thread_id)
    _begin(context, rewrite, in_order=True)


async def answer_again(run_id: UUID, *, alone: bool = False) -> None:
    """Answer a question of the principal again, without caches; the answer is added at the end of its conversation.

    Args:
        alone: take the question as it was written, without the conversation before it.

    Raises:
        NotFound: no such answer of theirs, or its question was deleted.
        Conflict: none of their pages shows the conversation.
    """
    context, question_id = await _page_of(run_id, "Open the conversation, then ask for a new answer.")
    thread_id = context.session.thread_id
    _place(await _messages(thread_id), question_id)

    async def find() -> Message:
        messages = await _messages(thread_id)
        return messages[_place(messages, question_id)]

    _begin(context, find, in_order=True, fresh=True, alone=alone)


async def go_on(run_id: UUID) -> None:
    """Continue an answer of the principal that was cut off at its length limit, in its own message.

    Raises:
        NotFound: no such answer of theirs, or it is no longer in its conversation.
        Conflict: none of their pages shows the conversation.
    """
    context, _ = await _page_of(run_id, "Open the conversation, then go on with the answer.")
    thread_id = context.session.thread_id

    async def find() -> Message:
        for message in await _messages(thread_id):
            if (message.metadata or {}).get("answer_run_id") == str(run_id):
                return message
        raise NotFound("This answer was continued already. Reload the page.")

    await find()
    _begin(context, find, in_order=True, work=conversation.go_on)


async def _page_of(run_id: UUID, otherwise: str) -> tuple[ChainlitContext, str]:
    """A page of the principal's that shows an answer's conversation, and the id of the question; a Conflict without such a page."""
    principal = require_principal()
    thread_id, question_id = map(str, await services().shared.conversations.question_of(principal, run_id))
    page = next((page for page in _pages_of(thread_id) if _owner_of(page) == principal.user_id), None)
    if page is None:
        raise Conflict(otherwise)
    return init_ws_context(page), question_id


def _pages_of(thread_id: str) -> list[WebsocketSession]:
    """Open pages that show a conversation."""
    return [page for page in ws_sessions_id.values() if page.thread_id == thread_id]


def _owner_of(page: WebsocketSession) -> UUID | None:
    """Id of the person signed in on a page; None when its socket has closed."""
    principal = services().connections.principal_of(page.socket_id)
    return principal.user_id if principal else None


async def _messages(thread_id: str) -> list[Message]:
    """The stored messages of a thread: another page may have added some."""
    await services().data_layer.flush(thread_id)
    thread = await services().data_layer.get_thread(thread_id)
    return [Message.from_dict(step) for step in (thread["steps"] if thread else []) if "message" in step["type"]]


def _place(messages: list[Message], question_id: str) -> int:
    """Index of a question among messages. Raises NotFound when it is not a message of a person."""
    for place, message in enumerate(messages):
        if message.id == question_id and message.type == "user_message":
            return place
    raise NotFound("This message cannot be edited any more. Reload the page.")


async def _remove(messages: list[Message]) -> None:
    """Remove messages and the ``run`` steps that produced them."""
    layer = services().data_layer
    for step_id in dict.fromkeys(
        message.parent_id for message in messages if message.type != "user_message" and message.parent_id
    ):
        await layer.delete_step(step_id)
    for message in messages:
        await message.remove()


async def on_stop(sid: str) -> None:
    """A person pressed Stop."""
    init_ws_context(WebsocketSession.require(sid))
    if config.code.on_stop:
        await config.code.on_stop()


def on_connected(original: Callable[[str], Awaitable[None]]) -> Callable[[str], Awaitable[None]]:
    """Wrap Chainlit's handler of a new or reconnected page: also show what it missed, and unfinished replies."""

    async def connected(sid: str) -> None:
        session = WebsocketSession.require(sid)
        await services().data_layer.flush(session.thread_id)
        await original(sid)
        context = init_ws_context(session)
        if session.restored and session.has_first_interaction and not session.thread_id_to_resume:
            thread = await services().data_layer.get_thread(session.thread_id)
            if thread:
                await context.emitter.resume_thread(thread)
        try:
            await viewing.view(context)
        except Exception:  # the page works without
            log.exception("viewer.not_begun")
        if services().reply_tasks.is_busy(session.thread_id):
            await context.emitter.task_start()
        try:
            await offer()
        except Exception:  # the page works without its picker
            log.exception("scope.not_offered")

    return connected
