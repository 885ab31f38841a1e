"""Requests with an Idempotency-Key: sent twice, at once, by others, with something else, after a failure, after a death."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import update

from api.idempotency import Once
from core.errors import Invalid
from db import keyed_requests
from db.base import now
from db.models import KeyedRequest
from tests.documents import HANDBOOK
from tests.http.conftest import LEAVE, House
from tests.http.test_upload_limits import limit

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


async def sent(
    client: httpx.AsyncClient, content: bytes = HANDBOOK, name: str = "a.pdf", headers: dict[str, str] = KEY
) -> httpx.Response:
    return await client.post("/api/documents", files={"file": (name, content)}, headers=headers)


class Asked(BaseModel):
    text: str


class Given(BaseModel):
    text: str
    number: int


@pytest.fixture
def calls(house: House) -> list[str]:
    """What a route was asked that takes JSON: it counts, waits and fails as it is told."""
    asked: list[str] = []

    async def route(body: Asked, once: Once) -> Any:
        async def work() -> Given | Response:
            asked.append(body.text)
            if body.text == "slow":
                await asyncio.sleep(0.5)
            if body.text == "held" and len(asked) == 1:
                await asyncio.sleep(60)
            if body.text == "wrong":
                raise Invalid("Wrong.")
            if body.text == "away":
                return JSONResponse({"status": "error"}, 503)
            if body.text == "later":
                return JSONResponse({"job": "x"}, 202, {"Location": "/result/x"})
            return Given(text=body.text, number=len(asked))

        return await once.of_json(body, work)

    house.app.post("/keyed")(route)
    house.app.post("/other")(route)
    return asked


async def asks(client: httpx.AsyncClient, text: str, path: str = "/keyed") -> httpx.Response:
    return await client.post(path, json={"text": text}, headers=KEY)


async def test_an_upload_that_is_sent_again_is_stored_once_and_gets_the_same_answer(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        first = await sent(client)
        await house.pipeline.run(UUID(first.json()["job"]["job_id"]))
        document = first.json()["document"]["id"]
        again = await sent(client)
        await client.delete(f"/api/documents/{document}")
        after_deletion = await sent(client)
        listed = (await client.get("/api/documents")).json()["documents"]
        anew = await sent(client, headers={"Idempotency-Key": "another"})
    assert (first.status_code, again.status_code, again.content) == (202, 202, first.content)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (after_deletion.content, listed) == (first.content, [])
    assert anew.json()["document"]["id"] != document


async def test_a_repetition_needs_no_room(house: House) -> None:
    await house.make_user("alice")
    limit(house, user_documents=1)
    async with house.signed_in("alice") as client:
        answers = [
            await sent(client),
            await sent(client),
            await sent(client, b"more", headers={"Idempotency-Key": "2"}),
        ]
    assert [response.status_code for response in answers] == [202, 202, 413]


async def test_another_upload_under_the_same_key_is_refused(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        await sent(client)
        others = [await sent(client, b"other"), await sent(client, name="b.pdf")]
        listed = (await client.get("/api/documents")).json()["documents"]
    assert [response.status_code for response in others] == [422, 422]
    assert "another content" in others[0].json()["message"]
    assert len(listed) == 1


async def test_of_two_at_once_one_wins_and_the_other_is_told_to_wait(house: House, calls: list[str]) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        both = await asyncio.gather(*(asks(client, "slow") for _ in range(8)), asks(client, "different"))
        later = await asks(client, "slow")
    statuses = [response.status_code for response in both]
    assert sorted(statuses[:8]) == [200, *[409] * 7]
    assert statuses[8] == 422
    assert calls == ["slow"]
    [won] = [response for response in both if response.status_code == 200]
    [waits, *_] = [response for response in both if response.status_code == 409]
    assert later.content == won.content
    assert waits.headers["retry-after"] == "1"


async def test_uploads_at_once_are_stored_once(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        both = await asyncio.gather(*(sent(client) for _ in range(4)))
        listed = (await client.get("/api/documents")).json()["documents"]
    assert {response.status_code for response in both} <= {202, 409}
    assert any(response.status_code == 202 for response in both)
    assert len(listed) == 1


async def test_keys_are_of_a_person_and_of_a_request(house: House, calls: list[str]) -> None:
    await house.make_user("alice")
    await house.make_user("bob")
    async with house.signed_in("alice") as alice, house.signed_in("bob") as bob:
        answers = [await asks(alice, "x"), await asks(bob, "y"), await asks(alice, "x", "/other")]
        without = [(await alice.post("/keyed", json={"text": "x"})).json()["number"] for _ in range(2)]
    assert [response.status_code for response in answers] == [200, 200, 422]
    assert answers[1].json()["text"] == "y"
    assert without == [3, 4]


async def test_what_failed_may_be_sent_again_and_what_was_promised_is_promised_again(
    house: House, calls: list[str]
) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        failed = [(await asks(client, text)).status_code for text in ("wrong", "wrong", "away", "away")]
        promised = [await asks(client, "later") for _ in range(2)]
    assert failed == [422, 422, 503, 503]
    assert calls == ["wrong", "wrong", "away", "away", "later"]
    assert [response.status_code for response in promised] == [202, 202]
    assert [response.headers["location"] for response in promised] == ["/result/x"] * 2


async def test_a_client_that_goes_away_leaves_no_key_behind(house: House, calls: list[str]) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        first = asyncio.create_task(asks(client, "held"))
        while not calls:
            await asyncio.sleep(0.01)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        again = await asks(client, "held")
    assert again.status_code == 200
    assert calls == ["held", "held"]


async def test_a_key_of_a_dead_process_is_free_after_a_minute_and_every_key_after_a_day(
    house: House, calls: list[str]
) -> None:
    alice = await house.make_user("alice")

    async def age(**values: object) -> None:
        async with house.database.transaction() as session:
            await session.execute(update(KeyedRequest).values(**values))

    async with house.signed_in("alice") as client:
        first = await asks(client, "x")
        await age(status=None, body=None)
        running = await asks(client, "x")
        await age(seen_at=now() - timedelta(seconds=61))
        taken_over = await asks(client, "x")
        await age(created_at=now() - timedelta(hours=25))
        next_day = await asks(client, "another")
        await age(created_at=now() - timedelta(hours=25))
        pruned = await house.services.chores.prune()
    assert (running.status_code, taken_over.status_code, next_day.status_code) == (409, 200, 200)
    assert (first.json()["number"], taken_over.json()["number"], next_day.json()["number"]) == (1, 2, 3)
    assert pruned["keyed_requests"] == 1
    async with house.database.reader() as session:
        assert await keyed_requests.find(session, alice.user_id, KEY["Idempotency-Key"]) is None


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "with space", "tab\t"])
async def test_a_key_that_is_none_is_refused(house: House, key: str) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        response = await sent(client, headers={"Idempotency-Key": key})
        listed = (await client.get("/api/documents")).json()["documents"]
    assert (response.status_code, listed) == (422, [])


async def test_a_question_that_is_sent_again_is_answered_once(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    headers = {"Idempotency-Key": "question-1"}
    async with house.signed_in("alice") as client:
        first = await client.post("/api/chat", json={"question": LEAVE}, headers=headers)
        again = await client.post("/api/chat", json={"question": LEAVE}, headers=headers)
        other = await client.post("/api/chat", json={"question": "How long does parental leave last?"}, headers=headers)
        threads = (await client.get("/api/threads")).json()["threads"]
    assert first.status_code == 200
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.status_code == 422
    assert len(threads) == 1


async def test_a_job_that_is_ordered_again_is_the_same_job(house: House) -> None:
    await house.make_user("alice")
    headers = {"Idempotency-Key": "job-1", "Prefer": "respond-async"}
    async with house.signed_in("alice") as client:
        first = await client.post("/api/chat", json={"question": LEAVE}, headers=headers)
        again = await client.post("/api/chat", json={"question": LEAVE}, headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["job_id"] == first.json()["job_id"]
    assert again.headers["Location"] == first.headers["Location"]
