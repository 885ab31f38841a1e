"""Answers unknown addresses and methods: 404 or 405, the same at every door."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus

from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette
from starlette.types import Scope

from web.errors import ErrorResponse, error_response

REST = "/api/{rest:path}"  # the last route of the HTTP API, which takes every method


def nothing_here(scope: Scope, also: Iterable[str] = ()) -> ErrorResponse:
    """405 with ``Allow`` when the address takes other methods, else 404.

    Args:
        also: further methods of the address, besides those of the host app's routes.
    """
    if allowed := sorted({*methods_at(scope["app"], scope["path"]), *also}):
        return error_response(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(allowed)})
    return error_response(HTTPStatus.NOT_FOUND)


def methods_at(app: Starlette, path: str) -> Iterator[str]:
    """Methods of the app's routes at exactly this address."""
    for route in iter_route_contexts(app.routes):
        if route.methods and route.path != REST and route.path_regex.match(path):
            yield from route.methods
