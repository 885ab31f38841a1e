"""Questions over HTTP: the whole answer at once, or its events as they happen."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sse_starlette import ServerSentEvent

from answers.service import AnswerService
from api.deps import AccountsDep, AnswersDep, ConversationsDep, CurrentPrincipal, session_check
from api.events import open_stream
from api.render import ChatAnswer, fold
from conversations.service import Conversations
from core.access import Principal
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
    question: Question, principal: Principal, answers: AnswerService, conversations: Conversations
) -> AsyncIterator[AnswerEvent]:
    """The events of the answer, recorded as a conversation where wanted.

    Raises:
        NotFound: the conversation is not theirs.
    """

    def ask(thread_id: UUID | None = None, question_step_id: UUID | None = None) -> AsyncGenerator[AnswerEvent]:
        return answers.ask(
            principal,
            question.question,
            thread_id=thread_id,
            question_step_id=question_step_id,
            document_ids=None if question.document_ids is None else frozenset(question.document_ids),
            fresh=question.fresh,
        )

    if question.store or question.thread_id is not None:
        return await conversations.record(principal, question.question, question.thread_id, ask)
    return ask()


@router.post("", response_model=ChatAnswer)
async def ask(
    question: Question, principal: CurrentPrincipal, answers: AnswersDep, conversations: ConversationsDep
) -> ChatAnswer | Response:
    """The whole answer."""
    events = [event async for event in await asked(question, principal, answers, conversations)]
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
    question: Question,
    principal: CurrentPrincipal,
    answers: AnswersDep,
    conversations: ConversationsDep,
    accounts: AccountsDep,
) -> Response:
    """The events of the answer (``rag.events``) as they happen, each named by its kind."""
    events = await asked(question, principal, answers, conversations)
    return await open_stream(events, encode, recheck=session_check(accounts, principal))
