"""Cursors for keyset paging, as opaque text."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from uuid import UUID

from core.errors import Invalid


def encode(at: datetime, row_id: UUID) -> str:
    """The cursor after a row."""
    return urlsafe_b64encode(f"{at.isoformat()}|{row_id}".encode()).decode()


def decode(cursor: str) -> tuple[datetime, UUID]:
    """The row that a cursor stands after.

    Raises:
        Invalid: not a cursor of ours.
    """
    try:
        at, _, row_id = urlsafe_b64decode(cursor.encode()).decode().partition("|")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("no zone")
        return moment, UUID(row_id)
    except ValueError as error:
        raise Invalid("That page of the list does not exist; start again from the first.") from error
