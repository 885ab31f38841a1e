"""Errors as JSON, the same at every door: ``{"status", "message", "fallback_used", "retry_after", "reference"}``.

Whoever accepts ``application/problem+json`` (RFC 9457) gets the same facts in that form; whoever opens an address in a browser, or sends a
form there, a page with the sentence.
"""

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
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import Receive, Scope, Send

from core.errors import FootnoteError, new_reference
from core.retry import known
from core.storable import storable
from web import openai_shape
from web.html import accepts, sentence_page
from web.language import words_of

log = structlog.get_logger(__name__)

SENTENCES = {
    400: "The request could not be read.",
    401: "Sign in first.",
    403: "This is not yours to do.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    408: "The request did not arrive in time. Try again.",
    412: "It has changed meanwhile; read it again first.",
    413: "The request is too large.",
    415: "This kind of body is not taken here.",
    416: "The file has no such bytes.",
    421: "Footnote is not used under this name.",
    422: "The request makes no sense as it is.",
    429: "Too much in too short a time. Try again in a moment.",
}
LONGEST_LOGGED = 300  # characters of an error that has its own sentence
LONGEST_NAME = 100  # characters of a name that a client chose
REFUSED = "The request was refused."
UNKNOWN = "Something went wrong on our side."

READ_AS_DETAIL = ("/login", "/logout", "/user", "/auth/", "/feedback", "/project/", "/answers/")
"""Paths where ``message`` is also sent as ``detail``: Chainlit's page reads ``detail`` at every address it calls
(``getDetailFromErrorResponse`` and ``uploadFile`` of its front end: sign-in page, toasts of uploads and renames…), and
``public/chat/again.js`` at ours."""


PROBLEM = "application/problem+json"


class ErrorResponse(JSONResponse):
    """An error response; adds ``detail`` at ``READ_AS_DETAIL``, has OpenAI's shape at OpenAI's addresses, and is a page for people.

    Attributes:
        param, code: of the error, see :class:`core.errors.FootnoteError`.
    """

    def __init__(self, body: dict[str, Any], status_code: int, headers: Mapping[str, str]) -> None:
        super().__init__(body, status_code, headers)
        self._content = body
        self.param: str | None = None
        self.code: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if openai_shape.is_openai(scope["path"]):
            self.status_code = openai_shape.status_of(self.status_code)
            body = openai_shape.body_of(self._content, self.status_code, self.param, self.code)
            self._show(body, self.media_type)
        elif accepts(scope, PROBLEM):
            self._show(problem(self._content, self.status_code, scope["path"]), PROBLEM)
        elif accepts(scope, "text/html"):
            self._show_page(scope)
        elif scope["path"].startswith(READ_AS_DETAIL):
            detail = words_of(HTTPConnection(scope)).told(self._content["message"])  # shown by Chainlit's page as it is
            self._show(self._content | {"detail": detail}, self.media_type)
        await super().__call__(scope, receive, send)

    def _show(self, body: dict[str, Any], media_type: str) -> None:
        self.body = self.render(body)
        self.headers["content-length"] = str(len(self.body))
        self.headers["content-type"] = media_type

    def _show_page(self, scope: Scope) -> None:
        is_ours = self.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        reference = self._content["reference"] if is_ours else None
        page = sentence_page(Request(scope), self.status_code, self._content["message"], reference)
        self.body = page.body
        for name in ("content-length", "content-type"):
            self.headers[name] = page.headers[name]


def problem(body: Mapping[str, Any], status_code: int, path: str) -> dict[str, Any]:
    """An error as a problem; what RFC 9457 has no name for is told under our own names."""
    title = HTTPStatus(status_code).phrase
    extensions = {name: body[name] for name in ("message", "fallback_used", "retry_after", "reference")}
    named = {"type": "about:blank", "title": title, "status": status_code, "detail": body["message"], "instance": path}
    return named | extensions


def error_body(
    message: str, *, reference: str, retry_after_s: float | None = None, fallback_used: bool = False
) -> dict[str, Any]:
    """The body of an error; ``retry_after`` is in whole seconds, rounded up, at least 1."""
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
    """An error response, with ``Retry-After`` and ``WWW-Authenticate`` where they belong.

    Args:
        message: None for the usual sentence of the status.
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
    """The usual sentence for a status."""
    if status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UNKNOWN
    return SENTENCES.get(status_code, REFUSED)


def render(error: FootnoteError) -> ErrorResponse:
    """A raised error as a response; it is logged with the same reference."""
    level = log.warning if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else log.info
    level("http.refused", status=error.status_code, error=type(error).__name__, reference=error.reference)
    response = error_response(
        error.status_code, error.message, reference=error.reference, retry_after_s=error.retry_after_s
    )
    response.param, response.code = error.param, error.code
    return response


def unexpected(error: Exception) -> ErrorResponse:
    """An exception that no service took: 503 when a server does not answer, 507 for a full disk.

    Anything else is a 500: the person gets a reference, the log gets the details.
    """
    if (away := known(error)) is not None:
        log.warning("http.part_away", error=repr(error)[:LONGEST_LOGGED], reference=away.reference)
        return render(away)
    reference = new_reference()
    log.error("http.failed", reference=reference, exc_info=error)
    return error_response(500, reference=reference)


def sentence_of(error: RequestValidationError) -> tuple[int, str]:
    """Status and one readable sentence for the first error of a request."""
    first = error.errors()[0]
    where, *rest = first["loc"]
    if where == "path":
        return 404, SENTENCES[404]
    if first["type"] == "json_invalid":
        return 422, "The body is not valid JSON."
    name = ".".join(str(part) for part in rest)
    if first["type"] == "extra_forbidden":
        return 422, f"“{_shortened(name)}” is not known here."
    if first["type"] == "missing":
        return 422, f"“{name}” is missing." if name else "The body is missing."
    reason = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return 422, f"“{name}” is not right: {reason}." if name else f"The body is not right: {reason}."


def param_of(error: RequestValidationError) -> tuple[str | None, str | None]:
    """The field that the first error of a request is about, and a word for what is wrong with it."""
    first = error.errors()[0]
    where, *rest = first["loc"]
    name = _shortened(".".join(str(part) for part in rest)) if where in ("body", "query") else ""
    return (name or None) if first["type"] != "json_invalid" else None, openai_shape.CODES.get(first["type"])


def _shortened(name: str) -> str:
    """A name that the client chose."""
    return storable(name)[:LONGEST_NAME]


def register(app: Starlette) -> None:
    """Add the error handlers to an app. The text of other code's exceptions is logged, not sent."""

    async def on_known(_: Request, error: Exception) -> ErrorResponse:
        assert isinstance(error, FootnoteError)
        return render(error)

    async def on_invalid(_: Request, error: Exception) -> ErrorResponse:
        assert isinstance(error, RequestValidationError)
        response = error_response(*sentence_of(error))
        response.param, response.code = param_of(error)
        return response

    async def on_http(_: Request, error: Exception) -> ErrorResponse:
        assert isinstance(error, HTTPException)
        reference = new_reference()
        log.info("http.refused", status=error.status_code, detail=str(error.detail), reference=reference)
        return error_response(error.status_code, reference=reference, headers=error.headers)

    async def on_unexpected(_: Request, error: Exception) -> ErrorResponse:
        if isinstance(error, ClientDisconnect):
            return error_response(500)  # the client is disconnected and will not get it
        return unexpected(error)

    app.add_exception_handler(FootnoteError, on_known)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_unexpected)
