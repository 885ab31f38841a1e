"""Jobs over HTTP: the state, the stream of states, cancel and retry."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from arq.connections import ArqRedis
from sse_starlette import ServerSentEvent
from sse_starlette.sse import AppStatus

from api import events
from tests.http.conftest import House, upload


def states_in(text: str) -> list[dict[str, Any]]:
    """The data of the unnamed events of a stream."""
    blocks = [block for block in text.replace("\r\n", "\n").split("\n\n") if block.startswith("data: ")]
    return [json.loads(block.removeprefix("data: ")) for block in blocks]


async def queued(client: httpx.AsyncClient, **more: Any) -> str:
    return str((await upload(client, **more)).json()["job"]["job_id"])


async def followed(redis: ArqRedis) -> None:
    """Returns when somebody listens to what becomes of a job, and has been told how it stands."""
    async with asyncio.timeout(60):
        while not await redis.pubsub_channels():
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)


async def test_the_stream_tells_the_present_state_first_and_ends_with_the_job(house: House, redis: ArqRedis) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        job_id = await queued(client)
        listening = asyncio.create_task(client.get(f"/api/jobs/{job_id}/events", timeout=30))
        await followed(redis)
        await house.pipeline.run(UUID(job_id))
        response = await listening
        after = await client.get(f"/api/jobs/{job_id}/events")
        now = (await client.get(f"/api/jobs/{job_id}")).json()
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    states = states_in(response.text)
    assert states[0]["state"] == "queued"
    assert states[-1]["state"] == "finished"
    assert [state["percent"] for state in states] == sorted(state["percent"] for state in states)
    assert states_in(after.text) == [now]


async def test_cancel_stops_and_retry_starts_anew(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        job_id = await queued(client)
        stopped = (await client.post(f"/api/jobs/{job_id}/cancel")).json()
        again = (await client.post(f"/api/jobs/{job_id}/retry")).json()
        await house.pipeline.run(UUID(again["job_id"]))
        done = (await client.get(f"/api/jobs/{again['job_id']}")).json()
    assert (stopped["state"], again["state"], done["state"]) == ("stopped", "queued", "finished")


async def test_a_file_without_text_is_a_failed_job_that_says_why(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        job_id = await queued(client, content=b"%PDF-1.4\nnot really", name="broken.pdf")
        await house.pipeline.run(UUID(job_id))
        job = (await client.get(f"/api/jobs/{job_id}")).json()
        page = (await client.get(f"/jobs/{job_id}")).text
    assert job["state"] == "failed"
    assert job["error"].endswith(".")
    assert "broken.pdf" in page


async def test_the_stream_ends_when_the_sign_in_ends(
    house: House, redis: ArqRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "RECHECK_S", 0.1)
    await house.make_user("alice")
    async with house.signed_in("alice") as client, house.signed_in("alice") as other:
        job_id = await queued(client)
        listening = asyncio.create_task(client.get(f"/api/jobs/{job_id}/events", timeout=30))
        await followed(redis)
        await asyncio.sleep(2 * events.RECHECK_S)
        assert not listening.done()
        await house.accounts.disable_user("alice")
        async with asyncio.timeout(5):
            response = await listening
        assert (await other.get(f"/api/jobs/{job_id}/events")).status_code == 401
    assert "event: failed" in response.text
    assert "sign in" in response.text


async def test_a_stopping_server_ends_the_stream_soon(
    house: House, redis: ArqRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        job_id = await queued(client)
        listening = asyncio.create_task(client.get(f"/api/jobs/{job_id}/events", timeout=30))
        await followed(redis)
        monkeypatch.setattr(AppStatus, "should_exit", True)
        async with asyncio.timeout(5):
            response = await listening
    assert [state["state"] for state in states_in(response.text)] == ["queued"]


async def test_whoever_leaves_early_leaves_nothing_running() -> None:
    cleaned = asyncio.Event()

    async def endless() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
                await asyncio.sleep(0.01)
        finally:
            await asyncio.sleep(0.05)  # cleaning up takes a moment and is waited for
            cleaned.set()

    async def fine() -> object:
        return None

    stream = await events.open_stream(endless(), lambda item: ServerSentEvent(str(item)), recheck=fine)
    sent: list[Any] = []
    gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) > 5:
            gone.set()

    await stream({"type": "http", "method": "GET", "headers": []}, receive, send)
    assert cleaned.is_set()


async def test_what_breaks_before_the_first_event_is_an_ordinary_error() -> None:
    async def broken() -> AsyncIterator[int]:
        raise ValueError("early")
        yield 1

    async def fine() -> object:
        return None

    with pytest.raises(ValueError, match="early"):
        await events.open_stream(broken(), lambda item: ServerSentEvent(str(item)), recheck=fine)
