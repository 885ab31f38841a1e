"""The span of a request to a language model, in the words of OpenTelemetry's conventions for generative AI."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from core.settings.chain import ModelSettings
from core.telemetry import spans
from rag.types import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

PROVIDERS = {"azure": "azure.ai.openai"}  # the others go by their own names
ROLES = {"human": "user", "ai": "assistant"}

Outcome = tuple[Usage, str]  # what it took, and what it said


@contextmanager
def asked(
    settings: ModelSettings,
    base_url: str | None,
    messages: Sequence[BaseMessage] | str,
    outcome: Callable[[], Outcome | None],
) -> Iterator[None]:
    """While the block runs: one request.

    Args:
        messages: what is asked; shown only where the settings say so.
        outcome: called at the end; None when the server did not take the request.
    """
    about: dict[str, spans.Value] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": PROVIDERS.get(settings.provider, settings.provider),
        "gen_ai.request.model": settings.name,
        "gen_ai.request.max_tokens": settings.max_tokens,
    }
    if host := urlsplit(base_url or "").hostname:
        about["server.address"] = host
    if spans.shows_content():
        about["gen_ai.input.messages"] = _as_json(messages)
    with spans.span(f"chat {settings.name}", "client", about) as span:
        try:
            yield
        finally:
            ended = outcome()
            if ended is not None:
                usage, text = ended
                span.set("gen_ai.usage.input_tokens", usage.input_tokens)
                span.set("gen_ai.usage.output_tokens", usage.output_tokens)
                if spans.shows_content():
                    span.set("gen_ai.output.messages", _message("assistant", text))


def _as_json(messages: Sequence[BaseMessage] | str) -> str:
    if isinstance(messages, str):
        return _message("user", messages)
    parts = [_part(ROLES.get(message.type, message.type), message.text) for message in messages]
    return orjson.dumps(parts).decode()


def _message(role: str, text: str) -> str:
    return orjson.dumps([_part(role, text)]).decode()


def _part(role: str, text: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}
