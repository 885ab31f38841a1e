"""Questions over HTTP: the whole answer at once, or its events as they happen."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sse_starlette import ServerSentEvent

from answers.service import AnswerService
from api.deps import AccountsDep, AnswersDep, CurrentPrincipal, DatabaseDep, session_check
from api.events import open_stream
from api.render import ChatAnswer, fold
from conversations.exchange import Exchange, recorded
from core.access import Principal
from db.session import Database
from rag.events import AnswerEvent, Failed
from web.errors import error_response
from web.text import StorableText

router = APIRouter(prefix="/api/chat")


class Question(BaseModel):
    """What is asked.

    Attributes:
        thread_id: one's own conversation to go on with; its earlier questions are remembered.
        document_ids: ask only these documents.
        store: keep the exchange as a conversation (a new one without ``thread_id``) that the chat shows too.
        fresh: give no answer that was given before, and search anew.
    """

    question: StorableText
    thread_id: UUID | None = None
    document_ids: Annotated[list[UUID], Field(max_length=1000)] | None = None
    store: bool = True
    fresh: bool = False


def encode(event: AnswerEvent) -> ServerSentEvent:
    """An event named by its kind."""
    return ServerSentEvent(event.model_dump_json(), event=event.kind)


async def asked(
    question: Question, principal: Principal, answers: AnswerService, database: Database
) -> AsyncIterator[AnswerEvent]:
    """The events of the answer, recorded as a conversation where wanted.

    Raises:
        NotFound: the conversation is not theirs.
    """
    narrowed = None if question.document_ids is None else frozenset(question.document_ids)
    exchange = Exchange(database, principal, question.question, question.thread_id)
    await exchange.check()
    is_kept = question.store or question.thread_id is not None
    events = answers.ask(
        principal,
        question.question,
        thread_id=exchange.thread_id if is_kept else None,
        question_step_id=exchange.question_step_id if is_kept else None,
        document_ids=narrowed,
        fresh=question.fresh,
    )
    return recorded(events, exchange) if is_kept else events


@router.post("", response_model=ChatAnswer)
async def ask(
    question: Question, principal: CurrentPrincipal, answers: AnswersDep, database: DatabaseDep
) -> ChatAnswer | Response:
    """The whole answer."""
    events = [event async for event in await asked(question, principal, answers, database)]
    last = events[-1]
    if isinstance(last, Failed):
        return error_response(
            503,
            last.message,
            reference=last.reference,
            retry_after_s=last.retry_after_s,
            fallback_used=last.fallback_used,
        )
    return fold(events)


@router.post("/stream")
async def stream(
    question: Question, principal: CurrentPrincipal, answers: AnswersDep, database: DatabaseDep, accounts: AccountsDep
) -> Response:
    """The events of the answer (``rag.events``) as they happen, each named by its kind."""
    events = await asked(question, principal, answers, database)
    return await open_stream(events, encode, recheck=session_check(accounts, principal))
