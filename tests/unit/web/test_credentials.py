"""Which token a request presents."""

import pytest
from starlette.requests import HTTPConnection

from web.credentials import MOST_PIECES, Credential, cookie_names, cookie_token, presented_credential


def sent(*headers: tuple[str, str], kind: str = "http") -> HTTPConnection:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return HTTPConnection({"type": kind, "headers": raw})


def with_cookie(cookie: str) -> HTTPConnection:
    return sent(("cookie", cookie))


def test_a_bearer_token_goes_before_the_cookie() -> None:
    both = sent(("authorization", "Bearer abc"), ("cookie", "access_token=def"))
    assert presented_credential(both) == Credential("abc", "api")
    assert presented_credential(with_cookie("access_token=def")) == Credential("def", "browser")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer  ", "Basic abc"])
def test_another_authorization_is_none(value: str) -> None:
    assert presented_credential(sent(("authorization", value))) is None


@pytest.mark.parametrize(
    ("cookie", "token"),
    [
        ("access_token=whole", "whole"),
        ("access_token=whole; access_token_0=ab", "whole"),  # left over from a longer token
        ("access_token_0=ab; access_token_1=cd", "abcd"),
        ("access_token_1=cd; access_token_0=ab", "abcd"),  # whatever their order
        ("access_token_0=ab; access_token_1=cd; access_token_3=no", "abcd"),
        ("access_token_0=ab; access_token_1=; access_token_2=no", "ab"),
        ("access_token=; access_token_0=ab", "ab"),
        ("access_token_1=cd", None),
        ("access_token=", None),
        ("other=x", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_the_cookie_whole_or_in_pieces(cookie: str, token: str | None) -> None:
    assert cookie_token(with_cookie(cookie)) == token


def test_there_is_an_end_to_pieces() -> None:
    many = "; ".join(f"access_token_{number}=x" for number in range(MOST_PIECES * 10))
    assert cookie_token(with_cookie(many)) == "x" * MOST_PIECES


def test_cookies_of_several_headers_are_one_set() -> None:
    """HTTP/2 lets a proxy send each cookie in a header of its own."""
    parted = sent(("cookie", "access_token_0=ab"), ("cookie", "access_token_1=cd"), kind="websocket")
    assert cookie_token(parted) == "abcd"


def test_only_our_cookies_are_deleted() -> None:
    both = with_cookie("access_token=a; access_token_0=b; access_tokens=c; other=d")
    assert cookie_names(both) == ["access_token", "access_token_0"]
