"""What a page would not say on its socket ends the socket, and is one short line in the log."""

import asyncio
import logging

import aiohttp
import pytest
from structlog.testing import capture_logs

from chat.hardening import page_socket
from core.access import Principal
from tests.http.attacks.conftest import Door

CONNECT = '40{"sessionId":"7c9e6679-7425-40de-944b-e07fc1f90ae7","clientType":"webapp"}'
NOT_SAID: dict[str, str | bytes] = {
    "binary packet": '451000000000-["client_message",{"_placeholder":true,"num":0}]',
    "binary answer": '461-1["x",{"_placeholder":true,"num":-1}]',
    "arrays in arrays": '42["client_message",' + "[" * 200_000 + "]" * 200_000 + "]",
    "objects in objects": '42["client_message",' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "]",
    "deep payload of engine.io": "4" + "[" * 200_000,
    "long number": '42["client_message",' + "9" * 5000 + "]",
    "long id": "42" + "9" * 5000 + '["client_message",{}]',
    "no event": "42",
    "empty event": "42[]",
    "event without a name": '42[null,{"a":1}]',
    "object for an event": "42{}",
    "half JSON": '42["client_message"',
    "error of a server": '44{"message":"x"}',
    "unknown kind": '49["x"]',
    "unknown beat": "x",
    "nothing": "",
    "bytes": b"\x04\x00",
    "no text": b"\x81\x82\0\0\0\0\xff\xfe",  # a frame of text that is none
}


@pytest.fixture
async def cookie(door: Door, alice: Principal) -> str:
    async with door.person("alice") as client:
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def opened(door: Door, session: aiohttp.ClientSession, cookie: str) -> aiohttp.ClientWebSocketResponse:
    headers = {"Cookie": cookie, "Origin": door.url}
    return await session.ws_connect(f"{door.url}/ws/socket.io/?EIO=4&transport=websocket", headers=headers)


async def heard_until_closed(socket: aiohttp.ClientWebSocketResponse, within_s: float = 5) -> list[str]:
    heard = []
    async with asyncio.timeout(within_s):
        async for message in socket:
            heard.append(str(message.data))
    return heard


@pytest.mark.parametrize("said", NOT_SAID)
async def test_what_a_page_would_not_say_ends_its_socket(
    door: Door, cookie: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    data = NOT_SAID[said]
    with capture_logs() as lines, caplog.at_level(logging.WARNING):
        async with aiohttp.ClientSession() as session:
            socket = await opened(door, session, cookie)
            await socket.send_str(CONNECT)
            if said == "no text":
                assert socket._writer is not None
                assert isinstance(data, bytes)
                socket._writer.transport.write(data)
            elif isinstance(data, bytes):
                await socket.send_bytes(data)
            else:
                await socket.send_str(data)
            await heard_until_closed(socket)
    assert [record.getMessage() for record in caplog.records] == []
    cut_off = [line for line in lines if line["event"] == "socket.cut_off"]
    assert len(cut_off) == (said != "no text")
    assert all(len(str(line)) < 300 for line in cut_off)


async def test_who_never_connects_is_closed_and_who_does_stays(
    door: Door, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_socket, "CONNECT_S", 0.5)
    async with aiohttp.ClientSession() as session:
        silent, speaking = await opened(door, session, cookie), await opened(door, session, cookie)
        await speaking.send_str(CONNECT)
        for _ in range(3):
            await silent.send_str("3")
        await heard_until_closed(silent, 3)
        with pytest.raises(TimeoutError):
            await heard_until_closed(speaking, 1)
