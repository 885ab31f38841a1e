"""Builds LangChain's chat model for a configured model on one of its servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.settings.chain import ModelSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_openai.chat_models.base import BaseChatOpenAI

Close = Callable[[], Awaitable[None]]

SAMPLING = ("top_p", "seed")
CONNECT_S = 5.0  # an unreachable machine does not refuse the connection, it is silent


def build_model(model: ModelSettings, base_url: str | None) -> tuple[BaseChatModel, Close]:
    """LangChain's chat model on one server, and what closes its connections. The imports of the first call take seconds."""
    from openai import DefaultAsyncHttpxClient, Timeout

    from rag.models.event_limit import limit_events
    from rag.models.plain_chunks import leave_chunks_plain

    timeout = Timeout(model.timeout_s, connect=min(CONNECT_S, model.timeout_s))
    client = DefaultAsyncHttpxClient(timeout=timeout, event_hooks={"response": [limit_events]})
    options: dict[str, Any] = {
        "api_key": model.api_key.get_secret_value() if model.api_key else "none",
        "timeout": timeout,
        "http_async_client": client,  # LangChain's own is never closed
        "max_retries": 0,  # ModelCall retries, and knows the other servers
        "stream_usage": True,
        "stream_chunk_timeout": None,  # Reply has the timeout, the same for every call
        "use_responses_api": False,  # only OpenAI's servers have it
        **{name: value for name in SAMPLING if (value := getattr(model, name)) is not None},
    }
    if model.temperature != "unset":
        options["temperature"] = model.temperature
    if model.provider == "azure":
        options |= {
            "azure_endpoint": base_url,
            "azure_deployment": model.deployment or model.name_on_server,
            "api_version": model.api_version,
        }
    else:
        options["base_url"] = base_url
    built = _openais(model, options) if is_openais(model, base_url) else _like_openais(model, options)
    leave_chunks_plain(built.root_async_client)
    return built, client.aclose


def _like_openais(model: ModelSettings, options: dict[str, Any]) -> BaseChatOpenAI:
    """A model of a server that speaks like OpenAI's; in LangChain's own form only OpenAI's servers respect the limit."""
    from rag.models.thinking_chat import ThinkingChatOpenAI

    extra_body = {"max_tokens": model.max_tokens, **model.extra_body}
    return ThinkingChatOpenAI(model=model.name_on_server, extra_body=extra_body, **options)


def _openais(model: ModelSettings, options: dict[str, Any]) -> BaseChatOpenAI:
    """A model of OpenAI or Azure, by LangChain's own table of classes."""
    from langchain.chat_models import init_chat_model

    options = options | {"max_tokens": model.max_tokens, "extra_body": model.extra_body or None}
    provider = "azure_openai" if model.provider == "azure" else "openai"
    built: BaseChatOpenAI = init_chat_model(model.name_on_server, model_provider=provider, **options)
    return built


def is_openais(model: ModelSettings, base_url: str | None) -> bool:
    """True for the servers of OpenAI and Azure, which name the limit ``max_completion_tokens``."""
    host = urlsplit(base_url or "").hostname or ""
    return model.provider == "azure" or (model.provider == "openai" and (not host or host.endswith(".openai.com")))
