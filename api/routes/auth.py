"""Sign-in and sign-out over HTTP, passwords, and the caller's account."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, ValidationError

from api.deps import AccountsDep, IngestionDep
from core.access import LibraryRole, Role, Scope
from core.errors import Invalid
from ingestion.types import Allowance
from web.body_limit import ENVELOPE_BYTES
from web.credentials import cookie_names
from web.deps import CurrentPrincipal
from web.json_body import json_object

router = APIRouter(prefix="/api/auth")

LONGEST_TOKEN = 4000  # characters
ASK_WITH = "Send “username” and “password”, as a form or as JSON."


class Grant(BaseModel):
    """What a token is given for: a name and a password, or a refresh token."""

    grant_type: Literal["password", "refresh_token"] = "password"
    username: str = Field("", max_length=200)
    password: str = Field("", max_length=1000)
    refresh_token: str = Field("", max_length=LONGEST_TOKEN)


class Token(BaseModel):
    """Tokens of a sign-in; ``expires_in`` and ``refresh_expires_in`` in seconds.

    Attributes:
        refresh_token: for the next tokens; it works once.
    """

    access_token: str
    token_type: str = "bearer"
    expires_in: int
    refresh_token: str
    refresh_expires_in: int


class Revocation(BaseModel):
    """A token to end, as RFC 7009 has it. ``token_type_hint`` is not needed."""

    token: str = Field(min_length=1, max_length=LONGEST_TOKEN)


class PasswordChange(BaseModel):
    """The caller's new password.

    Attributes:
        revoke_keys: revoke the caller's API keys too.
    """

    old_password: str = Field(max_length=1000)
    new_password: str = Field(max_length=1000)
    revoke_keys: bool = False


class LibraryGrant(BaseModel):
    """A library and the person's role in it."""

    library_id: UUID
    role: LibraryRole
    is_personal: bool


class Me(BaseModel):
    """The signed-in person.

    Attributes:
        scopes: what the API key of the request may do; null: signed in without a key.
    """

    user_id: UUID
    username: str
    role: Role
    scopes: list[Scope] | None
    libraries: list[LibraryGrant]
    uploads: Allowance


async def fields_of(request: Request) -> dict[str, object]:
    """The fields of a small form (as OAuth 2 clients send them), or of JSON; files are refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return await json_object(request)
    async with request.form(max_files=0, max_fields=20, max_part_size=ENVELOPE_BYTES) as form:
        return dict(form)


Fields = Annotated[dict[str, object], Depends(fields_of)]


def read_grant(fields: Fields) -> Grant:
    """What a token is asked for with."""
    if fields.get("grant_type", "password") not in ("password", "refresh_token"):
        raise Invalid("“grant_type” is “password” or “refresh_token”.")
    try:
        grant = Grant.model_validate(fields)
    except ValidationError as error:
        raise Invalid(ASK_WITH) from error
    is_whole = grant.username and grant.password if grant.grant_type == "password" else grant.refresh_token
    if not is_whole:
        raise Invalid(ASK_WITH if grant.grant_type == "password" else "Send “refresh_token”, as a form or as JSON.")
    return grant


def read_revocation(fields: Fields) -> Revocation:
    """The token to end."""
    try:
        return Revocation.model_validate(fields)
    except ValidationError as error:
        raise Invalid("Send “token”, as a form or as JSON.") from error


@router.post("/token")
async def sign_in(request: Request, accounts: AccountsDep, grant: Annotated[Grant, Depends(read_grant)]) -> Token:
    """A bearer token for a name and a password, or for a refresh token, which is used up."""
    if grant.grant_type == "refresh_token":
        signed_in = await accounts.refresh(grant.refresh_token)
    else:
        address = request.client.host if request.client else "unknown"
        signed_in = await accounts.sign_in(grant.username, grant.password, kind="api", address=address)
    present = datetime.now(UTC)
    return Token(
        access_token=signed_in.token,
        expires_in=int((signed_in.expires_at - present).total_seconds()),
        refresh_token=signed_in.refresh_token or "",
        refresh_expires_in=int(((signed_in.refreshable_until or present) - present).total_seconds()),
    )


@router.post("/revoke")
async def revoke(accounts: AccountsDep, revocation: Annotated[Revocation, Depends(read_revocation)]) -> Response:
    """End the sign-in of an access or refresh token, or an API key (RFC 7009). 200 also for what is no token (any more)."""
    await accounts.revoke(revocation.token)
    return Response(status_code=200)


@router.post("/logout", status_code=204)
async def sign_out(request: Request, accounts: AccountsDep, principal: CurrentPrincipal) -> Response:
    """End the sign-in of this request."""
    if principal.session_id is not None:
        await accounts.sign_out(principal.session_id)
    response = Response(status_code=204)
    for name in cookie_names(request):
        response.delete_cookie(name, httponly=True, samesite="lax")
    return response


@router.post("/password", status_code=204)
async def change_password(change: PasswordChange, accounts: AccountsDep, principal: CurrentPrincipal) -> None:
    """Change the caller's password; all their sign-ins end."""
    await accounts.change_password(
        principal, change.old_password, change.new_password, are_keys_revoked=change.revoke_keys
    )


@router.get("/me")
async def me(principal: CurrentPrincipal, ingestion: IngestionDep) -> Me:
    """The signed-in person, their libraries, and how much they have uploaded and may upload."""
    libraries = [
        LibraryGrant(library_id=library_id, role=role, is_personal=library_id == principal.personal_library_id)
        for library_id, role in principal.grants.items()
    ]
    return Me(
        user_id=principal.user_id,
        username=principal.username,
        role=principal.role,
        scopes=None if principal.scopes is None else sorted(principal.scopes),
        libraries=libraries,
        uploads=await ingestion.allowance(principal),
    )
