"""Errors as JSON: ``{"status", "message", "fallback_used", "retry_after", "reference"}``, whatever went wrong, at every door."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from core.errors import FootnoteError, new_reference

log = structlog.get_logger(__name__)

SENTENCES = {
    400: "The request could not be read.",
    401: "Sign in first.",
    403: "This is not yours to do.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The request is too large.",
    415: "This kind of body is not taken here.",
    416: "The file has no such bytes.",
    422: "The request makes no sense as it is.",
    429: "Too much in too short a time. Try again in a moment.",
}
REFUSED = "The request was refused."
UNKNOWN = "Something went wrong on our side."

READ_AS_DETAIL = ("/login", "/logout", "/user", "/auth/", "/feedback", "/project/", "/answers/")
"""Where ``message`` is also sent as ``detail``: Chainlit's page reads that at every address it calls (``getDetailFromErrorResponse`` and
``uploadFile`` of its front end: sign-in page, toast of an upload, of a rename…), and ``public/js/again.js`` does at ours."""


class ErrorResponse(JSONResponse):
    """An error on its way out."""

    def __init__(self, body: dict[str, Any], status_code: int, headers: Mapping[str, str]) -> None:
        super().__init__(body, status_code, headers)
        self._content = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(READ_AS_DETAIL):
            self.body = self.render(self._content | {"detail": self._content["message"]})
            self.headers["content-length"] = str(len(self.body))
        await super().__call__(scope, receive, send)


def error_body(
    message: str, *, reference: str, retry_after_s: float | None = None, fallback_used: bool = False
) -> dict[str, Any]:
    """The one shape of an error; ``retry_after`` in whole seconds, rounded up, at least 1."""
    return {
        "status": "error",
        "message": message,
        "fallback_used": fallback_used,
        "retry_after": None if retry_after_s is None else max(1, math.ceil(retry_after_s)),
        "reference": reference,
    }


def error_response(
    status_code: int,
    message: str | None = None,
    *,
    reference: str | None = None,
    retry_after_s: float | None = None,
    fallback_used: bool = False,
    headers: Mapping[str, str] | None = None,
) -> ErrorResponse:
    """An error to send, with ``Retry-After`` and ``WWW-Authenticate`` where they belong.

    Args:
        message: without one, the usual sentence for the status.
    """
    message = message or sentence_for(status_code)
    extra = dict(headers or {})
    body = error_body(
        message, reference=reference or new_reference(), retry_after_s=retry_after_s, fallback_used=fallback_used
    )
    if body["retry_after"] is not None:
        extra["Retry-After"] = str(body["retry_after"])
    if status_code == HTTPStatus.UNAUTHORIZED:
        extra.setdefault("WWW-Authenticate", "Bearer")
    return ErrorResponse(body, status_code, extra)


def sentence_for(status_code: int) -> str:
    """What is said of a status that nobody gave a sentence for."""
    if status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UNKNOWN
    return SENTENCES.get(status_code, REFUSED)


def render(error: FootnoteError) -> ErrorResponse:
    """A raised fact as a response; the log gets the same reference."""
    level = log.warning if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else log.info
    level("http.refused", status=error.status_code, error=type(error).__name__, reference=error.reference)
    return error_response(
        error.status_code, error.message, reference=error.reference, retry_after_s=error.retry_after_s
    )


def unexpected(error: Exception) -> ErrorResponse:
    """Something nobody foresaw: the person gets a reference, the log gets the rest."""
    reference = new_reference()
    log.error("http.failed", reference=reference, exc_info=error)
    return error_response(500, reference=reference)


def sentence_of(error: RequestValidationError) -> tuple[int, str]:
    """Status and one readable sentence for the first thing that is wrong with a request."""
    first = error.errors()[0]
    where, *rest = first["loc"]
    if where == "path":
        return 404, SENTENCES[404]
    if first["type"] == "json_invalid":
        return 422, "The body is not valid JSON."
    name = ".".join(str(part) for part in rest)
    if first["type"] == "missing":
        return 422, f"“{name}” is missing." if name else "The body is missing."
    reason = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return 422, f"“{name}” is not right: {reason}." if name else f"The body is not right: {reason}."


def register(app: Starlette) -> None:
    """Give the app these error handlers. What other people's code says in an exception is for the log, not for the page."""

    async def on_known(_: Request, error: Exception) -> ErrorResponse:
        assert isinstance(error, FootnoteError)
        return render(error)

    async def on_invalid(_: Request, error: Exception) -> ErrorResponse:
        assert isinstance(error, RequestValidationError)
        return error_response(*sentence_of(error))

    async def on_http(_: Request, error: Exception) -> ErrorResponse:
        assert isinstance(error, HTTPException)
        reference = new_reference()
        log.info("http.refused", status=error.status_code, detail=str(error.detail), reference=reference)
        return error_response(error.status_code, reference=reference, headers=error.headers)

    async def on_unexpected(_: Request, error: Exception) -> ErrorResponse:
        if isinstance(error, ClientDisconnect):
            return error_response(500)  # goes nowhere
        return unexpected(error)

    app.add_exception_handler(FootnoteError, on_known)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_unexpected)
