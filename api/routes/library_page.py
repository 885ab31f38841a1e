"""The page where people look after their documents."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.deps import CurrentPrincipal, SettingsDep
from api.html import PageRoute, frame

router = APIRouter(route_class=PageRoute)


@router.get("/library")
async def library(request: Request, principal: CurrentPrincipal, settings: SettingsDep) -> HTMLResponse:
    """All documents: bring, find, follow, read again, delete."""
    del principal  # only that there is one
    body = f'<div id="library" data-max-bytes="{settings.upload.max_bytes}"></div>'
    return frame(request, "Library · Footnote", body, script="library/library.js", style="library/library.css")
