"""Review items, for admins."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from answers.reviews import LONGEST_NOTE, ReviewDetail, ReviewPage, ReviewState
from api.deps import ReviewsDep
from db.review_items import Cause, Kind, State, Verdict
from db.review_page import ReviewFilter
from web.deps import CurrentPrincipal
from web.text import StorableText

router = APIRouter(prefix="/api/review-items")
Text = Annotated[StorableText, Field(max_length=LONGEST_NOTE)]
Name = Annotated[StorableText, Field(max_length=64)]


class ReviewChangeRequest(BaseModel):
    """A change of a review item; what is left out stays.

    Attributes:
        version: of the item that was read: 412 when somebody has changed it since; left out: whatever it is now.
        with_group: also change state, cause, assignee and reply of the open items alike.
        assignee: the name of an admin; null: nobody.
    """

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    with_group: bool = False
    status: State = "new"
    verdict: Verdict | None = None
    cause: Cause | None = None
    assignee: Name | None = None
    admin_note: Text = ""
    reply: Text = ""

    @property
    def wanted(self) -> dict[str, Any]:
        """What is to change."""
        given = self.model_dump(exclude={"version", "with_group"}, exclude_unset=True)
        return {"state" if name == "status" else name: value for name, value in given.items()}


@router.get("")
async def page(
    principal: CurrentPrincipal,
    reviews: ReviewsDep,
    state: ReviewState | None = None,
    status: State | None = None,
    kind: Kind | None = None,
    cause: Cause | None = None,
    assignee: Annotated[StorableText | None, Query(max_length=64)] = None,
    person: Annotated[StorableText | None, Query(max_length=64)] = None,
    group_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[StorableText | None, Query(max_length=4000)] = None,
) -> ReviewPage:
    """Review items, newest first; ``next_cursor`` leads to the next page."""
    wanted = ReviewFilter(
        states=(status,) if status else (),
        kind=kind,
        cause=cause,
        assignee=assignee,
        person=person,
        group_id=group_id,
    )
    return await reviews.page(principal, None if status else state, wanted, limit=limit, cursor=cursor)


@router.get("/{item_id}")
async def one(item_id: UUID, principal: CurrentPrincipal, reviews: ReviewsDep) -> ReviewDetail:
    """One review item with the history of its changes, newest first."""
    return await reviews.item(principal, item_id)


@router.patch("/{item_id}")
async def change(
    item_id: UUID, wanted: ReviewChangeRequest, principal: CurrentPrincipal, reviews: ReviewsDep
) -> ReviewDetail:
    """Change a review item: its state, verdict, cause, assignee, note and the reply for its sender."""
    await reviews.change(principal, item_id, wanted.wanted, version=wanted.version, with_group=wanted.with_group)
    return await reviews.item(principal, item_id)


@router.post("/{item_id}/done", status_code=204)
async def done(item_id: UUID, principal: CurrentPrincipal, reviews: ReviewsDep) -> None:
    """Mark a review item as fixed."""
    await reviews.settle(principal, item_id, "done")


@router.post("/{item_id}/reopen", status_code=204)
async def reopen(item_id: UUID, principal: CurrentPrincipal, reviews: ReviewsDep) -> None:
    """Open a review item again."""
    await reviews.settle(principal, item_id, "open")
