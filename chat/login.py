"""The current sign-in attempt. Chainlit's callback gets only a name and a password, and its exceptions are lost; this carries the rest."""

from contextvars import ContextVar
from dataclasses import dataclass

from core.errors import FootnoteError


@dataclass(slots=True)
class LoginAttempt:
    """The address of an attempt, and why it failed (for the person)."""

    address: str
    error: FootnoteError | None = None


current_attempt: ContextVar[LoginAttempt | None] = ContextVar("current_attempt", default=None)
