"""Whatever comes from outside can be stored."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.data_layer.cleaning import clean_text, iso, json_object, moment_or_none, require_uuid, uuid_or_none
from core.errors import NotFound

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(), inner, max_size=4),
    max_leaves=20,
)


@given(st.text(st.characters()))
def test_text_is_what_postgresql_takes(text: str) -> None:
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    if "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text):
        assert cleaned == text


@given(st.dictionaries(st.text(), ANYTHING, max_size=5))
def test_objects_become_json_within_their_limit(value: dict[str, Any]) -> None:
    cleaned = json_object(value, 500)
    text = json.dumps(cleaned, allow_nan=False)
    assert len(text.encode()) <= 500
    assert "\\u0000" not in text
    text.encode("utf-8")


def test_plain_objects_stay_as_they_are() -> None:
    plain = {"a": [1, 2.5, None, True, {"b": "ü"}]}
    assert json_object(plain, 100) == plain
    assert json_object("no object", 100) == {}


@pytest.mark.parametrize("text", ["", "x", None, 7, "../../etc", "6ba7b810-9dad-11d1-80b4"])
def test_what_is_no_id(text: object) -> None:
    assert uuid_or_none(text) is None
    with pytest.raises(NotFound):
        require_uuid(text, "message")


def test_ids() -> None:
    text = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"
    assert uuid_or_none(text) == require_uuid(UUID(text), "message") == UUID(text)


def test_times_come_and_go_as_utc() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for text in ("2026-01-01T12:00:00Z", "2026-01-01T12:00:00", "2026-01-01T14:00:00+02:00"):
        assert moment_or_none(text) == noon
    assert iso(noon) == "2026-01-01T12:00:00Z"
    assert moment_or_none("yesterday") is None
    assert moment_or_none(None) is None
