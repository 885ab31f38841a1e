"""What the viewer needs to know of a citation."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter

from answers.types import CitationView
from api.deps import AnswersDep, CurrentPrincipal, IngestionDep
from core.access import Principal
from core.values import Frozen
from ingestion.service import IngestionService
from ingestion.types import Box
from rag.types import Span

router = APIRouter(prefix="/api/citations")


class CitationPage(Frozen):
    """A citation and where it stands.

    Attributes:
        kind: ``pages`` (page images, the passage in ``boxes``), ``text`` (section text, the passage in ``spans``), or ``deleted``.
        version: of the document, that was cited; ``is_earlier_version`` when another file has taken its place.
        locator: where the passage stands, when there are no pages: ``Sheet1, A2:D15``.
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
    answer_run_id: UUID, number: int, principal: CurrentPrincipal, answers: AnswersDep, ingestion: IngestionDep
) -> CitationPage:
    """A citation of one's own answer."""
    view = await answers.citation(principal, answer_run_id, number)
    shown = CitationPage(
        kind="deleted",
        number=number,
        title=view.title,
        quote=view.quote or "",
        support=view.support,
        cited=view.cited,
    )
    if view.is_deleted or view.document_id is None:
        return shown
    return shown.model_copy(update=await locator(view, view.document_id, principal, ingestion))


async def locator(
    view: CitationView, document_id: UUID, principal: Principal, ingestion: IngestionService
) -> dict[str, object]:
    """Where the passage stands in its document.

    Raises:
        NotFound: the document was deleted meanwhile, or may not be seen any more.
    """
    document = await ingestion.document(principal, document_id)
    viewing, number = ingestion.viewing, view.section
    section = await viewing.section(principal, document_id, number, view.version)
    has_pages = section.width is not None  # slides have a number and cannot be drawn
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
