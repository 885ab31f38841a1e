"""Server-sent events as OpenAI's clients read them."""

import json
from typing import Any

from sse_starlette import ServerSentEvent

from core.errors import FootnoteError
from web import openai_shape
from web.errors import error_body

DONE = "[DONE]"


def data_of(item: dict[str, Any] | str) -> ServerSentEvent:
    """An object, or the word at the end, as an event without a name."""
    return ServerSentEvent(item if isinstance(item, str) else compact(item))


def named(event: dict[str, Any]) -> ServerSentEvent:
    """An event of a response, named by its type."""
    return ServerSentEvent(compact(event), event=event["type"])


def compact(item: dict[str, Any]) -> str:
    """An object as JSON on one line."""
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def failure_of(error: FootnoteError) -> ServerSentEvent:
    """The last event of a stream that failed: the clients raise it as an error of the API."""
    body = error_body(error.message, reference=error.reference, retry_after_s=error.retry_after_s)
    return data_of(openai_shape.body_of(body, error.status_code, error.param, error.code))
