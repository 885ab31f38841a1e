"""Which language a request gets, and numbers and times in it."""

from datetime import UTC, datetime

import pytest
from starlette.requests import Request
from starlette.responses import Response

from core.words import catalogue
from web import formats
from web.language import language_of, remember


def request(accepted: str = "", cookie: str = "", query: str = "") -> Request:
    headers = [(b"accept-language", accepted.encode()), (b"cookie", f"footnote_language={cookie}".encode())]
    return Request(
        {
            "type": "http",
            "headers": headers,
            "query_string": query.encode(),
            "scheme": "http",
            "server": ("a", 80),
            "path": "/",
        }
    )


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de-CH,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,de;q=0.9", "en"),
        ("nl, fr;q=0.5, es;q=0.7", "es"),
        ("zh-TW", "zh"),
        ("th", "th"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("*", "en"),
        ("de;q=many, fr", "fr"),
        ("xx," * 5000 + "de", "en"),  # only the first are looked at
    ],
)
def test_the_browser_says_which_language(accepted: str, language: str) -> None:
    assert language_of(request(accepted)) == language


def test_the_address_comes_before_the_cookie_and_the_cookie_before_the_browser() -> None:
    assert language_of(request("de", "fr", "lang=es")) == "es"
    assert language_of(request("de", "fr")) == "fr"
    assert language_of(request("de", "klingon", "lang=klingon")) == "de"


def test_a_chosen_language_is_remembered_and_nothing_else_is() -> None:
    chosen, other = Response(), Response()
    remember(request(query="lang=de"), chosen)
    remember(request(query="lang=x;y"), other)
    assert "footnote_language=de" in chosen.headers["set-cookie"]
    assert "set-cookie" not in other.headers


def test_numbers_and_days_are_written_as_in_the_language() -> None:
    german, thai = catalogue("de"), catalogue("th")
    moment = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
    assert (formats.number(12345), formats.number(12345, german)) == ("12,345", "12.345")
    assert (formats.moment(moment), formats.moment(moment, german)) == ("3 Nov 2026, 14:05", "03.11.2026, 14:05")
    assert (formats.size(1_440_000), formats.size(1_440_000, german), formats.size(1, german)) == (
        "1.4 MB",
        "1,4 MB",
        "1 Byte",
    )
    assert "2026" in formats.day(moment, thai)  # the common calendar everywhere
    assert (formats.seconds(200_000), formats.seconds(200_000, german)) == ("2 days", "2 Tage")
