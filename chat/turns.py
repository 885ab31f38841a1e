"""Socket events of a conversation: a message, an edit, stop, and a page that comes back. Ours in place of Chainlit's.

Chainlit's own let a page choose who speaks, lose track of runs started by an edit, and forget the Stop button at a reconnect.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import UUID

import structlog
from chainlit.chat_context import chat_context, chat_contexts
from chainlit.config import config
from chainlit.context import ChainlitContext, init_ws_context
from chainlit.element import File
from chainlit.message import Message
from chainlit.session import WebsocketSession, ws_sessions_id
from chainlit.step import StepDict
from chainlit.utils import utc_now

from chat.conversation import is_fresh
from chat.data_layer.provenance import from_client
from chat.messages import IncomingMessage
from chat.services import services
from core.context import require_principal
from core.errors import Conflict, FootnoteError, NotFound, new_reference
from db import answer_runs, steps

log = structlog.get_logger(__name__)

_NAME_CHARS = 200

Prepare = Callable[[], Awaitable[Message]]


async def tell(sid: str, sentence: str) -> None:
    """Show a sentence in a corner of the page behind a socket."""
    session = WebsocketSession.get(sid)
    if session:
        await init_ws_context(session).emitter.send_toast(sentence, "error")


async def on_client_message(sid: str, payload: object = None) -> None:
    """A person sent a message."""
    context = init_ws_context(WebsocketSession.require(sid))
    incoming = IncomingMessage.from_payload(payload, services().settings.upload.max_files)

    async def store() -> Message:
        await _require_new(incoming.message_id)
        return await _store(context, incoming)

    _begin(context, store)


async def _require_new(message_id: str) -> None:
    """The page chooses ids; one that is taken, here or in someone else's conversation, is not taken over."""
    async with services().database.reader() as reader:
        taken = await steps.thread_of(reader, UUID(message_id))
    if taken or any(known.id == message_id for known in chat_context.get()):
        raise Conflict("This message was sent before.")


async def _store(context: ChainlitContext, incoming: IncomingMessage) -> Message:
    session = context.session
    files = [file for file_id in incoming.file_ids if (file := session.files.pop(file_id, None))]
    message = Message(
        incoming.text, require_principal().username, type="user_message", id=incoming.message_id, created_at=utc_now()
    )
    message.metadata = {}
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


def _begin(context: ChainlitContext, prepare: Prepare, *, in_turn: bool = False, fresh: bool = False) -> None:
    """Start the reply in a task of its own, so that this socket can go on hearing Stop.

    Args:
        prepare: gives the message to reply to.
        in_turn: prepare it when the earlier replies are done, not at once.
        fresh: no answer will do that was given before.
    """
    runs, thread_id = services().runs, context.session.thread_id

    async def reply() -> None:
        is_fresh.set(fresh)  # in this task only
        try:
            await context.emitter.task_start()
            message = None if in_turn else await prepare()
            async with runs.turn(thread_id):
                await _answer(message or await prepare())
        except asyncio.CancelledError:
            pass  # stopped while it waited for its turn
        except FootnoteError as error:
            await context.emitter.send_toast(error.message, "error")
        except Exception:
            reference = new_reference()
            log.exception("turn.failed", reference=reference)
            await context.emitter.send_toast(f"Something went wrong (reference {reference}).", "error")
        finally:
            if not runs.is_busy(thread_id, besides=asyncio.current_task()):
                await _come_to_rest(context)

    context.session.current_task = runs.start(thread_id, require_principal().session_id, reply)


async def _answer(message: Message) -> None:
    if config.code.on_message:
        await config.code.on_message(message)


