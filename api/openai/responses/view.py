"""The object ``response``: a pure function of a stored answer, so that it is the same when it is read again."""

from dataclasses import dataclass
from typing import Any

from answers.stored import StoredAnswer
from api.openai.ids import Prefix, shown
from api.openai.responses.note import Note
from api.openai.told import extension, file_citation, places, url_citation

STATUS = {
    "queued": "queued",
    "running": "in_progress",
    "refused": "completed",
    "stopped": "cancelled",
    "error": "failed",
}
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


@dataclass(frozen=True, slots=True)
class ResponseView:
    """A stored answer with its request and its annotations.

    Attributes:
        annotations: of the text: one for each number, and one more for its file where the request searched files.
    """

    answer: StoredAnswer
    note: Note
    annotations: tuple[dict[str, Any], ...]

    @property
    def status(self) -> str:
        """``queued | in_progress | completed | incomplete | failed | cancelled``."""
        if self.answer.state == "done":
            return "incomplete" if self.answer.finish in INCOMPLETE else "completed"
        return STATUS[self.answer.state]

    @property
    def part(self) -> dict[str, Any]:
        """The text with its annotations."""
        return {
            "type": "output_text",
            "text": self.answer.text,
            "annotations": list(self.annotations),
            "logprobs": [],
        }

    def message(self, *, is_begun: bool = False) -> dict[str, Any]:
        """The output item.

        Args:
            is_begun: as it is before its text.
        """
        status = "in_progress" if is_begun else "completed" if self.status == "completed" else "incomplete"
        return {
            "id": shown(Prefix.MESSAGE, self.answer.run_id),
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": [] if is_begun else [self.part],
        }

    def as_json(self, *, is_begun: bool = False) -> dict[str, Any]:
        """The object; what tunes a model has its default value, because it is not heeded.

        Args:
            is_begun: as it is before it has an output.
        """
        answer, is_open = self.answer, is_begun or not self.answer.is_over
        finished = answer.finished_at
        return {
            "id": shown(Prefix.RESPONSE, answer.run_id),
            "object": "response",
            "created_at": int(answer.created_at.timestamp()),
            "completed_at": int(finished.timestamp())
            if finished and self.status == "completed" and not is_open
            else None,
            "status": "in_progress" if is_begun else self.status,
            "background": self.note.background,
            "error": None if is_open else self._error(),
            "incomplete_details": None if is_open else self._incomplete(),
            "instructions": None,
            "max_output_tokens": None,
            "max_tool_calls": None,
            "metadata": self.note.metadata or {},
            "model": self.note.model,
            "output": [] if is_open or not answer.text else [self.message()],
            "parallel_tool_calls": True,
            "previous_response_id": self.note.previous_response_id,
            "reasoning": {"effort": None, "summary": None},
            "store": answer.question_step_id is not None,
            "temperature": 1.0,
            "presence_penalty": 0.0,
            "frequency_penalty": 0.0,
            "top_logprobs": 0,
            "service_tier": "default",
            "safety_identifier": None,
            "prompt_cache_key": None,
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": self.note.tools,
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": None if is_open else self._usage(),
            "user": None,
            "footnote": extension(answer, list(self.note.ignored), is_open=is_open),
        }

    def _error(self) -> dict[str, str] | None:
        if self.status != "failed":
            return None
        return {"code": "server_error", "message": f"{self.answer.error} (reference {self.answer.reference})"}

    def _incomplete(self) -> dict[str, str] | None:
        return {"reason": INCOMPLETE[self.answer.finish]} if self.status == "incomplete" else None

    def _usage(self) -> dict[str, Any]:
        used = self.answer.usage
        return {
            "input_tokens": used.input_tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": used.output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": used.input_tokens + used.output_tokens,
        }


def view_of(answer: StoredAnswer, note: Note, base: str) -> ResponseView:
    """The view of an answer. Reads the whole text: call it in a thread.

    Args:
        base: address of the server.
    """
    annotations: list[dict[str, Any]] = []
    for place in places(answer):
        annotations.append(url_citation(place, answer, base))
        if note.vector_store_ids is not None and (cited := file_citation(place)):
            annotations.append(cited)
    return ResponseView(answer, note, tuple(annotations))
