"""People, libraries, groups and keys in the console."""

import asyncio
import html
import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update

from core.access import LibraryRole, Principal, Role
from core.errors import Conflict, NotAuthenticated
from core.precondition import UNCONDITIONAL
from db import groups, libraries, members
from db.base import now
from db.models import AuditEvent, AuditPerson, PasswordLink, User
from tests.http.conftest import PASSWORD, House
from tests.http.pages import browser, seen_in, words_of

NEW = "three words of mine"
_LINK = re.compile(r"http://test(/invite/[\w-]{43})")


@pytest.fixture
async def root(house: House) -> Principal:
    return await house.make_user("root", "admin")


def link_in(page: httpx.Response) -> str:
    found = _LINK.search(html.unescape(page.text))
    assert found, page.text
    return found[1]


async def id_of(house: House, username: str) -> UUID:
    return (await house.accounts.principal_of_user(username)).user_id


async def events(house: House) -> list[AuditEvent]:
    """What people did, without their sign-ins."""
    did = (AuditEvent.actor.is_not(None), ~AuditEvent.action.startswith("sign_in"))
    async with house.database.reader() as session:
        return list(await session.scalars(select(AuditEvent).where(*did).order_by(AuditEvent.number)))


async def pseudonym_of(house: House, user_id: UUID) -> UUID:
    """Under which the audit log names a person."""
    async with house.database.reader() as session:
        return (await session.execute(select(AuditPerson.pseudonym).where(AuditPerson.user_id == user_id))).scalar_one()


async def invite(client: httpx.AsyncClient, username: str, **more: str) -> httpx.Response:
    fields = {"username": username, "role": "user", "tier": "standard", "by": "link", **more}
    return await client.post("/admin/people", data=fields)


async def test_an_invited_person_chooses_a_password_once(house: House, root: Principal) -> None:
    async with browser(house, "root") as admin, browser(house) as nobody:
        made = await invite(admin, "Ann", display_name="Ann Lee", email="ann@example.org")
        assert made.status_code == 201
        link = link_in(made)
        assert "Invited" in words_of(await admin.get("/admin/people?q=lee"))
        with pytest.raises(NotAuthenticated):
            await house.accounts.sign_in("ann", "", kind="api", address="192.0.2.1")
        assert "This link is for Ann Lee" in words_of(await nobody.get(link))
        unlike = await nobody.post(link, data={"new": NEW, "again": "x"})
        weak = await nobody.post(link, data={"new": "ann", "again": "ann"})
        assert (unlike.status_code, weak.status_code) == (422, 422)
        assert "Your password is set" in words_of(await nobody.post(link, data={"new": NEW, "again": NEW}))
        again = await nobody.get(link)
        assert (again.status_code, "does not work" in words_of(again)) == (404, True)
        assert (await nobody.post(link, data={"new": NEW, "again": NEW})).status_code == 404
        assert "Active" in words_of(await admin.get(f"/admin/people/{await id_of(house, 'ann')}"))
    assert await house.accounts.sign_in("ann", NEW, kind="api", address="192.0.2.1")
    found = [(event.action, event.actor) for event in await events(house)]
    ann = await pseudonym_of(house, await id_of(house, "ann"))
    assert found == [("user.created", await pseudonym_of(house, root.user_id)), ("user.password_link_used", ann)]


async def test_the_link_is_stored_as_a_hash_and_logged_by_nobody(
    house: House, root: Principal, capsys: pytest.CaptureFixture[str]
) -> None:
    async with browser(house, "root") as admin:
        link = link_in(await invite(admin, "ann"))
        await admin.get(link)
    assert link not in capsys.readouterr().out
    async with house.database.reader() as session:
        row = (await session.scalars(select(PasswordLink))).one()
    assert link.rpartition("/")[2].encode() not in row.secret_hash


async def test_a_link_expires_is_replaced_and_taken_back(house: House, root: Principal) -> None:
    async with browser(house, "root") as admin:
        first = link_in(await invite(admin, "ann"))
        person = f"/admin/people/{await id_of(house, 'ann')}"
        second = link_in(await admin.post(f"{person}/link"))
        assert (await admin.get(first)).status_code == 404
        assert (await admin.get(second)).status_code == 200
        assert "no longer works" in words_of(await admin.post(f"{person}/link/take-back"))
        assert (await admin.get(second)).status_code == 404
        assert (await admin.post(f"{person}/link/take-back")).status_code == 409
        third = link_in(await admin.post(f"{person}/link"))
        async with house.database.transaction() as session:
            await session.execute(update(PasswordLink).values(expires_at=now() - timedelta(seconds=1)))
        assert (await admin.get(third)).status_code == 404


