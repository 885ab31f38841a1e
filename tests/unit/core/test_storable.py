"""Text from anywhere, as PostgreSQL, UTF-8 and JSON can carry it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.storable import StorableStream, storable

HALF = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF)
ANY_TEXT = st.text(st.one_of(st.characters(), HALF, st.just("\0"), st.sampled_from("ab \n\x07")))


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        ("Bo Dahl\0", "Bo Dahl"),
        ("gate\0\0 7", "gate 7"),
        ("depot \ud83d", "depot \ufffd"),
        ("\ude00 depot", "\ufffd depot"),
        ("\ud83d\ude00 depot", "😀 depot"),
        ("\ud83d\ud83d\ude00\ude00", "\ufffd😀\ufffd"),
        ("\ud83d\0\ude00", "\ufffd\ufffd"),
        ("straße 東京 😀 \x07\x85", "straße 東京 😀 \x07\x85"),
    ],
)
def test_what_cannot_be_stored_goes_or_becomes_what_it_means(text: str, stored: str) -> None:
    assert storable(text) == stored


@given(ANY_TEXT)
def test_any_text_can_be_stored_and_what_could_be_already_stays(text: str) -> None:
    stored = storable(text)
    assert stored.encode().decode() == stored
    assert "\0" not in stored
    assert storable(stored) == stored
    if "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text):
        assert stored == text


@given(st.lists(ANY_TEXT))
def test_pieces_give_what_the_whole_gives(pieces: list[str]) -> None:
    stream = StorableStream()
    assert "".join([*map(stream.feed, pieces), stream.flush()]) == storable("".join(pieces))
