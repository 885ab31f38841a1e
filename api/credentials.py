"""What a request signs in with: an API token in ``Authorization``, or the cookie that the chat sets.

A cookie travels with every request of a browser, whoever's page made it; so whatever changes something by cookie must show that it
comes from our own pages. A bearer token is attached on purpose and needs no such proof.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from fastapi import Request

from core.errors import NotPermitted

COOKIE = "access_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Credential:
    """A token and the kind of sign-in it must belong to."""

    token: str
    kind: Literal["browser", "api"]


def cookie_token(cookies: Mapping[str, str]) -> str | None:
    """The cookie's token; long ones come in pieces named ``access_token_0``, ``access_token_1``…"""
    if whole := cookies.get(COOKIE):
        return whole
    pieces: list[str] = []
    while piece := cookies.get(f"{COOKIE}_{len(pieces)}"):
        pieces.append(piece)
    return "".join(pieces) or None


def presented_credential(request: Request) -> Credential | None:
    """The bearer token when there is one, else the cookie, else None."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return Credential(token.strip(), "api")
    from_cookie = cookie_token(request.cookies)
    return Credential(from_cookie, "browser") if from_cookie else None


def is_same_origin(request: Request, public_url: str | None) -> bool:
    """True when a browser says that one of our own pages made the request; silence counts as no."""
    if site := request.headers.get("sec-fetch-site"):
        return site == "same-origin"
    origin = urlsplit(request.headers.get("origin", "").lower()).netloc
    ours = {request.headers.get("host", "").lower(), urlsplit((public_url or "").lower()).netloc}
    return bool(origin) and origin in ours


def require_same_origin(request: Request, public_url: str | None) -> None:
    """Raise NotPermitted for a changing request that did not come from our own pages."""
    if request.method not in SAFE_METHODS and not is_same_origin(request, public_url):
        raise NotPermitted("This request came from another site and was refused.")
