"""Dependencies as types: a route that asks for ``CurrentPrincipal`` or ``AnswersDep`` reads as a sentence.

The entry point puts :class:`services.Services` on ``app.state.services``; until then every route answers "starting".
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from accounts.service import Accounts
from answers.ledger import Ledger
from answers.reviews import Reviews
from answers.service import AnswerService
from conversations.service import Conversations
from core.access import Principal
from core.context import current_principal
from core.errors import NotAuthenticated, UpstreamUnavailable
from core.rate_limit import RateLimiter
from core.settings import Settings
from ingestion.service import IngestionService
from services import Services
from web.credentials import Credential, presented_credential
from web.origin import require_own


def services(request: Request) -> Services:
    """Everything that was built at the start; UpstreamUnavailable while it is not there yet."""
    found = getattr(request.app.state, "services", None)
    if found is None:
        raise UpstreamUnavailable("Footnote is starting; try again in a moment.", retry_after_s=2)
    return cast(Services, found)


def _of(name: str) -> Any:
    """A dependency: the service of this name."""

    def get(request: Request) -> Any:
        return getattr(services(request), name)

    return Depends(get)


AccountsDep = Annotated[Accounts, _of("accounts")]
AnswersDep = Annotated[AnswerService, _of("answers")]
ConversationsDep = Annotated[Conversations, _of("conversations")]
LedgerDep = Annotated[Ledger, _of("ledger")]
ReviewsDep = Annotated[Reviews, _of("reviews")]
IngestionDep = Annotated[IngestionService, _of("ingestion")]
LimiterDep = Annotated[RateLimiter, _of("limiter")]
SettingsDep = Annotated[Settings, _of("settings")]


def get_credential(request: Request, settings: SettingsDep) -> Credential:
    """What the request signs in with; a changing request that comes with the cookie must come from our own pages."""
    credential = presented_credential(request)
    if credential is None:
        raise NotAuthenticated("Sign in first.")
    if credential.kind == "browser":
        require_own(request.scope, settings.public_url)
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
