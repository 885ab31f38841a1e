"""The list of people, and the form for a new one."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from accounts.groups import Groups
from accounts.people.fields import PersonFields
from accounts.people.links import NewLink
from accounts.people.service import People
from accounts.rules import clean_username
from admin.pages import Admin, console_router, page
from core.access import Principal, Role
from core.errors import Conflict, FootnoteError, Invalid
from core.settings import Settings
from db.people import PeopleQuery, PersonState
from web.deps import SettingsDep, service
from web.forms import Form, FormDep
from web.links import whole_address

router = console_router("/admin/people")
SECTION = "/admin/people"
PAGE = 50
LONGEST_SEARCH = 200  # characters
PeopleDep = Annotated[People, service("people")]
GroupsDep = Annotated[Groups, service("groups")]
Search = Annotated[str, Query(max_length=LONGEST_SEARCH)]
Cursor = Annotated[str | None, Query(max_length=1000)]
STATES: tuple[PersonState, ...] = ("active", "invited", "disabled")


@router.get("")
async def show(
    request: Request,
    me: Admin,
    people: PeopleDep,
    settings: SettingsDep,
    q: Search = "",
    state: str = "",
    role: str = "",
    tier: Annotated[str, Query(max_length=100)] = "",
    cursor: Cursor = None,
) -> Response:
    """People by name, with their state, last sign-in, tier, and what they have used today."""
    query = PeopleQuery(
        search=q,
        state=next((known for known in STATES if known == state), None),
        role=next((known for known in Role if known == role), None),
        tier=tier or None,
    )
    found = await people.page(me, query, limit=PAGE, cursor=cursor)
    return page(
        request,
        me,
        "admin/people/list.html",
        section=SECTION,
        found=found,
        query=query,
        tiers=settings.limit.tier_names,
        is_first=cursor is None,
    )


@router.get("/new")
async def form(request: Request, me: Admin, groups: GroupsDep, settings: SettingsDep) -> Response:
    """The form for a new person."""
    return await _form(request, me, groups, settings, {"role": "user", "tier": "standard", "by": "link"})


@router.post("")
async def create(
    request: Request, me: Admin, people: PeopleDep, groups: GroupsDep, settings: SettingsDep, form: FormDep
) -> Response:
    """Create a person; the link or password is on the page that comes back, this once."""
    try:
        name = clean_username(form.text("username"))
        made = await people.create(me, name, fields_of(form), by_link=form.text("by") != "password")
    except (Invalid, Conflict) as error:
        chosen = form.values | {"groups": form.all("groups")}
        return await _form(request, me, groups, settings, chosen, error)
    return page(
        request,
        me,
        "admin/people/made.html",
        section=SECTION,
        status_code=201,
        made=made,
        address=link_address(request, settings, made.link),
    )


def fields_of(form: Form) -> PersonFields:
    """The fields of a person in a form. Raises Invalid."""
    names = ("display_name", "email", "role", "tier")
    return PersonFields.of(**{name: form.text(name) for name in names}, groups=form.all("groups"))


def link_address(request: Request, settings: Settings, link: NewLink | None) -> str | None:
    """The whole address of a one-time link."""
    return whole_address(request, settings, f"/invite/{link.token}") if link else None


async def _form(
    request: Request,
    me: Principal,
    groups: Groups,
    settings: Settings,
    values: dict[str, Any],
    error: FootnoteError | None = None,
) -> Response:
    return page(
        request,
        me,
        "admin/people/new.html",
        section=SECTION,
        status_code=error.status_code if error else 200,
        problem=error.message if error else None,
        values={
            "username": "",
            "display_name": "",
            "email": "",
            "role": "",
            "tier": "",
            "by": "",
            "groups": [],
            **values,
        },
        groups=await groups.list(me),
        tiers=settings.limit.tier_names,
    )
