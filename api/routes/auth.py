"""Signing in over HTTP, and out."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, ValidationError

from api.deps import AccountsDep, CurrentPrincipal, IngestionDep
from core.access import LibraryRole, Role
from core.errors import Invalid
from ingestion.types import Allowance
from web.credentials import cookie_names
from web.json_body import json_object

router = APIRouter(prefix="/api/auth")


class Credentials(BaseModel):
    """A name and a password."""

    username: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)


class Token(BaseModel):
    """A bearer token; ``expires_in`` in seconds."""

    access_token: str
    token_type: str = "bearer"
    expires_in: int


class PasswordChange(BaseModel):
    """One's own new password."""

    old_password: str = Field(max_length=1000)
    new_password: str = Field(max_length=1000)


class LibraryGrant(BaseModel):
    """A library and what the person is to it."""

    library_id: UUID
    role: LibraryRole
    is_personal: bool


class Me(BaseModel):
    """Who is signed in."""

    user_id: UUID
    username: str
    role: Role
    libraries: list[LibraryGrant]
    uploads: Allowance


async def read_credentials(request: Request) -> Credentials:
    """From a form (as OAuth 2 clients send it) or from JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        values = await json_object(request) if kind == "application/json" else dict(await request.form())
        return Credentials.model_validate(values)
    except ValidationError as error:
        raise Invalid("Send “username” and “password”, as a form or as JSON.") from error


@router.post("/token")
async def sign_in(
    request: Request, accounts: AccountsDep, credentials: Annotated[Credentials, Depends(read_credentials)]
) -> Token:
    """A bearer token for a name and a password."""
    address = request.client.host if request.client else "unknown"
    signed_in = await accounts.sign_in(credentials.username, credentials.password, kind="api", address=address)
    lasts = signed_in.expires_at - datetime.now(UTC)
    return Token(access_token=signed_in.token, expires_in=int(lasts.total_seconds()))


@router.post("/logout", status_code=204)
async def sign_out(request: Request, accounts: AccountsDep, principal: CurrentPrincipal) -> Response:
    """End the sign-in that this request came with."""
    if principal.session_id is not None:
        await accounts.sign_out(principal.session_id)
    response = Response(status_code=204)
    for name in cookie_names(request):
        response.delete_cookie(name, httponly=True, samesite="lax")
    return response


@router.post("/password", status_code=204)
async def change_password(change: PasswordChange, accounts: AccountsDep, principal: CurrentPrincipal) -> None:
    """Change one's own password; every sign-in of the person ends."""
    await accounts.change_password(principal, change.old_password, change.new_password)


@router.get("/me")
async def me(principal: CurrentPrincipal, ingestion: IngestionDep) -> Me:
    """Who is signed in, which libraries they may use, and how much they have brought and may."""
    libraries = [
        LibraryGrant(library_id=library_id, role=role, is_personal=library_id == principal.personal_library_id)
        for library_id, role in principal.grants.items()
    ]
    return Me(
        user_id=principal.user_id,
        username=principal.username,
        role=principal.role,
        libraries=libraries,
        uploads=await ingestion.allowance(principal),
    )
