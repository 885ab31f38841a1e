"""Cleans values from browsers and from Chainlit for PostgreSQL."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from core.errors import NotFound
from core.storable import storable


def clean_text(value: object) -> str:
    """Any value as text that PostgreSQL accepts; None becomes ""."""
    return "" if value is None else storable(str(value))


def text_or_none(value: object) -> str | None:
    """Like :func:`clean_text`, but None stays None."""
    return None if value is None else clean_text(value)


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {clean_text(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(item) for item in value]
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None  # JSON knows neither NaN nor infinity
    return clean_text(value)


def json_object(value: object, longest: int) -> dict[str, Any]:
    """A dict as a JSON object; {} for anything else, and for what nests too deeply or is longer than ``longest`` bytes."""
    if not isinstance(value, dict):
        return {}
    try:
        cleaned: dict[str, Any] = _clean(value)
        return cleaned if len(json.dumps(cleaned).encode()) <= longest else {}
    except RecursionError:
        return {}


def uuid_or_none(value: object) -> UUID | None:
    """A UUID in any of its spellings; None for anything else."""
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        return None


def require_uuid(value: object, what: str) -> UUID:
    """Like :func:`uuid_or_none`, but raises NotFound: nothing is stored under another id."""
    some_id = uuid_or_none(value)
    if some_id is None:
        raise NotFound(f"There is no such {what}.")
    return some_id


def moment_or_none(value: object) -> datetime | None:
    """An ISO time, in UTC when it names no zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def iso(moment: datetime) -> str:
    """The time in the format of Chainlit's page: UTC, ending in Z."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
