"""Entity tags: what a person saw of a thing, and the condition that it is still so when they change it (``If-Match``, RFC 9110)."""

from dataclasses import dataclass
from hashlib import sha256

from pydantic import BaseModel

from core.errors import PreconditionFailed

LENGTH = 24  # hexadecimal digits


def tag_of(value: BaseModel) -> str:
    """The strong entity tag of a thing as the person is shown it, in quotes."""
    return f'"{sha256(value.model_dump_json().encode()).hexdigest()[:LENGTH]}"'


@dataclass(frozen=True, slots=True)
class Precondition:
    """A condition on a change. ``tags`` are those of a header ``If-Match``; None: no condition, empty: any state will do."""

    tags: frozenset[str] | None = None

    @classmethod
    def of_header(cls, header: str | None) -> "Precondition":
        """The condition of a header ``If-Match``; without one, none."""
        if header is None:
            return cls()
        tags = frozenset(tag.strip() for tag in header.split(","))
        return cls(frozenset() if "*" in tags else tags)

    def require(self, value: BaseModel) -> None:
        """Raise PreconditionFailed when the thing is no longer what the person saw. Call it where its row is locked."""
        if self.tags and tag_of(value) not in self.tags:
            raise PreconditionFailed("It has changed meanwhile; read it again first.")


UNCONDITIONAL = Precondition()
