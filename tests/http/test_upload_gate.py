"""Uploads at the door: few at once, and nobody waits for a slow sender."""

import asyncio
from typing import Any

from web.upload_gate import AT_ONCE, UploadGate


class Inner:
    """An app that looks at the sender for as long as ``looking`` is closed, then reads the body for as long as ``reading`` is."""

    def __init__(self) -> None:
        self.inside = self.most = self.done = 0
        self.looking, self.reading = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, _send: Any) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.looking.wait()
        self.inside -= 1
        if scope.get("refused"):
            raise PermissionError
        await receive()
        self.done += 1


async def send_to(gate: UploadGate, inner: Inner, **more: Any) -> None:
    async def receive() -> dict[str, Any]:
        await inner.reading.wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Any) -> None: ...

    await gate({"type": "http", "method": "POST", "path": "/api/documents", **more}, receive, send)


async def settled() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


async def test_few_uploads_are_looked_at_at_once_and_slow_senders_keep_nobody_waiting() -> None:
    inner = Inner()
    gate = UploadGate(inner)
    uploads = [asyncio.create_task(send_to(gate, inner)) for _ in range(AT_ONCE * 5)]
    await settled()
    assert inner.inside == AT_ONCE
    inner.looking.set()
    await settled()
    assert (inner.inside, inner.done) == (0, 0)  # all were let through, none has sent its body
    assert inner.most == AT_ONCE
    inner.reading.set()
    await asyncio.gather(*uploads)
    assert inner.done == AT_ONCE * 5


async def test_a_refused_upload_gives_its_place_back() -> None:
    inner = Inner()
    inner.looking.set()
    inner.reading.set()
    gate = UploadGate(inner)
    refused = await asyncio.gather(
        *(send_to(gate, inner, refused=True) for _ in range(AT_ONCE * 2)), return_exceptions=True
    )
    assert all(isinstance(error, PermissionError) for error in refused)
    await send_to(gate, inner)
    assert inner.done == 1


async def test_nothing_else_waits_at_the_door() -> None:
    inner = Inner()
    gate = UploadGate(inner)
    uploads = [asyncio.create_task(send_to(gate, inner)) for _ in range(AT_ONCE)]
    question = asyncio.create_task(send_to(gate, inner, path="/api/chat"))
    await settled()
    assert inner.inside == AT_ONCE + 1
    inner.looking.set()
    inner.reading.set()
    await asyncio.gather(*uploads, question)
