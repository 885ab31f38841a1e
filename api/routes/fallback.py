"""What no other route under ``/api`` takes: a JSON 404 (or 405), never the chat's page."""

from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from fastapi.routing import iter_route_contexts

from web.errors import SENTENCES, error_response

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
PATH = "/api/{rest:path}"
router = APIRouter()


def other_methods(request: Request) -> Iterator[str]:
    """Methods that routes at this very address do take."""
    for route in iter_route_contexts(request.app.routes):
        if route.methods and route.path != PATH and route.path_regex.match(request.url.path):
            yield from route.methods


@router.api_route(PATH, methods=METHODS, include_in_schema=False)
async def nothing_here(request: Request) -> Response:
    """The last route of all."""
    allowed = sorted(set(other_methods(request)))
    if allowed:
        return error_response(405, SENTENCES[405], headers={"Allow": ", ".join(allowed)})
    return error_response(404, SENTENCES[404])
