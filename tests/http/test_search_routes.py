"""Search over HTTP: the passages, their scores and where they are, and nothing of what one may not see."""

import httpx
import pytest

from tests.http.conftest import LEAVE, NOBODYS, House
from tests.http.test_sharing import filled, let_in, made


async def test_a_search_gives_passages_with_scores_pages_and_addresses_that_open(house: House) -> None:
    await house.make_user("alice")
    document = await house.bring("alice")
    await house.bring("alice", b"Bees fly to heather.", "bees.txt")
    async with house.signed_in("alice") as client:
        hits = (await client.post("/api/search", json={"query": LEAVE, "top_k": 3})).json()["hits"]
        page = await client.get(hits[0]["url"] + "&width=200")
        [bees] = (await client.post("/api/search", json={"query": "heather bees", "top_k": 1})).json()["hits"]
        section = await client.get(bees["url"])
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert (hits[0]["document_id"], hits[0]["page"], hits[0]["title"]) == (str(document.id), 2, "handbook.pdf")
    assert "leave" in hits[0]["text"]
    assert 0 < hits[0]["similarity"] <= 1
    assert page.headers["content-type"] == "image/png"
    assert (bees["page"], section.json()["text"]) == (None, "Bees fly to heather.")


async def test_a_search_is_narrowed_and_never_widened(house: House) -> None:
    for name in ("alice", "vera", "eve"):
        await house.make_user(name)
    async with house.signed_in("alice") as alice, house.signed_in("vera") as vera, house.signed_in("eve") as eve:
        library = await made(alice)
        document = await filled(house, alice, library)
        await let_in(alice, library, "vera")

        async def found(client: httpx.AsyncClient, **narrowed: object) -> int:
            response = await client.post("/api/search", json={"query": LEAVE, **narrowed})
            assert response.status_code == 200
            return len(response.json()["hits"])

        assert await found(vera) > 0
        assert await found(vera, library_ids=[library], document_ids=[document], top_k=2) == 2
        assert await found(vera, library_ids=[]) == 0
        assert await found(vera, document_ids=[str(NOBODYS)]) == 0
        assert await found(eve) == 0
        assert await found(eve, library_ids=[library], document_ids=[document]) == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": " \x00 "},
        {"query": "x" * 10_000},
        {"query": "x", "top_k": 0},
        {"query": "x", "top_k": 10**30},
        {"query": "x", "library_ids": ["mine"]},
        {"query": "x", "document_ids": [str(NOBODYS)] * 1001},
        {"query": "x", "filter": "y"},
    ],
)
async def test_a_search_that_makes_no_sense_is_refused(house: House, body: object) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        response = await client.post("/api/search", json=body)
    assert (response.status_code, response.json()["status"]) == (422, "error")


async def test_searches_are_counted(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        answers = [await client.post("/api/search", json={"query": "x"}) for _ in range(31)]
    assert {response.status_code for response in answers[:30]} == {200}
    assert answers[30].status_code == 429
    assert int(answers[30].headers["retry-after"]) > 0
