"""Attacks on the socket: forged sessions, origins, roles, files of others, and sign-ins that have ended."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import socketio.exceptions

from chat.services import services as chat_services
from core.access import Principal
from tests.http.attacks.conftest import SECRET_TEXT, Door
from tests.http.conftest import PASSWORD

Refused = socketio.exceptions.ConnectionError


async def test_a_path_as_session_id_is_refused_and_nothing_is_deleted(
    door: Door, alice: Principal, tmp_path: Path
) -> None:
    """S1: the id named a folder, which was deleted with the session."""
    precious = tmp_path / "precious"
    precious.mkdir()
    async with door.person("alice") as client:
        for session_id in (str(precious), "../precious", "..", str(uuid4()).upper(), f"{uuid4()}/..", ""):
            with pytest.raises(Refused):
                await door.page(client, sessionId=session_id)
        with pytest.raises(Refused):
            await door.page(client, sessionId={"a": 1})
    assert precious.is_dir()


async def test_a_cleared_session_deletes_its_own_folder_only(door: Door, alice: Principal) -> None:
    """S1: the other side of it – an honest session still cleans up."""
    uploads = door.house.settings.var_dir / "uploads"
    (uploads / "neighbour").mkdir()
    async with door.person("alice") as client:
        page = await door.page(client)
        sent = await client.post(
            f"/project/file?session_id={page.session_id}", files={"file": ("a.txt", b"some words")}
        )
        assert sent.status_code == 200
        assert (uploads / page.session_id).is_dir()
        await page.client.emit("clear_session")
        await asyncio.sleep(0.2)  # this client drops what it has not sent yet
        await page.client.disconnect()
        await eventually(lambda: not (uploads / page.session_id).exists())
    assert (uploads / "neighbour").is_dir()


async def eventually(condition, timeout_s: float = 5) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.02)


async def test_pages_of_other_sites_open_no_socket(door: Door, alice: Principal) -> None:
    """S7: any site could open a socket with the person's cookie."""
    async with door.person("alice") as client:
        for origin in ("https://evil.example", "null", "http://127.0.0.1:1", ""):
            with pytest.raises(Refused):
                await door.page(client, origin=origin)


async def test_polling_is_no_second_door(door: Door, alice: Principal) -> None:
    """S7: the HTTP transport of the socket would pass by the check of the first."""
    async with door.person("alice") as client:
        assert (await client.get("/ws/socket.io/?EIO=4&transport=polling")).status_code == 404
        assert (await client.post("/ws/socket.io/?EIO=4&transport=polling", content="x")).status_code == 404


async def test_no_socket_without_a_sign_in(door: Door, alice: Principal) -> None:
    """S9: the cookie is not enough; its row counts."""
    async with door.person("alice") as client:
        cookie = f"access_token={client.cookies['access_token']}"
        await client.post("/logout")
        for stolen in (cookie, "", "access_token=x.y.z"):
            with pytest.raises(Refused):
                await door.page(client, cookie=stolen)


async def shaken(door: Door, client: httpx.AsyncClient, host: str = "") -> tuple[bytes, socket.socket]:
    """A raw handshake with the client's cookie: the status line, and the connection."""
    address, port = door.url.removeprefix("http://").split(":")
    host = host or f"{address}:{port}"
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    head = (
        f"GET /ws/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {'A' * 22}==\r\nSec-WebSocket-Version: 13\r\n"
        f"Origin: http://{host}\r\nCookie: {cookie}\r\n\r\n"
    )
    connection = socket.create_connection((address, int(port)), 5)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connection, head.encode())
    return (await loop.sock_recv(connection, 4096)).split(b"\r\n")[0], connection


async def test_a_socket_without_a_sign_in_is_never_open(door: Door, alice: Principal) -> None:
    """An open socket may send messages, which are in memory until they are complete: 60 anonymous ones held a gigabyte."""
    async with door.visitor() as stranger, door.person("alice") as client:
        for one, host, status in (
            (stranger, "", b"403"),
            (client, "rebind.evil.example", b"403"),
            (client, "", b"101"),
        ):
            line, connection = await shaken(door, one, host)
            connection.close()
            assert line.split()[1] == status


