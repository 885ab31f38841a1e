"""Sort orders of the library page, with the keys and cursors of each.

A cursor names its order and the last row's key, so that documents added or deleted meanwhile do not shift the pages.
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
class DocumentQuery:
    """Filter and order of the documents of the library page.

    Attributes:
        descending: None for the default direction: names from A, everything else from the newest, largest, latest.
        state: ``pending``: being read or queued, even if an earlier version is ready; ``partial``: ready, with warnings.
        search: words that must all occur in the title.
    """

    sort: Sort = "added"
    descending: bool | None = None
    state: State | None = None
    library_id: UUID | None = None
    search: str | None = None

    @property
    def is_descending(self) -> bool:
        """The direction, with the default resolved."""
        return self.sort != "name" if self.descending is None else self.descending


def cursor_after(query: DocumentQuery, key: Any, last: Document) -> str:
    """The cursor of the page after a row with this key."""
    key_json = key.isoformat() if isinstance(key, datetime) else key
    parts = [query.sort, query.is_descending, key_json, last.created_at.isoformat(), str(last.id)]
    return urlsafe_b64encode(json.dumps(parts).encode()).decode()


def place_of(cursor: str, query: DocumentQuery) -> tuple[ColumnElement[Any], ...]:
    """Key, time and id of the row that a cursor points behind, as typed literals.

    Raises:
        Invalid: not a cursor of :func:`cursor_after`, or of another order.
    """
    try:
        sort, is_descending, key, at, row_id = json.loads(urlsafe_b64decode(cursor.encode()))
        if (sort, is_descending) != (query.sort, query.is_descending):
            raise ValueError("another order")
        return _typed(sort, key), _moment(at), literal(UUID(row_id), Uuid())
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid("That page of the list does not exist; start again from the first.") from error


def _typed(sort: str, key: Any) -> ColumnElement[Any]:
    if sort in ("added", "used"):
        return _moment(key)
    if sort == "name":
        if "\0" in key.encode().decode():  # PostgreSQL stores no NUL, so no title has one
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
