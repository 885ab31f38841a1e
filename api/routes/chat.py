"""Questions over HTTP: the whole answer at once, its events as they happen, or a job whose answer is fetched later.

The short addresses without ``/api`` are the same routes.
"""

import asyncio
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, model_validator

from answers.rendering import ChatAnswer, fold
from api.deps import AccountsDep, ConversationsDep, RunsDep, StreamPlace, session_check
from api.described import EVENTS
from api.events import open_stream
from api.idempotency import Once
from api.routes.answer_jobs import JobAccepted, addresses_of
from api.routes.answer_runs import encode
from conversations.runs.types import RunRequest
from conversations.service import Conversations
from core.access import Principal
from rag.events import AnswerEvent, Failed
from rag.questions.kind import Kind
from web.deps import CurrentPrincipal
from web.errors import error_response
from web.text import StorableText

router = APIRouter()

RESPOND_ASYNC = "respond-async"  # RFC 7240


class Question(BaseModel):
    """A question and how to answer it.

    Attributes:
        message: another name of ``question``.
        thread_id: the caller's conversation to continue; its earlier questions count.
        session_id: the caller's own name of a conversation, which begins with its first question; the id of one of their conversations too.
        document_ids: answer from these documents only; a few of them are taken as what the question is about.
        library_ids: answer from these libraries only.
        kind: of the question, when the caller knows better than its text tells; see ``rag.questions.kind``.
        store: store the exchange as a conversation (a new one without ``thread_id``) that the chat shows too.
        fresh: use no cached answer and no cached search.
        continues: the caller's answer run to go on with, whose ``finish`` was ``length``; everything else is left out then.
    """

    question: StorableText = ""
    message: StorableText | None = None
    thread_id: UUID | None = None
    session_id: Annotated[StorableText, Field(min_length=1, max_length=200)] | None = None
    document_ids: Annotated[list[UUID], Field(max_length=1000)] | None = None
    library_ids: Annotated[list[UUID], Field(max_length=1000)] | None = None
    kind: Kind | None = None
    store: bool = True
    fresh: bool = False
    continues: UUID | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.question and self.message and self.question != self.message:
            raise ValueError("“question” and “message” are two names of one field")
        if self.thread_id and self.session_id and str(self.thread_id) != self.session_id:
            raise ValueError("“thread_id” and “session_id” are two names of one conversation")
        return self


async def request_of(question: Question, principal: Principal, conversations: Conversations) -> RunRequest:
    """The question for the one who answers."""
    thread_id = question.thread_id
    is_named = thread_id is None and question.session_id is not None
    if question.session_id is not None and is_named:
        thread_id = await conversations.of_session(principal, question.session_id)
    return RunRequest(
        question=question.question or question.message or "",
        thread_id=thread_id,
        begins_thread=is_named,
        document_ids=None if question.document_ids is None else frozenset(question.document_ids),
        library_ids=None if question.library_ids is None else frozenset(question.library_ids),
        kind=question.kind,
        store=question.store,
        fresh=question.fresh,
        continues=question.continues,
    )


@router.post("/api/chat", response_model=ChatAnswer, responses={202: {"model": JobAccepted}})
@router.post("/chat", response_model=ChatAnswer, responses={202: {"model": JobAccepted}})
async def ask(
    question: Question,
    request: Request,
    principal: CurrentPrincipal,
    runs: RunsDep,
    conversations: ConversationsDep,
    once: Once,
    prefer: Annotated[str, Header(max_length=1000)] = "",
) -> ChatAnswer | Response:
    """The whole answer; with ``Prefer: respond-async``, 202 and the job that answers. Takes ``Idempotency-Key``."""
    wants_job = RESPOND_ASYNC in {preference.strip().lower() for preference in prefer.split(",")}

    async def work() -> ChatAnswer | Response:
        wanted = await request_of(question, principal, conversations)
        if wants_job:
            return accepted(request, await runs.enqueue(principal, wanted))
        return await whole(await runs.events(principal, runs.start(principal, wanted)))

    return await once.of_json(question, work)


async def whole(events: list[AnswerEvent]) -> ChatAnswer | Response:
    """The answer after all its events; an error for one that failed."""
    last = events[-1]
    if isinstance(last, Failed):
        return error_response(
            503,
            last.message,
            reference=last.reference,
            retry_after_s=last.retry_after_s,
            fallback_used=last.fallback_used,
        )
    return await asyncio.to_thread(fold, events)  # reads the whole answer


def accepted(request: Request, job_id: UUID) -> Response:
    """202: where the job says how far it is."""
    addresses = addresses_of(request, job_id)
    job = JobAccepted(
        job_id=job_id, status_url=addresses.status, result_url=addresses.result, events_url=addresses.events
    )
    headers = {"Location": addresses.status, "Preference-Applied": RESPOND_ASYNC}
    return JSONResponse(job.model_dump(mode="json"), 202, headers)


@router.post("/api/chat/stream", dependencies=[StreamPlace], response_class=Response, responses=EVENTS)
@router.post("/chat/stream", dependencies=[StreamPlace], response_class=Response, responses=EVENTS)
async def stream(
    question: Question,
    principal: CurrentPrincipal,
    runs: RunsDep,
    conversations: ConversationsDep,
    accounts: AccountsDep,
) -> Response:
    """The events of the answer (``rag.events``) as they happen, named by their kinds and numbered from 1.

    The answer goes on when the connection is cut: ``GET /api/answer-runs/{id}/events`` gives the rest, and ``…/cancel`` ends it.
    """
    run_id = runs.start(principal, await request_of(question, principal, conversations))
    entries = await runs.follow(principal, run_id)
    response = await open_stream(entries, encode, recheck=session_check(accounts, principal))
    response.headers["Content-Location"] = f"/api/answer-runs/{run_id}/events"
    return response
