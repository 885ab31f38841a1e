"""How much may be brought, as the API says it."""

from typing import Any

import pytest

from core.settings import UploadSettings
from ingestion.documents.quotas import Quota
from tests.http.conftest import House, upload


def limit(house: House, **limits: Any) -> None:
    """Other limits from now on."""
    house.ingestion._quota = Quota(house.database, house.ingestion._blobs, UploadSettings(**limits))


async def test_people_see_what_they_have_used_and_may(house: House) -> None:
    await house.make_user("alice")
    limit(house, user_bytes=5000, user_documents=0, types="pdf, text")
    async with house.signed_in("alice") as client:
        await upload(client, b"The first note is short.", "one.txt")
        mine = (await client.get("/api/auth/me")).json()["uploads"]
    assert mine == {
        "used_bytes": 24,
        "allowed_bytes": 5000,
        "used_documents": 1,
        "allowed_documents": None,
        "max_file_bytes": UploadSettings().max_bytes,
        "kinds": ["pdf", "text"],
    }


async def test_more_than_ones_room_is_refused_with_used_and_allowed(house: House) -> None:
    await house.make_user("alice")
    limit(house, user_bytes=200 * 1024)
    async with house.signed_in("alice") as client:
        assert (await upload(client, b"words " * 20_000, "one.txt")).status_code == 202
        declared = await upload(client, b"other " * 40_000, "two.txt")
        found_out = await upload(client, b"third " * 15_000, "three.txt")
        listed = (await client.get("/api/documents")).json()["documents"]
    assert (declared.status_code, found_out.status_code) == (413, 413)
    for answer in (declared, found_out):
        assert "room for 82.8 KB more of the 200 KB" in answer.json()["message"]
    assert len(listed) == 1


async def test_a_declared_length_is_enough_to_refuse(house: House) -> None:
    """What comes after the headers is no form at all, and nobody has looked."""
    await house.make_user("alice")
    limit(house, user_bytes=200 * 1024)
    async with house.signed_in("alice") as client:
        nonsense = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "900000"}
        answer = await client.post("/api/documents", content=b"-" * 900_000, headers=nonsense)
    assert answer.status_code == 413
    assert "Delete some" in answer.json()["message"]


async def test_too_many_documents_are_refused(house: House) -> None:
    await house.make_user("alice")
    limit(house, user_documents=1)
    async with house.signed_in("alice") as client:
        await upload(client, b"The first note is short.", "one.txt")
        answer = await upload(client, b"The second note is one too many.", "two.txt")
    assert answer.status_code == 413
    assert answer.json()["message"].startswith("You have 1 of the 1 documents that you may have.")


@pytest.mark.parametrize(
    ("limits", "status", "said"),
    [
        ({"types": "pdf"}, 415, "Accepted are: pdf."),
        ({"type_bytes": "text=1KB"}, 413, "(text) are limited: it is larger than the 1 KB"),
    ],
)
async def test_kinds_have_limits_of_their_own(house: House, limits: dict[str, str], status: int, said: str) -> None:
    await house.make_user("alice")
    limit(house, **limits)
    async with house.signed_in("alice") as client:
        answer = await upload(client, b"Some words. " * 200, "one.txt")
        assert (await client.get("/api/documents")).json()["documents"] == []
    assert answer.status_code == status
    assert said in answer.json()["message"]
