"""``/v1/files``: a file is a document of any library that the caller may see; one that is uploaded goes into the personal library."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from api import files as headers_of_files
from api.deps import IngestionDep, LimiterDep
from api.openai.documents.paging import After, Limit, Order, as_list, documents_of
from api.openai.ids import Deleted, Prefix, not_found, read, shown
from api.openai.refusals import REFUSALS
from core.access import Principal
from core.errors import NotFound
from ingestion.service import IngestionService
from ingestion.types import DocumentView
from web.deps import CurrentPrincipal, SettingsDep
from web.multipart import declared_bytes, open_upload
from web.text import StorableText

router = APIRouter(prefix="/v1/files", responses=REFUSALS, tags=["OpenAI"])
PURPOSE = "user_data"
WINDOW_S = 60
PURPOSES = (PURPOSE, "assistants")  # that files here are good for
STATUS = {"ready": "processed", "failed": "error"}
FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"purpose": {"type": "string"}, "file": {"type": "string", "format": "binary"}},
}
UPLOAD_DOCS = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": FORM}}}}


def as_file(document: DocumentView) -> dict[str, Any]:
    """The object ``file``; its purpose is always the same."""
    return {
        "id": shown(Prefix.FILE, document.id),
        "object": "file",
        "bytes": document.size_bytes,
        "created_at": int(document.created_at.timestamp()),
        "expires_at": None,
        "filename": document.title,
        "purpose": PURPOSE,
        "status": STATUS.get(document.state, "uploaded"),
        "status_details": document.error,
    }


async def document_of(file_id: str, principal: Principal, ingestion: IngestionService) -> DocumentView:
    """The document of a file. Raises NotFound."""
    try:
        return await ingestion.document(principal, read(Prefix.FILE, file_id, "file", "file_id"))
    except NotFound:
        raise not_found("file", "file_id") from None


@router.get("")
async def mine(
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    limit: Limit = 100,
    after: After = None,
    order: Order = "desc",
    purpose: Annotated[StorableText | None, Query(max_length=100)] = None,
) -> dict[str, Any]:
    """The documents that the caller may see; none for a purpose that documents do not have."""
    if purpose not in (None, *PURPOSES):
        return as_list([], has_more=False)
    documents, has_more = await documents_of(
        principal, ingestion, library_id=None, limit=limit, after=after, order=order
    )
    return as_list([as_file(document) for document in documents], has_more=has_more)


@router.post("", openapi_extra=UPLOAD_DOCS)
async def upload(
    request: Request,
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    limiter: LimiterDep,
    settings: SettingsDep,
) -> dict[str, Any]:
    """Bring a file (field ``file`` of a form); every purpose is taken.

    It is read in the background: its status is ``uploaded`` until then.
    """
    await limiter.hit(f"upload:{principal.user_id}", settings.limit.uploads_per_minute, WINDOW_S)
    headroom = await ingestion.headroom(principal, declared_bytes(request.headers))
    incoming = await open_upload(request, takes_fields_after=True)
    submission = await ingestion.submit(principal, incoming.content, incoming.filename, headroom=headroom)
    return as_file(submission.document)


@router.get("/{file_id}")
async def one(file_id: str, principal: CurrentPrincipal, ingestion: IngestionDep) -> dict[str, Any]:
    """One file."""
    return as_file(await document_of(file_id, principal, ingestion))


@router.delete("/{file_id}")
async def delete(file_id: str, principal: CurrentPrincipal, ingestion: IngestionDep) -> Deleted:
    """Delete a document, its text and its file."""
    document = await document_of(file_id, principal, ingestion)
    await ingestion.delete_document(principal, document.id)
    return Deleted(id=shown(Prefix.FILE, document.id), object="file")


@router.get("/{file_id}/content", response_class=StreamingResponse)
async def content(file_id: str, principal: CurrentPrincipal, ingestion: IngestionDep) -> StreamingResponse:
    """The file as it was brought."""
    document = await document_of(file_id, principal, ingestion)
    opened = await ingestion.viewing.open_file(principal, document.id)
    headers = headers_of_files.file_headers(opened.document, is_download=True)
    headers["Content-Length"] = str(opened.document.size_bytes)
    del headers["Accept-Ranges"]
    return StreamingResponse(opened.stream(0, None), 200, headers, headers_of_files.content_type(opened.document))
