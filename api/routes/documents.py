"""Documents: bring, list, look at, delete."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter, ValidationError

from api import files
from api.deps import CurrentPrincipal, IngestionDep, LimiterDep, SettingsDep
from core.errors import NotFound
from db.library_order import Sort, State, Wanted
from ingestion.types import DocumentPage, DocumentView, JobStatus, SectionView, Submission, VersionView
from web.errors import error_response
from web.multipart import declared_bytes, open_upload
from web.text import StorableText

router = APIRouter(prefix="/api/documents")
AN_ID = TypeAdapter(UUID | None)
MOST_IDS = 100
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="One that is kept; the present one when empty.")]


def id_of(value: str | None, what: str) -> UUID | None:
    """The id of a library or document that a form or query names, if it names one."""
    try:
        return AN_ID.validate_python(value or None)
    except ValidationError as error:
        raise NotFound(f"There is no such {what}.") from error


WINDOW_S = 60
FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "library_id": {"type": "string", "format": "uuid"},
        "replaces": {"type": "string", "format": "uuid"},
        "file": {"type": "string", "format": "binary"},
    },
}
UPLOAD_DOCS = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": FORM}}}}


@router.post("", status_code=202, openapi_extra=UPLOAD_DOCS)
async def bring(
    request: Request,
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    limiter: LimiterDep,
    settings: SettingsDep,
    library_id: str | None = None,
    replaces: str | None = None,
) -> Submission:
    """Take in a file (field ``file`` of a form). Answers at once; ``job`` tells how the reading goes.

    With ``replaces`` it becomes the next version of that document, which answers from the present one until the new one is read.
    """
    await limiter.hit(f"upload:{principal.user_id}", settings.limit.uploads_per_minute, WINDOW_S)
    headroom = await ingestion.headroom(principal, declared_bytes(request.headers))
    upload = await open_upload(request)
    library = id_of(upload.fields.get("library_id") or library_id, "library")
    former = id_of(upload.fields.get("replaces") or replaces, "document")
    return await ingestion.submit(
        principal, upload.content, upload.filename, library_id=library, replaces=former, headroom=headroom
    )


@router.get("")
async def page(
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[StorableText | None, Query(max_length=4000)] = None,
    search: Annotated[StorableText | None, Query(max_length=200)] = None,
    sort: Sort = "added",
    order: Literal["asc", "desc"] | None = None,
    state: State | None = None,
    library_id: UUID | None = None,
    ids: Annotated[list[UUID] | None, Query(alias="id", max_length=MOST_IDS)] = None,
) -> DocumentPage:
    """The documents one may see, newest first unless asked otherwise; ``next_cursor`` leads to the next page.

    With ``id``, once or several times, just these documents and nothing of the rest applies.
    """
    if ids is not None:
        return await ingestion.listing.these(principal, frozenset(ids))
    is_descending = None if order is None else order == "desc"
    wanted = Wanted(sort, is_descending, state, library_id, search or None)
    return await ingestion.listing.page(principal, wanted, limit=limit, cursor=cursor)


@router.get("/{document_id}")
async def one(document_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> DocumentView:
    """One document."""
    return await ingestion.document(principal, document_id)


@router.delete("/{document_id}", status_code=204)
async def delete(document_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> None:
    """Remove a document, its text and its file."""
    await ingestion.delete_document(principal, document_id)


@router.post("/{document_id}/reindex", status_code=202)
async def reindex(document_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> JobStatus:
    """Read the stored file again; answers come from the former reading until that is done."""
    return await ingestion.reindex(principal, document_id)


@router.get("/{document_id}/versions")
async def versions(document_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> list[VersionView]:
    """The files that are kept of a document, newest first: the present one, and those that answers cite."""
    return list(await ingestion.viewing.versions(principal, document_id))


@router.get("/{document_id}/file")
async def original(
    document_id: UUID,
    request: Request,
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    download: bool = False,
    version: Version = None,
) -> Response:
    """The file as it was brought. ``?download=true`` always saves it; one byte range may be asked for."""
    opened = await ingestion.viewing.open_file(principal, document_id, version)
    document = opened.document
    headers = files.file_headers(document, is_download=download)
    kind = files.content_type(document)
    wanted = files.wanted_range(request.headers.get("range"), document.size_bytes)
    if wanted is None:
        return StreamingResponse(
            opened.stream(0, None), 200, headers | {"Content-Length": str(document.size_bytes)}, kind
        )
    if wanted.length <= 0:
        beyond = {"Content-Range": f"bytes */{wanted.size_bytes}"}
        return error_response(416, "The file has no such bytes.", headers=beyond)
    headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{wanted.size_bytes}"
    headers["Content-Length"] = str(wanted.length)
    return StreamingResponse(opened.stream(wanted.start, wanted.stop), 206, headers, kind)


@router.get("/{document_id}/pages/{number}")
async def page_image(
    document_id: UUID,
    number: int,
    request: Request,
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    chunk: UUID | None = None,
    width: Annotated[int, Query(ge=100, le=3000)] = 1200,
    version: Version = None,
) -> Response:
    """A page as a PNG, ``width`` pixels wide; with ``chunk``, that passage is highlighted in it."""
    shown = version or (await ingestion.document(principal, document_id)).version
    tag = f'"{document_id}/{shown}/{number}/{width}/{chunk or ""}"'  # a version's bytes never change, so neither do its pages
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        await ingestion.document(principal, document_id)  # still theirs to see
        return Response(status_code=304, headers=headers)
    image = await ingestion.viewing.page_image(
        principal, document_id, number, width_px=width, chunk_id=chunk, version=shown
    )
    return Response(image, headers=headers, media_type="image/png")


@router.get("/{document_id}/sections/{number}")
async def section(
    document_id: UUID, number: int, principal: CurrentPrincipal, ingestion: IngestionDep, version: Version = None
) -> SectionView:
    """The text of a section (PDF: of a page)."""
    return await ingestion.viewing.section(principal, document_id, number, version)
