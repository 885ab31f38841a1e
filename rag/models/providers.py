"""Builds LangChain's chat model for a configured model on one of its servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.settings.chain import ModelSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

CONNECT_S = 5.0  # a machine that is gone does not refuse, it is silent


def build_model(model: ModelSettings, base_url: str | None) -> BaseChatModel:
    """The model as LangChain has it. Imports for seconds at the first call."""
    from langchain.chat_models import init_chat_model
    from openai import Timeout

    options: dict[str, Any] = {
        "api_key": model.api_key.get_secret_value() if model.api_key else "none",
        "timeout": Timeout(model.timeout_s, connect=min(CONNECT_S, model.timeout_s)),
        "max_retries": 0,  # ours know the other servers
        "stream_usage": True,
        "stream_chunk_timeout": None,  # ours is the same for every call
        "use_responses_api": False,  # only OpenAI has it
    }
    if model.provider == "azure":
        options |= {
            "azure_endpoint": base_url,
            "azure_deployment": model.deployment or model.asked_for,
            "api_version": model.api_version,
        }
    else:
        options["base_url"] = base_url
    if is_openais(model, base_url):
        options["max_tokens"] = model.max_tokens
    else:  # as LangChain sends it, only OpenAI's own servers heed it
        options["extra_body"] = {"max_tokens": model.max_tokens}
    provider = "azure_openai" if model.provider == "azure" else "openai"
    built: BaseChatModel = init_chat_model(model.asked_for, model_provider=provider, **options)
    return built


def is_openais(model: ModelSettings, base_url: str | None) -> bool:
    """True for OpenAI's own servers and Azure's, which call the longest answer ``max_completion_tokens``."""
    host = urlsplit(base_url or "").hostname or ""
    return model.provider == "azure" or (model.provider == "openai" and (not host or host.endswith(".openai.com")))
