"""The library page and what it is filled with, over HTTP."""

import re
from uuid import UUID

import pytest

from core.access import LibraryRole
from tests.documents import HANDBOOK
from tests.http.conftest import LEAVE, NOBODYS, PUBLIC, House, asked, upload


async def test_the_page_runs_no_script_but_its_own_and_is_framed_by_nobody(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        page = await client.get("/library")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    assert str(house.settings.upload.max_bytes) in page.text
    assert not re.search(r"<script>|<style|\son\w+=|style=", page.text)
    for name in re.findall(r'(?:src|href)="/public/([^"?]+)', page.text):
        assert (PUBLIC / name).is_file()


async def test_one_who_is_not_signed_in_is_shown_the_way(house: House) -> None:
    async with house.visitor() as client:
        page = await client.get("/library")
    assert page.status_code == 401
    assert '<a href="/login?next=%2Flibrary"' in page.text
    assert "library.js" not in page.text


async def test_an_entry_carries_its_job_its_owner_its_library_and_ones_own_question(house: House) -> None:
    owner = await house.make_user("alice")
    await house.make_user("vera")
    await house.make_user("eve")
    await house.share(owner, "vera", LibraryRole.VIEWER)
    document = await house.bring("alice")
    async with house.signed_in("alice") as client:
        answer = (await asked(client, LEAVE)).json()
        mine = (await client.get("/api/documents")).json()
    async with house.signed_in("vera") as client:
        theirs = (await client.get("/api/documents")).json()
        libraries = (await client.get("/api/libraries")).json()
    async with house.signed_in("eve") as client:
        nothing = (await client.get("/api/documents", params={"id": str(document.id)})).json()
        counted = (await client.get("/api/documents")).json()["counts"]
    [entry], [seen] = mine["documents"], theirs["documents"]
    assert (entry["job"]["state"], entry["job"]["percent"], entry["can_write"]) == ("finished", 100, True)
    assert (entry["owner"], entry["library"]) == ("alice", "alice")
    assert (entry["last_question"]["text"], entry["last_question"]["thread_id"]) == (LEAVE, answer["thread_id"])
    assert (seen["id"], seen["owner"], seen["can_write"], seen["last_question"]) == (
        str(document.id),
        "alice",
        False,
        None,
    )
    assert [(one["name"], one["role"], one["is_personal"]) for one in libraries] == [
        ("alice", "viewer", False),
        ("vera", "owner", True),
    ]
    assert nothing["documents"] == []
    assert counted["total"] == 0


async def test_the_list_is_ordered_filtered_and_counted(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        for name, content in (("b10.txt", b"ten"), ("b2.txt", b"the second"), ("a.pdf", b"%PDF-1.4 garbage")):
            job = (await upload(client, content, name)).json()["job"]
            if name != "b2.txt":
                await house.pipeline.run(UUID(job["job_id"]))

        async def titles(**params: str | int) -> list[str]:
            found = (await client.get("/api/documents", params=params)).json()["documents"]
            return [document["title"] for document in found]

        assert await titles(sort="name") == ["a.pdf", "b2.txt", "b10.txt"]
        assert await titles(sort="size", order="asc") == ["b10.txt", "b2.txt", "a.pdf"]
        assert await titles(sort="state") == ["b2.txt", "a.pdf", "b10.txt"]
        assert await titles(state="pending") == ["b2.txt"]
        assert await titles(state="failed", sort="name") == ["a.pdf"]
        assert await titles(library_id=str(NOBODYS)) == []
        first = (await client.get("/api/documents", params={"sort": "name", "limit": 2})).json()
        rest = (
            await client.get("/api/documents", params={"sort": "name", "limit": 2, "cursor": first["next_cursor"]})
        ).json()
        [failed] = (await client.get("/api/documents", params={"state": "failed"})).json()["documents"]
        these = (await client.get("/api/documents", params={"id": [failed["id"], str(NOBODYS)]})).json()
    assert [document["title"] for document in rest["documents"]] == ["b10.txt"]
    assert first["counts"] == {"total": 3, "pending": 1, "ready": 1, "failed": 1, "partial": 0}
    assert rest["counts"] is None
    assert failed["job"]["reference"]
    assert failed["job"]["error"] == failed["error"]
    assert [document["title"] for document in these["documents"]] == ["a.pdf"]


@pytest.mark.parametrize(
    "params",
    [
        {"sort": "colour"},
        {"order": "up"},
        {"state": "lost"},
        {"library_id": "mine"},
        {"id": "x"},
        {"id": [str(NOBODYS)] * 101},
        {"cursor": "bm8="},
        {"limit": 0},
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused(house: House, params: dict[str, object]) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        response = await client.get("/api/documents", params=params)  # type: ignore[arg-type]
    assert response.status_code == 422
    assert response.json()["status"] == "error"


async def test_a_cursor_belongs_to_its_order(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        for number in range(2):
            await upload(client, HANDBOOK + bytes(number), f"{number}.pdf")
        cursor = (await client.get("/api/documents", params={"limit": 1, "sort": "size"})).json()["next_cursor"]
        same = await client.get("/api/documents", params={"limit": 1, "sort": "size", "cursor": cursor})
        other = await client.get("/api/documents", params={"limit": 1, "sort": "name", "cursor": cursor})
    assert (same.status_code, other.status_code) == (200, 422)
