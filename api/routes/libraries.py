"""Libraries: sets of documents that people share."""

from fastapi import APIRouter

from api.deps import CurrentPrincipal, IngestionDep
from ingestion.types import LibraryView

router = APIRouter(prefix="/api/libraries")


@router.get("")
async def mine(principal: CurrentPrincipal, ingestion: IngestionDep) -> tuple[LibraryView, ...]:
    """The libraries one is a member of, the personal one first."""
    return await ingestion.listing.libraries(principal)
