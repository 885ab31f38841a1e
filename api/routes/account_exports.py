"""Exports of everything about the caller, as JSON and as the file."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from api.deps import RightsDep
from api.described import of_kind
from api.files import disposition
from rights.export.service import ExportView
from web.deps import CurrentPrincipal

router = APIRouter(prefix="/api/account/exports")


@router.post("", status_code=202)
async def request(principal: CurrentPrincipal, rights: RightsDep) -> ExportView:
    """Have everything about the caller put together as a ZIP, in the background; while one is being made, that one. Not for API keys."""
    view = await rights.exports.request(principal)
    await rights.wake()
    return view


@router.get("")
async def exports(principal: CurrentPrincipal, rights: RightsDep) -> list[ExportView]:
    """The caller's last exports, newest first."""
    return await rights.exports.latest(principal)


@router.get("/{export_id}")
async def export(export_id: UUID, principal: CurrentPrincipal, rights: RightsDep) -> ExportView:
    """How far an export of the caller's is."""
    return await rights.exports.get(principal, export_id)


@router.get("/{export_id}/file", response_class=Response, responses=of_kind("application/zip"))
async def file(export_id: UUID, principal: CurrentPrincipal, rights: RightsDep) -> StreamingResponse:
    """The ZIP of an export, once it is ready and as long as it is kept."""
    stream, size_bytes = await rights.exports.open(principal, export_id)
    headers = {
        "Content-Length": str(size_bytes),
        "Content-Disposition": disposition(f"footnote-{principal.username}.zip", is_inline=False),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(stream, 200, headers, "application/zip")
