"""A client's list of messages as a question and the turns before it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.openai.ids import Prefix, read
from api.openai.refusals import invalid, unsupported
from core.storable import storable
from rag.types import Turn

SYSTEM = ("system", "developer")
TEXTS = ("text", "input_text", "output_text")
MOST_MESSAGES = 1000
NOT_READ = {
    "image_url": "images",
    "input_image": "images",
    "input_audio": "audio",
}


@dataclass(frozen=True, slots=True)
class Talk:
    """A question with what came before it.

    Attributes:
        turns: earlier exchanges, oldest first; a question that was not answered has an empty answer.
        file_ids: documents that the last message names.
        has_system: there was text for the system, which is not used.
    """

    question: str
    turns: tuple[Turn, ...] = ()
    file_ids: frozenset[UUID] = frozenset()
    has_system: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    role: str
    text: str
    file_ids: frozenset[UUID]


def talk_of(messages: Sequence[Mapping[str, Any]], field: str) -> Talk:
    """The question is the last message, which is the user's; system text says nothing here.

    Args:
        field: the name of the list in the request.

    Raises:
        Invalid: a message that is not understood, or the last one is not the user's.
        NotFound: a file's id is none.
    """
    if not messages:
        raise invalid("Send at least one message.", field)
    if len(messages) > MOST_MESSAGES:
        raise invalid(f"Send at most {MOST_MESSAGES} messages.", field)
    said = [one for place, message in enumerate(messages) if (one := _said(message, f"{field}[{place}]"))]
    spoken = [one for one in said if one.role not in SYSTEM]
    if not spoken or spoken[-1].role != "user":
        raise invalid("The last message must be the user's.", f"{field}[{len(messages) - 1}]")
    last = spoken[-1]
    return Talk(last.text, tuple(_turns(spoken[:-1])), last.file_ids, len(said) > len(spoken))


def _turns(spoken: Iterable[_Said]) -> Iterable[Turn]:
    """Earlier messages as exchanges; what the assistant says first, before any question, is left out."""
    question: str | None = None
    for one in spoken:
        if one.role == "user":
            if question is not None:
                yield Turn(question=question, answer="")
            question = one.text
        elif question is not None:
            yield Turn(question=question, answer=one.text)
            question = None
    if question is not None:
        yield Turn(question=question, answer="")


def _said(message: Mapping[str, Any], where: str) -> _Said | None:
    """One message; None for one that says nothing, such as a model's thoughts."""
    kind = message.get("type", "message")
    if kind == "reasoning":
        return None
    if kind != "message":
        raise unsupported(f"Items of the type “{_name(kind)}” are not taken: Footnote calls no tools.", f"{where}.type")
    role = message.get("role")
    if role in ("tool", "function") or message.get("tool_calls") or message.get("function_call"):
        raise unsupported("Footnote calls no tools, and takes no results of tools.", where)
    if role not in (*SYSTEM, "user", "assistant"):
        raise invalid("The role of a message is “system”, “developer”, “user” or “assistant”.", f"{where}.role")
    text, file_ids = _content(message.get("content"), f"{where}.content")
    return _Said(str(role), text, file_ids)


def _content(content: Any, where: str) -> tuple[str, frozenset[UUID]]:
    """The text of a message and the files that it names."""
    if isinstance(content, str):
        return storable(content), frozenset()
    if content is None:
        return "", frozenset()
    if not isinstance(content, list):
        raise invalid("The content of a message is a text, or a list of parts.", where)
    texts: list[str] = []
    file_ids: set[UUID] = set()
    for place, part in enumerate(content):
        at = f"{where}[{place}]"
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in TEXTS and isinstance(part.get("text"), str):
            texts.append(storable(part["text"]))
        elif kind in ("file", "input_file"):
            file_ids.add(_file_id(part.get("file", part), at))
        elif kind != "refusal":
            raise _not_read(kind, at)
    return "\n".join(texts), frozenset(file_ids)


def _file_id(part: Any, where: str) -> UUID:
    """The document of a part that names a file which was uploaded before."""
    if isinstance(part, dict) and isinstance(part.get("file_id"), str):
        return read(Prefix.FILE, part["file_id"], "file", f"{where}.file_id")
    raise unsupported("Upload the file at /v1/files first, and name it by its “file_id”.", where)


def _not_read(kind: Any, where: str) -> Exception:
    if kind in NOT_READ:
        return unsupported(f"Footnote reads no {NOT_READ[kind]} in messages; send text.", where)
    return invalid(f"A part of a message of the type “{_name(kind)}” is not understood; send text.", where)


def _name(kind: Any) -> str:
    return storable(str(kind))[:40]