async def test_links_cannot_be_guessed_at_will(house: House) -> None:
    async with browser(house) as nobody:
        statuses = [(await nobody.get(f"/invite/{number}")).status_code for number in range(31)]
    assert statuses == [404] * 30 + [429]


async def test_a_reset_ends_sign_ins_when_it_is_used(house: House, root: Principal) -> None:
    ann = await house.make_user("ann")
    token = await house.token("ann")
    async with browser(house, "root") as admin:
        link = link_in(await admin.post(f"/admin/people/{ann.user_id}/link"))
        assert await house.accounts.authenticate(token, kind="api")
        await admin.post(link, data={"new": NEW, "again": NEW})
    with pytest.raises(NotAuthenticated):
        await house.accounts.authenticate(token, kind="api")


async def test_a_random_password_is_shown_once(house: House, root: Principal) -> None:
    async with browser(house, "root") as admin:
        made = await invite(admin, "ann", by="password")
        found = re.search(r'class="secret" readonly value="([\w-]{16})"', made.text)
        assert found
        assert (await invite(admin, "ann", by="password")).status_code == 409
    assert await house.accounts.sign_in("ann", found[1], kind="api", address="192.0.2.1")


async def test_what_was_typed_wrong_is_shown_again(house: House, root: Principal) -> None:
    async with browser(house, "root") as admin:
        for wrong in ({"username": "a b"}, {"email": "nonsense"}, {"role": "king"}, {"tier": "gold"}):
            made = await invite(admin, wrong.pop("username", "ann"), display_name="Keep <me>", **wrong)
            assert made.status_code == 422, wrong
            assert 'value="Keep &lt;me&gt;"' in made.text
    async with house.database.reader() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 1


async def test_disabling_ends_everything_at_once(house: House, root: Principal) -> None:
    ann = await house.make_user("ann")
    token, key = await house.token("ann"), await house.make_key("ann")
    async with browser(house, "root") as admin:
        page = await admin.get(f"/admin/people/{ann.user_id}")
        done = await admin.post(f"/admin/people/{ann.user_id}/disable", data={"seen": seen_in(page)})
        assert "Disabled" in words_of(done)
        for credential in (token, key.key):
            with pytest.raises(NotAuthenticated):
                await house.accounts.authenticate(credential, kind="api")
        assert (await admin.post(f"/admin/people/{ann.user_id}/link")).status_code == 409
        enabled = await admin.post(f"/admin/people/{ann.user_id}/enable", data={"seen": seen_in(done)})
        assert "Active" in words_of(enabled)
    assert await house.token("ann")


async def test_the_last_admin_stays(house: House, root: Principal) -> None:
    await house.make_user("ann", "admin")
    ann = await house.accounts.principal_of_user("ann")
    async with browser(house, "root") as admin, browser(house, "ann") as other:
        assert (await admin.post(f"/admin/people/{root.user_id}/disable")).status_code == 409
        assert (await admin.post(f"/admin/people/{ann.user_id}/disable")).status_code == 200
        assert (await other.get("/admin/people")).status_code == 401
        refused = await admin.post(f"/admin/people/{root.user_id}/disable")
        assert (refused.status_code, "the last admin" in words_of(refused)) == (409, True)
        demoted = await admin.post(f"/admin/people/{root.user_id}", data={"role": "user", "tier": "standard"})
        assert (demoted.status_code, "the last admin" in words_of(demoted)) == (409, True)
    with pytest.raises(Conflict):
        await house.accounts.disable_user("root")


