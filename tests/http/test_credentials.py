"""Which token a request presents, and whether a cookie may change something."""

import pytest
from fastapi import Request

from api.credentials import Credential, cookie_token, presented_credential, require_same_origin
from core.errors import NotPermitted


def request_with(method: str = "POST", **headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "headers": [(b"host", b"foot.example:8000"), *pairs]})


def test_a_bearer_token_goes_before_the_cookie() -> None:
    both = request_with(authorization="Bearer abc", cookie="access_token=def")
    assert presented_credential(both) == Credential("abc", "api")
    assert presented_credential(request_with(cookie="access_token=def")) == Credential("def", "browser")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer  ", "Basic abc"])
def test_another_authorization_is_none(value: str) -> None:
    assert presented_credential(request_with(authorization=value)) is None


def test_a_cookie_in_pieces_is_put_together() -> None:
    assert cookie_token({"access_token_0": "ab", "access_token_1": "cd", "access_token_3": "no"}) == "abcd"
    assert cookie_token({"access_token_1": "cd"}) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin", "origin": "https://behind.a.proxy"},
        {"origin": "http://foot.example:8000"},
        {"origin": "https://Docs.example"},
    ],
)
def test_our_own_pages_may_change_things(headers: dict[str, str]) -> None:
    require_same_origin(request_with(**headers), "https://docs.example")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": "http://foot.example"},
        {"sec_fetch_site": "cross-site", "origin": "http://foot.example:8000"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
    ],
)
def test_other_pages_may_not(headers: dict[str, str]) -> None:
    with pytest.raises(NotPermitted):
        require_same_origin(request_with(**headers), None)


def test_reading_needs_no_proof() -> None:
    require_same_origin(request_with("GET", sec_fetch_site="cross-site"), None)
