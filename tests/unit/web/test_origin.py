"""Which requests a page of ours caused. ``tests/origins.py`` has the cases."""

import pytest
from starlette.types import Scope

from core.errors import NotPermitted
from tests.origins import FOREIGN, OWN, request, sent
from web.origin import Origin, is_own, require_own

PUBLIC = "https://fn.example"


@pytest.mark.parametrize("scope", OWN.values(), ids=OWN.keys())
def test_our_own_pages(scope: Scope) -> None:
    assert is_own(scope, None)
    require_own(scope, None)


@pytest.mark.parametrize("scope", FOREIGN.values(), ids=FOREIGN.keys())
def test_everything_else(scope: Scope) -> None:
    assert not is_own(scope, None)
    with pytest.raises(NotPermitted):
        require_own(scope, None)


@pytest.mark.parametrize(
    ("origin", "host", "public_url", "expected"),
    [
        ("https://fn.example", "inner:8000", PUBLIC, True),  # that is what the setting is for
        ("https://fn.example", "inner:8000", "https://FN.example:443/", True),
        ("https://fn.example", "inner:8000", "https://fn.example/below", True),  # its path is no part of the origin
        ("https://xn--bcher-kva.example", "inner:8000", "https://bücher.example", True),
        ("http://[::1]:8000", "inner:8000", "http://[0:0:0:0:0:0:0:1]:8000", True),
        ("http://inner:8000", "inner:8000", PUBLIC, False),  # there is one address of this server, and it is named
        ("http://fn.example", "fn.example", PUBLIC, False),  # the public address is https, and we know it
        ("https://fn.example:8443", "fn.example:8443", PUBLIC, False),
        ("null", "inner:8000", PUBLIC, False),
    ],
)
def test_the_public_url_decides_where_it_is_set(origin: str, host: str, public_url: str, expected: bool) -> None:
    assert is_own(sent(origin, host), public_url) is expected


def test_the_browsers_word_is_good_behind_any_proxy() -> None:
    """It compares the addresses that the person sees, which no proxy changes."""
    assert is_own(request(("host", "inner:8000"), ("sec-fetch-site", "same-origin")), PUBLIC)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_needs_no_proof(method: str) -> None:
    require_own(request(("host", "a"), ("sec-fetch-site", "cross-site"), method=method), None)


def test_who_is_refused_is_told_where_to_go() -> None:
    with pytest.raises(NotPermitted, match=r"Open Footnote at https://fn\.example"):
        require_own(sent("http://inner:8000", "inner:8000"), PUBLIC)


def test_what_has_no_origin() -> None:
    assert [Origin.of(url) for url in ("", "null", "file:///x", "https://", "https://[::1", "data:x")] == [None] * 6