async def _come_to_rest(context: ChainlitContext) -> None:
    """Nothing is being answered any more: say so on every page of the thread, and show the others what was said."""
    await context.emitter.task_end()
    layer, session = services().data_layer, context.session
    pages = [services().connections.principal_of(page.socket_id) and page for page in ws_sessions_id.values()]
    others = [page for page in pages if page and page is not session and page.thread_id == session.thread_id]
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
    """A person changed an earlier question: what came after it is taken back, and it is answered anew."""
    context = init_ws_context(WebsocketSession.require(sid))
    thread_id = context.session.thread_id
    incoming = IncomingMessage.from_payload(payload, 0)
    _place(await _messages(thread_id), incoming.message_id)

    async def rewrite() -> Message:
        messages = await _messages(thread_id)
        place = _place(messages, incoming.message_id)
        await _take_back(messages[place + 1 :])
        question = messages[place]
        question.content = incoming.text
        chat_contexts[context.session.id] = messages[: place + 1]
        with from_client({"message": {"id": question.id}}):
            await question.update()
        await services().data_layer.flush(thread_id)  # or the answer would still remember what was taken back
        return question

    services().runs.stop(thread_id)
    _begin(context, rewrite, in_turn=True)


async def answer_again(run_id: UUID) -> None:
    """A person wants a question of theirs answered anew; the answer comes at the end of its conversation, on a page that shows it.

    Raises:
        NotFound: no such answer of theirs, or its question is gone.
        Conflict: no page of theirs shows the conversation.
    """
    principal = require_principal()
    async with services().database.reader() as reader:
        run = await answer_runs.get_owned(reader, principal, run_id)
    if run.thread_id is None or run.question_step_id is None:
        raise NotFound("There is no such answer.")
    thread_id, question_id = str(run.thread_id), str(run.question_step_id)
    page = next((page for page in _pages_of(thread_id) if _owner_of(page) == principal.user_id), None)
    if page is None:
        raise Conflict("Open the conversation, then ask for a new answer.")
    context = init_ws_context(page)
    _place(await _messages(thread_id), question_id)

    async def find() -> Message:
        messages = await _messages(thread_id)
        return messages[_place(messages, question_id)]

    _begin(context, find, in_turn=True, fresh=True)


def _pages_of(thread_id: str) -> list[WebsocketSession]:
    """Open pages that show a conversation."""
    return [page for page in ws_sessions_id.values() if page.thread_id == thread_id]


def _owner_of(page: WebsocketSession) -> UUID | None:
    """Who is signed in on a page; None when its socket has closed."""
    principal = services().connections.principal_of(page.socket_id)
    return principal.user_id if principal else None


async def _messages(thread_id: str) -> list[Message]:
    """The messages of a thread as they are stored: another page may have added some."""
    await services().data_layer.flush(thread_id)
    thread = await services().data_layer.get_thread(thread_id)
    return [Message.from_dict(step) for step in (thread["steps"] if thread else []) if "message" in step["type"]]


def _place(messages: list[Message], question_id: str) -> int:
    """Where a question stands; NotFound when it is none of a person's."""
    for place, message in enumerate(messages):
        if message.id == question_id and message.type == "user_message":
            return place
    raise NotFound("This message cannot be edited any more. Reload the page.")


async def _take_back(messages: list[Message]) -> None:
    """Remove messages and the runs that produced them."""
    layer = services().data_layer
    for run_id in dict.fromkeys(
        message.parent_id for message in messages if message.type != "user_message" and message.parent_id
    ):
        await layer.delete_step(run_id)
    for message in messages:
        await message.remove()


async def on_stop(sid: str) -> None:
    """A person pressed Stop."""
    init_ws_context(WebsocketSession.require(sid))
    if config.code.on_stop:
        await config.code.on_stop()


def on_connected(theirs: Callable[[str], Awaitable[None]]) -> Callable[[str], Awaitable[None]]:
    """A page is there, perhaps again: show it what it missed, and what is still being written."""

    async def connected(sid: str) -> None:
        session = WebsocketSession.require(sid)
        await services().data_layer.flush(session.thread_id)
        await theirs(sid)
        context = init_ws_context(session)
        if session.restored and session.has_first_interaction and not session.thread_id_to_resume:
            thread = await services().data_layer.get_thread(session.thread_id)
            if thread:
                await context.emitter.resume_thread(thread)
        for step in services().runs.snapshots(session.thread_id):
            await context.emitter.stream_start(cast(StepDict, step))
        if services().runs.is_busy(session.thread_id):
            await context.emitter.task_start()

    return connected
