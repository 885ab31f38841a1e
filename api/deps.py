"""Dependencies as types: a route that asks for ``CurrentPrincipal`` or ``AnswersDep`` reads as a sentence.

Services are built by the entry point and stand on ``app.state``; until they do, every route answers "starting".
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from accounts.service import Accounts
from answers.ledger import Ledger
from answers.reviews import Reviews
from answers.service import AnswerService
from api.credentials import Credential, presented_credential, require_same_origin
from core.access import Principal
from core.context import current_principal
from core.errors import NotAuthenticated, UpstreamUnavailable
from core.rate_limit import RateLimiter
from core.settings import Settings
from db.session import Database
from ingestion.service import IngestionService


def service(request: Request, name: str) -> Any:
    """The object of this name on ``app.state``; UpstreamUnavailable while it is not there yet."""
    found = getattr(request.app.state, name, None)
    if found is None:
        raise UpstreamUnavailable("Footnote is starting; try again in a moment.", retry_after_s=2)
    return found


def get_accounts(request: Request) -> Accounts:
    """Sign-ins and users."""
    return cast(Accounts, service(request, "accounts"))


def get_answers(request: Request) -> AnswerService:
    """Questions and citations."""
    return cast(AnswerService, service(request, "answers"))


def get_ledger(request: Request) -> Ledger:
    """What answers went through and took."""
    return cast(Ledger, service(request, "ledger"))


def get_reviews(request: Request) -> Reviews:
    """What people tell the admins."""
    return cast(Reviews, service(request, "reviews"))


def get_ingestion(request: Request) -> IngestionService:
    """Documents and jobs."""
    return cast(IngestionService, service(request, "ingestion"))


def get_database(request: Request) -> Database:
    """PostgreSQL."""
    return cast(Database, service(request, "database"))


def get_settings(request: Request) -> Settings:
    """The settings tree."""
    return cast(Settings, service(request, "settings"))


def get_limiter(request: Request) -> RateLimiter:
    """How much one person may do."""
    return cast(RateLimiter, service(request, "limiter"))


AccountsDep = Annotated[Accounts, Depends(get_accounts)]
AnswersDep = Annotated[AnswerService, Depends(get_answers)]
LedgerDep = Annotated[Ledger, Depends(get_ledger)]
ReviewsDep = Annotated[Reviews, Depends(get_reviews)]
IngestionDep = Annotated[IngestionService, Depends(get_ingestion)]
DatabaseDep = Annotated[Database, Depends(get_database)]
LimiterDep = Annotated[RateLimiter, Depends(get_limiter)]
SettingsDep = Annotated[Settings, Depends(get_settings)]


def get_credential(request: Request, settings: SettingsDep) -> Credential:
    """What the request signs in with; a changing request that comes with the cookie must come from our own pages."""
    credential = presented_credential(request)
    if credential is None:
        raise NotAuthenticated("Sign in first.")
    if credential.kind == "browser":
        require_same_origin(request, settings.public_url)
    return credential


async def get_principal(
    accounts: AccountsDep, credential: Annotated[Credential, Depends(get_credential)]
) -> AsyncIterator[Principal]:
    """Who asks. Also set as ``core.context.current_principal`` for as long as the request lasts."""
    principal = await accounts.authenticate(credential.token, kind=credential.kind)
    token = current_principal.set(principal)
    try:
        yield principal
    finally:
        current_principal.reset(token)


CurrentPrincipal = Annotated[Principal, Depends(get_principal)]


def session_check(accounts: Accounts, principal: Principal) -> Callable[[], Awaitable[object]]:
    """A call that raises NotAuthenticated once the principal's sign-in has ended: for responses that last."""

    async def check() -> object:
        return principal.session_id and await accounts.principal_of_session(principal.session_id)

    return check
