"""Credentials of a request: an API token in ``Authorization``, or the cookie that the chat sets.

Browsers send the cookie with every request, also those that other sites' pages cause; so a request that changes something by cookie must
also pass :func:`web.origin.require_own`. A bearer token is attached on purpose and needs no such check.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection

COOKIE = "access_token"
MOST_PIECES = 16  # 3000 characters each


@dataclass(frozen=True, slots=True)
class Credential:
    """A token and the kind of sign-in it must belong to."""

    token: str
    kind: Literal["browser", "api"]


def cookie_token(connection: HTTPConnection) -> str | None:
    """The cookie's token; a long one is in pieces named ``access_token_0``, ``access_token_1``…"""
    cookies = connection.cookies
    return cookies.get(COOKIE) or "".join(_pieces(cookies)) or None


def _pieces(cookies: Mapping[str, str]) -> Iterable[str]:
    for number in range(MOST_PIECES):
        piece = cookies.get(f"{COOKIE}_{number}")
        if not piece:
            return
        yield piece


def cookie_names(connection: HTTPConnection) -> list[str]:
    """Names of the cookies with the token or a piece of it, for deleting them."""
    return [name for name in connection.cookies if name == COOKIE or name.startswith(f"{COOKIE}_")]


def presented_credential(connection: HTTPConnection) -> Credential | None:
    """The bearer token when there is one, else the cookie, else None."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return Credential(token.strip(), "api")
    from_cookie = cookie_token(connection)
    return Credential(from_cookie, "browser") if from_cookie else None