async def test_two_admins_who_disable_each_other_leave_one(house: House, root: Principal) -> None:
    ann = await house.make_user("ann", "admin")
    people = house.services.people
    results = await asyncio.gather(
        people.set_disabled(root, ann.user_id, True, UNCONDITIONAL),
        people.set_disabled(ann, root.user_id, True, UNCONDITIONAL),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(Conflict) == 1
    async with house.database.reader() as session:
        active = (User.role == Role.ADMIN.value) & User.disabled_at.is_(None)
        assert await session.scalar(select(func.count()).select_from(User).where(active)) == 1


async def test_an_invited_admin_counts_for_nothing_yet(house: House, root: Principal) -> None:
    async with browser(house, "root") as admin:
        await invite(admin, "ann", role="admin")
        demoted = await admin.post(f"/admin/people/{root.user_id}", data={"role": "user", "tier": "standard"})
        assert demoted.status_code == 409


async def test_the_later_of_two_admins_sees_the_change_first(house: House, root: Principal) -> None:
    ann = await house.make_user("ann")
    path = f"/admin/people/{ann.user_id}"
    async with browser(house, "root") as admin:
        seen = seen_in(await admin.get(path))
        first = {"display_name": "Ann", "role": "admin", "tier": "standard", "seen": seen}
        assert "Saved." in words_of(await admin.post(path, data=first))
        late = await admin.post(path, data={"display_name": "Annie", "role": "user", "tier": "standard", "seen": seen})
        assert late.status_code == 412
        assert 'value="Annie"' in late.text
        assert "now: Ann" in words_of(late)
        assert "now: admin" in words_of(late)
        again = {"display_name": "Annie", "role": "user", "tier": "standard", "seen": seen_in(late)}
        assert (await admin.post(path, data=again)).status_code == 200
        assert (await admin.post(f"{path}/disable", data={"seen": seen})).status_code == 412
    changes = [event.details for event in await events(house) if event.action == "user.changed"]
    assert [change["role"] for change in changes] == [["user", "admin"], ["admin", "user"]]


async def test_people_are_found_and_paged(house: House, root: Principal) -> None:
    async with house.database.transaction() as session:
        session.add_all(User(username=f"p{n:03}", password_hash="x", tier="standard") for n in range(60))
    async with browser(house, "root") as admin:
        first = await admin.get("/admin/people")
        assert "p049" in first.text
        assert "p050" not in first.text
        following = re.search(r'href="([^"]*cursor=[^"]*)"', first.text)
        assert following
        second = await admin.get(html.unescape(following[1]))
        assert "p050" in second.text
        assert "root" in words_of(second)
        assert "Nobody found" in words_of(await admin.get("/admin/people?q=p001&role=admin"))
        assert (await admin.get("/admin/people?cursor=nonsense")).status_code == 422


async def test_a_library_without_an_owner_gets_one(house: House, root: Principal) -> None:
    gone, ann = await house.make_user("gone"), await house.make_user("ann")
    async with house.database.transaction() as session:
        library = await libraries.create(session, gone, "Leases")
    await house.accounts.disable_user("gone")
    path = f"/admin/libraries/{library.id}"
    async with browser(house, "root") as admin:
        assert "Leases" in words_of(await admin.get("/admin/libraries?kind=orphaned"))
        page = await admin.get(path)
        fields = {"what": "person", "name": "ann", "role": "owner", "seen": seen_in(page)}
        done = await admin.post(f"{path}/members", data=fields)
        assert "ann by an admin" in words_of(done)
        late = await admin.post(f"{path}/members", data=fields | {"name": "root"})
        assert (late.status_code, 'value="root"' in late.text) == (412, True)
        assert "Leases" not in words_of(await admin.get("/admin/libraries?kind=orphaned"))
    async with house.signed_in("ann") as client:
        listed = (await client.get(f"/api/libraries/{library.id}/members")).json()["members"]
    assert [member["by_admin"] for member in listed if member["name"] == "ann"] == [True]
    [event] = [event for event in await events(house) if event.action == "library.member_set"]
    pseudonym = await pseudonym_of(house, ann.user_id)
    assert (event.details["by_admin"], event.details["user_id"]) == (True, str(pseudonym))


async def test_an_admin_who_lets_themselves_in_is_seen(house: House, root: Principal) -> None:
    ann = await house.make_user("ann")
    async with house.database.transaction() as session:
        library = await libraries.create(session, ann, "Leases")
    async with browser(house, "root") as admin:
        fields = {"what": "person", "name": "root", "role": "viewer"}
        assert (await admin.post(f"/admin/libraries/{library.id}/members", data=fields)).status_code == 200
    async with house.signed_in("ann") as client:
        listed = (await client.get(f"/api/libraries/{library.id}/members")).json()["members"]
    assert {member["name"]: member["by_admin"] for member in listed} == {"ann": False, "root": True}
    assert (await events(house))[-1].details["is_self"] is True


async def test_a_personal_library_is_its_persons(house: House, root: Principal) -> None:
    ann = await house.make_user("ann")
    path = f"/admin/libraries/{ann.personal_library_id}/members"
    async with browser(house, "root") as admin:
        refused = await admin.post(path, data={"what": "person", "name": "root", "role": "viewer"})
        assert refused.status_code == 409
        assert (await admin.post(f"{path}/{ann.user_id}/remove")).status_code == 409
    assert ann.personal_library_id not in (await house.accounts.principal_of_user("root")).grants


async def test_no_admin_comes_in_by_a_group_that_owners_do_not_look_into(house: House, root: Principal) -> None:
    ann = await house.make_user("ann")
    async with house.database.transaction() as session:
        library = await libraries.create(session, ann, "Leases")
        group = await groups.create(session, root, "Crew")
        await members.set_group(session, library.id, group.id, LibraryRole.VIEWER)
    path = f"/admin/groups/{group.id}"
    async with browser(house, "root") as admin:
        refused = await admin.post(f"{path}/people", data={"username": "root"})
        assert (refused.status_code, "where its owners see it" in words_of(refused)) == (409, True)
        assert "ann" in words_of(await admin.post(f"{path}/people", data={"username": "ann"}))
        assert "Leases" in words_of(await admin.get(path))


async def test_groups_are_made_renamed_and_deleted(house: House, root: Principal) -> None:
    async with browser(house, "root") as admin:
        await admin.post("/admin/groups", data={"name": "Crew"})
        made = await admin.post("/admin/groups", data={"name": "Sales"})
        path = made.url.path
        assert (await admin.post("/admin/groups", data={"name": "Sales"})).status_code == 409
        seen = seen_in(made)
        taken = await admin.post(path, data={"name": "Crew", "seen": seen})
        assert (taken.status_code, 'value="Crew"' in taken.text) == (409, True)
        assert "Renamed." in words_of(await admin.post(path, data={"name": "Europe", "seen": seen}))
        assert (await admin.post(path, data={"name": "Asia", "seen": seen})).status_code == 412
        assert "Europe" not in words_of(await admin.post(f"{path}/delete"))
    assert [event.action for event in await events(house)] == [
        "group.created",
        "group.created",
        "group.renamed",
        "group.deleted",
    ]


async def test_a_person_is_put_into_a_group_and_taken_out(house: House, root: Principal) -> None:
    ann = await house.make_user("ann")
    async with browser(house, "root") as admin:
        group = (await admin.post("/admin/groups", data={"name": "Crew"})).url.path.rpartition("/")[2]
        path = f"/admin/people/{ann.user_id}/groups"
        assert "Added to the group." in words_of(await admin.post(path, data={"group": group}))
        assert (await admin.post(path, data={"group": "nonsense"})).status_code == 422
        assert "Taken out" in words_of(await admin.post(f"{path}/{group}/remove"))


async def test_all_keys_are_listed_and_any_is_revoked(house: House, root: Principal) -> None:
    await house.make_user("ann")
    key = await house.make_key("ann")
    async with browser(house, "root") as admin:
        page = await admin.get("/admin/keys?q=ann")
        assert key.hint in words_of(page)
        assert key.key not in page.text
        assert key.hint not in words_of(await admin.post(f"/admin/keys/{key.id}/revoke"))
        assert key.hint in words_of(await admin.get("/admin/keys?state=all"))
    with pytest.raises(NotAuthenticated):
        await house.accounts.authenticate(key.key, kind="api")


async def test_all_sign_ins_of_a_person_end(house: House, root: Principal) -> None:
    ann = await house.make_user("ann")
    token = await house.token("ann")
    async with browser(house, "root") as admin:
        await admin.post(f"/admin/people/{ann.user_id}/end-sign-ins")
    with pytest.raises(NotAuthenticated):
        await house.accounts.authenticate(token, kind="api")
    assert await house.accounts.sign_in("ann", PASSWORD, kind="api", address="192.0.2.1")
