"""Sort orders of the library page, with the keys and cursors of each.

A cursor names its order and the last row's key, so that documents which come or go meanwhile shift nothing.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, DateTime, Text, Uuid, literal

from core.errors import Invalid
from db.models import Document

Sort = Literal["name", "added", "size", "pages", "state", "used"]
State = Literal["pending", "ready", "failed", "partial"]
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST_KEY = 2**63


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents, and in which order.

    Attributes:
        descending: None for the usual way round of the order: names from A, everything else from the newest, largest, latest.
        state: ``pending`` is read at present or waits for it, also when it can be asked already; ``partial`` is ready but for some parts.
        search: words that all stand in the title.
    """

    sort: Sort = "added"
    descending: bool | None = None
    state: State | None = None
    library_id: UUID | None = None
    search: str | None = None

    @property
    def is_descending(self) -> bool:
        """The way round, decided."""
        return self.sort != "name" if self.descending is None else self.descending


def cursor_after(wanted: Wanted, key: Any, last: Document) -> str:
    """The cursor of the page after a row with this key."""
    shown = key.isoformat() if isinstance(key, datetime) else key
    parts = [wanted.sort, wanted.is_descending, shown, last.created_at.isoformat(), str(last.id)]
    return urlsafe_b64encode(json.dumps(parts).encode()).decode()


def place_of(cursor: str, wanted: Wanted) -> tuple[ColumnElement[Any], ...]:
    """Key, time and id of the row that a cursor stands after, with their types.

    Raises:
        Invalid: made up, or of another order.
    """
    try:
        sort, is_descending, key, at, row_id = json.loads(urlsafe_b64decode(cursor.encode()))
        if (sort, is_descending) != (wanted.sort, wanted.is_descending):
            raise ValueError("another order")
        return _typed(sort, key), _moment(at), literal(UUID(row_id), Uuid())
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid("That page of the list does not exist; start again from the first.") from error


def _typed(sort: str, key: Any) -> ColumnElement[Any]:
    if sort in ("added", "used"):
        return _moment(key)
    if sort == "name":
        if "\0" in key.encode().decode():  # what cannot be in a title cannot be asked for
            raise ValueError("no text")
        return literal(key, Text())
    if not isinstance(key, int) or not 0 <= key < LARGEST_KEY:
        raise ValueError("no number")
    return literal(key, BigInteger())


def _moment(text: str) -> ColumnElement[datetime]:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return literal(moment, DateTime(timezone=True))
