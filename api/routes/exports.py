"""The caller's conversations as files."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.deps import ExportsDep
from api.described import of_kind
from api.files import disposition
from conversations.sharing.exports import MEDIA_TYPES, ExportFormat
from web.deps import CurrentPrincipal, SettingsDep

router = APIRouter()
_KINDS = of_kind(*(media_type.partition(";")[0] for media_type in MEDIA_TYPES.values()))


@router.get("/api/threads/{thread_id}/export", response_class=Response, responses=_KINDS)
async def export(
    thread_id: UUID,
    request: Request,
    principal: CurrentPrincipal,
    exports: ExportsDep,
    settings: SettingsDep,
    kind: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.MARKDOWN,
) -> Response:
    """A conversation as a file: Markdown or a PDF with footnotes, or JSON."""
    base_url = settings.public_url or str(request.base_url)
    made = await exports.export(principal, thread_id, kind, base_url)
    headers = {"Content-Disposition": disposition(made.name, is_inline=False), "Cache-Control": "no-store"}
    return Response(made.content, media_type=made.media_type, headers=headers)
