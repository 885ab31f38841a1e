"""Who is believed about where a request comes from: over real sockets, from other addresses of this machine."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from core.settings import Settings
from server import http_config


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Says who asks, and by which scheme."""
    if scope["type"] != "http":
        return
    body = json.dumps([scope["client"][0], scope["scheme"]]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(trusted: str | None, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """The port of a server that believes these proxies."""
    settings = Settings(_env_file=None)
    if trusted:
        settings = settings.model_copy(update={"trusted_proxies": trusted})
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.bind((host, 0))
    server = uvicorn.Server(http_config(echo, settings))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = True
    await running
    listener.close()


async def asked(port: int, peer: str, forwarded: list[str], scheme: str = "https") -> list[str]:
    """What a server is told by a request from ``peer``."""
    headers = [("x-forwarded-for", one) for one in forwarded] + [("x-forwarded-proto", scheme)]
    transport = httpx.AsyncHTTPTransport(local_address=peer)
    async with httpx.AsyncClient(transport=transport) as client:
        return list((await client.get(f"http://127.0.0.1:{port}", headers=headers)).json())


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "told"),
    [
        (None, "127.0.0.1", ["203.0.113.9"], ["203.0.113.9", "https"]),
        (None, "127.0.0.2", ["203.0.113.9"], ["127.0.0.2", "http"]),
        ("none", "127.0.0.1", ["203.0.113.9"], ["127.0.0.1", "http"]),
        ("127.0.0.2", "127.0.0.2", ["203.0.113.9"], ["203.0.113.9", "https"]),
        ("127.0.0.2", "127.0.0.1", ["203.0.113.9"], ["127.0.0.1", "http"]),
        ("127.0.0.0/8", "127.0.0.77", ["203.0.113.9"], ["203.0.113.9", "https"]),
        ("127.0.0.2", "127.0.0.2", ["203.0.113.9:4711"], ["203.0.113.9", "https"]),
        ("127.0.0.2", "127.0.0.2", ["2001:db8::1"], ["2001:db8::1", "https"]),
        ("127.0.0.2", "127.0.0.2", [], ["127.0.0.2", "https"]),
        # several hops: the last one that is not ours; what stands before it, anybody may have written
        ("127.0.0.2,10.1.0.0/16", "127.0.0.2", ["6.6.6.6, 203.0.113.9, 10.1.2.3"], ["203.0.113.9", "https"]),
        ("127.0.0.2,10.1.0.0/16", "127.0.0.2", ["6.6.6.6", "203.0.113.9"], ["203.0.113.9", "https"]),
        ("127.0.0.2", "127.0.0.2", ["127.0.0.2, 6.6.6.6, 203.0.113.9"], ["203.0.113.9", "https"]),
    ],
)
async def test_who_asks(trusted: str | None, peer: str, forwarded: list[str], told: list[str]) -> None:
    async with serving(trusted) as port:
        assert await asked(port, peer, forwarded) == told


async def test_a_scheme_that_is_none_is_not_taken() -> None:
    async with serving(None) as port:
        assert await asked(port, "127.0.0.1", ["203.0.113.9"], scheme="javascript") == ["203.0.113.9", "http"]


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
async def test_a_proxy_is_known_by_its_address_on_a_server_for_both_kinds() -> None:
    """One that listens on ``::`` sees 127.0.0.2 as ``::ffff:127.0.0.2``."""
    async with serving("127.0.0.2", host="::") as port:
        assert await asked(port, "127.0.0.2", ["203.0.113.9"]) == ["203.0.113.9", "https"]
        assert await asked(port, "127.0.0.3", ["203.0.113.9"]) == ["::ffff:127.0.0.3", "http"]
