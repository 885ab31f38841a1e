"""Chunks and sources made by hand, for tests of search and answers."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID, uuid4, uuid5

from rag.types import Chunk, Source

LIBRARY = UUID(int=1)
HANDBOOK = UUID(int=2)


def chunk(
    text: str,
    *,
    library_id: UUID = LIBRARY,
    document_id: UUID = HANDBOOK,
    title: str = "handbook.md",
    index: int = 0,
    start: int = 0,
    page: int | None = None,
    path: tuple[str, ...] = (),
) -> Chunk:
    """A chunk that stands at ``start`` of section 1; the same text in the same document has the same id."""
    content_hash = sha256(text.encode()).hexdigest()
    return Chunk(
        chunk_id=uuid5(document_id, f"{content_hash}:{index}"),
        document_id=document_id,
        library_id=library_id,
        title=title,
        index=index,
        text=text,
        section=1,
        page=page,
        path=path,
        char_start=start,
        char_end=start + len(text),
        content_hash=content_hash,
    )


def sources(*texts: str, start: int = 0) -> tuple[Source, ...]:
    """Sources numbered from 1, each of its own document."""
    return tuple(
        Source(number=number, chunk=chunk(text, document_id=uuid4(), start=start), similarity=0.5)
        for number, text in enumerate(texts, start=1)
    )


HANDBOOK_TEXTS: Sequence[str] = (
    "Full-time employees receive 25 days of paid vacation per year. Unused days expire on 31 March of the next year.",
    "Parental leave lasts sixteen weeks and is fully paid. It may be split into two parts.",
    "The office in Lisbon opens at 8:30. Visitors sign in at the front desk and wear a badge.",
    "Expenses above 500 euros need the approval of a director. Receipts are kept for ten years.",
    "Our servers are backed up every night at 02:00. Backups are kept for thirty days in Frankfurt.",
    "To report a security incident, write to the security channel at once and call the on-call engineer.",
)
