"""Documents: upload, list, view, delete."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from api import files
from api.conditions import IfMatch, tagged
from api.deps import IngestionDep, LimiterDep, Number
from api.described import of_kind
from api.idempotency import Hashed, Once
from core.errors import NotFound
from db.library_order import DocumentQuery, Sort, State
from ingestion.types import DocumentPage, DocumentView, GuideView, JobStatus, SectionView, Submission, VersionView
from web.deps import CurrentPrincipal, SettingsDep
from web.errors import error_response
from web.multipart import declared_bytes, open_upload
from web.text import StorableText

router = APIRouter(prefix="/api/documents")
AN_ID = TypeAdapter(UUID | None)
MOST_IDS = 100
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="One that is kept; the present one when empty.")]


def id_of(value: str | None, what: str) -> UUID | None:
    """The id of a library or document in a form or query; None when empty. Raises NotFound when it is not a UUID."""
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


@router.post("", status_code=202, openapi_extra=UPLOAD_DOCS, response_model=Submission)
async def bring(
    request: Request,
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    limiter: LimiterDep,
    settings: SettingsDep,
    once: Once,
    library_id: str | None = None,
    replaces: str | None = None,
) -> Submission | Response:
    """Upload a file (field ``file`` of a form). Answers at once; ``job`` is the ingestion job.

    With ``replaces``, it becomes the next version of that document; until it is ingested, answers use the present version.
    """
    await limiter.hit(f"upload:{principal.user_id}", settings.limit.uploads_per_minute, WINDOW_S)
    declared = declared_bytes(request.headers)
    # With a key it may be a repetition, which needs no room.
    headroom = None if once.key else await ingestion.headroom(principal, declared)
    upload = await open_upload(request)
    library = id_of(upload.fields.get("library_id") or library_id, "library")
    former = id_of(upload.fields.get("replaces") or replaces, "document")
    content = Hashed(upload.content)

    async def submit() -> Submission:
        room = headroom or await ingestion.headroom(principal, declared)
        return await ingestion.submit(
            principal, aiter(content), upload.filename, library_id=library, replaces=former, headroom=room
        )

    return await once.of_upload((upload.filename, f"{library}", f"{former}"), content, submit, 202)


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
    """The documents that the caller may see, newest first by default; ``next_cursor`` leads to the next page.

    With ``id``, once or several times, just these documents; the other parameters do not apply.
    """
    if ids is not None:
        return await ingestion.listing.by_ids(principal, frozenset(ids))
    is_descending = None if order is None else order == "desc"
    query = DocumentQuery(sort, is_descending, state, library_id, search or None)
    return await ingestion.listing.page(principal, query, limit=limit, cursor=cursor)


@router.get("/{document_id}")
async def one(
    document_id: UUID, response: Response, principal: CurrentPrincipal, ingestion: IngestionDep
) -> DocumentView:
    """One document."""
    return tagged(response, await ingestion.document(principal, document_id))


@router.delete("/{document_id}", status_code=204)
async def delete(document_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep, seen: IfMatch) -> None:
    """Delete a document, its text and its file."""
    await ingestion.delete_document(principal, document_id, seen)


class Destination(BaseModel):
    """The library that a document goes to."""

    model_config = ConfigDict(extra="forbid")

    library_id: UUID


@router.post("/{document_id}/move")
async def move(
    document_id: UUID,
    body: Destination,
    response: Response,
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    seen: IfMatch,
) -> DocumentView:
    """Move a document into another library; for editors of both. From now on, only members of that library see it."""
    return tagged(response, await ingestion.moves.move(principal, document_id, body.library_id, seen))


@router.post("/{document_id}/copy", status_code=202)
async def copy(
    document_id: UUID, body: Destination, principal: CurrentPrincipal, ingestion: IngestionDep
) -> Submission:
    """Copy a document into another library; for its readers who are editors there. The copy is read as an upload is."""
    return await ingestion.copy(principal, document_id, body.library_id)


@router.post("/{document_id}/reindex", status_code=202)
async def reindex(document_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> JobStatus:
    """Ingest the stored file again; until that is done, answers use its earlier text."""
    return await ingestion.reindex(principal, document_id)


@router.get("/{document_id}/guide")
async def guide(document_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> GuideView:
    """What a document is about, its headings, key figures and dates, and questions that are answered from it.

    It is made in the background once the document has been read; ``state`` is ``pending`` until then.
    """
    return await ingestion.guides.guide(principal, document_id)


@router.get("/{document_id}/versions")
async def versions(document_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep) -> list[VersionView]:
    """The stored versions of a document, newest first: the present one, and those that answers cite."""
    return list(await ingestion.viewing.versions(principal, document_id))


@router.get("/{document_id}/file", response_class=Response, responses=of_kind("*/*") | of_kind("*/*", status=206))
async def original(
    document_id: UUID,
    request: Request,
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    download: bool = False,
    version: Version = None,
) -> Response:
    """The original file. ``?download=true`` always saves it; one byte range may be requested."""
    opened = await ingestion.viewing.open_file(principal, document_id, version)
    document = opened.document
    headers = files.file_headers(document, is_download=download)
    kind = files.content_type(document)
    span = files.requested_range(request.headers.get("range"), document.size_bytes)
    if span is None:
        return StreamingResponse(
            opened.stream(0, None), 200, headers | {"Content-Length": str(document.size_bytes)}, kind
        )
    if span.length <= 0:
        size = {"Content-Range": f"bytes */{span.size_bytes}"}
        return error_response(416, "The file has no such bytes.", headers=size)
    headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{span.size_bytes}"
    headers["Content-Length"] = str(span.length)
    return StreamingResponse(opened.stream(span.start, span.stop), 206, headers, kind)


@router.get("/{document_id}/pages/{number}", response_class=Response, responses=of_kind("image/png"))
async def page_image(
    document_id: UUID,
    number: Number,
    request: Request,
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    chunk: UUID | None = None,
    width: Annotated[int, Query(ge=100, le=3000)] = 1200,
    version: Version = None,
) -> Response:
    """A page as a PNG, at least ``width`` pixels wide; ``chunk`` is highlighted in it."""
    present = version or (await ingestion.document(principal, document_id)).version
    tag = (
        f'"{document_id}/{present}/{number}/{width}/{chunk or ""}"'  # a version never changes, and neither do its pages
    )
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        await ingestion.document(principal, document_id)  # raises NotFound when they may no longer see it
        return Response(status_code=304, headers=headers)
    image = await ingestion.viewing.page_image(
        principal, document_id, number, width_px=width, chunk_id=chunk, version=present
    )
    return Response(image, headers=headers, media_type="image/png")


@router.get("/{document_id}/sections/{number}")
async def section(
    document_id: UUID, number: Number, principal: CurrentPrincipal, ingestion: IngestionDep, version: Version = None
) -> SectionView:
    """The text of a section (PDF: of a page)."""
    return await ingestion.viewing.section(principal, document_id, number, version)
