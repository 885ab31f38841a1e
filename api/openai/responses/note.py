"""What a response repeats of its request. It is stored with the question, in the conversation."""

from typing import Any

from answers.stored import NOTE, StoredAnswer
from conversations.service import Conversations
from conversations.writer import Writer
from core.access import Principal
from core.values import Frozen


class Note(Frozen):
    """The request's side of a response.

    Attributes:
        vector_store_ids: of the tool ``file_search``; None without it.
        ignored: parameters that change nothing.
    """

    model: str = "footnote"
    metadata: dict[str, str] | None = None
    previous_response_id: str | None = None
    background: bool = False
    vector_store_ids: tuple[str, ...] | None = None
    ignored: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: StoredAnswer) -> "Note":
        """The note at an answer; one that was asked at another door has none."""
        return cls(**answer.note)

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools of the request."""
        if self.vector_store_ids is None:
            return []
        return [{"type": "file_search", "vector_store_ids": list(self.vector_store_ids)}]


async def store(note: Note, answer: StoredAnswer, principal: Principal, conversations: Conversations) -> None:
    """Store the note at the question of an answer, also when that is not answered yet; nothing outside a conversation."""
    thread_id, step_id = answer.thread_id, answer.question_step_id
    if thread_id is None or step_id is None:
        return
    values = {
        "id": step_id,
        "thread_id": thread_id,
        "type": "user_message",
        "name": principal.username,
        "output": answer.question,
        "meta": {NOTE: note.model_dump(mode="json")},
    }

    async def write(writer: Writer) -> None:
        await writer.put_step(values)

    await conversations.writes.do(principal, thread_id, "response.note", write)


async def forget(answer: StoredAnswer, principal: Principal, conversations: Conversations) -> None:
    """Delete the exchange from its conversation, and the conversation when nothing else is in it."""
    thread_id, step_id = answer.thread_id, answer.question_step_id
    if thread_id is None or step_id is None:
        return
    await conversations.writes.remove(
        principal, thread_id, "response.delete", lambda writer: writer.remove_step(step_id)
    )
    opened = await conversations.open(principal, thread_id)
    if opened is not None and not opened.steps:
        await conversations.writes.remove(
            principal, thread_id, "thread.delete", lambda writer: writer.remove_thread(thread_id)
        )
