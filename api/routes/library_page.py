"""The page where people manage their documents."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import SourcesDep
from core.words import N_
from web.deps import CurrentPrincipal, SettingsDep
from web.html import frame
from web.page_route import PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/library")
async def library(
    request: Request, principal: CurrentPrincipal, settings: SettingsDep, sources: SourcesDep
) -> HTMLResponse:
    """The list of documents: upload, search, follow jobs, ingest again, delete."""
    links = "on" if settings.links.enabled else "off"
    known = f'data-max-bytes="{settings.upload.max_bytes}" data-links="{links}"'
    folders = " ".join(sources.folders(principal))  # their names have neither spaces nor quotes
    body = f'<div id="library" {known} data-folders="{folders}"></div>'
    return frame(request, N_("Library · Footnote"), body, script="library/library.js", style="library/library.css")
