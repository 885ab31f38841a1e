"""How many connections there may be, and how long each may take to say what it wants: over real sockets."""

import asyncio
import json
import resource
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import httpx
import pytest
from starlette.types import Receive, Scope, Send

import server as entry
from core.settings import Settings
from tests.http.test_odd_requests import SHAPE
from web import body_limit
from web.body_limit import BodyLimit
from web.server import descriptors, protocols
from web.server.connections import signed_in
from web.server.listener import Server

ROOT = Path(__file__).resolve().parents[2]
HALF = b"GET / HTTP/1.1\r\nHost: x\r\nX: "
SLOW = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc"
MOST = 24
ALICE = UUID(int=1)
LARGE_BYTES = 32 * 1024**2  # more than the kernel keeps for a connection
PIECE_BYTES = 64 * 1024


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Signs in at ``/in``, reads no body at ``/unread``, takes a while at ``/slow``, says much at ``/large`` and ``/large-in``."""
    if scope["type"] != "http":
        return
    path = scope["path"]
    if path.endswith("in"):
        signed_in(scope, ALICE)
    elif path == "/slow":
        await asyncio.sleep(1)
    elif path.startswith("/large"):
        pass
    elif path != "/unread":
        while (await receive()).get("more_body"):
            pass
    if path.startswith("/large"):
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % LARGE_BYTES)]}
        )
        for left in range(LARGE_BYTES // PIECE_BYTES - 1, -1, -1):
            await send({"type": "http.response.body", "body": b"x" * PIECE_BYTES, "more_body": left > 0})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[int]:
    """The port of the server that Footnote uses, with the limit of bodies in front of the app."""

    limited = BodyLimit(app)

    async def with_settings(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = SimpleNamespace(state=SimpleNamespace(services=SimpleNamespace(settings=settings)))
        await limited(scope, receive, send)

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = entry.http_config(with_settings, settings)
    config.lifespan = "off"
    server = Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = True
    await running


@pytest.fixture
async def port(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(entry, "connections_for", lambda _: MOST)
    async with serving(settings) as port:
        yield port


async def sent(port: int, data: bytes, peer: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which so much was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(peer, 0))
    writer.write(data)
    with suppress(ConnectionError):
        await writer.drain()
    return reader, writer


async def end_of(reader: asyncio.StreamReader, within_s: float = 5) -> bytes:
    """All that the server says until it closes."""
    async with asyncio.timeout(within_s):
        try:
            return await reader.read()
        except ConnectionError:
            return b""


async def is_answered(port: int) -> bool:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{port}/")).text == "ok"


async def test_a_request_that_is_never_complete_is_closed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "HEAD_S", 0.3)
    for data in (b"", b"G", HALF, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + HALF):
        reader, writer = await sent(port, data)
        assert (await end_of(reader, 2)).count(b"200 OK") == (len(data) > len(HALF))
        writer.close()


async def test_dripping_bytes_do_not_put_the_end_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "HEAD_S", 0.4)
    reader, writer = await sent(port, HALF)
    for _ in range(10):
        writer.write(b"x")
        await asyncio.sleep(0.1)
    assert await end_of(reader, 0.1) == b""
    writer.close()


async def test_a_body_that_does_not_arrive_is_a_408(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "GRACE_S", 0.3)
    reader, writer = await sent(port, SLOW)
    head, _, body = (await end_of(reader, 2)).partition(b"\r\n\r\n")
    assert b" 408 " in head.splitlines()[0]
    assert set(json.loads(body)) == SHAPE
    writer.close()


async def test_a_slow_body_that_arrives_is_taken(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "GRACE_S", 0.3)
    monkeypatch.setattr(body_limit, "SLOWEST_BYTES_PER_S", 100)
    reader, writer = await sent(port, SLOW.replace(b"abc", b"x" * 300))
    for _ in range(7):
        await asyncio.sleep(0.2)
        writer.write(b"x" * 100)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_a_body_that_nobody_reads_holds_nothing(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "REST_S", 0.3)
    reader, writer = await sent(port, SLOW.replace(b"/", b"/unread", 1))
    assert b"200 OK" in await end_of(reader, 2)
    writer.close()


@pytest.mark.parametrize("data", [HALF, b"", SLOW])
async def test_however_many_say_nothing_the_next_one_is_served(port: int, data: bytes) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(3 * MOST):
            _, writer = await sent(port, data)
            stack.callback(writer.close)
        assert await is_answered(port)


async def test_who_signed_in_stays(port: int) -> None:
    async with AsyncExitStack() as stack:
        reader, known = await sent(port, b"GET /in HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"ok")
        for _ in range(2 * MOST):
            _, writer = await sent(port, HALF)
            stack.callback(writer.close)
        known.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"ok")
        known.close()


async def test_who_is_being_answered_stays(port: int) -> None:
    reader, busy = await sent(port, b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    await asyncio.sleep(0.1)
    async with AsyncExitStack() as stack:
        for _ in range(2 * MOST):
            _, writer = await sent(port, HALF)
            stack.callback(writer.close)
        assert (await end_of(reader)).endswith(b"ok")
    busy.close()


@contextmanager
def unread(port: int, path: str, header: bytes = b"") -> Iterator[socket.socket]:
    """A connection that asked for much and reads nothing of it."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n")
        yield connection


