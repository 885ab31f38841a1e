"""The Principal that the running code works for: set at the doors (HTTP middleware, socket events), read where no argument fits."""

from contextvars import ContextVar

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
