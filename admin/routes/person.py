"""The page of one person: what they are, what they have used, and what an admin can do with them."""

from collections.abc import Awaitable, Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from accounts.groups import Groups
from accounts.people.service import People
from admin.pages import Admin, back_to, console_router, page
from admin.routes.people import SECTION, GroupsDep, PeopleDep, fields_of, link_address
from core.access import Principal
from core.errors import Conflict, FootnoteError, Invalid, PreconditionFailed
from core.precondition import tag_of
from core.settings import Settings
from web.deps import SettingsDep
from web.forms import FormDep

router = console_router("/admin/people/{user_id}")
CHANGED = (
    "Somebody else has changed this person meanwhile. Below is how it is now; what you typed is kept. Save again if it is"
    " still right."
)
TYPED = ("display_name", "email", "role", "tier")


class PersonPage:
    """The page of a person, and what happens after a form on it."""

    def __init__(
        self, user_id: UUID, request: Request, me: Admin, people: PeopleDep, groups: GroupsDep, settings: SettingsDep
    ) -> None:
        self.user_id = user_id
        self._request = request
        self._me: Principal = me
        self._people: People = people
        self._groups: Groups = groups
        self.settings: Settings = settings

    async def show(
        self,
        error: FootnoteError | None = None,
        *,
        address: str | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        """The page.

        Args:
            error: why a form was refused.
            address: a one-time link that was just made.
            typed: what the form shows in place of what is stored.
        """
        details = await self._people.get(self._me, self.user_id)
        card = details.person.card
        stored = {name: str(getattr(card, name)) for name in TYPED}
        own = {group.group_id for group in details.groups}
        is_late = isinstance(error, PreconditionFailed)
        return page(
            self._request,
            self._me,
            "admin/people/person.html",
            section=SECTION,
            status_code=error.status_code if error else 200,
            problem=CHANGED if is_late else error.message if error else None,
            details=details,
            stored=stored,
            values={**stored, **(typed or {})},
            seen=tag_of(card),
            address=address,
            tiers=sorted({*self.settings.limit.tier_names, card.tier}),
            other_groups=[group for group in await self._groups.list(self._me) if group.group_id not in own],
        )

    async def after(self, work: Awaitable[object], notice: str, typed: Mapping[str, str] | None = None) -> Response:
        """Do what a form asks for, and go back to the page; what cannot be done is said on it."""
        try:
            await work
        except (Conflict, Invalid, PreconditionFailed) as error:
            return await self.show(error, typed=typed)
        return back_to(f"{SECTION}/{self.user_id}", notice)


PersonPageDep = Annotated[PersonPage, Depends()]


@router.get("")
async def show(person: PersonPageDep) -> Response:
    """Everything about one person."""
    return await person.show()


@router.post("")
async def save(me: Admin, person: PersonPageDep, people: PeopleDep, form: FormDep) -> Response:
    """Change names, role and tier."""
    typed = {name: form.values.get(name, "") for name in TYPED}
    try:
        fields = fields_of(form)
    except Invalid as error:
        return await person.show(error, typed=typed)
    return await person.after(people.change(me, person.user_id, fields, form.seen), "Saved.", typed)


@router.post("/disable")
async def disable(me: Admin, person: PersonPageDep, people: PeopleDep, form: FormDep) -> Response:
    """End everything that the person has open, and let them in no more."""
    work = people.set_disabled(me, person.user_id, True, form.seen)
    return await person.after(work, "Disabled. Their sign-ins and API keys have ended.")


@router.post("/enable")
async def enable(me: Admin, person: PersonPageDep, people: PeopleDep, form: FormDep) -> Response:
    """Let the person in again."""
    return await person.after(people.set_disabled(me, person.user_id, False, form.seen), "Enabled.")


@router.post("/end-sign-ins")
async def end_sign_ins(me: Admin, person: PersonPageDep, people: PeopleDep) -> Response:
    """End all sign-ins of the person."""
    return await person.after(people.end_sign_ins(me, person.user_id), "All their sign-ins have ended.")


@router.post("/link")
async def make_link(request: Request, me: Admin, person: PersonPageDep, people: PeopleDep) -> Response:
    """Make a one-time link; it is on the page that comes back, this once."""
    try:
        link = await people.links.make(me, person.user_id)
    except Conflict as error:
        return await person.show(error)
    return await person.show(address=link_address(request, person.settings, link))


@router.post("/link/take-back")
async def take_link_back(me: Admin, person: PersonPageDep, people: PeopleDep) -> Response:
    """Make the person's link useless."""
    return await person.after(people.links.take_back(me, person.user_id), "The link no longer works.")


@router.post("/groups")
async def add_to_group(
    me: Admin, person: PersonPageDep, people: PeopleDep, groups: GroupsDep, form: FormDep
) -> Response:
    """Put the person into a group."""
    try:
        group_id = UUID(form.text("group"))
    except ValueError:
        return await person.show(Invalid("Choose a group."))
    username = (await people.get(me, person.user_id)).person.card.username
    return await person.after(groups.add(me, group_id, username), "Added to the group.")


@router.post("/groups/{group_id}/remove")
async def take_out_of_group(group_id: UUID, me: Admin, person: PersonPageDep, groups: GroupsDep) -> Response:
    """Take the person out of a group."""
    return await person.after(groups.remove(me, group_id, person.user_id), "Taken out of the group.")
