"""``/v1/vector_stores``: a vector store is a library. They are made and shared at ``/api/libraries``; here they are read and searched."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from answers.search import SearchHit
from api.deps import IngestionDep, SearchDep
from api.openai.base import base_of
from api.openai.documents.files import document_of
from api.openai.documents.paging import MOST, After, Limit, Order, as_list, documents_of
from api.openai.ids import Prefix, not_found, read, shown
from api.openai.parameters import Flag
from api.openai.refusals import REFUSALS, unsupported
from core.access import Principal
from db.library_order import State
from db.library_sums import LibrarySum
from ingestion.types import DocumentView
from web.deps import CurrentPrincipal, SettingsDep
from web.text import StorableText

router = APIRouter(prefix="/v1/vector_stores", responses=REFUSALS, tags=["OpenAI"])
WINDOW_S = 60
STATUS = {"ready": "completed", "failed": "failed"}
STATES: dict[str, State] = {"completed": "ready", "failed": "failed", "in_progress": "pending"}


class Ranking(BaseModel):
    """How results are ranked; always in the same way, only ``score_threshold`` is heeded."""

    model_config = ConfigDict(extra="forbid")

    ranker: StorableText | None = None
    score_threshold: Annotated[float, Field(ge=0, le=1)] = 0.0


class SearchRequest(BaseModel):
    """The body of a search. ``rewrite_query`` is ignored: the query is searched for as it is."""

    model_config = ConfigDict(extra="forbid")

    query: StorableText | Annotated[list[StorableText], Field(min_length=1, max_length=10)]
    max_num_results: Annotated[int, Field(ge=1, le=50)] = 10
    ranking_options: Ranking | None = None
    rewrite_query: Flag = None
    filters: dict[str, Any] | None = None


def as_store(library: LibrarySum) -> dict[str, Any]:
    """The object ``vector_store``."""
    return {
        "id": shown(Prefix.STORE, library.library_id),
        "object": "vector_store",
        "name": library.name,
        "created_at": int(library.created_at.timestamp()),
        "last_active_at": None,
        "expires_after": None,
        "expires_at": None,
        "metadata": {},
        "status": "in_progress" if library.pending else "completed",
        "usage_bytes": library.size_bytes,
        "file_counts": {
            "cancelled": 0,
            "completed": library.ready,
            "failed": library.failed,
            "in_progress": library.pending,
            "total": library.documents,
        },
    }


def as_store_file(document: DocumentView) -> dict[str, Any]:
    """The object ``vector_store.file``."""
    is_failed = document.state == "failed"
    return {
        "id": shown(Prefix.FILE, document.id),
        "object": "vector_store.file",
        "vector_store_id": shown(Prefix.STORE, document.library_id),
        "created_at": int(document.created_at.timestamp()),
        "status": STATUS.get(document.state, "in_progress"),
        "usage_bytes": document.size_bytes,
        "last_error": {"code": "invalid_file", "message": document.error or ""} if is_failed else None,
        "attributes": {"filename": document.title},
    }


def library_id_of(store_id: str, principal: Principal) -> UUID:
    """The library of a vector store. Raises NotFound for one that the principal may not see."""
    library_id = read(Prefix.STORE, store_id, "vector store", "vector_store_id")
    if library_id not in principal.grants:
        raise not_found("vector store", "vector_store_id")
    return library_id


@router.get("")
async def mine(
    principal: CurrentPrincipal, ingestion: IngestionDep, limit: Limit = 20, after: After = None
) -> dict[str, Any]:
    """The libraries of which the caller is a member, the personal one first."""
    sums = await ingestion.listing.sums(principal)
    if after is not None:
        last = library_id_of(after, principal)
        sums = sums[next((place for place, one in enumerate(sums, start=1) if one.library_id == last), len(sums)) :]
    most = min(limit, MOST)
    return as_list([as_store(one) for one in sums[:most]], has_more=len(sums) > most)


@router.get("/{vector_store_id}")
async def one(vector_store_id: str, principal: CurrentPrincipal, ingestion: IngestionDep) -> dict[str, Any]:
    """One library."""
    library_id = library_id_of(vector_store_id, principal)
    sums = await ingestion.listing.sums(principal)
    for library in sums:
        if library.library_id == library_id:
            return as_store(library)
    raise not_found("vector store", "vector_store_id")


@router.get("/{vector_store_id}/files")
async def files(
    vector_store_id: str,
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    limit: Limit = 20,
    after: After = None,
    order: Order = "desc",
    filter: Literal["in_progress", "completed", "failed", "cancelled"] | None = None,  # noqa: A002  its name there
) -> dict[str, Any]:
    """The documents of a library."""
    library_id = library_id_of(vector_store_id, principal)
    if filter == "cancelled":
        return as_list([], has_more=False)
    state = None if filter is None else STATES[filter]
    documents, has_more = await documents_of(
        principal, ingestion, library_id=library_id, limit=limit, after=after, order=order, state=state
    )
    return as_list([as_store_file(document) for document in documents], has_more=has_more)


@router.get("/{vector_store_id}/files/{file_id}")
async def file(
    vector_store_id: str, file_id: str, principal: CurrentPrincipal, ingestion: IngestionDep
) -> dict[str, Any]:
    """One document of a library."""
    library_id = library_id_of(vector_store_id, principal)
    document = await document_of(file_id, principal, ingestion)
    if document.library_id != library_id:
        raise not_found("file", "file_id")
    return as_store_file(document)


@router.post("/{vector_store_id}/search")
async def search(
    vector_store_id: str,
    body: SearchRequest,
    request: Request,
    principal: CurrentPrincipal,
    passages: SearchDep,
    settings: SettingsDep,
) -> dict[str, Any]:
    """The passages of a library that a query finds, best first; no answer is written."""
    library_id = library_id_of(vector_store_id, principal)
    if body.filters:
        raise unsupported("Passages are not filtered by attributes.", "filters")
    queries = [body.query] if isinstance(body.query, str) else body.query
    found: dict[UUID, SearchHit] = {}
    for query in queries:
        for hit in await passages.search(principal, query, top_k=body.max_num_results, library_ids={library_id}):
            found.setdefault(hit.chunk_id, hit)
    least = body.ranking_options.score_threshold if body.ranking_options else 0.0
    kept = [hit for hit in found.values() if bounded(hit) >= least][: body.max_num_results]
    return {
        "object": "vector_store.search_results.page",
        "search_query": queries,
        "data": [as_result(hit, base_of(request, settings)) for hit in kept],
        "has_more": False,
        "next_page": None,
    }


def bounded(hit: SearchHit) -> float:
    """The similarity, from 0 to 1 as OpenAI's scores are."""
    return max(0.0, min(1.0, hit.similarity))


def as_result(hit: SearchHit, base: str) -> dict[str, Any]:
    """One passage; where it stands is among its attributes.

    Args:
        base: address of this server.
    """
    place = {"page": hit.page, "locator": hit.locator, "section": hit.section, "chunk_id": str(hit.chunk_id)}
    place |= {"url": f"{base}{hit.url}"}
    return {
        "file_id": shown(Prefix.FILE, hit.document_id),
        "filename": hit.title,
        "score": bounded(hit),
        "attributes": {name: value for name, value in place.items() if value is not None},
        "content": [{"type": "text", "text": hit.text}],
    }
