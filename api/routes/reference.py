"""The reference of the HTTP API: a page that is made from its description, and the files of Swagger UI, from their package."""

from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from core.errors import NotFound
from core.words import N_
from web.html import frame

router = APIRouter(prefix="/api/docs", include_in_schema=False)

KINDS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


@router.get("")
async def page(request: Request) -> HTMLResponse:
    """The reference, to be read and tried."""
    body = '<main id="reference"></main>'
    return frame(
        request, N_("HTTP API · Footnote"), body, script="reference/reference.js", style="reference/reference.css"
    )


@router.get("/{name}")
async def file(name: str) -> Response:
    """A file of Swagger UI."""
    if name not in KINDS:
        raise NotFound("There is nothing at this address.")
    return Response(_content(name), media_type=KINDS[name], headers={"Cache-Control": "public, max-age=86400"})


@cache
def _content(name: str) -> bytes:
    return (files("fastapi_offline") / "static" / name).read_bytes()
