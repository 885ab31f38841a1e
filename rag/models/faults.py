"""Classifies failed requests to a model, and what follows from each class."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import structlog

from core.errors import FootnoteError, UpstreamUnavailable

log = structlog.get_logger(__name__)

TIMED_OUT, BUSY, SERVER_ERROR = 408, 429, 500
KEY_OR_NAME_IS_WRONG = frozenset({401, 403, 404})


class Fault(Exception):
    """A request that brought no whole answer.

    Args:
        timeout_s: the silence after which it was given up.
        has_begun: part of an answer came.
        server: for the log.

    Attributes:
        fact: what is told.
        is_worth_a_retry: the same server may do better in a moment.
        is_silence: it was waited for in vain.
        is_the_servers: it counts against the server; False when it is the request that it does not like.
        retry_after_s: when to come back, as the server said.
    """

    def __init__(self, error: Exception, timeout_s: float, *, has_begun: bool, server: str = "") -> None:
        super().__init__(type(error).__name__)
        status = getattr(error, "status_code", None)
        self.is_silence = isinstance(error, TimeoutError) or "Timeout" in type(error).__name__
        self.retry_after_s = _retry_after_s(error) if status is not None else None
        self.is_the_servers = status is None or status in KEY_OR_NAME_IS_WRONG or _is_passing(status)
        self.is_worth_a_retry = not self.is_silence and (status is None or _is_passing(status))
        self.fact = self._fact(error, timeout_s, status, has_begun)
        log.warning(
            "model.failed",
            server=server,
            reference=self.fact.reference,
            kind=type(error).__name__,
            error=str(error)[:500],
            status=status,
        )

    def _fact(self, error: Exception, timeout_s: float, status: int | None, has_begun: bool) -> FootnoteError:
        if isinstance(error, FootnoteError):
            return error
        if self.is_silence:
            return UpstreamUnavailable(f"The language model was silent for {timeout_s:g} seconds.")
        if status == BUSY:
            return UpstreamUnavailable("The language model is busy.", retry_after_s=self.retry_after_s)
        return UpstreamUnavailable(
            "The language model's answer broke off." if has_begun else "The language model does not answer."
        )


def _is_passing(status: int) -> bool:
    return status in (TIMED_OUT, BUSY) or status >= SERVER_ERROR


def _retry_after_s(error: Exception) -> float | None:
    """Seconds to wait, from any of the headers in use; None when the server names none that can be read."""
    headers: Any = getattr(getattr(error, "response", None), "headers", {})
    milliseconds, said = _number(headers.get("retry-after-ms")), headers.get("retry-after", "")
    if milliseconds is not None:
        return milliseconds / 1000
    seconds = _number(said)
    if seconds is not None:
        return seconds
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _number(said: str | None) -> float | None:
    try:
        number = float(said or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
