"""The caller's conversations, and the ratings of their answers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.conditions import IfMatch, tagged
from api.deps import OversightDep, ThreadsDep
from conversations.oversight.views import OpeningList
from conversations.threads import FeedbackView, Rating, ThreadList, ThreadView
from core.storable import LONGEST_NAME
from db.feedback import LONGEST_COMMENT
from web.deps import CurrentPrincipal
from web.text import StorableText

router = APIRouter()


class ThreadChange(BaseModel):
    """What a conversation is called, whether its owner wants it at hand, and its folder ("": none). What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[StorableText, Field(min_length=1, max_length=LONGEST_NAME)] | None = None
    pinned: bool | None = None
    folder: Annotated[StorableText, Field(max_length=LONGEST_NAME)] | None = None


class NewFeedback(BaseModel):
    """A rating of one of the caller's answers."""

    model_config = ConfigDict(extra="forbid")

    answer_run_id: UUID
    rating: Rating
    comment: Annotated[StorableText, Field(max_length=LONGEST_COMMENT)] | None = None


@router.get("/api/threads")
async def page(
    principal: CurrentPrincipal,
    threads: ThreadsDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[StorableText | None, Query(max_length=4000)] = None,
    search: Annotated[StorableText | None, Query(max_length=200)] = None,
    rating: Rating | None = None,
    pinned: bool = False,
    filed: bool = False,
) -> ThreadList:
    """The caller's conversations, the one used last first; ``search`` looks for words in names and messages."""
    return await threads.page(
        principal, limit=limit, cursor=cursor, search=search, rating=rating, pinned=pinned, filed=filed
    )


@router.get("/api/threads/{thread_id}")
async def one(thread_id: UUID, response: Response, principal: CurrentPrincipal, threads: ThreadsDep) -> ThreadView:
    """A conversation with its messages; answers with their citations and ratings."""
    return tagged(response, await threads.get(principal, thread_id))


@router.get("/api/threads/{thread_id}/openings")
async def openings(thread_id: UUID, principal: CurrentPrincipal, oversight: OversightDep) -> OpeningList:
    """The admins who opened one of the caller's conversations, with the time and the reason of each, newest first."""
    return await oversight.openings_of(principal, thread_id)


@router.patch("/api/threads/{thread_id}")
async def change(
    thread_id: UUID,
    body: ThreadChange,
    response: Response,
    principal: CurrentPrincipal,
    threads: ThreadsDep,
    seen: IfMatch,
) -> ThreadView:
    """Rename a conversation, pin it or unpin it, put it into a folder or take it out."""
    changed = await threads.change(principal, thread_id, **body.model_dump(), seen=seen)
    return tagged(response, changed)


@router.delete("/api/threads/{thread_id}", status_code=204)
async def delete(thread_id: UUID, principal: CurrentPrincipal, threads: ThreadsDep, seen: IfMatch) -> None:
    """Delete a conversation with its messages, answers and ratings."""
    await threads.delete(principal, thread_id, seen)


@router.post("/api/feedback", status_code=201)
async def rate(body: NewFeedback, principal: CurrentPrincipal, threads: ThreadsDep) -> FeedbackView:
    """Rate an answer in a conversation; a second rating replaces the first."""
    return await threads.rate(principal, body.answer_run_id, body.rating, body.comment)


@router.delete("/api/feedback/{feedback_id}", status_code=204)
async def take_back(feedback_id: UUID, principal: CurrentPrincipal, threads: ThreadsDep) -> None:
    """Take a rating back."""
    await threads.take_back(principal, feedback_id)
