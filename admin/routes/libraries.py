"""All libraries: who owns them, how much they hold, who is in them."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from accounts.all_libraries import AllLibraries
from accounts.groups import Groups
from admin.pages import Admin, back_to, console_router, page
from admin.routes.people import PAGE, Cursor, GroupsDep, Search
from core.access import LibraryRole, Principal
from core.errors import Conflict, FootnoteError, Invalid, PreconditionFailed
from core.precondition import tag_of
from db.all_libraries import LibraryKind
from web.deps import service
from web.forms import FormDep

router = console_router("/admin/libraries")
SECTION = "/admin/libraries"
CHANGED = "Somebody else has changed this library meanwhile. Below is how it is now; do it again if it is still right."
KINDS: tuple[LibraryKind, ...] = ("shared", "orphaned", "personal")
LibrariesDep = Annotated[AllLibraries, service("all_libraries")]


@router.get("")
async def show(
    request: Request, me: Admin, libraries: LibrariesDep, q: Search = "", kind: str = "shared", cursor: Cursor = None
) -> Response:
    """Libraries by name, with owners, documents, size and members."""
    return await _list(request, me, libraries, q=q, kind=kind, cursor=cursor)


@router.post("")
async def create(request: Request, me: Admin, libraries: LibrariesDep, form: FormDep) -> Response:
    """Create a shared library for an owner."""
    try:
        library_id = await libraries.create(me, form.text("name"), form.text("owner"))
    except Invalid as error:
        return await _list(request, me, libraries, error, values=form.values)
    return back_to(f"{SECTION}/{library_id}", "Created.")


async def _list(
    request: Request,
    me: Principal,
    libraries: AllLibraries,
    error: FootnoteError | None = None,
    *,
    q: str = "",
    kind: str = "shared",
    cursor: str | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    chosen: LibraryKind = next((known for known in KINDS if known == kind), "shared")
    rows, next_cursor = await libraries.page(me, kind=chosen, search=q, limit=PAGE, cursor=cursor)
    return page(
        request,
        me,
        "admin/libraries/list.html",
        section=SECTION,
        status_code=error.status_code if error else 200,
        problem=error.message if error else None,
        rows=rows,
        next_cursor=next_cursor,
        kind=chosen,
        q=q,
        values={"name": "", "owner": "", **(values or {})},
    )


@router.get("/{library_id}")
async def one(library_id: UUID, request: Request, me: Admin, libraries: LibrariesDep, groups: GroupsDep) -> Response:
    """One library, and who is in it."""
    return await _one(request, me, libraries, groups, library_id)


@router.post("/{library_id}/members")
async def put(
    library_id: UUID, request: Request, me: Admin, libraries: LibrariesDep, groups: GroupsDep, form: FormDep
) -> Response:
    """Let a person or a group in, or give them another role."""
    try:
        role = next((known for known in LibraryRole if known == form.text("role")), None)
        if role is None:
            raise Invalid("Choose a role.")
        is_group = form.text("what") == "group"
        await libraries.put(me, library_id, form.text("name"), role, form.seen, is_group=is_group)
    except (Conflict, Invalid, PreconditionFailed) as error:
        return await _one(request, me, libraries, groups, library_id, error, values=form.values)
    return back_to(f"{SECTION}/{library_id}", "Saved.")


@router.post("/{library_id}/members/{member_id}/remove")
async def remove(
    library_id: UUID,
    member_id: UUID,
    request: Request,
    me: Admin,
    libraries: LibrariesDep,
    groups: GroupsDep,
    form: FormDep,
) -> Response:
    """Take a person or a group out."""
    try:
        await libraries.remove(me, library_id, member_id, form.seen)
    except (Conflict, PreconditionFailed) as error:
        return await _one(request, me, libraries, groups, library_id, error)
    return back_to(f"{SECTION}/{library_id}", "Taken out.")


async def _one(
    request: Request,
    me: Principal,
    libraries: AllLibraries,
    groups: Groups,
    library_id: UUID,
    error: FootnoteError | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    details = await libraries.get(me, library_id)
    problem = CHANGED if isinstance(error, PreconditionFailed) else error.message if error else None
    return page(
        request,
        me,
        "admin/libraries/library.html",
        section=SECTION,
        status_code=error.status_code if error else 200,
        problem=problem,
        details=details,
        seen=tag_of(details.card),
        groups=await groups.list(me),
        values={"name": "", "role": "viewer", "what": "person", **(values or {})},
    )
