"""What people told the admins, for the admins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from answers.reviews import ReviewPage
from api.deps import CurrentPrincipal, ReviewsDep
from db.review_items import ReviewState
from web.text import StorableText

router = APIRouter(prefix="/api/review-items")


@router.get("")
async def page(
    principal: CurrentPrincipal,
    reviews: ReviewsDep,
    state: ReviewState | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[StorableText | None, Query(max_length=4000)] = None,
) -> ReviewPage:
    """What people sent, newest first; ``next_cursor`` leads to the next page."""
    return await reviews.page(principal, state, limit=limit, cursor=cursor)


@router.post("/{item_id}/done", status_code=204)
async def done(item_id: UUID, principal: CurrentPrincipal, reviews: ReviewsDep) -> None:
    """It was seen to."""
    await reviews.settle(principal, item_id, "done")


@router.post("/{item_id}/reopen", status_code=204)
async def reopen(item_id: UUID, principal: CurrentPrincipal, reviews: ReviewsDep) -> None:
    """It was not, after all."""
    await reviews.settle(principal, item_id, "open")
