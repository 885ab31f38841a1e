"""Groups of people, who have libraries together."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from accounts.groups import GroupPerson, GroupView
from api.deps import GroupsDep
from core.storable import LONGEST_NAME
from web.deps import CurrentPrincipal
from web.text import StorableText

router = APIRouter(prefix="/api/groups")


class GroupName(BaseModel):
    """What a group is called; the name that the sign-in service uses, if it says who is in it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[StorableText, Field(min_length=1, max_length=LONGEST_NAME)]


class Person(BaseModel):
    """A person, by name."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[StorableText, Field(min_length=1, max_length=LONGEST_NAME)]


@router.get("")
async def mine(principal: CurrentPrincipal, groups: GroupsDep) -> tuple[GroupView, ...]:
    """The groups that the caller is in; for an admin, all."""
    return await groups.list(principal)


@router.post("", status_code=201)
async def create(body: GroupName, response: Response, principal: CurrentPrincipal, groups: GroupsDep) -> GroupView:
    """Create a group; for admins."""
    group = await groups.create(principal, body.name)
    response.headers["Location"] = f"{router.prefix}/{group.group_id}"
    return group


@router.delete("/{group_id}", status_code=204)
async def delete(group_id: UUID, principal: CurrentPrincipal, groups: GroupsDep) -> None:
    """Delete a group; for admins. Its people lose the libraries that they have by it."""
    await groups.delete(principal, group_id)


@router.get("/{group_id}/members")
async def people(group_id: UUID, principal: CurrentPrincipal, groups: GroupsDep) -> tuple[GroupPerson, ...]:
    """Who is in a group, and why; for admins."""
    return await groups.people(principal, group_id)


@router.put("/{group_id}/members")
async def add(group_id: UUID, body: Person, principal: CurrentPrincipal, groups: GroupsDep) -> tuple[GroupPerson, ...]:
    """Add a person to a group; for admins. Answers with who is in it then."""
    return await groups.add(principal, group_id, body.username)


@router.delete("/{group_id}/members/{user_id}", status_code=204)
async def remove(group_id: UUID, user_id: UUID, principal: CurrentPrincipal, groups: GroupsDep) -> None:
    """Take a person whom an admin added out of a group; for admins."""
    await groups.remove(principal, group_id, user_id)
