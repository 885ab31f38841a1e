"""Groups: make and rename them, who is in them, and which libraries they have."""

from collections.abc import Awaitable
from uuid import UUID

from fastapi import Request, Response

from accounts.groups import Groups, name_of
from admin.pages import Admin, back_to, console_router, page
from admin.routes.people import GroupsDep
from core.access import Principal
from core.errors import Conflict, FootnoteError, Invalid, PreconditionFailed
from core.precondition import tag_of
from web.forms import FormDep

router = console_router("/admin/groups")
SECTION = "/admin/groups"
CHANGED = "Somebody else has renamed this group meanwhile. Below is how it is now; save again if yours is still right."


@router.get("")
async def show(request: Request, me: Admin, groups: GroupsDep) -> Response:
    """All groups by name."""
    return await _list(request, me, groups)


@router.post("")
async def create(request: Request, me: Admin, groups: GroupsDep, form: FormDep) -> Response:
    """Create a group."""
    try:
        group = await groups.create(me, form.text("name"))
    except (Conflict, Invalid) as error:
        return await _list(request, me, groups, error, form.values.get("name", ""))
    return back_to(f"{SECTION}/{group.group_id}", "Created.")


async def _list(
    request: Request, me: Principal, groups: Groups, error: FootnoteError | None = None, name: str = ""
) -> Response:
    return page(
        request,
        me,
        "admin/groups/list.html",
        section=SECTION,
        status_code=error.status_code if error else 200,
        problem=error.message if error else None,
        groups=await groups.list(me),
        name=name,
    )


@router.get("/{group_id}")
async def one(group_id: UUID, request: Request, me: Admin, groups: GroupsDep) -> Response:
    """One group: its people and its libraries."""
    return await _one(request, me, groups, group_id)


@router.post("/{group_id}")
async def rename(group_id: UUID, request: Request, me: Admin, groups: GroupsDep, form: FormDep) -> Response:
    """Give the group another name."""
    name = form.text("name")
    work = groups.rename(me, group_id, name, form.seen)
    return await _after(request, me, groups, group_id, work, "Renamed.", name=name)


@router.post("/{group_id}/people")
async def add(group_id: UUID, request: Request, me: Admin, groups: GroupsDep, form: FormDep) -> Response:
    """Put a person into the group."""
    who = form.text("username")
    return await _after(request, me, groups, group_id, groups.add(me, group_id, who), "Added.", username=who)


@router.post("/{group_id}/people/{user_id}/remove")
async def remove(group_id: UUID, user_id: UUID, request: Request, me: Admin, groups: GroupsDep) -> Response:
    """Take a person out of the group."""
    return await _after(request, me, groups, group_id, groups.remove(me, group_id, user_id), "Taken out.")


@router.post("/{group_id}/delete")
async def delete(group_id: UUID, me: Admin, groups: GroupsDep) -> Response:
    """Delete the group; its people lose the libraries that they have by it."""
    await groups.delete(me, group_id)
    return back_to(SECTION, "Deleted.")


async def _after(
    request: Request,
    me: Principal,
    groups: Groups,
    group_id: UUID,
    work: Awaitable[object],
    notice: str,
    **typed: str,
) -> Response:
    """Do what a form asks for, and go back to the page; what cannot be done is said on it."""
    try:
        await work
    except (Conflict, Invalid, PreconditionFailed) as error:
        return await _one(request, me, groups, group_id, error, **typed)
    return back_to(f"{SECTION}/{group_id}", notice)


async def _one(
    request: Request, me: Principal, groups: Groups, group_id: UUID, error: FootnoteError | None = None, **typed: str
) -> Response:
    group = await groups.get(me, group_id)
    problem = CHANGED if isinstance(error, PreconditionFailed) else error.message if error else None
    return page(
        request,
        me,
        "admin/groups/group.html",
        section=SECTION,
        status_code=error.status_code if error else 200,
        problem=problem,
        group=group,
        seen=tag_of(name_of(group)),
        people=await groups.people(me, group_id),
        libraries=await groups.libraries(me, group_id),
        values={"name": group.name, "username": "", **typed},
    )
