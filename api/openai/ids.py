"""Ids as OpenAI's clients expect them: a word for the kind of thing, then the UUID without its hyphens."""

from enum import StrEnum
from uuid import UUID

from core.errors import NotFound
from core.values import Frozen


class Prefix(StrEnum):
    """The word in front of an id."""

    RESPONSE = "resp_"
    MESSAGE = "msg_"
    COMPLETION = "chatcmpl-"
    FILE = "file-"
    STORE = "vs_"


def shown(prefix: Prefix, some_id: UUID) -> str:
    """The id of a thing, for a client."""
    return f"{prefix}{some_id.hex}"


def read(prefix: Prefix, text: str, what: str, param: str | None = None) -> UUID:
    """The UUID in an id that a client sends; a bare UUID is taken too.

    Raises:
        NotFound: it is no id of such a thing.
    """
    try:
        return UUID(text.removeprefix(prefix))
    except ValueError:
        raise not_found(what, param) from None


def not_found(what: str, param: str | None = None) -> NotFound:
    """The error for a thing that is not there, or not the caller's."""
    error = NotFound(f"There is no such {what}.")
    error.param = param
    return error


class Deleted(Frozen):
    """What was deleted."""

    id: str
    object: str
    deleted: bool = True
