"""Shows a page the answers in its conversation that are written elsewhere, as they are written."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import cast
from uuid import UUID

import structlog
from chainlit.context import ChainlitContext
from chainlit.step import StepDict

from answers.transcript import Transcript
from chat.conversation import show
from chat.data_layer.cleaning import uuid_or_none
from chat.language import words
from chat.services import services
from chat.stream import LiveMessage
from core.context import require_principal
from rag.events import Reasoning

log = structlog.get_logger(__name__)

LOOKS, LOOK_EVERY_S = 25, 0.2  # until whoever wrote the answer has stored it


async def view(context: ChainlitContext) -> None:
    """Show the page of this context, which has just connected, what is being answered in its conversation."""
    page, thread_id, replies = context.session, uuid_or_none(context.session.thread_id), services().reply_tasks
    if thread_id is None:
        return
    steps = [cast(StepDict, step) for step in replies.snapshots(page.thread_id)]
    if replies.is_writing(page.thread_id, page.id):  # it goes on here by itself
        await _show(context, steps)
        return
    run_ids = await services().shared.runs.of_thread(require_principal(), thread_id)
    if not run_ids and not replies.is_busy(page.thread_id):
        return
    await context.emitter.task_start()
    waiting = [] if run_ids else steps  # files are read first, say
    await _show(context, waiting)
    services().viewers.start(page.id, lambda: _view(context, thread_id, waiting))


async def _show(context: ChainlitContext, steps: Sequence[StepDict]) -> None:
    for step in steps:
        await context.emitter.stream_start(step)


async def _view(context: ChainlitContext, thread_id: UUID, waiting: Sequence[StepDict]) -> None:
    try:
        async for run_id in _runs(thread_id):
            for step in waiting:
                await context.emitter.delete_step(step)
            waiting = ()
            await _show_run(run_id)
            await _stored(thread_id, run_id)
    except Exception:  # the page has the answer when it is opened again
        log.exception("viewer.failed", thread_id=str(thread_id))
    thread = await services().data_layer.get_thread(str(thread_id))
    if thread:
        await context.emitter.resume_thread(thread)
    await context.emitter.task_end()


async def _runs(thread_id: UUID) -> AsyncIterator[UUID]:
    """The runs of a conversation, until none is left and this process works on none."""
    seen: set[UUID] = set()
    while True:
        run_ids = await services().shared.runs.of_thread(require_principal(), thread_id)
        for run_id in run_ids:
            if run_id not in seen:
                seen.add(run_id)
                yield run_id
        if seen.issuperset(run_ids) and not services().reply_tasks.is_busy(str(thread_id)):
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def _show_run(run_id: UUID) -> None:
    principal, live, transcript = require_principal(), LiveMessage(), Transcript(words=words())
    async for entry in await services().shared.runs.follow(principal, run_id):
        transcript = transcript.apply(entry.event)
        if not isinstance(entry.event, Reasoning):  # thoughts are shown with the stored answer
            await show(entry.event, transcript, live)
    await live.show(await asyncio.to_thread(lambda: transcript.markdown))


async def _stored(thread_id: UUID, run_id: UUID) -> None:
    """Wait a little until the answer stands in the conversation."""
    for _ in range(LOOKS):
        opened = await services().shared.conversations.open(require_principal(), thread_id)
        if opened is None or any(step.answer_run_id == run_id for step in opened.steps):
            return
        await asyncio.sleep(LOOK_EVERY_S)
