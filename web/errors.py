"""Errors as JSON: ``{"status", "message", "fallback_used", "retry_after", "reference"}``, whatever went wrong."""

import math
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from core.errors import FootnoteError, new_reference

log = structlog.get_logger(__name__)

SENTENCES = {
    400: "The request could not be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
}
UNKNOWN = "Something went wrong on our side."


def error_body(
    message: str, *, reference: str, retry_after_s: float | None = None, fallback_used: bool = False
) -> dict[str, Any]:
    """The one shape of an error; ``retry_after`` in whole seconds."""
    return {
        "status": "error",
        "message": message,
        "fallback_used": fallback_used,
        "retry_after": None if retry_after_s is None else math.ceil(retry_after_s),
        "reference": reference,
    }


def error_response(
    status_code: int,
    message: str,
    *,
    reference: str | None = None,
    retry_after_s: float | None = None,
    fallback_used: bool = False,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """An error to send, with ``Retry-After`` and ``WWW-Authenticate`` where they belong."""
    extra = dict(headers or {})
    body = error_body(
        message, reference=reference or new_reference(), retry_after_s=retry_after_s, fallback_used=fallback_used
    )
    if body["retry_after"] is not None:
        extra["Retry-After"] = str(body["retry_after"])
    if status_code == HTTPStatus.UNAUTHORIZED:
        extra.setdefault("WWW-Authenticate", "Bearer")
    return JSONResponse(body, status_code, extra)


def render(error: FootnoteError) -> JSONResponse:
    """A raised fact as a response; the log gets the same reference."""
    level = log.warning if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else log.info
    level("http.refused", status=error.status_code, error=type(error).__name__, reference=error.reference)
    return error_response(
        error.status_code, error.message, reference=error.reference, retry_after_s=error.retry_after_s
    )


def unexpected(error: Exception) -> JSONResponse:
    """Something nobody foresaw: the person gets a reference, the log gets the rest."""
    reference = new_reference()
    log.error("http.failed", reference=reference, exc_info=error)
    return error_response(500, UNKNOWN, reference=reference)


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


def register(app: FastAPI) -> None:
    """Give the app these error handlers."""

    async def on_known(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, FootnoteError)
        return render(error)

    async def on_invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return error_response(*sentence_of(error))

    async def on_http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        message = SENTENCES.get(error.status_code, str(error.detail))
        return error_response(error.status_code, message, headers=dict(error.headers or {}))

    app.add_exception_handler(FootnoteError, on_known)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
