"""Errors in the shape of OpenAI's interfaces, at their addresses: ``{"error": {"message", "type", "param", "code"}}``."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

PREFIX = "/v1"
TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    429: "rate_limit_error",
}
CODES = {  # by the kinds of errors of pydantic
    "missing": "missing_required_parameter",
    "extra_forbidden": "unknown_parameter",
    "json_invalid": "invalid_json",
}
CODES_OF_STATUS = {401: "invalid_api_key", 404: "not_found", 405: "method_not_supported", 429: "rate_limit_exceeded"}


def is_openai(path: str) -> bool:
    """True for the addresses of OpenAI's interfaces."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def status_of(status_code: int) -> int:
    """OpenAI answers 400 where Footnote's own interface answers 422."""
    return 400 if status_code == HTTPStatus.UNPROCESSABLE_ENTITY else status_code


def body_of(body: Mapping[str, Any], status_code: int, param: str | None, code: str | None) -> dict[str, Any]:
    """The body of an error.

    Args:
        body: in Footnote's own shape, see :mod:`web.errors`; its ``reference`` finds the log entry.
    """
    is_ours = status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = TYPES.get(status_code, "server_error" if is_ours else "invalid_request_error")
    return {
        "error": {
            "message": body["message"],
            "type": kind,
            "param": param,
            "code": code or CODES_OF_STATUS.get(status_code),
            "reference": body["reference"],
        }
    }
