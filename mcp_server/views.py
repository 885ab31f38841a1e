"""What the tools give back: plain objects, and blocks of text that a model may cite."""

from typing import Any
from uuid import UUID

from mcp_types import CallToolResult, ContentBlock, EmbeddedResource, TextContent, TextResourceContents

from answers.rendering import ChatAnswer, CitationView
from answers.search import SearchHit
from core.places import place_of
from core.values import Frozen
from ingestion.types import DocumentEntry, SectionView

SCHEME = "footnote"
LONGEST_TEXT = 200_000  # characters of one section


class Found(Frozen):
    """A passage as ``search`` lists it; ``id`` is what ``fetch`` takes."""

    id: str
    title: str
    url: str
    text: str
    page: int | None = None
    score: float


class SearchResults(Frozen):
    """The results of a search, best first."""

    results: tuple[Found, ...]


class Fetched(Frozen):
    """The text of a section (PDF: a page)."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, Any]


class Cited(Frozen):
    """A footnote of an answer: the quoted words, and where they stand."""

    number: int
    title: str
    page: int | None
    locator: str | None
    quote: str
    url: str
    document_id: UUID


class Answered(Frozen):
    """An answer with its footnotes.

    Attributes:
        answer: Markdown; ``[n]`` is the number of a citation.
        refused: the documents do not answer the question.
    """

    answer: str
    refused: bool
    citations: tuple[Cited, ...]
    notice: str = ""
    answer_run_id: UUID | None = None


class Listed(Frozen):
    """A document as ``list_documents`` shows it."""

    id: UUID
    title: str
    library: str
    state: str
    pages: int | None
    url: str


class DocumentList(Frozen):
    """A page of the documents; ``next_cursor`` leads to the next."""

    documents: tuple[Listed, ...]
    next_cursor: str | None = None


class Uploaded(Frozen):
    """A document that is being read; ``ask`` knows it when ``state`` is ``ready``."""

    id: UUID
    title: str
    state: str
    is_known: bool
    url: str


def place(document_id: UUID, section: int) -> str:
    """The id of a section of a document."""
    return f"{document_id}/{section}"


def page_url(base: str, document_id: UUID, page: int | None) -> str:
    """Where a browser opens the file, at a page of it."""
    return f"{base}/api/documents/{document_id}/file{f'#page={page}' if page else ''}"


def found(hit: SearchHit, base: str) -> Found:
    """A hit as ``search`` lists it."""
    named = place_of(hit.page, hit.locator)
    where = f", {named}" if named else ""
    return Found(
        id=place(hit.document_id, hit.section),
        title=f"{hit.title}{where}",
        url=page_url(base, hit.document_id, hit.page),
        text=hit.text,
        page=hit.page,
        score=round(max(0.0, min(1.0, hit.similarity)), 4),
    )


def fetched(document_id: UUID, title: str, section: SectionView, base: str) -> Fetched:
    """A section as ``fetch`` gives it."""
    where = f", page {section.page}" if section.page else ""
    facts = {
        "document_id": str(document_id),
        "page": section.page,
        "section": section.number,
        "sections": section.section_count,
        "headings": list(section.path),
    }
    text = section.text[:LONGEST_TEXT]
    if len(section.text) > LONGEST_TEXT:
        facts["cut_at_characters"] = LONGEST_TEXT
    url = page_url(base, document_id, section.page)
    return Fetched(id=place(document_id, section.number), title=f"{title}{where}", text=text, url=url, metadata=facts)


def answered(answer: ChatAnswer, base: str) -> Answered:
    """An answer with absolute addresses."""
    return Answered(
        answer=answer.answer,
        refused=answer.refused,
        citations=tuple(_cited(citation, base) for citation in answer.citations),
        notice=answer.notice,
        answer_run_id=answer.answer_run_id,
    )


def _cited(citation: CitationView, base: str) -> Cited:
    return Cited(
        number=citation.number,
        title=citation.title,
        page=citation.page,
        locator=citation.locator,
        quote=citation.quote,
        url=f"{base}{citation.url}",
        document_id=citation.document_id,
    )


def answer_blocks(answer: Answered) -> CallToolResult:
    """The answer as text, followed by one citable block for each footnote: its words, page and address."""
    blocks: list[ContentBlock] = [TextContent(type="text", text=answer.answer)]
    for citation in answer.citations:
        facts = {"number": citation.number, "title": citation.title, "page": citation.page}
        contents = TextResourceContents(uri=citation.url, mime_type="text/plain", text=citation.quote, _meta=facts)
        blocks.append(EmbeddedResource(type="resource", resource=contents))
    return CallToolResult(content=blocks, structured_content=answer.model_dump(mode="json"))


def listed(document: DocumentEntry, base: str) -> Listed:
    """A row of the list of documents."""
    return Listed(
        id=document.id,
        title=document.title,
        library=document.library,
        state=document.state,
        pages=document.page_count,
        url=page_url(base, document.id, None),
    )
