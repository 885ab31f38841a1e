"""Conversions between ingestion's values and database rows."""

from db.chunks import fields
from db.models import ChunkRow, Document, DocumentSection, DocumentVersion, IngestionJob
from ingestion.types import DocumentView, DocumentWarning, JobStage, JobState, JobStatus, SectionView, VersionView
from parsing.types import Block, Section
from rag.types import Chunk

DIGITS = 5  # of a fraction of a page: a hundredth of a point


def section_row(section: Section, version: int) -> DocumentSection:
    """The row of a section of a version; ``db.sections.put`` sets its document."""
    return DocumentSection(
        version=version,
        number=section.number,
        page=section.page,
        path=list(section.path),
        text=section.text,
        width=section.width,
        height=section.height,
        words=[[word.start, word.end, *(round(edge, DIGITS) for edge in word.box)] for word in section.words],
        blocks=[_block_row(block) for block in section.blocks],
    )


def section_of(row: DocumentSection) -> Section:
    """The section of a row, without its words."""
    return Section(
        number=row.number,
        text=row.text,
        page=row.page,
        path=tuple(row.path),
        width=row.width,
        height=row.height,
        blocks=tuple(_block(*parts) for parts in row.blocks),
    )


def section_view(row: DocumentSection, page_count: int | None, section_count: int) -> SectionView:
    """A section for display."""
    return SectionView(
        number=row.number,
        section_count=section_count,
        page=row.page,
        page_count=page_count,
        path=tuple(row.path),
        text=row.text,
        blocks=tuple(_block(*parts) for parts in row.blocks),
        width=row.width,
        height=row.height,
    )


def chunk_row(chunk: Chunk, index_version: int) -> ChunkRow:
    """The row of a chunk in an index version."""
    return ChunkRow(
        index_version=index_version,
        id=chunk.chunk_id,
        document_id=chunk.document_id,
        index=chunk.index,
        section=chunk.section,
        page=chunk.page,
        path=list(chunk.path),
        text=chunk.text,
        char_start=chunk.char_start,
        char_end=chunk.char_end,
        content_hash=chunk.content_hash,
        version=chunk.version,
        locator=chunk.locator,
    )


def chunk_of(row: ChunkRow, document: Document) -> Chunk:
    """The chunk of a row, as the index has it."""
    return Chunk(**fields(row, document))


def document_view(row: Document) -> DocumentView:
    """A document for display."""
    return DocumentView(
        id=row.id,
        library_id=row.library_id,
        title=row.title,
        mime_type=row.mime_type,
        size_bytes=row.size_bytes,
        state=row.state,
        page_count=row.page_count,
        chunk_count=row.chunk_count,
        error=row.error,
        created_at=row.created_at,
        version=row.version,
        warnings=tuple(DocumentWarning.model_validate(warning) for warning in row.warnings),
    )


def version_view(row: DocumentVersion, document: Document) -> VersionView:
    """A version of a document for display."""
    return VersionView(
        version=row.number,
        is_present=row.number == document.version,
        mime_type=row.mime_type,
        size_bytes=row.size_bytes,
        page_count=row.page_count,
        created_at=row.created_at,
    )


def job_status(row: IngestionJob, document: Document) -> JobStatus:
    """The status of a job that reads a document."""
    return JobStatus(
        job_id=row.id,
        document_id=row.document_id,
        title=document.title,
        state=JobState(row.state),
        stage=JobStage(row.stage),
        percent=row.percent,
        pages_done=row.pages_done,
        pages_total=row.pages_total,
        chunks_done=row.chunks_done,
        chunks_total=row.chunks_total,
        eta_s=row.eta_s,
        notice=row.notice,
        error=row.error,
        reference=row.reference,
    )


def _block_row(block: Block) -> list[str | int | None]:
    more = [block.locator, block.level] if block.level else [block.locator] if block.locator else []
    return [block.kind, block.start, block.end, *more]


def _block(kind: str, start: int, end: int, locator: str | None = None, level: int = 0) -> Block:
    return Block(kind=kind, start=start, end=end, locator=locator, level=level)
