"""Libraries over HTTP: made, shared with people and groups, and what someone sees of one from that moment on."""

import asyncio
from uuid import UUID

import httpx
import pytest
from arq.connections import ArqRedis

from core.access import LibraryRole
from core.precondition import UNCONDITIONAL
from core.settings import Settings
from db import groups
from tests.documents import HANDBOOK
from tests.graph import wired
from tests.http.conftest import LEAVE, NOBODYS, House, asked, upload


async def made(client: httpx.AsyncClient, name: str = "Contracts") -> str:
    """A new library of the client's person."""
    response = await client.post("/api/libraries", json={"name": name})
    assert response.status_code == 201
    return str(response.json()["library_id"])


async def let_in(client: httpx.AsyncClient, library: str, username: str, role: str = "viewer") -> httpx.Response:
    return await client.put(f"/api/libraries/{library}/members", json={"username": username, "role": role})


async def filled(house: House, client: httpx.AsyncClient, library: str) -> str:
    """A document in the library, ready to be asked about."""
    submission = (await upload(client, HANDBOOK, library_id=library)).json()
    await house.pipeline.run(UUID(submission["job"]["job_id"]))
    return str(submission["document"]["id"])


async def test_a_library_is_made_renamed_and_deleted_with_its_documents(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        library = await made(client, "  Old \x00 contracts ")
        document = await filled(house, client, library)
        first = await client.get(f"/api/libraries/{library}")
        renamed = await client.patch(f"/api/libraries/{library}", json={"name": "Contracts"})
        names = [one["name"] for one in (await client.get("/api/libraries")).json()]
        gone = await client.delete(f"/api/libraries/{library}")
        left = [await client.get(f"/api/{path}") for path in (f"libraries/{library}", f"documents/{document}")]
        answer = (await asked(client, LEAVE)).json()
    assert first.json()["name"] == "Old contracts"
    assert (renamed.status_code, renamed.json()["role"], names) == (200, "owner", ["alice", "Contracts"])
    assert gone.status_code == 204
    assert [response.status_code for response in left] == [404, 404]
    assert answer["sources"] == []
    async with house.services.live.use() as index_version:
        assert await index_version.index.count() == 0
    assert not await house.services.blobs.exists(f"documents/{document}")


async def test_a_personal_library_keeps_its_name_its_person_and_itself(house: House) -> None:
    alice = await house.make_user("alice")
    await house.make_user("bob")
    path = f"/api/libraries/{alice.personal_library_id}"
    async with house.signed_in("alice") as client:
        refused = [
            await client.patch(path, json={"name": "Mine"}),
            await client.delete(path),
            await let_in(client, str(alice.personal_library_id), "alice", "editor"),
            await let_in(client, str(alice.personal_library_id), "bob", "owner"),
            await client.delete(f"{path}/members/{alice.user_id}"),
        ]
        shared = await let_in(client, str(alice.personal_library_id), "bob", "editor")
    assert [response.status_code for response in refused] == [409] * 5
    assert "personal" in refused[0].json()["message"]
    assert shared.status_code == 200


async def test_a_member_sees_a_library_at_once_and_no_longer_when_removed_not_even_from_a_cache(
    house: House, redis: ArqRedis, settings: Settings
) -> None:
    cached = wired(settings, is_cached=True, database=house.database, redis=redis, live=house.services.live)
    house.change(answers=cached.answers)
    await house.make_user("alice")
    vera = await house.make_user("vera")
    async with house.signed_in("alice") as alice, house.signed_in("vera") as client:
        library = await made(alice)
        document = await filled(house, alice, library)
        before = (await asked(client, LEAVE)).json()
        await let_in(alice, library, "Vera")
        during = [(await asked(client, LEAVE)).json()]
        await cached.answers.drain()
        during.append((await asked(client, LEAVE)).json())
        removed = await alice.delete(f"/api/libraries/{library}/members/{vera.user_id}")
        after = (await asked(client, LEAVE)).json()
        away = [await client.get(f"/api/{path}") for path in (f"libraries/{library}", f"documents/{document}/file")]
        listed = (await client.get("/api/documents")).json()["documents"]
        await let_in(alice, library, "vera")
        again = (await asked(client, LEAVE)).json()
    assert (before["sources"], after["sources"], listed) == ([], [], [])
    assert during[0]["citations"]
    assert during[1]["cached"] == "exact"  # so there was something that could have been shown
    assert removed.status_code == 204
    assert [response.status_code for response in away] == [404, 404]
    assert again["citations"]


async def test_roles_decide_what_a_member_does(house: House) -> None:
    for name in ("alice", "eddie", "vera"):
        await house.make_user(name)
    async with house.signed_in("alice") as alice, house.signed_in("eddie") as eddie, house.signed_in("vera") as vera:
        library = await made(alice)
        await let_in(alice, library, "eddie", "editor")
        await let_in(alice, library, "vera", "viewer")
        uploads = [(await upload(who, library_id=library)).status_code for who in (eddie, vera)]
        changes = [await let_in(who, library, "vera", "owner") for who in (eddie, vera)]
        unknown = [await let_in(who, library, "nobody-at-all") for who in (eddie, vera)]
        listed = (await vera.get(f"/api/libraries/{library}/members")).json()["members"]
    assert uploads == [202, 403]
    assert [response.status_code for response in (*changes, *unknown)] == [403] * 4
    assert [(one["name"], one["role"], one["is_you"]) for one in listed] == [
        ("alice", "owner", False),
        ("eddie", "editor", False),
        ("vera", "viewer", True),
    ]


async def test_a_library_always_has_an_owner(house: House) -> None:
    alice, bob = await house.make_user("alice"), await house.make_user("bob")
    async with house.signed_in("alice") as client, house.signed_in("bob") as other:
        library = await made(client)
        alone = [
            await client.delete(f"/api/libraries/{library}/members/{alice.user_id}"),
            await let_in(client, library, "alice", "viewer"),
        ]
        await let_in(client, library, "bob", "owner")
        members = f"/api/libraries/{library}/members"
        left = await asyncio.gather(
            client.delete(f"{members}/{alice.user_id}"), other.delete(f"{members}/{bob.user_id}")
        )
    assert [response.status_code for response in alone] == [409, 409]
    assert sorted(response.status_code for response in left) == [204, 409]


async def test_who_left_a_library_while_they_changed_it_changes_nothing(house: House) -> None:
    await house.make_user("alice")
    bob = await house.make_user("bob")
    async with house.signed_in("alice") as alice:
        library = await made(alice)
        await let_in(alice, library, "bob", "owner")
        stale = await house.accounts.principal_of_user("bob")
        assert stale.grants[UUID(library)] is LibraryRole.OWNER
        await alice.delete(f"/api/libraries/{library}/members/{bob.user_id}")
        with pytest.raises(Exception, match="no such library"):
            await house.ingestion.libraries.rename(stale, UUID(library), "Bob's", UNCONDITIONAL)


async def test_one_who_may_share_is_told_who_does_not_exist_but_not_without_end(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("gone")
    await house.accounts.disable_user("gone")
    async with house.signed_in("alice") as client:
        library = await made(client)
        answers = [await let_in(client, library, name) for name in ("nobody", "gone", "x" * 10_000, "a b", "\x00")]
        many = [(await let_in(client, library, f"guess{number}")).status_code for number in range(70)]
    assert [response.status_code for response in answers] == [422] * 5
    assert answers[0].json()["message"] == answers[1].json()["message"] == "There is nobody of this name."
    assert many[0] == 422
    assert many[-1] == 429


async def test_a_group_has_a_library_and_the_highest_role_counts(house: House) -> None:
    await house.make_user("admin", "admin")
    await house.make_user("alice")
    grace = await house.make_user("grace")
    async with house.signed_in("admin") as admin, house.signed_in("alice") as alice, house.signed_in("grace") as client:
        library = await made(alice)
        await filled(house, alice, library)
        crew = (await admin.post("/api/groups", json={"name": "crew"})).json()["group_id"]
        await admin.put(f"/api/groups/{crew}/members", json={"username": "grace"})
        members = f"/api/libraries/{library}/members"
        roles = []
        for role in ("viewer", "editor"):
            await alice.put(members, json={"group": "crew", "role": role})
            roles.append((await client.get(f"/api/libraries/{library}")).json()["role"])
        await let_in(alice, library, "grace", "viewer")
        roles.append((await client.get(f"/api/libraries/{library}")).json()["role"])
        cited = (await asked(client, LEAVE)).json()["citations"]
        mine = (await client.get("/api/groups")).json()
        leaves = await client.delete(f"{members}/{grace.user_id}")
        stays = await client.delete(f"{members}/{grace.user_id}")
        await admin.delete(f"/api/groups/{crew}")
        gone = await client.get(f"/api/libraries/{library}")
        after = (await asked(client, LEAVE)).json()["sources"]
    assert roles == ["viewer", "editor", "editor"]
    assert cited
    assert [(group["name"], group["people"]) for group in mine] == [("crew", 1)]
    assert (leaves.status_code, stays.status_code) == (204, 409)
    assert "by a group" in stays.json()["message"]
    assert gone.status_code == 404
    assert after == []


async def test_groups_from_a_sign_in_follow_it_and_leave_alone_what_an_admin_set(house: House) -> None:
    admin = await house.make_user("admin", "admin")
    grace = await house.make_user("grace")

    async def sign_in(*names: str) -> list[str]:
        async with house.database.transaction() as session:
            await groups.sync_claims(session, grace.user_id, names)
            return sorted(group.name for group, _ in await groups.of_principal(session, grace))

    assert await sign_in("Sales", " crew ", "", "cr\x00ew") == ["Sales", "crew"]
    crew = next(one for one in await house.services.groups.list(admin) if one.name == "crew")
    await house.services.groups.add(admin, crew.group_id, "grace")
    assert await sign_in("Sales") == ["Sales", "crew"]
    [person] = await house.services.groups.people(admin, crew.group_id)
    assert person.sources == ("admin",)
    assert await sign_in() == ["crew"]
    await sign_in("Sales")
    sales = next(one for one in await house.services.groups.list(admin) if one.name == "Sales")
    async with house.signed_in("admin") as client:
        refused = await client.delete(f"/api/groups/{sales.group_id}/members/{grace.user_id}")
        taken = await client.delete(f"/api/groups/{crew.group_id}/members/{grace.user_id}")
        twice = await client.post("/api/groups", json={"name": "Sales"})
    assert (refused.status_code, taken.status_code, twice.status_code) == (409, 204, 409)
    assert len(await sign_in(*(f"g{number}" for number in range(3000)))) == groups.MOST_CLAIMED


async def test_nobody_overwrites_what_they_have_not_seen(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("bob")
    async with house.signed_in("alice") as client:
        path = f"/api/libraries/{await made(client)}"
        seen = (await client.get(path)).headers["etag"]
        members = (await client.get(f"{path}/members")).headers["etag"]
        brought = (await upload(client)).json()
        document = brought["document"]["id"]
        old = (await client.get(f"/api/documents/{document}")).headers["etag"]
        await client.patch(path, json={"name": "Meanwhile"}, headers={"If-Match": f'"other", {seen}'})
        await let_in(client, path.rsplit("/", 1)[1], "bob")
        await house.pipeline.run(UUID(brought["job"]["job_id"]))
        answers = [
            await client.patch(path, json={"name": "Mine"}, headers={"If-Match": seen}),
            await client.delete(path, headers={"If-Match": seen}),
            await client.put(
                f"{path}/members", json={"username": "bob", "role": "owner"}, headers={"If-Match": members}
            ),
            await client.delete(f"/api/documents/{document}", headers={"If-Match": old}),
        ]
        name = (await client.get(path)).json()["name"]
        any_state = await client.delete(path, headers={"If-Match": "*"})
    assert [response.status_code for response in answers] == [412] * 4
    assert (name, any_state.status_code) == ("Meanwhile", 204)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/libraries", {"name": "x" * 10_000}),
        ("POST", "/api/libraries", {"name": "\x00 "}),
        ("POST", "/api/libraries", {"name": "x", "owner": "eve"}),
        ("POST", "/api/libraries", []),
        ("PUT", "/api/libraries/{own}/members", {"role": "viewer"}),
        ("PUT", "/api/libraries/{own}/members", {"username": "a", "group": "b", "role": "viewer"}),
        ("PUT", "/api/libraries/{own}/members", {"username": "alice", "role": "king"}),
    ],
)
async def test_nonsense_is_refused_in_a_sentence(house: House, method: str, path: str, body: object) -> None:
    alice = await house.make_user("alice")
    async with house.signed_in("alice") as client:
        response = await client.request(method, path.format(own=alice.personal_library_id), json=body)
        strange = await client.get("/api/libraries/not-an-id")
        nobodys = await client.get(f"/api/libraries/{NOBODYS}")
    assert response.status_code == 422
    assert response.json()["status"] == "error"
    assert (strange.status_code, nobodys.status_code) == (404, 404)
