"""The parameters of OpenAI's interfaces: what Footnote heeds is a field of a request, the rest is ignored or refused by these tables.

What only tunes a model is ignored, and the answer names it under ``footnote.ignored``; what would change what comes back is refused.
"""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.openai.refusals import unsupported
from web.text import StorableText

MOST_METADATA = 16
Name = Annotated[StorableText, Field(max_length=300)]
Flag = Annotated[bool | None, Field(strict=True)]
Real = Annotated[float | None, Field(allow_inf_nan=False)]
Metadata = Annotated[
    dict[Annotated[StorableText, Field(max_length=64)], Annotated[StorableText, Field(max_length=512)]],
    Field(max_length=MOST_METADATA),
]
Ids = Annotated[list[UUID], Field(max_length=1000)]
NO_TOOLS = "Footnote calls no tools: it answers from documents, with a page for every claim."


class Tuning(BaseModel):
    """What both kinds of requests may say about a model, and what is ignored.

    Attributes:
        library_ids, document_ids: no parameters of OpenAI's: answer from these only, as at ``/api/chat``.
    """

    model_config = ConfigDict(extra="forbid")

    model: Name = "footnote"
    metadata: Metadata | None = None
    stream: Flag = None
    store: Flag = None
    library_ids: Ids | None = None
    document_ids: Ids | None = None

    temperature: Real = None
    top_p: Real = None
    user: StorableText | None = None
    safety_identifier: StorableText | None = None
    service_tier: StorableText | None = None
    prompt_cache_key: StorableText | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: StorableText | None = None
    parallel_tool_calls: Flag = None

    tool_choice: Any = None
    moderation: Any = None
    top_logprobs: int | None = None

    def ignored(self, *names: str) -> list[str]:
        """Names of the parameters that were sent and change nothing."""
        return [name for name in (*IGNORED, *names) if getattr(self, name) is not None]

    def refuse(self, sentences: Mapping[str, str]) -> None:
        """Raise Invalid for a parameter that asks for what Footnote does not do.

        Args:
            sentences: by the names of parameters.
        """
        for name, sentence in sentences.items():
            if getattr(self, name):
                raise unsupported(sentence, name)
        if self.tool_choice not in (None, "none", "auto"):
            raise unsupported(NO_TOOLS, "tool_choice")


IGNORED = (
    *("temperature", "top_p", "user", "safety_identifier", "service_tier", "parallel_tool_calls"),
    *("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention"),
)
REFUSED: Mapping[str, str] = {
    "moderation": "Footnote moderates nothing.",
    "top_logprobs": "Footnote gives no probabilities of tokens.",
}
