"""Citations, for the viewer."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter

from answers.types import CitationView
from api.deps import AnswersDep, IngestionDep, Number, SharesDep, ShareToken
from core.access import Principal
from core.values import Frozen
from ingestion.service import IngestionService
from ingestion.types import Box
from rag.types import Span
from web.deps import CurrentPrincipal

router = APIRouter(prefix="/api/citations")


class CitationPage(Frozen):
    """A citation and its place in the document.

    Attributes:
        kind: ``pages`` (page images, the passage in ``boxes``), ``text`` (section text, the passage in ``spans``), or ``deleted``.
        version: the cited version of the document.
        is_earlier_version: the document has a newer version.
        locator: position of the passage, when there are no pages: ``Sheet1, A2:D15``.
        boxes: rectangles as fractions of the page, one per line of the passage.
        width, height: size of the cited page in points, where there are pages.
    """

    kind: Literal["pages", "text", "deleted"]
    number: int
    title: str
    quote: str
    support: float | None
    cited: bool
    document_id: UUID | None = None
    document_url: str | None = None
    version: int | None = None
    is_earlier_version: bool = False
    locator: str | None = None
    mime_type: str | None = None
    section: int | None = None
    section_count: int | None = None
    page: int | None = None
    page_count: int | None = None
    width: float | None = None
    height: float | None = None
    spans: tuple[Span, ...] = ()
    boxes: tuple[Box, ...] = ()


@router.get("/{answer_run_id}/{number}")
async def one(
    answer_run_id: UUID,
    number: Number,
    principal: CurrentPrincipal,
    answers: AnswersDep,
    shares: SharesDep,
    ingestion: IngestionDep,
    share: ShareToken = None,
) -> CitationPage:
    """A citation of one of the caller's answers, or of a conversation that was shared with them."""
    if share is None:
        view = await answers.citation(principal, answer_run_id, number)
    else:
        view = await shares.citation(principal, share, answer_run_id, number)
    citation = CitationPage(
        kind="deleted",
        number=number,
        title=view.title,
        quote=view.quote or "",
        support=view.support,
        cited=view.cited,
    )
    if view.is_deleted or view.document_id is None:
        return citation
    return citation.model_copy(update=await locator(view, view.document_id, principal, ingestion))


async def locator(
    view: CitationView, document_id: UUID, principal: Principal, ingestion: IngestionService
) -> dict[str, object]:
    """The place of the passage in its document.

    Raises:
        NotFound: the document was deleted since, or the principal may no longer see it.
    """
    document = await ingestion.document(principal, document_id)
    viewing, number = ingestion.viewing, view.section
    section = await viewing.section(principal, document_id, number, view.version)
    has_pages = section.width is not None  # slides have page numbers but no page images
    spans = list(view.spans) if has_pages else []
    boxes = await viewing.highlights(principal, document_id, number, spans, view.version)
    return {
        "kind": "pages" if has_pages else "text",
        "document_id": document_id,
        "document_url": f"/api/documents/{document_id}",
        "version": view.version,
        "is_earlier_version": view.is_earlier_version,
        "locator": view.locator,
        "mime_type": document.mime_type,
        "section": section.number,
        "section_count": section.section_count,
        "page": section.page,
        "page_count": section.page_count,
        "width": section.width,
        "height": section.height,
        "spans": view.spans,
        "boxes": tuple(boxes),
    }
