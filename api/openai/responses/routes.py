"""``/v1/responses``: a response is an answer run. It is read again, followed, continued, stopped and deleted by its id."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from answers.ledger import Ledger
from answers.stored import StoredAnswer
from api.deps import AccountsDep, ConversationsDep, IngestionDep, LedgerDep, RunsDep, StreamPlace, session_check
from api.events import open_stream
from api.openai.asking import Asking, asking, run_request, within_stores
from api.openai.base import base_of
from api.openai.ids import Deleted, Prefix, not_found, read, shown
from api.openai.refusals import REFUSALS, invalid
from api.openai.responses import note as notes
from api.openai.responses.events import head, tail
from api.openai.responses.note import Note
from api.openai.responses.request import ResponseRequest
from api.openai.responses.view import ResponseView, view_of
from api.openai.runs import Run, ended, running
from api.openai.stream import failure_of, named
from api.openai.talk import talk_of
from conversations.runs.service import Runs
from conversations.runs.types import RunRequest
from conversations.service import Conversations
from core.access import Principal
from core.errors import NotFound
from web.deps import CurrentPrincipal, SettingsDep
from web.text import StorableText

router = APIRouter(prefix="/v1/responses", responses=REFUSALS, tags=["OpenAI"])
STREAM_OR_OBJECT: dict[str, Any] = {"response_model": None, "dependencies": [StreamPlace]}


class Desk:
    """What answers and reads responses for one caller.

    Args:
        base: address of this server.
    """

    def __init__(
        self, principal: Principal, ledger: Ledger, runs: Runs, conversations: Conversations, base: str
    ) -> None:
        self.principal = principal
        self.ledger = ledger
        self.runs = runs
        self.conversations = conversations
        self._base = base

    async def view(self, answer: StoredAnswer, note: Note | None = None) -> ResponseView:
        """The view of an answer."""
        return await asyncio.to_thread(view_of, answer, note or Note.of(answer), self._base)

    async def stored(self, response_id: str) -> StoredAnswer:
        """The answer of a response that was stored. Raises NotFound."""
        run_id = read(Prefix.RESPONSE, response_id, "response", "response_id")
        try:
            answer = await self.ledger.answer(self.principal, run_id)
        except NotFound:
            raise not_found("response", "response_id") from None
        if not answer.is_in_conversation:
            raise not_found("response", "response_id")
        return answer

    async def begun(self, run_id: UUID, note: Note) -> ResponseView:
        """A response that has just begun; its note is stored."""
        answer = await self.ledger.answer(self.principal, run_id)
        await notes.store(note, answer, self.principal, self.conversations)
        return await self.view(answer, note)

    def running(self, request: RunRequest) -> AbstractAsyncContextManager[Run]:
        """An answer that begins now; see :func:`api.openai.runs.running`."""
        return running(request, self.runs, self.principal, self.ledger)

    async def finished(self, run: Run, note: Note) -> ResponseView:
        """A response that is answered now. Raises UpstreamUnavailable when it fails."""
        await self.begun(run.run_id, note)
        return await self.view(await run.end(), note)

    async def events(self, request: RunRequest, note: Note) -> AsyncIterator[dict[str, Any]]:
        """The events of a response that is answered now; a failure is an event too."""
        async with self.running(request) as run:
            for event in head(await self.begun(run.run_id, note)):
                yield event
            await run.over()
            for event in tail(await self.view(await self.ledger.answer(self.principal, run.run_id), note)):
                yield event

    async def followed(self, run_id: UUID, after: int) -> AsyncIterator[dict[str, Any]]:
        """The events of a stored response with numbers above ``after``, whoever answers it."""
        answer = await self.ledger.answer(self.principal, run_id)
        for event in head(await self.view(answer)):
            if event["sequence_number"] > after:
                yield event
        for event in tail(await self.view(await ended(answer, self.runs, self.principal, self.ledger))):
            if event["sequence_number"] > after:
                yield event


def desk(
    request: Request,
    principal: CurrentPrincipal,
    ledger: LedgerDep,
    runs: RunsDep,
    conversations: ConversationsDep,
    settings: SettingsDep,
) -> Desk:
    """The desk of the caller."""
    return Desk(principal, ledger, runs, conversations, base_of(request, settings))


DeskDep = Annotated[Desk, Depends(desk)]


@router.post("", **STREAM_OR_OBJECT)
async def create(
    body: ResponseRequest,
    at: DeskDep,
    ingestion: IngestionDep,
    accounts: AccountsDep,
) -> dict[str, Any] | Response:
    """Answer from the documents: at once, as events, or in the background."""
    body.require_supported()
    talk = await asyncio.to_thread(talk_of, body.messages, "input")
    question = await continued(body, await asking(body, talk, at.principal, ingestion), at)
    if (stores := body.vector_store_ids) is not None:
        question = within_stores(question, stores, at.principal)
    note = Note(
        model=body.model,
        metadata=body.metadata,
        previous_response_id=body.previous_response_id,
        background=bool(body.background),
        vector_store_ids=None if stores is None else tuple(stores),
        ignored=(*body.ignored_here(), *(["system messages"] if talk.has_system else [])),
    )
    wanted = run_request(question)
    if body.background:
        run_id = await at.runs.enqueue(at.principal, wanted)
        begun = await at.begun(run_id, note)
        stream = at.followed(run_id, -1) if body.stream else None
    elif body.stream:
        stream = at.events(wanted, note)
    else:
        async with at.running(wanted) as run:
            return (await at.finished(run, note)).as_json()
    if stream is None:
        return begun.as_json()
    recheck = session_check(accounts, at.principal)
    return await open_stream(stream, named, recheck=recheck, failed=failure_of)


async def continued(body: ResponseRequest, question: Asking, at: Desk) -> Asking:
    """The question in the conversation of ``previous_response_id``, which also stores it; else in a new one, unless ``store`` is false."""
    if body.previous_response_id is None:
        return replace(question, is_stored=body.store is not False)
    try:
        before = await at.stored(body.previous_response_id)
    except NotFound as error:
        error.param, error.code = "previous_response_id", "previous_response_not_found"
        raise
    return replace(question, is_stored=True, thread_id=before.thread_id)


@router.get("/{response_id}", **STREAM_OR_OBJECT)
async def one(
    response_id: str,
    at: DeskDep,
    accounts: AccountsDep,
    stream: bool = False,
    starting_after: Annotated[int, Query(ge=-1, lt=2**31)] = -1,
    include: Annotated[list[StorableText] | None, Query(max_length=20)] = None,  # noqa: ARG001  everything is included
    include_obfuscation: bool | None = None,  # noqa: ARG001  there is none
) -> dict[str, Any] | Response:
    """A stored response; with ``stream``, its events with a ``sequence_number`` above ``starting_after``, also while it is written."""
    answer = await at.stored(response_id)
    if not stream:
        return (await at.view(answer)).as_json()
    events = at.followed(answer.run_id, starting_after)
    return await open_stream(events, named, recheck=session_check(accounts, at.principal), failed=failure_of)


@router.delete("/{response_id}")
async def delete(response_id: str, at: DeskDep) -> Deleted:
    """Delete a response: its question and answer go from their conversation; what it cost stays counted."""
    answer = await at.stored(response_id)
    await at.runs.stop(at.principal, answer.run_id)
    await notes.forget(answer, at.principal, at.conversations)
    return Deleted(id=shown(Prefix.RESPONSE, answer.run_id), object="response")


@router.post("/{response_id}/cancel")
async def cancel(response_id: str, at: DeskDep) -> dict[str, Any]:
    """Stop a response in the background; what is written so far is checked and stays. One that has ended stays as it is."""
    answer = await at.stored(response_id)
    if not Note.of(answer).background:
        raise invalid(
            "Only a response in the background can be cancelled; close the connection of others.", "response_id"
        )
    await at.runs.stop(at.principal, answer.run_id)
    return (await at.view(await at.stored(response_id))).as_json()
