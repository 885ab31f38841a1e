"""Every route of Chainlit, and whether it is open. A route in neither list is closed; a test compares them with Chainlit's own list."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Access(StrEnum):
    """Who may call a route."""

    ANYONE = "anyone"
    SIGNED_IN = "signed in"


@dataclass(frozen=True, slots=True)
class Route:
    """An open route: method and path as declared by Chainlit, or by this package in its place."""

    method: str
    path: str
    access: Access


_ANYONE, _SIGNED_IN = Access.ANYONE, Access.SIGNED_IN

OPEN = (
    # The page: one HTML file for every view. Chainlit serves it at any path; here only at paths that exist.
    Route("GET", "/", _ANYONE),
    Route("HEAD", "/", _ANYONE),
    Route("GET", "/login", _ANYONE),
    Route("GET", "/thread/{thread_id}", _ANYONE),
    Route("GET", "/public/{filename:path}", _ANYONE),
    Route("GET", "/assets/{filename:path}", _ANYONE),
    Route("GET", "/favicon", _ANYONE),
    Route("GET", "/logo", _ANYONE),
    Route("GET", "/auth/config", _ANYONE),
    Route("GET", "/project/translations", _ANYONE),
    Route("POST", "/login", _ANYONE),
    Route("POST", "/logout", _ANYONE),
    Route("GET", "/user", _SIGNED_IN),
    Route("GET", "/project/settings", _SIGNED_IN),
    Route("POST", "/project/threads", _SIGNED_IN),
    Route("GET", "/project/thread/{thread_id}", _SIGNED_IN),
    Route("PUT", "/project/thread", _SIGNED_IN),
    Route("DELETE", "/project/thread", _SIGNED_IN),
    Route("PUT", "/feedback", _SIGNED_IN),
    Route("DELETE", "/feedback", _SIGNED_IN),
    Route("POST", "/project/file", _SIGNED_IN),
    Route("POST", "/answers/{answer_run_id}/again", _SIGNED_IN),
    Route("POST", "/answers/{answer_run_id}/continue", _SIGNED_IN),
    Route("POST", "/answers/{answer_run_id}/literal", _SIGNED_IN),
)

CLOSED = frozenset(
    {
        ("GET", "/copilot/{filename:path}"),
        ("POST", "/auth/jwt"),
        ("POST", "/set-session-cookie"),
        ("POST", "/auth/header"),
        ("GET", "/auth/oauth/{provider_id}"),
        ("GET", "/auth/oauth/{provider_id}/callback"),
        ("POST", "/auth/oauth/azure-ad-hybrid/callback"),
        ("GET", "/project/share/{thread_id}"),
        ("PUT", "/project/thread/share"),
        ("GET", "/project/thread/{thread_id}/element/{element_id}"),
        ("PUT", "/project/element"),
        ("DELETE", "/project/element"),
        ("POST", "/project/action"),
        ("POST", "/mcp"),
        ("DELETE", "/mcp"),
        ("GET", "/project/file/{file_id}"),
        ("GET", "/avatars/{avatar_id:str}"),
        ("GET", "/health"),
        ("GET", "/{full_path:path}"),
    }
)

_PLACEHOLDER = re.compile(r"\\\{\w+(:path)?\\\}")


def _expression(path: str) -> str:
    """A regular expression for the paths of a route."""
    return _PLACEHOLDER.sub(lambda match: ".+" if match[1] else "[^/]+", re.escape(path))


_PATTERNS = tuple((route, re.compile(_expression(route.path))) for route in OPEN)


def find(method: str, path: str) -> Route | None:
    """The open route of a request, or None."""
    for route, pattern in _PATTERNS:
        if route.method == method and pattern.fullmatch(path):
            return route
    return None


def methods_of(path: str) -> tuple[str, ...]:
    """The methods of the open routes at an address."""
    return tuple(route.method for route, pattern in _PATTERNS if pattern.fullmatch(path))
