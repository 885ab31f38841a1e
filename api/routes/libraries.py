"""Libraries: sets of documents that people share, and who is in them."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from accounts.members import MemberList
from api.conditions import IfMatch, tagged
from api.deps import IngestionDep, MembersDep
from core.access import LibraryRole
from core.storable import LONGEST_NAME
from ingestion.types import LibraryView
from web.deps import CurrentPrincipal
from web.text import StorableText

router = APIRouter(prefix="/api/libraries")


class LibraryName(BaseModel):
    """What a library is called."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[StorableText, Field(min_length=1, max_length=LONGEST_NAME)]


class NewMember(BaseModel):
    """A person or a group, and their role in a library."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[StorableText, Field(min_length=1, max_length=LONGEST_NAME)] | None = None
    group: Annotated[StorableText, Field(min_length=1, max_length=LONGEST_NAME)] | None = None
    role: LibraryRole

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.username is None) is (self.group is None):
            raise ValueError("either “username” or “group” is needed")
        return self


@router.get("")
async def mine(principal: CurrentPrincipal, ingestion: IngestionDep) -> tuple[LibraryView, ...]:
    """The libraries of which the caller is a member, the personal one first."""
    return await ingestion.listing.libraries(principal)


@router.post("", status_code=201)
async def create(
    body: LibraryName, response: Response, principal: CurrentPrincipal, ingestion: IngestionDep
) -> LibraryView:
    """Create a library; the caller is its owner."""
    library = await ingestion.libraries.create(principal, body.name)
    response.headers["Location"] = f"{router.prefix}/{library.library_id}"
    return tagged(response, library)


@router.get("/{library_id}")
async def one(
    library_id: UUID, response: Response, principal: CurrentPrincipal, ingestion: IngestionDep
) -> LibraryView:
    """One library, as the caller sees it."""
    return tagged(response, await ingestion.libraries.get(principal, library_id))


@router.patch("/{library_id}")
async def rename(
    library_id: UUID,
    body: LibraryName,
    response: Response,
    principal: CurrentPrincipal,
    ingestion: IngestionDep,
    seen: IfMatch,
) -> LibraryView:
    """Rename a library; for its owners. A personal library keeps its name."""
    return tagged(response, await ingestion.libraries.rename(principal, library_id, body.name, seen))


@router.delete("/{library_id}", status_code=204)
async def delete(library_id: UUID, principal: CurrentPrincipal, ingestion: IngestionDep, seen: IfMatch) -> None:
    """Delete a library with all its documents; for its owners. A personal library stays."""
    await ingestion.libraries.delete(principal, library_id, seen)


@router.get("/{library_id}/members")
async def members(library_id: UUID, response: Response, principal: CurrentPrincipal, members: MembersDep) -> MemberList:
    """Who is in a library, people first, then groups; for everyone who is in it."""
    return tagged(response, await members.list(principal, library_id))


@router.put("/{library_id}/members")
async def put_member(
    library_id: UUID,
    body: NewMember,
    response: Response,
    principal: CurrentPrincipal,
    members: MembersDep,
    seen: IfMatch,
) -> MemberList:
    """Let a person or a group into a library, or give them another role; for its owners. Answers with who is in it then."""
    if body.username is not None:
        listed = await members.put_person(principal, library_id, body.username, body.role, seen)
    else:
        listed = await members.put_group(principal, library_id, body.group or "", body.role, seen)
    return tagged(response, listed)


@router.delete("/{library_id}/members/{member_id}", status_code=204)
async def remove_member(
    library_id: UUID, member_id: UUID, principal: CurrentPrincipal, members: MembersDep, seen: IfMatch
) -> None:
    """Remove a person or a group by its id; for its owners. Everyone may remove themselves."""
    await members.remove(principal, library_id, member_id, seen)
