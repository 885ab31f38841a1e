"""Days as forms send them, as moments in UTC."""

from datetime import UTC, datetime, timedelta

from core.errors import Invalid


def day_of(text: str) -> datetime | None:
    """The first moment of a day such as 2026-01-31; None for "". Raises Invalid for what is no day."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid("A day is written as 2026-01-31.") from error


def end_of(text: str) -> datetime | None:
    """The first moment after a day; None for "". Raises Invalid for what is no day."""
    day = day_of(text)
    try:
        return day and day + timedelta(days=1)
    except OverflowError as error:
        raise Invalid("A day is written as 2026-01-31.") from error
