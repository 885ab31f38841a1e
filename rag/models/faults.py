"""Classifies failed requests to a model: what to report, and whether to retry."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import structlog

from core.errors import FootnoteError, UpstreamUnavailable

log = structlog.get_logger(__name__)

TIMED_OUT, BUSY, SERVER_ERROR = 408, 429, 500
KEY_OR_NAME_IS_WRONG = frozenset({401, 403, 404})


class NoAnswer(UpstreamUnavailable):
    """A reply came to its end without an answer, and would do so again: it is no fault of the server."""


class Fault(Exception):
    """A request without a complete answer.

    Args:
        timeout_s: the longest permitted silence, in seconds.
        has_begun: part of an answer arrived.
        server: name for the log.

    Attributes:
        reported_error: the error to report to the caller.
        is_retryable: the same server may succeed a little later.
        is_timeout: the server was silent for too long.
        is_server_fault: it counts against the server; False when the server rejects the request itself.
        retry_after_s: the wait that the server asked for, in seconds.
    """

    def __init__(self, error: Exception, timeout_s: float, *, has_begun: bool, server: str = "") -> None:
        super().__init__(type(error).__name__)
        status = getattr(error, "status_code", None)
        self.is_timeout = isinstance(error, TimeoutError) or "Timeout" in type(error).__name__
        self.retry_after_s = _asked_wait_s(error) if status is not None else None
        self.is_server_fault = not isinstance(error, NoAnswer) and (
            status is None or status in KEY_OR_NAME_IS_WRONG or is_temporary(status)
        )
        self.is_retryable = not self.is_timeout and (status is None or is_temporary(status))
        self.reported_error = self._reported_error(error, timeout_s, status, has_begun)
        log.warning(
            "model.failed",
            server=server,
            reference=self.reported_error.reference,
            kind=type(error).__name__,
            error=str(error)[:500],
            status=status,
        )

    def _reported_error(self, error: Exception, timeout_s: float, status: int | None, has_begun: bool) -> FootnoteError:
        if isinstance(error, FootnoteError):
            return error
        if self.is_timeout:
            return UpstreamUnavailable(f"The language model was silent for {timeout_s:g} seconds.")
        if status == BUSY:
            return UpstreamUnavailable("The language model is busy.", retry_after_s=self.retry_after_s)
        return UpstreamUnavailable(
            "The language model's answer broke off." if has_begun else "The language model does not answer."
        )


def is_temporary(status: int) -> bool:
    """True for the status of a response that may be another one a little later."""
    return status in (TIMED_OUT, BUSY) or status >= SERVER_ERROR


def _asked_wait_s(error: Exception) -> float | None:
    return retry_after_s(getattr(getattr(error, "response", None), "headers", {}))


def retry_after_s(headers: Any) -> float | None:
    """Seconds to wait, from any of the headers of a response that are in use; None without a readable one."""
    milliseconds, text = _number(headers.get("retry-after-ms")), headers.get("retry-after", "")
    if milliseconds is not None:
        return milliseconds / 1000
    seconds = _number(text)
    if seconds is not None:
        return seconds
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
