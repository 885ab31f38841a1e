"""LangChain's client for servers that speak like OpenAI's, with the thoughts that vLLM, Ollama, DeepSeek and others send beside the text.

``langchain-openai`` leaves fields that are not OpenAI's to subclasses of its own class. Importing this takes seconds.
"""

from typing import Any

from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI

FIELDS = ("reasoning_content", "reasoning")  # the second is OpenRouter's, Ollama's and newer vLLM's


class ThinkingChatOpenAI(ChatOpenAI):
    """Puts a delta's thoughts into ``additional_kwargs["reasoning_content"]`` of the chunk."""

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        choices = chunk.get("choices") or []
        delta = (choices[0].get("delta") if choices else None) or {}
        thoughts = next((delta[name] for name in FIELDS if isinstance(delta.get(name), str)), "")
        if made is not None and thoughts:
            made.message.additional_kwargs["reasoning_content"] = thoughts
        return made
