"""One message answered: its files first, then its question."""

import asyncio
from contextvars import ContextVar
from uuid import UUID

import structlog
from chainlit.message import Message

from answers.transcript import Transcript, failure
from chat import uploads
from chat.services import services
from chat.stream import LiveMessage
from core.access import Principal
from core.context import require_principal
from core.errors import FootnoteError, new_reference
from rag.events import AnswerEvent, Searching, Sources, Started, Token

log = structlog.get_logger(__name__)

is_fresh: ContextVar[bool] = ContextVar("is_fresh", default=False)  # the reply of this task is to be made anew

_LOADING = "The models are still loading; the answer comes as soon as they are ready…"
_WAITING = "Your question is answered as soon as the files are read…"


async def reply(message: Message) -> None:
    """Answer a message of a person. Nothing that goes wrong leaves this function: it is said in the conversation."""
    live = LiveMessage()
    services().runs.show(message.thread_id, live.snapshot)
    try:
        await _answer(require_principal(), message, live)
    except asyncio.CancelledError:
        await live.finish(Transcript().stopped().markdown)
    except FootnoteError as error:
        await live.finish(failure(error.message, error.reference), is_error=True)
    except Exception:
        reference = new_reference()
        log.exception("reply.failed", reference=reference)
        await live.finish(failure("Something went wrong. Please try again.", reference), is_error=True)
    finally:
        services().runs.show(message.thread_id, None)


async def _answer(principal: Principal, message: Message, live: LiveMessage) -> None:
    added = await uploads.add(principal, message)
    question = message.content.strip()
    if not question:
        return
    if added:
        await live.status(_WAITING)
        await uploads.wait(principal, added)
    if services().readiness.is_loading:
        await live.status(_LOADING)
    await _stream(principal, message, question, live)


async def _stream(principal: Principal, message: Message, question: str, live: LiveMessage) -> None:
    transcript = Transcript()
    events = services().answers.ask(
        principal,
        question,
        thread_id=UUID(message.thread_id),
        question_step_id=UUID(message.id),
        fresh=is_fresh.get(),
    )
    try:
        async for event in events:
            transcript = transcript.apply(event)
            await _show(event, transcript, live)
    except asyncio.CancelledError:
        await events.aclose()  # checks and stores what was streamed, when it was not the generator itself that was cut
        transcript = await services().conversations.stopped(principal, transcript)
    await live.finish(transcript.markdown, is_error=transcript.is_error)


async def _show(event: AnswerEvent, transcript: Transcript, live: LiveMessage) -> None:
    match event:
        case Started():
            live.belongs_to(event.answer_run_id)
        case Searching():
            await live.status(transcript.status)
        case Sources():
            live.may_cite(source.number for source in event.sources)
            await live.status(transcript.status)
        case Token():
            await live.write(event.text)
        case _:
            pass  # the final text is shown by finish()
