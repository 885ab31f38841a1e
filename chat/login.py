"""One try to sign in. Chainlit gives its callback a name and a password only, and swallows what it raises; this carries the rest."""

from contextvars import ContextVar
from dataclasses import dataclass

from core.errors import FootnoteError


@dataclass(slots=True)
class LoginAttempt:
    """From where the try comes, and why it failed (for the person)."""

    address: str
    error: FootnoteError | None = None


current_attempt: ContextVar[LoginAttempt | None] = ContextVar("current_attempt", default=None)
