"""Who caused a request."""

import pytest

from web.origin import is_own_request, is_same_origin


@pytest.mark.parametrize(
    ("origin", "host", "public_url", "expected"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", None, True),
        ("https://notes.example", "notes.example", None, True),
        ("https://notes.example:443", "notes.example", None, True),
        ("https://notes.example", "inner:8000", "https://notes.example/", True),
        ("https://evil.example", "notes.example", None, False),
        ("https://notes.example.evil.example", "notes.example", None, False),
        ("http://127.0.0.1:9000", "127.0.0.1:8000", None, False),
        ("null", "notes.example", None, False),
        (None, "notes.example", None, False),
        ("file://notes.example", "notes.example", None, False),
        ("https://notes.example", None, None, False),
    ],
)
def test_same_origin(origin: str | None, host: str | None, public_url: str | None, expected: bool) -> None:
    assert is_same_origin(origin, host, public_url) is expected


def test_silence_is_not_consent() -> None:
    assert not is_own_request({"host": "a"}, None)
    assert is_own_request({"host": "a", "sec-fetch-site": "same-origin"}, None)
    assert not is_own_request({"host": "a", "sec-fetch-site": "same-site"}, None)
    assert not is_own_request({"host": "a", "sec-fetch-site": "same-origin", "origin": "https://evil"}, None)
