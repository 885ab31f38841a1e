"""Documents that go from one library to another: who finds them, before and after."""

import asyncio
from uuid import UUID

import httpx

from core.errors import UpstreamUnavailable
from ingestion.documents.moving import refile
from tests.http.conftest import LEAVE, NOBODYS, House, asked, upload
from tests.http.test_sharing import filled, let_in, made


async def moved(client: httpx.AsyncClient, document: str, library: str, **headers: str) -> httpx.Response:
    return await client.post(f"/api/documents/{document}/move", json={"library_id": library}, headers=headers)


async def cited(client: httpx.AsyncClient) -> bool:
    """Whether the client's person gets an answer from the handbook."""
    return bool((await asked(client, LEAVE)).json()["citations"])


async def test_a_moved_document_is_found_at_once_by_its_new_members_and_by_nobody_else(house: House) -> None:
    for name in ("alice", "before", "after"):
        await house.make_user(name)
    async with house.signed_in("alice") as alice, house.signed_in("before") as old, house.signed_in("after") as new:
        first, second = await made(alice, "First"), await made(alice, "Second")
        await let_in(alice, first, "before")
        await let_in(alice, second, "after")
        document = await filled(house, alice, first)
        seen = [await cited(who) for who in (alice, old, new)]
        response = await moved(alice, document, second)
        then = [await cited(who) for who in (alice, old, new)]
        files = [(await who.get(f"/api/documents/{document}/file")).status_code for who in (old, new)]
        back = await moved(alice, document, first)
        again = [await cited(who) for who in (alice, old, new)]
    assert (response.status_code, response.json()["library_id"], back.status_code) == (200, second, 200)
    assert seen == again == [True, True, False]
    assert then == [True, False, True]
    assert files == [404, 200]


async def test_while_the_index_lags_behind_nobody_sees_it_and_a_worker_sees_to_it(house: House) -> None:
    for name in ("alice", "before", "after"):
        await house.make_user(name)
    async with house.signed_in("alice") as alice, house.signed_in("before") as old, house.signed_in("after") as new:
        first, second = await made(alice, "First"), await made(alice, "Second")
        await let_in(alice, first, "before")
        await let_in(alice, second, "after")
        document = await filled(house, alice, first)

        async def away(*_: object) -> int:
            raise UpstreamUnavailable("away")

        house.services.live.move_document = away  # type: ignore[method-assign, assignment]
        response = await moved(alice, document, second)
        during = [await cited(who) for who in (old, new)]
        del house.services.live.move_document
        waiting = [job async for job in house.services.redis.scan_iter("arq:job:*")]
        await refile(house.database, house.services.live, UUID(document))
        after = [await cited(who) for who in (old, new)]
    assert response.status_code == 200
    assert during == [False, False]
    assert waiting
    assert after == [False, True]


async def test_two_moves_at_once_end_in_one_place(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        libraries = [await made(client, name) for name in ("A", "B", "C")]
        document = await filled(house, client, libraries[0])
        answers = await asyncio.gather(*(moved(client, document, library) for library in libraries * 3))
        place = (await client.get(f"/api/documents/{document}")).json()["library_id"]
        found = await asked(client, LEAVE, library_ids=[place])
        elsewhere = await asked(client, LEAVE, library_ids=[one for one in libraries if one != place])
    assert {response.status_code for response in answers} == {200}
    assert found.json()["citations"]
    assert elsewhere.json()["sources"] == []


async def test_a_copy_is_a_document_of_its_own(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("vera")
    async with house.signed_in("alice") as alice, house.signed_in("vera") as vera:
        library = await made(alice)
        document = await filled(house, alice, library)
        await let_in(alice, library, "vera")
        mine = (await vera.get("/api/libraries")).json()[0]["library_id"]
        copy = (await vera.post(f"/api/documents/{document}/copy", json={"library_id": mine})).json()
        await house.pipeline.run(UUID(copy["job"]["job_id"]))
        twice = (await vera.post(f"/api/documents/{document}/copy", json={"library_id": mine})).json()
        await alice.delete(f"/api/documents/{document}")
        answered = await cited(vera)
        original = (await vera.get(f"/api/documents/{copy['document']['id']}/file")).status_code
    assert copy["document"]["id"] != document
    assert (twice["is_known"], twice["document"]["id"]) == (True, copy["document"]["id"])
    assert (answered, original) == (True, 200)


async def test_what_cannot_be_moved_says_why(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("vera")
    async with house.signed_in("alice") as alice, house.signed_in("vera") as vera:
        first, second = await made(alice, "First"), await made(alice, "Second")
        await let_in(alice, first, "vera")
        await let_in(alice, second, "vera", "editor")
        waiting = (await upload(alice, library_id=first)).json()["document"]["id"]
        tag = (await alice.get(f"/api/documents/{waiting}")).headers["etag"]
        being_read = await moved(alice, waiting, second)
        document = await filled(house, alice, first)
        changed = await moved(alice, document, second, **{"If-Match": tag})
        theirs = await moved(vera, document, second)
        nowhere = await moved(alice, document, str(NOBODYS))
        nothing = await alice.post(f"/api/documents/{document}/move", json={})
        await filled(house, alice, second)
        twice = await moved(alice, document, second)
        unwritable = await vera.post(f"/api/documents/{document}/copy", json={"library_id": first})
    responses = (being_read, changed, theirs, nowhere, nothing, twice, unwritable)
    assert [response.status_code for response in responses] == [409, 412, 403, 404, 422, 409, 403]
    assert "being read" in being_read.json()["message"]
    assert "same content" in twice.json()["message"]
