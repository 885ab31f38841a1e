"""Cursors: what was encoded comes back; anything else is refused with a sentence."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from core.errors import Invalid
from db import cursors


def test_a_cursor_keeps_the_microsecond_and_the_id() -> None:
    at, row_id = datetime(2030, 2, 3, 4, 5, 6, 789012, UTC), uuid4()
    assert cursors.decode(cursors.encode(at, row_id)) == (at, row_id)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "ü",
        "\ud800",
        urlsafe_b64encode(b"2030-01-01T00:00:00+00:00").decode(),
        urlsafe_b64encode(b"2030-01-01T00:00:00+00:00|x").decode(),
        urlsafe_b64encode(b"2030-01-01T00:00:00|0c8f1f0a-7c1e-4b3d-9a52-6a3a9b1d2e4f").decode(),
        urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        cursors.decode(cursor)
