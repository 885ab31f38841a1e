"""Refusals: of what these interfaces know and Footnote does not do, and what the OpenAPI document says of all errors."""

from typing import Any

from api.described import referred
from core.errors import Invalid
from core.values import Frozen


class ErrorDetails(Frozen):
    """An error. ``param`` is the field that is wrong, ``reference`` finds the entry in the server's log."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None
    reference: str


class OpenAIErrorBody(Frozen):
    """The body of every error."""

    error: ErrorDetails


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"content": referred(OpenAIErrorBody)} for status in (400, 401, 403, 404, 409, 413, 422, 429, 500, 503)
}
REFUSAL_MODEL: dict[int | str, dict[str, Any]] = {503: {"model": OpenAIErrorBody}}


def invalid(message: str, param: str, code: str = "invalid_value") -> Invalid:
    """The error for a value that is not taken; ``param`` is its place in the request."""
    error = Invalid(message)
    error.param, error.code = param, code
    return error


def unsupported(what: str, param: str) -> Invalid:
    """The error for something that Footnote does not do; ``what`` is a sentence."""
    return invalid(what, param, "unsupported_parameter")
