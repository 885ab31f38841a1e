"""Who and what the running request comes from: set at the doors (HTTP middleware, socket events), read where no argument can carry it."""

from contextvars import ContextVar
from dataclasses import dataclass

from core.access import Principal
from core.errors import NotAuthenticated

current_principal: ContextVar[Principal | None] = ContextVar("current_principal", default=None)


def require_principal() -> Principal:
    """The principal of this request or socket event.

    Raises:
        NotAuthenticated: no door has set one. Nothing is allowed by default.
    """
    principal = current_principal.get()
    if principal is None:
        raise NotAuthenticated("Please sign in.")
    return principal


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request comes from: the client's address (behind trusted proxies: of whom they forward for) and its user agent."""

    address: str | None
    user_agent: str


current_source: ContextVar[Source | None] = ContextVar("current_source", default=None)
