"""Links by which the caller shows conversations to others."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.deps import SharesDep
from conversations.sharing.shares import ShareView, ThreadShares
from web.deps import CurrentPrincipal

router = APIRouter(prefix="/api/threads/{thread_id}/shares")
MOST_DAYS = 3650


class NewShare(BaseModel):
    """A link to make. Without ``expires_in_days``, it works until it is revoked."""

    model_config = ConfigDict(extra="forbid")

    expires_in_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None


@router.get("")
async def of_thread(thread_id: UUID, principal: CurrentPrincipal, shares: SharesDep) -> ThreadShares:
    """The links to one of the caller's conversations that work, the newest first."""
    return await shares.of_thread(principal, thread_id)


@router.post("", status_code=201)
async def create(
    thread_id: UUID, principal: CurrentPrincipal, shares: SharesDep, wanted: NewShare | None = None
) -> ShareView:
    """Share a conversation as it is now, by a read-only link, with everybody who can sign in here."""
    return await shares.create(principal, thread_id, wanted.expires_in_days if wanted else None)


@router.delete("/{share_id}", status_code=204)
async def revoke(thread_id: UUID, share_id: UUID, principal: CurrentPrincipal, shares: SharesDep) -> None:
    """Revoke a link; what it showed is deleted."""
    await shares.revoke(principal, share_id, thread_id)
