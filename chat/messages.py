"""Reads a browser's message, reduced to what a browser may choose: an id, a text, which of its uploads belong to it, and a scope."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from answers.question import LONGEST_QUESTION
from core.errors import Invalid
from core.storable import storable

_MOST_OPTION_CHARS = 100


def canonical_uuid(value: object) -> str | None:
    """``value`` when it is the canonical text of a UUID, else None. Only such texts may become keys or parts of paths."""
    if not isinstance(value, str):
        return None
    try:
        return value if str(UUID(value)) == value else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """The part of a message that a browser may choose; not type, author, time, metadata and command."""

    message_id: str
    text: str
    file_ids: tuple[str, ...] = ()
    scope: str = ""

    @classmethod
    def from_payload(cls, payload: object, most_files: int) -> "IncomingMessage":
        """Read a ``client_message`` or ``edit_message`` event.

        Raises:
            Invalid: not a message, too long, or too many files.
        """
        step = payload.get("message") if isinstance(payload, Mapping) else None
        if not isinstance(payload, Mapping) or not isinstance(step, Mapping):
            raise Invalid("This is no message.")
        message_id, text = canonical_uuid(step.get("id")), step.get("output")
        if message_id is None or UUID(message_id).version != 4 or not isinstance(text, str):
            raise Invalid("This is no message.")
        if len(text) > LONGEST_QUESTION:
            raise Invalid(f"A message holds at most {LONGEST_QUESTION} characters. Add longer texts as a file.")
        return cls(message_id, storable(text), _file_ids(payload.get("fileReferences"), most_files), _scope(step))


def _scope(step: Mapping[Any, Any]) -> str:
    """The option chosen in the picker of :mod:`chat.scope`; empty for none."""
    modes = step.get("modes")
    option = modes.get("scope") if isinstance(modes, Mapping) else None
    return option if isinstance(option, str) and len(option) <= _MOST_OPTION_CHARS else ""


def _file_ids(references: Any, most_files: int) -> tuple[str, ...]:
    if references is None:
        return ()
    if not isinstance(references, list):
        raise Invalid("This is no message.")
    if len(references) > most_files:
        raise Invalid(f"At most {most_files} files fit into one message.")
    ids = [canonical_uuid(reference.get("id")) for reference in references if isinstance(reference, Mapping)]
    return tuple(dict.fromkeys(file_id for file_id in ids if file_id))
