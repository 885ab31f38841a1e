"""Lists in pages, as OpenAI's clients turn them: ``after`` is the id of the last thing seen."""

from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import Query

from api.openai.ids import Prefix, read
from core.access import Principal
from db.library_order import DocumentQuery, State, cursor_after
from ingestion.service import IngestionService
from ingestion.types import DocumentEntry
from web.text import StorableText

MOST = 100  # of a page; larger limits are taken, and the client asks for the next page

Limit = Annotated[int, Query(ge=1, le=10_000)]
After = Annotated[StorableText | None, Query(max_length=100)]
Order = Literal["asc", "desc"]


async def documents_of(
    principal: Principal,
    ingestion: IngestionService,
    *,
    library_id: UUID | None,
    limit: int,
    after: str | None,
    order: Order,
    state: State | None = None,
) -> tuple[tuple[DocumentEntry, ...], bool]:
    """A page of documents by the time they came, and whether more follow. Raises NotFound for an ``after`` that is none."""
    query = DocumentQuery("added", order == "desc", state, library_id)
    cursor: str | None = None
    if after is not None:
        last = await ingestion.document(principal, read(Prefix.FILE, after, "file", "after"))
        cursor = cursor_after(query, last.created_at, cast(Any, last))
    page = await ingestion.listing.page(principal, query, limit=min(limit, MOST), cursor=cursor)
    return page.documents, page.next_cursor is not None


def as_list(things: list[dict[str, Any]], *, has_more: bool) -> dict[str, Any]:
    """A page of a list."""
    ids = [thing["id"] for thing in things]
    return {
        "object": "list",
        "data": things,
        "first_id": ids[0] if ids else None,
        "last_id": ids[-1] if ids else None,
        "has_more": has_more,
    }
