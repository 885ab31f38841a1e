"""Scripts that stand in front of the page's own fetch and WebSocket, and the sending of files, on a small server that answers as told."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

pytestmark = pytest.mark.browser

PUBLIC = Path(__file__).resolve().parents[2] / "public"
PAGE = '<script type="module" src="/public/chat/session.js"></script><script type="module" src="/public/chat/address.js"></script>'
ASK = """async ([path, method]) => {
    const response = await fetch(path, { method });
    return [response.status, response.statusText, await response.text()];
}"""
HEAR = """(said) => new Promise((resolve) => {
    const socket = new WebSocket(`ws://${location.host}/socket`);
    socket.onmessage = ({ data }) => data === 'end' ? resolve(location.pathname) : window.heard = data;
    socket.onopen = () => socket.send(said);
})"""
FIRST = '42["first_interaction",{"interaction":"Hello","thread_id":"a thread/?"}]'
SEND = """async () => {
    const { Uploads } = await import('/public/library/uploads.js');
    window.uploads = new Uploads(1000);
    uploads.add(['1', '2', '3', '4'].map((name) => new File(['x'], name)), {});
}"""


@dataclass
class Answers:
    """What the server answers, one after the other (the last one again and again), and what it was asked."""

    statuses: list[int] = field(default_factory=lambda: [200])
    asked: list[str] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = "/login"

    async def answer(self, request: Request) -> Response:
        self.asked.append(f"{request.method} {request.url.path}")
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return JSONResponse({"detail": "said", "url": self.url}, status)

    async def store(self, request: Request) -> Response:
        """Takes a file when it may."""
        async with request.form() as form:
            self.asked.append(form["file"].filename)  # type: ignore[arg-type, union-attr]
        await self.go_on.wait()
        return JSONResponse({"document": {"id": "d"}, "job": {"state": "finished"}, "is_known": False}, 202)


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())
    await websocket.send_text("end")
    await websocket.close()


@pytest.fixture
async def answers(page: Page) -> AsyncIterator[Answers]:
    """The server, opened in the page."""
    answers = Answers()
    routes = [
        Route("/", lambda _: HTMLResponse(PAGE)),
        Route("/favicon.ico", lambda _: Response(status_code=204)),
        Route("/api/documents", answers.store, methods=["POST"]),
        Mount("/public", StaticFiles(directory=PUBLIC)),
        WebSocketRoute("/socket", echo),
        Route("/{path:path}", answers.answer, methods=["GET", "POST"]),
    ]
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve(sockets=[listener]))  # serve() would take over the signals
    await page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    yield answers
    answers.go_on.set()
    await page.close()
    server.should_exit = True
    await running


async def ask(page: Page, path: str, method: str = "GET") -> Any:
    """Status, its text and the body that the page is given."""
    return await page.evaluate(ASK, [path, method])


async def test_the_session_is_asked_for_until_the_server_answers(page: Page, answers: Answers) -> None:
    answers.statuses = [503, 429, 200]
    assert (await ask(page, "/user"))[0] == 200
    assert answers.asked == ["GET /user"] * 3


async def test_that_nobody_is_signed_in_is_an_answer(page: Page, answers: Answers) -> None:
    answers.statuses = [401]
    assert (await ask(page, "/user"))[0] == 401
    assert answers.asked == ["GET /user"]


async def test_a_request_that_the_page_gives_up_ends(page: Page, answers: Answers) -> None:
    answers.statuses = [503]
    script = """() => {
        const given = new AbortController();
        setTimeout(() => given.abort(), 100);
        return fetch('/user', { signal: given.signal }).catch((error) => error.name);
    }"""
    assert await page.evaluate(script) == "AbortError"
    assert answers.asked == ["GET /user"]


async def test_other_requests_are_the_browsers_own(page: Page, answers: Answers) -> None:
    answers.statuses = [503]
    assert (await ask(page, "/user", "POST"))[0] == 503
    assert (await ask(page, "/user/settings"))[0] == 503
    assert answers.asked == ["POST /user", "GET /user/settings"]


async def test_the_cookie_for_load_balancers_is_not_asked_for(page: Page, answers: Answers) -> None:
    assert (await ask(page, "/set-session-cookie", "POST"))[0] == 200
    assert answers.asked == []


@pytest.mark.parametrize(
    ("status", "text"), [(200, "OK"), (401, "Sign-in failed"), (429, "Too many tries"), (500, "Error")]
)
async def test_a_sign_in_that_failed_says_why(page: Page, answers: Answers, status: int, text: str) -> None:
    answers.statuses = [status]
    assert await ask(page, "/login", "POST") == [status, text, '{"detail":"said","url":"/login"}']


@pytest.mark.parametrize(("url", "path"), [("/login", "/"), ("https://id.example/out?hint=x", "/out")])
async def test_signing_out_here_is_signing_out_at_the_provider(
    page: Page, answers: Answers, url: str, path: str
) -> None:
    answers.url = url
    await page.route("https://id.example/**", lambda route: route.fulfill(body="out"))
    with contextlib.suppress(PlaywrightError):  # the page is left while it still evaluates
        await ask(page, "/logout", "POST")
    await page.wait_for_url(f"**{path}*")
    assert answers.asked[:2] == ["POST /api/sso/logout", "POST /logout"]


@pytest.mark.parametrize("width", [390, 1200])
async def test_a_new_conversation_gets_its_address_at_once(page: Page, answers: Answers, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    assert await page.evaluate(HEAR, FIRST) == "/thread/a%20thread%2F%3F"
    assert await page.evaluate("window.heard") == FIRST  # the page hears it as well


@pytest.mark.parametrize("said", ['42["message",{"thread_id":"x"}]', "3", '42["first_interaction"'])
async def test_other_messages_change_no_address(page: Page, answers: Answers, said: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate(HEAR, said) == "/"


async def test_a_file_that_is_stopped_makes_room_for_the_next(page: Page, answers: Answers) -> None:
    await page.evaluate(SEND)
    for _ in range(100):
        if len(answers.asked) == 3:
            break
        await asyncio.sleep(0.05)
    assert sorted(answers.asked) == ["1", "2", "3"]  # so many at once
    await page.evaluate("for (const upload of uploads.all.slice(0, 3)) uploads.stop(upload)")
    answers.go_on.set()
    await page.wait_for_function("uploads.all[3].state === 'taken'")
    assert await page.evaluate("uploads.all.map((upload) => upload.state)") == ["stopped"] * 3 + ["taken"]
