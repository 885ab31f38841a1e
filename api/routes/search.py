"""Search without an answer."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from answers.search import MOST_HITS, SearchHit
from api.deps import SearchDep
from core.values import Frozen
from web.deps import CurrentPrincipal
from web.text import StorableText

router = APIRouter(prefix="/api/search")
LONGEST_QUERY = 8000
MOST_IDS = 1000


class Query(BaseModel):
    """What to search for, and where; None: in everything that the caller may see."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[StorableText, Field(min_length=1, max_length=LONGEST_QUERY)]
    top_k: Annotated[int, Field(ge=1, le=MOST_HITS)] = 10
    library_ids: Annotated[list[UUID], Field(max_length=MOST_IDS)] | None = None
    document_ids: Annotated[list[UUID], Field(max_length=MOST_IDS)] | None = None


class SearchResult(Frozen):
    """The passages that were found, best first."""

    hits: tuple[SearchHit, ...]


@router.post("")
async def search(query: Query, principal: CurrentPrincipal, passages: SearchDep) -> SearchResult:
    """The best passages for a query, by meaning and by words, whether they answer it or not."""
    hits = await passages.search(
        principal, query.query, top_k=query.top_k, document_ids=query.document_ids, library_ids=query.library_ids
    )
    return SearchResult(hits=hits)
