"""The page where people manage their documents."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from core.words import N_
from web.deps import CurrentPrincipal, SettingsDep
from web.html import PageRoute, frame

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/library")
async def library(request: Request, principal: CurrentPrincipal, settings: SettingsDep) -> HTMLResponse:
    """The list of documents: upload, search, follow jobs, ingest again, delete."""
    del principal  # only required to be signed in
    links = "on" if settings.links.enabled else "off"
    body = f'<div id="library" data-max-bytes="{settings.upload.max_bytes}" data-links="{links}"></div>'
    return frame(request, N_("Library · Footnote"), body, script="library/library.js", style="library/library.css")
