"""The body of ``POST /v1/responses``."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.openai.parameters import NO_TOOLS, REFUSED, Flag, Name, Tuning
from api.openai.refusals import invalid, unsupported
from web.text import StorableText

IGNORED = (
    *("instructions", "max_output_tokens", "max_tool_calls", "reasoning", "truncation", "include"),
    *("context_management", "stream_options"),
)
REFUSED_HERE = {
    **REFUSED,
    "conversation": "Footnote continues a conversation by “previous_response_id”.",
    "prompt": "Footnote has no stored prompts.",
    "image": "Footnote makes no images.",
    "access_programs": "Footnote has no access programs.",
}
MOST_STORES = 100


class TextOptions(BaseModel):
    """What the text is like. Only ``{"format": {"type": "text"}}`` is given; ``verbosity`` is ignored."""

    model_config = ConfigDict(extra="forbid")

    format: dict[str, Any] | None = None
    verbosity: StorableText | None = None


class ResponseRequest(Tuning):
    """The body of ``POST /v1/responses``.

    Attributes:
        input: a question, or a list of messages whose last one is the question.
        previous_response_id: a response of the caller's whose conversation goes on.
        tools: ``file_search`` alone: its ``vector_store_ids`` are libraries.
    """

    input: StorableText | Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)]
    previous_response_id: Name | None = None
    background: Flag = None
    tools: Annotated[list[dict[str, Any]] | None, Field(max_length=100)] = None
    text: TextOptions | None = None

    instructions: StorableText | None = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    reasoning: dict[str, Any] | None = None
    truncation: StorableText | None = None
    include: list[StorableText] | None = None
    context_management: list[Any] | None = None
    stream_options: dict[str, Any] | None = None

    conversation: Any = None
    prompt: dict[str, Any] | None = None
    image: Any = None
    access_programs: Any = None

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The input as a list of messages."""
        return [{"role": "user", "content": self.input}] if isinstance(self.input, str) else self.input

    @property
    def vector_store_ids(self) -> list[str] | None:
        """The libraries of the tool ``file_search``; None without it, or where it names none."""
        ids = [store_id for tool in self.tools or () for store_id in tool.get("vector_store_ids", ())]
        return ids or None

    def ignored_here(self) -> list[str]:
        """Names of the parameters that were sent and change nothing."""
        return self.ignored(*IGNORED)

    def require_supported(self) -> None:
        """Raise Invalid for what Footnote does not do."""
        self.refuse(REFUSED_HERE)
        if self.background and self.store is False:
            raise invalid("A response in the background is stored: “store” must not be false.", "store")
        if self.text and (self.text.format or {}).get("type", "text") != "text":
            raise unsupported("Footnote answers in Markdown; it fills in no JSON.", "text.format")
        for place, tool in enumerate(self.tools or ()):
            _require_file_search(tool, f"tools[{place}]")


def _require_file_search(tool: dict[str, Any], where: str) -> None:
    if tool.get("type") != "file_search":
        raise unsupported(NO_TOOLS, where)
    if tool.get("filters"):
        raise unsupported("Files are not filtered by attributes here; name them by “document_ids”.", f"{where}.filters")
    ids = tool.get("vector_store_ids", [])
    if not isinstance(ids, list) or len(ids) > MOST_STORES or not all(isinstance(one, str) for one in ids):
        raise invalid("“vector_store_ids” is a list of ids.", f"{where}.vector_store_ids")
