"""Cursors for keyset paging, as opaque text."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from uuid import UUID

from core.errors import Invalid

NO_PAGE = "That page of the list does not exist; start again from the first."


def encode(at: datetime, row_id: UUID) -> str:
    """The cursor after a row."""
    return urlsafe_b64encode(f"{at.isoformat()}|{row_id}".encode()).decode()


def decode(cursor: str) -> tuple[datetime, UUID]:
    """The time and id of the row that a cursor points behind.

    Raises:
        Invalid: not a cursor made by :func:`encode`.
    """
    try:
        at, _, row_id = urlsafe_b64decode(cursor.encode()).decode().partition("|")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("no zone")
        return moment, UUID(row_id)
    except ValueError as error:
        raise Invalid(NO_PAGE) from error


def encode_name(name: str, row_id: UUID) -> str:
    """The cursor after a row of a list in the order of names and ids."""
    return urlsafe_b64encode(f"{row_id}|{name}".encode()).decode()


def decode_name(cursor: str) -> tuple[str, UUID]:
    """The name and id of the row that a cursor points behind. Raises Invalid for what :func:`encode_name` has not made."""
    try:
        row_id, _, name = urlsafe_b64decode(cursor.encode()).decode().partition("|")
        if "\0" in name:  # PostgreSQL stores no NUL
            raise ValueError("no name")
        return name, UUID(row_id)
    except ValueError as error:
        raise Invalid(NO_PAGE) from error
