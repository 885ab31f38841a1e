"""The real chat behind a real socket: Chainlit as it is mounted, our accounts and tables, and a pipeline that answers on cue."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import httpx
import pytest
import socketio
from arq.connections import ArqRedis
from fastapi import FastAPI

import account.app
import admin.app
from answers.service import AnswerService
from api.app import include
from chat.install import install
from chat.runtime import ChatRuntime
from core.access import Principal, SearchScope
from rag.events import Citations, Done, PipelineEvent, Searching, Token
from rag.types import Turn
from server import http_config
from tests.http.conftest import PASSWORD, House
from web.server.listener import Server

SECRET_TEXT = "postgres://user:hunter2@db.internal"
WORDS = 60
PAUSE_S = 0.05


@dataclass
class Cue:
    """Stands where the pipeline stands. A question with "slow" or "endless" is answered a word at a time; one with "explode" is not."""

    asked: list[str] = field(default_factory=list)
    histories: list[list[Turn]] = field(default_factory=list)

    async def stream(
        self, question: str, history: Sequence[Turn], scope: SearchScope, **_: object
    ) -> AsyncIterator[PipelineEvent]:
        del scope
        self.asked.append(question)
        self.histories.append(list(history))
        yield Searching(query=question)
        if "explode" in question:
            raise RuntimeError(SECRET_TEXT)
        count = WORDS if "slow" in question else 10_000 if "endless" in question else 0
        words = [f"word{n} " for n in range(count)] or [f"Answer to {question}."]
        for word in words:
            yield Token(text=word)
            await asyncio.sleep(PAUSE_S if count else 0)
        yield Citations(answer="".join(words).strip(), citations=())
        yield Done(mode="extractive")

    async def check(self, answer: str, sources: object, question: str) -> Citations:
        del sources, question
        return Citations(answer=answer, citations=())


@dataclass
class Page:
    """A browser page's socket: what it heard, and how to speak."""

    client: socketio.AsyncClient
    session_id: str
    heard: list[tuple[str, Any]] = field(default_factory=list)

    async def wait(self, event: str, count: int = 1, timeout_s: float = 10) -> Any:
        """The data of the ``count``-th such event, from the beginning of the page."""
        async with asyncio.timeout(timeout_s):
            while len(found := self.all(event)) < count:
                if not self.client.connected:
                    raise ConnectionError(f"closed before {event}: {self.names}")
                await asyncio.sleep(0.01)
        return found[count - 1]

    def all(self, event: str) -> list[Any]:
        """The data of every such event."""
        return [data for name, data in self.heard if name == event]

    @property
    def names(self) -> list[str]:
        """The events heard, in order."""
        return [name for name, _ in self.heard]

    @property
    def text(self) -> str:
        """All that was heard, as text."""
        return repr(self.heard)

    async def closed(self, timeout_s: float = 10) -> None:
        """Return when the server has closed the socket."""
        async with asyncio.timeout(timeout_s):
            while self.client.connected:
                await asyncio.sleep(0.01)

    async def ask(self, text: str, files: Sequence[str] = (), **forged: Any) -> str:
        """Send a message as the page does; returns its id."""
        message_id = str(uuid4())
        step = {
            "id": message_id,
            "threadId": "",
            "name": "x",
            "type": "user_message",
            "output": text,
            "createdAt": "2026-01-01T00:00:00Z",
            **forged,
        }
        await self.client.emit(
            "client_message", {"message": step, "fileReferences": [{"id": file_id} for file_id in files]}
        )
        return str(step["id"])

    async def answered(self, count: int = 1) -> None:
        """Return when the server has said ``count`` times that a reply ended."""
        begun = [i for i, name in enumerate(self.names) if name == "task_start"]
        async with asyncio.timeout(60):
            while not begun or self.names[begun[0] :].count("task_end") < count:
                begun = [i for i, name in enumerate(self.names) if name == "task_start"]
                await asyncio.sleep(0.01)

    async def thread_id(self) -> str:
        """The thread that the first message began."""
        return str((await self.wait("first_interaction"))["thread_id"])


@dataclass
class Door:
    """The running server, and people in front of it."""

    url: str
    app: FastAPI
    house: House
    cue: Cue
    runtime: ChatRuntime
    redis: ArqRedis
    answers: AnswerService
    server: Server
    pages: list[socketio.AsyncClient] = field(default_factory=list)
    connections: list[aiohttp.ClientSession] = field(default_factory=list)

    @asynccontextmanager
    async def visitor(self, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser that has not signed in."""
        async with httpx.AsyncClient(base_url=self.url, headers={"origin": self.url, **headers}, timeout=30) as client:
            yield client

    @asynccontextmanager
    async def person(self, username: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser that has signed in."""
        async with self.visitor() as client:
            answer = await client.post("/login", data={"username": username, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield client

    async def page(
        self, client: httpx.AsyncClient, *, thread_id: str = "", session_id: str | None = None, **changed: Any
    ) -> Page:
        """Open a socket as the page does. ``origin``, ``cookie`` and fields of ``auth`` can be forged."""
        cookie = changed.pop("cookie", "; ".join(f"{name}={value}" for name, value in client.cookies.items()))
        headers = {"Cookie": cookie, "Origin": changed.pop("origin", self.url)}
        connection = aiohttp.ClientSession()  # the client forgets its own when it is refused
        self.connections.append(connection)
        sio = socketio.AsyncClient(reconnection=False, http_session=connection)
        page = Page(sio, session_id or str(uuid4()))

        async def on_any(event: str, *data: Any) -> None:
            page.heard.append((event, data[0] if data else None))

        sio.on("*", on_any)
        self.pages.append(sio)
        auth = {
            "sessionId": page.session_id,
            "clientType": "webapp",
            "threadId": thread_id,
            "userEnv": "{}",
            "chatProfile": "",
            **changed,
        }
        await sio.connect(
            self.url, headers, auth=auth, transports=["websocket"], socketio_path="/ws/socket.io", wait_timeout=5
        )
        await sio.emit("connection_successful")
        await page.wait("clear_call_fn")
        return page

    async def steps(self, thread_id: str) -> list[Any]:
        """What is stored of a thread."""
        from sqlalchemy import select

        from db.conversation import Step

        await self.runtime.flush()
        async with self.house.database.reader() as session:
            return list(
                await session.scalars(select(Step).where(Step.thread_id == UUID(thread_id)).order_by(Step.created_at))
            )


@pytest.fixture
async def door(house: House, redis: ArqRedis) -> AsyncIterator[Door]:
    cue = Cue()
    answers = AnswerService(house.database, house.services.limiter, cue, house.settings)  # type: ignore[arg-type]
    house.change(answers=answers)
    services = house.services
    services.readiness.models_ready()
    app = FastAPI(openapi_url=None)
    app.state.services = services
    include(app)
    admin.app.include(app)
    account.app.include(app)
    runtime = install(app, services)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = http_config(app, house.settings)
    config.lifespan, config.timeout_graceful_shutdown = "off", 1
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await runtime.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    door = Door(address, app, house, cue, runtime, redis, answers, server)
    while not server.started:
        await asyncio.sleep(0.01)
    yield door
    for page in door.pages:
        if page.connected:
            await page.disconnect()
    for connection in door.connections:
        await connection.close()
    await runtime.drain(1)
    await runtime.close()
    await answers.drain()
    server.should_exit = True
    await serving
    listener.close()


@pytest.fixture
async def alice(house: House) -> Principal:
    return await house.make_user("alice")


@pytest.fixture
async def mallory(house: House) -> Principal:
    return await house.make_user("mallory")
