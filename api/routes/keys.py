"""The caller's own API keys."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from accounts.keys import MOST_QUESTIONS, KeyRequest, KeyView, NewKey
from api.deps import AccountsDep
from core.access import Scope
from web.deps import CurrentPrincipal
from web.text import StorableText

router = APIRouter(prefix="/api/keys")


class KeyBody(BaseModel):
    """The key to make.

    Attributes:
        expires_at: with a time zone; without it, the key lasts as long as the settings say.
        questions_per_minute: limit of this key; the limit of its person holds as well.
    """

    model_config = ConfigDict(extra="forbid")

    name: StorableText
    scopes: Annotated[list[Scope], Field(max_length=len(Scope))]
    expires_at: datetime | None = None
    questions_per_minute: Annotated[int, Field(ge=1, le=MOST_QUESTIONS)] | None = None


@router.get("")
async def mine(principal: CurrentPrincipal, accounts: AccountsDep) -> tuple[KeyView, ...]:
    """The caller's API keys, newest first; those that have ended for a month."""
    return await accounts.keys.of_person(principal)


@router.post("", status_code=201)
async def create(body: KeyBody, principal: CurrentPrincipal, accounts: AccountsDep) -> NewKey:
    """A new API key. ``key`` is shown this once: only its hash is stored."""
    wanted = KeyRequest(body.name, body.scopes, body.expires_at, body.questions_per_minute)
    return await accounts.keys.create(principal, wanted)


@router.delete("/{key_id}", status_code=204)
async def revoke(key_id: UUID, principal: CurrentPrincipal, accounts: AccountsDep) -> None:
    """Revoke a key of the caller; it opens nothing from now on."""
    await accounts.keys.revoke(principal, key_id)
