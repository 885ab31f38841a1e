"""Answers one message: its files first, then its question."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar
from uuid import UUID

from chainlit.context import context
from chainlit.message import Message

from answers.transcript import Transcript, failure
from chat import naming, offers, uploads
from chat.errors import told
from chat.language import words
from chat.scope import PICKER, chosen, offer
from chat.services import services
from chat.stream import LiveMessage
from chat.uploads import Attachment
from conversations.runs.types import RunRequest
from core.access import Principal
from core.context import require_principal
from rag.events import AnswerEvent, Reasoning, Searching, Sources, Started, Token, Waiting

is_fresh: ContextVar[bool] = ContextVar("is_fresh", default=False)  # this task's reply uses no cached answer
is_alone: ContextVar[bool] = ContextVar("is_alone", default=False)  # … and takes the question as it was written

_LOADING = "The models are still loading; the answer comes as soon as they are ready…"
_WAITING = "Your question is answered as soon as the files are read…"


async def reply(message: Message) -> None:
    """Answer a message of a person. It raises nothing: errors are shown in the conversation."""
    live = LiveMessage()
    services().reply_tasks.set_snapshot(message.thread_id, live.snapshot)
    try:
        await _answer(require_principal(), message, live)
    except asyncio.CancelledError:
        await live.finish(Transcript(words=words()).stopped().markdown)
    except Exception as error:
        fact = told(error, "reply.failed")
        await live.finish(failure(fact.message, fact.reference, words()), is_error=True)
    finally:
        services().reply_tasks.set_snapshot(message.thread_id, None)


async def _answer(principal: Principal, message: Message, live: LiveMessage) -> None:
    attachments = await uploads.add(principal, message)
    question = message.content.strip()
    if not question:
        return
    if not attachments and (offered := await offers.offer_for(principal, question)) is not None:
        await live.finish(offered)
        return
    if attachments:
        await live.status(words().text(_WAITING))
        await uploads.wait(principal, attachments)
        await offer()
    if services().shared.readiness.is_loading:
        await live.status(words().text(_LOADING))
    await _ask(message, question, attachments, live)


async def go_on(message: Message) -> None:
    """Continue an answer that was cut off, in its own message. It raises nothing: after an error the message is what it was."""
    live = LiveMessage(message)
    services().reply_tasks.set_snapshot(message.thread_id, live.snapshot)
    metadata, before, failure_said = dict(message.metadata or {}), message.content, ""
    try:
        run = UUID(metadata["answer_run_id"])
        transcript = await _followed(RunRequest(continues=run, question_step_id=UUID(message.id)), live)
        if transcript.is_error:
            failure_said = transcript.note
        else:
            await _finish(transcript, live)
    except Exception as error:
        failure_said = words().told(told(error, "reply.failed").message)
    finally:
        services().reply_tasks.set_snapshot(message.thread_id, None)
    if failure_said:
        message.metadata = metadata
        await live.finish(before)
        await context.emitter.send_toast(failure_said.replace("*", ""), "error")


async def stop(thread_id: str) -> None:
    """End whatever is answered in a conversation, in any process; what was written stays."""
    services().reply_tasks.stop(thread_id)
    principal, runs = require_principal(), services().shared.runs
    await asyncio.gather(*(runs.stop(principal, run_id) for run_id in await runs.of_thread(principal, UUID(thread_id))))


async def _ask(message: Message, question: str, attachments: Sequence[Attachment], live: LiveMessage) -> None:
    scope = chosen((message.modes or {}).get(PICKER))
    request = RunRequest(
        question=question,
        thread_id=UUID(message.thread_id),
        question_step_id=UUID(message.id),
        library_ids=scope.library_ids,
        document_ids=scope.document_ids,
        attached=tuple(attachment.submission.document.id for attachment in attachments if attachment.submission),
        fresh=is_fresh.get(),
        alone=is_alone.get(),
    )
    transcript = await _followed(request, live)
    await _finish(transcript, live)
    naming.begin(transcript.answer_run_id)


async def _followed(request: RunRequest, live: LiveMessage) -> Transcript:
    """Shows the events of an answer; what it came to, complete or stopped. Cancelling stops the answer."""
    principal, runs = require_principal(), services().shared.runs
    run_id = runs.start(principal, request)
    transcript, last = Transcript(words=words()), 0
    try:
        async for entry in await runs.follow(principal, run_id):
            transcript, last = transcript.apply(entry.event), entry.number
            await show(entry.event, transcript, live)
    except asyncio.CancelledError:
        await runs.stop(principal, run_id)
        async for entry in await runs.follow(principal, run_id, last):
            transcript = transcript.apply(entry.event)
    return transcript


async def _finish(transcript: Transcript, live: LiveMessage) -> None:
    # A long answer takes a while.
    markdown, thoughts = await asyncio.to_thread(lambda: (transcript.markdown, transcript.thoughts))
    await live.finish(markdown, thoughts=thoughts, is_error=transcript.is_error)


async def show(event: AnswerEvent, transcript: Transcript, live: LiveMessage) -> None:
    """Show one event; :meth:`LiveMessage.finish` shows the final text."""
    match event:
        case Started():
            live.set_answer_run(event.answer_run_id)
        case Waiting() | Searching():
            await live.status(transcript.status)
        case Sources():
            live.set_citable(source.number for source in event.sources)
            await live.status(transcript.status)
        case Token():
            await live.write(event.text)
        case Reasoning():
            await live.think(event)
        case _:
            pass