async def test_however_many_read_nothing_the_next_one_is_served(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(2 * MOST):
            stack.enter_context(unread(port, "/large"))
        await asyncio.sleep(0.2)
        assert await is_answered(port)


@pytest.mark.parametrize("path", ["/large", "/large-in"])
@pytest.mark.parametrize("header", [b"", b"Connection: close\r\n"])
async def test_who_reads_nothing_of_a_response_is_closed(
    port: int, monkeypatch: pytest.MonkeyPatch, path: str, header: bytes
) -> None:
    monkeypatch.setattr(protocols, "UNREAD_S", 0.3)
    with unread(port, path, header) as connection:
        await asyncio.sleep(1)
        reader, writer = await asyncio.open_connection(sock=connection)
        assert len(await end_of(reader)) < LARGE_BYTES
        writer.close()


async def test_who_reads_slowly_gets_everything(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the rest of the response still waits long after the app has sent it."""
    monkeypatch.setattr(protocols, "UNREAD_S", 0.5)
    monkeypatch.setattr(protocols, "HEAD_S", 0.2)
    reader, writer = await sent(port, b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    size_bytes = 0
    while data := await reader.read(1024**2):
        size_bytes += len(data)
        await asyncio.sleep(0.02)
    assert size_bytes > LARGE_BYTES
    writer.close()


async def test_one_address_takes_its_share_only(port: int) -> None:
    """A proxy (127.0.0.1) is not counted: it speaks for many."""
    first, writer = await sent(port, HALF, peer="127.0.0.1")
    async with AsyncExitStack() as stack:
        stack.callback(writer.close)
        others = []
        for _ in range(MOST - 4):
            reader, writer = await sent(port, HALF, peer="127.0.0.9")
            stack.callback(writer.close)
            others.append(reader)
        assert await end_of(others[0]) == b""
        with pytest.raises(TimeoutError):
            await end_of(first, 0.3)
        with pytest.raises(TimeoutError):
            await end_of(others[-1], 0.3)


async def test_one_person_takes_their_share_only(port: int) -> None:
    first, writer = await sent(port, b"GET /in HTTP/1.1\r\nHost: x\r\n\r\n", peer="127.0.0.9")
    async with AsyncExitStack() as stack:
        stack.callback(writer.close)
        await first.readuntil(b"ok")
        for _ in range(MOST):
            reader, writer = await sent(port, b"GET /in HTTP/1.1\r\nHost: x\r\n\r\n", peer="127.0.0.9")
            stack.callback(writer.close)
            await reader.readuntil(b"ok")
        assert await end_of(first) == b""
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"ok")
        assert await is_answered(port)


async def test_bodies_of_strangers_fill_no_memory(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "STRANGERS_BYTES", 1000)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n"
    _, held = await sent(port, head + b"x" * 900)
    await asyncio.sleep(0.1)
    async with httpx.AsyncClient() as client:
        refused = await client.post(f"http://127.0.0.1:{port}/", content=b"x" * 500)
        held.close()
        await asyncio.sleep(0.2)
        taken = await client.post(f"http://127.0.0.1:{port}/", content=b"x" * 500)
    assert (refused.status_code, taken.status_code) == (503, 200)
    assert refused.headers["retry-after"] == "10"
    assert set(refused.json()) == SHAPE


@pytest.mark.parametrize(
    "data", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /" + b"x" * 70_000, b"\x16\x03\x01\x02\x00\x01"]
)
async def test_what_is_no_request_is_a_400_in_our_shape(port: int, data: bytes) -> None:
    reader, writer = await sent(port, data + b"\r\n\r\n")
    head, _, body = (await end_of(reader, 12)).partition(b"\r\n\r\n")
    assert b" 400 " in head.splitlines()[0]
    assert set(json.loads(body)) == SHAPE
    writer.close()


def test_the_limit_of_descriptors_is_raised_and_some_are_left() -> None:
    program = "from web.server.descriptors import raise_limit; print(raise_limit())"
    for hard, expected in ((1024, 1024), (20_000, 20_000)):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_NOFILE, (1024, hard)),
        )
        assert int(done.stdout) == expected
    for limit in (256, 1024, 4096, 65_536):
        assert 16 <= descriptors.connections_for(limit) <= max(16, limit - min(limit // 4, 400))