async def test_a_message_that_never_ends_is_cut_off(door: Door, alice: Principal) -> None:
    loop = asyncio.get_running_loop()
    async with door.person("alice") as client:
        for frames in ([(1, 15 * 2**20)], [(1, 600_000), (0, 600_000)]):  # opcode and declared length; none is the last
            line, connection = await shaken(door, client)
            assert line.split()[1] == b"101"
            with suppress(ConnectionError):
                for opcode, length in frames:
                    frame = bytes([opcode, 0xFF]) + length.to_bytes(8, "big") + bytes(4) + b"4" * min(length, 600_000)
                    await loop.sock_sendall(connection, frame)
            heard = b""
            async with asyncio.timeout(5):
                with suppress(ConnectionError):
                    while piece := await loop.sock_recv(connection, 65536):
                        heard += piece
            connection.close()


async def test_one_person_has_so_many_pages_and_no_more(
    door: Door, alice: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.hardening.sockets.MOST_PAGES", 2)
    async with door.person("alice") as client:
        pages = [await door.page(client) for _ in range(2)]
        with pytest.raises(Refused):
            await door.page(client)
        await pages[0].client.disconnect()
        await eventually(lambda: len(chat_services().connections.all()) == 1)
        await door.page(client)


async def test_an_api_token_opens_no_page(door: Door, alice: Principal) -> None:
    """S8/S9: tokens are of one kind."""
    token = await door.house.token("alice", "api")
    async with door.visitor() as client:
        with pytest.raises(Refused):
            await door.page(client, cookie=f"access_token={token}")
        assert (await client.get("/user", headers={"Cookie": f"access_token={token}"})).status_code == 401


@pytest.mark.parametrize("way", ["logout", "disable", "password"])
async def test_open_sockets_end_with_the_sign_in(door: Door, alice: Principal, way: str) -> None:
    """S9: open sockets were never asked again."""
    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("endless question")
        await page.wait("stream_token", 3)
        if way == "logout":
            await client.post("/logout")
        elif way == "disable":
            await door.house.accounts.disable_user("alice")
        else:
            await door.house.accounts.change_password(alice, PASSWORD, "another password")
        await page.closed()
        assert "reload" in page.names
        heard = len(page.all("stream_token"))
        await asyncio.sleep(0.3)
        assert len(page.all("stream_token")) == heard
        assert (await client.get("/user")).status_code == 401


async def test_a_message_asks_for_the_row_itself(door: Door, alice: Principal) -> None:
    """S9: even when nobody heard that the sign-in ended."""
    async with door.person("alice") as client:
        page = await door.page(client)
        await page.wait("task_end")
        async with door.house.database.transaction() as session:
            from sqlalchemy import text

            await session.execute(text("UPDATE auth_sessions SET revoked_at = now()"))
        await page.ask("am I still here?")
        await page.closed()
    assert door.cue.asked == []


async def test_the_browser_does_not_choose_who_speaks(door: Door, alice: Principal) -> None:
    """S5: type, author, metadata, command and modes came from the page."""
    forged: dict[str, Any] = {
        "type": "assistant_message",
        "name": "Footnote",
        "metadata": {"answer_run_id": str(uuid4())},
        "command": "admin",
        "modes": {"model": "x"},
        "parentId": str(uuid4()),
        "isError": True,
    }
    async with door.person("alice") as client:
        page = await door.page(client)
        message_id = await page.ask("hello", **forged)
        thread_id = await page.thread_id()
        await page.answered()
    step = next(step for step in await door.steps(thread_id) if str(step.id) == message_id)
    assert (step.type, step.name, step.output, step.parent_id) == ("user_message", "alice", "hello", None)
    assert (step.meta, step.command, step.modes, step.is_error) == ({}, None, None, False)


async def test_profiles_settings_and_unused_events_do_nothing(door: Door, alice: Principal) -> None:
    """S6: profiles, settings, favourites, window messages and audio were taken without a look."""
    from chainlit.session import WebsocketSession

    async with door.person("alice") as client:
        page = await door.page(client, chatProfile="admin-only", clientType="copilot", userEnv='{"KEY": "x"}')
        session = WebsocketSession.get_by_id(page.session_id)
        assert session is not None
        assert (session.chat_profile, session.client_type, session.user_env) == (None, "webapp", {})
        await page.client.emit("chat_settings_change", {"admin": True})
        await page.client.emit("window_message", {"x": 1})
        await page.client.emit("audio_start")
        await page.client.emit("message_favorite", {"message": {"id": "x"}})
        await page.ask("still alive")
        await page.answered()
        assert session.chat_settings == {}


async def test_a_stolen_message_id_moves_nothing(door: Door, alice: Principal, mallory: Principal) -> None:
    """S4: a known step id moved the step into the attacker's thread."""
    async with door.person("alice") as client:
        page = await door.page(client)
        message_id = await page.ask("mine")
        thread_id = await page.thread_id()
        await page.answered()
    before = [(step.id, step.output) for step in await door.steps(thread_id)]
    async with door.person("mallory") as client:
        page = await door.page(client)
        await page.ask("first")
        await page.answered()
        await page.ask("stolen", id=message_id)
        await page.wait("toast")
        await page.client.emit("edit_message", {"message": {"id": message_id, "output": "stolen"}})
        await page.wait("toast", 2)
    assert "stolen" not in door.cue.asked
    assert [(step.id, step.output) for step in await door.steps(thread_id)] == before


async def test_a_thread_of_another_is_one_that_does_not_exist(door: Door, alice: Principal, mallory: Principal) -> None:
    """A foreign address and a malformed one open an empty page of a new conversation; the session of another opens none."""
    from chainlit.session import WebsocketSession

    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("mine")
        thread_id = await page.thread_id()
        await page.answered()
    await door.runtime.flush()
    async with door.person("mallory") as client:
        with pytest.raises(Refused):
            await door.page(client, session_id=page.session_id)
        for named in (thread_id, "../../etc"):
            opened = await door.page(client, thread_id=named)
            session = WebsocketSession.get_by_id(opened.session_id)
            assert session is not None
            assert session.thread_id not in (thread_id, "../../etc")
            assert "mine" not in opened.text


async def test_a_session_leaves_nothing_in_the_thread(door: Door, alice: Principal) -> None:
    """S10: whatever lay in the session was stored at disconnect, and sent to browsers."""
    from chainlit.user_session import user_sessions

    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("hello")
        thread_id = await page.thread_id()
        await page.answered()
        user_sessions.setdefault(page.session_id, {})["plan"] = SECRET_TEXT
        await page.client.disconnect()
        await asyncio.sleep(0.3)
        await door.runtime.flush()
        threads = await client.post("/project/threads", json={"pagination": {"first": 20}, "filter": {}})
        again = await door.page(client, thread_id=thread_id)
        resumed = await again.wait("resume_thread")
    assert thread_id in threads.text
    assert SECRET_TEXT not in threads.text
    assert SECRET_TEXT not in repr(resumed)


async def test_what_an_exception_says_is_neither_sent_nor_stored(
    door: Door, alice: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S11: its text went to the socket and into the database, and the person saw nothing."""
    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("please explode")
        thread_id = await page.thread_id()
        await page.answered()
        answer = page.all("new_message")[-1]
        assert answer["isError"]
        assert "reference" in answer["output"]

        async def broken(*_: object) -> None:
            raise RuntimeError(SECRET_TEXT)

        monkeypatch.setattr("chat.conversation._answer", broken)
        await page.ask("and again")
        await page.answered(2)
        monkeypatch.setattr("chat.conversation.reply", broken)
        await page.ask("and from the handler itself")
        await page.answered(3)
        await page.wait("toast")
    assert SECRET_TEXT not in page.text
    assert all(SECRET_TEXT not in f"{step.input}{step.output}{step.meta}" for step in await door.steps(thread_id))


async def test_an_exception_in_a_step_is_not_its_output(door: Door, alice: Principal) -> None:
    """S11: in Chainlit itself, below every handler."""
    from chainlit.context import init_ws_context
    from chainlit.session import WebsocketSession
    from chainlit.step import Step

    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("hello")
        thread_id = await page.thread_id()
        await page.answered()
        session = WebsocketSession.get_by_id(page.session_id)
        assert session is not None
        init_ws_context(session)
        with pytest.raises(RuntimeError):
            async with Step(name="on_message", type="run"):
                raise RuntimeError(SECRET_TEXT)
        await asyncio.sleep(0.2)
    assert SECRET_TEXT not in page.text
    assert all(SECRET_TEXT not in step.output for step in await door.steps(thread_id))


async def test_a_malformed_message_is_refused_kindly(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        page = await door.page(client)
        malformed: list[Any] = [
            None,
            [],
            {"message": {"id": "../x", "output": "x"}},
            {"message": {"id": str(uuid4()), "output": "x" * 30_000}},
        ]
        for payload in malformed:
            await page.client.emit("client_message", payload)
        await page.wait("toast", 4)
        await page.ask("still alive")
        await page.answered()
    assert door.cue.asked == ["still alive"]
