"""Both doors, the HTTP API and the chat, by one measure: the same bad request gets the same verdict in the same shape."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import product
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from starlette.types import Scope
from structlog.testing import capture_logs

from chat.hardening.routes import OPEN
from core.access import Principal
from core.errors import LimitExceeded
from tests.http.attacks.conftest import SECRET_TEXT, Door
from tests.http.conftest import BASE
from tests.origins import FOREIGN, OWN
from web.body_limit import SMALL_BODY_BYTES, UPLOADS
from web.errors import READ_AS_DETAIL
from web.openai_shape import is_openai
from web.unknown import REST

SHAPE = {"status", "message", "fallback_used", "retry_after", "reference"}
OPENAI_SHAPE = {"message", "type", "param", "code", "reference"}
PEOPLES = (
    "/admin",
    "/invite/",
    "/cite/",
    "/jobs/",
    "/answers/",
    "/library",
    "/reviews",
    "/admin",
    "/keys",
    "/sso/",
    "/account",
    "/erased",
    "/shared",
)  # pages: what goes wrong is said in HTML
ODD = ("PATCH", "PUT", "DELETE", "TRACE")


def routes_of(door: Door) -> Iterator[tuple[str, str]]:
    """Method and path of every route of both doors."""
    for route in iter_route_contexts(door.app.routes):
        if route.path not in (None, REST):
            yield from ((method, str(route.path)) for method in route.methods or ())
    yield from ((route.method, route.path) for route in OPEN)


def concrete(path: str) -> str:
    """An address of a route."""
    values = {
        "number": "1",
        "filename:path": "nothing.js",
        "model:path": "footnote/nothing",
        "name": "nothing.css",
        "token": "x",
    }
    ids = ("document_id", "job_id", "answer_run_id", "item_id", "thread_id", "feedback_id", "key_id", "library_id")
    for name in (
        *ids,
        "member_id",
        "group_id",
        "user_id",
        "session_id",
        "response_id",
        "file_id",
        "vector_store_id",
        "case_id",
        "run_id",
        "export_id",
        "hold_id",
        "share_id",
        "link_id",
    ):
        values[name] = str(uuid4())
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path
    return path


@asynccontextmanager
async def client_of(door: Door, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that speaks to the app itself, so that it can say what no HTTP client says."""
    transport = httpx.ASGITransport(door.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
        yield client


def faults(response: httpx.Response, status: int | None = None) -> list[str]:
    """What is wrong with a refusal."""
    found = []
    path = response.request.url.path
    if "content-security-policy" not in response.headers:
        found.append("headers")
    if status is not None and response.status_code != status:
        found.append(f"{response.status_code} instead of {status}")
    if response.status_code < 400 or response.request.method == "HEAD":
        return found
    if response.headers["cache-control"] != "no-store":
        found.append("cached")
    if response.headers["content-type"].startswith("text/html") and path.startswith(PEOPLES):
        return found
    if response.headers["content-type"] != "application/json":
        return [*found, response.headers["content-type"]]
    return found + faults_of_body(response)


def said(response: httpx.Response) -> str:
    """The sentence of a refusal."""
    if response.headers["content-type"].startswith("text/html"):
        return response.text.partition('<h1 class="sentence">')[2].partition("</h1>")[0].replace("&#x27;", "'")
    body = response.json()
    return str(body.get("error", body)["message"])


def faults_of_body(response: httpx.Response) -> list[str]:
    """What is wrong with a refusal in JSON."""
    body, headers = response.json(), response.headers
    if is_openai(response.request.url.path):
        if set(body) != {"error"} or set(body["error"]) != OPENAI_SHAPE:
            return [f"shape {body}"]
        body = {"message": body["error"]["message"], "retry_after": headers.get("retry-after")}
    elif set(body) != SHAPE | ({"detail"} if response.request.url.path.startswith(READ_AS_DETAIL) else set()):
        return [f"shape {sorted(body)}"]
    wrong = {
        "sentence": body.get("detail", body["message"]) != body["message"] or not body["message"].endswith("."),
        "retry-after": (body["retry_after"] is None) != ("retry-after" not in headers),
        "www-authenticate": (response.status_code == 401) != ("www-authenticate" in headers),
        "allow": (response.status_code == 405) != ("allow" in headers),
    }
    return [name for name, is_wrong in wrong.items() if is_wrong]


TAKE_NO_COOKIE = ("/api/auth/token", "/api/auth/revoke")


async def walked(door: Door, client: httpx.AsyncClient, **request: Any) -> dict[tuple[str, str], httpx.Response]:
    """The responses of every route to one kind of request."""
    return {(method, path): await client.request(method, concrete(path), **request) for method, path in routes_of(door)}


def anyones(door: Door) -> set[tuple[str, str]]:
    """Routes that need no sign-in."""
    health = {
        (method, path) for method, path in routes_of(door) if path.startswith(("/health/", "/metrics", "/api/docs"))
    }
    chats = {(route.method, route.path) for route in OPEN if route.access == "anyone"}
    sso = {("GET", path) for path in ("/sso/login", "/sso/callback", "/sso/proxy", "/api/sso")}
    sso |= {
        (method, path) for method in ("GET", "POST") for path in ("/invite/{token}", "/erased")
    }  # who has the link may
    return health | chats | sso | {("POST", path) for path in TAKE_NO_COOKIE}


async def test_without_a_sign_in(door: Door, alice: Principal) -> None:
    wrong = {}
    for cookie in ("", "access_token=a.b.c", "access_token_0=a; access_token_1=b"):
        async with client_of(door, Origin=BASE, Cookie=cookie) as client:
            for route, response in (await walked(door, client)).items():
                wrong[route] = faults(response, None if route in anyones(door) else 401)
    del wrong["GET", "/health/ready"]  # its 503 says which part is not ready
    assert not {route: found for route, found in wrong.items() if found}


async def test_from_another_site(door: Door, alice: Principal) -> None:
    cookie = f"access_token={await door.house.token('alice', 'browser')}"
    async with client_of(door, Origin="https://evil.example", Cookie=cookie) as client:
        responses = await walked(door, client)
    changing = {route: response for route, response in responses.items() if route[0] not in ("GET", "HEAD")}
    for path in TAKE_NO_COOKIE:
        del changing["POST", path]
    assert len(changing) > 20
    assert not {route: found for route, response in changing.items() if (found := faults(response, 403))}
    assert {said(response) for response in changing.values()} == {
        "This request did not come from one of Footnote's own pages."
    }


async def test_a_method_that_an_address_does_not_take(door: Door, alice: Principal) -> None:
    taken: dict[str, set[str]] = {}
    for method, path in routes_of(door):
        taken.setdefault(path, set()).add(method)
    wrong = {}
    async with client_of(door, Origin=BASE) as client:
        for path, methods in taken.items():
            response = await client.request(next(method for method in ODD if method not in methods), concrete(path))
            wrong[path] = faults(response, 405)
            if not wrong[path] and not methods <= set(response.headers["allow"].split(", ")):
                wrong[path] = [response.headers["allow"]]
    assert not {path: found for path, found in wrong.items() if found}


async def test_an_address_where_nothing_is(door: Door) -> None:
    async with client_of(door, Origin=BASE) as client:
        nothing = ("/nothing", "/project/nothing", "/public/nothing", "/assets/nothing", "/ws/x", "/v1/nothing", "/v1")
        for path in ("/api/nothing", *nothing):
            response = await client.get(path)
            assert not faults(response, 404), path
            assert said(response) == "There is nothing at this address."


async def test_a_body_that_says_it_is_too_large(door: Door, alice: Principal) -> None:
    """Nothing is read of it, nobody is asked who sends it."""
    async with client_of(door, Origin=BASE) as client:
        for method, path in routes_of(door):
            most = door.house.settings.upload.max_bytes if path in UPLOADS else SMALL_BODY_BYTES
            length = {"Content-Length": str(most * 2), "Expect": "100-continue"}
            response = await client.request(method, concrete(path), headers=length)
            assert not faults(response, 413), path


BODIES = (b"{", b"[]", b"null", b'"x"', b"{}", b"\xff", b"[" * 50_000)
KINDS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain", "")


ODD_BODIES = [*((body, KINDS[0]) for body in BODIES), *product((b"{}", b"\xff"), KINDS[1:])]


async def test_a_body_that_is_none(door: Door, alice: Principal) -> None:
    cookie = f"access_token={await door.house.token('alice', 'browser')}"
    changing = {route for route in routes_of(door) if route[0] not in ("GET", "HEAD")}
    async with client_of(door, Origin=BASE, Cookie=cookie) as client:
        for method, path in changing - {("POST", "/logout"), ("POST", "/api/auth/logout")}:
            for body, kind in ODD_BODIES:
                response = await client.request(method, concrete(path), content=body, headers={"Content-Type": kind})
                assert response.status_code < 500, (path, kind, body[:9], response.text)
                assert not faults(response), (path, kind, body[:9], response.text)


async def test_nobody_foresaw_it(door: Door, alice: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the sign-in is looked up, at both doors, and inside of Chainlit: 500, and one line in the log with the same reference."""

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET_TEXT)

    cookie = f"access_token={await door.house.token('alice', 'browser')}"
    inside = [("POST", "/project/threads", {"pagination": {"first": 1}, "filter": {}})]
    with monkeypatch.context() as patch:
        patch.setattr("chat.data_layer.FootnoteDataLayer.list_threads", broken)
        await everything_is_500(door, cookie, inside)
    both = [("GET", "/api/auth/me", None), ("GET", "/user", None), ("POST", "/project/file", None)]
    monkeypatch.setattr("accounts.service.Accounts._principal_of", broken)
    await everything_is_500(door, cookie, both)


async def everything_is_500(door: Door, cookie: str, requests: list[tuple[str, str, Any]]) -> None:
    async with client_of(door, Origin=BASE, Cookie=cookie) as client:
        for method, path, body in requests:
            with capture_logs() as lines:
                response = await client.request(method, path, json=body)
            assert not faults(response, 500), path
            assert SECRET_TEXT not in response.text
            [line] = [line for line in lines if line["event"] == "http.failed"]
            assert line["reference"] == response.json()["reference"]


async def test_too_often(door: Door, alice: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise LimitExceeded("Wait a little.", retry_after_s=1.2)

    monkeypatch.setattr("accounts.sign_in.PasswordCheck.check", refuse)
    said = {"username": "alice", "password": "x"}
    async with client_of(door, Origin=BASE) as client:
        for path in ("/login", "/api/auth/token"):
            response = await client.post(path, data=said)
            assert not faults(response, 429), path
            assert (response.headers["retry-after"], response.json()["retry_after"]) == ("2", 2)


async def test_a_broken_upload_is_broken_at_both_doors(door: Door, alice: Principal) -> None:
    """One parser: the same body, the same words."""
    async with door.person("alice") as client:
        page = await door.page(client)
        addresses = ("/api/documents", f"/project/file?session_id={page.session_id}")
        for body in UPLOADED:
            answers = [
                await client.post(address, content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
                for address in addresses
            ]
            assert [answer.status_code for answer in answers] == [422, 422], body
            assert answers[0].json()["message"] == answers[1].json()["message"]
        no_form = [await client.post(address, json={}) for address in addresses]
        assert [answer.json()["message"] for answer in no_form] == ["Send the file as multipart/form-data."] * 2


def part(name: str, content: bytes = b"words", filename: str | None = "a.txt") -> bytes:
    extra = f'; filename="{filename}"' if filename is not None else ""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + content + b"\r\n"


END = b"--b--\r\n"
UPLOADED = (
    b"",
    b"nonsense",
    b"--other\r\n\r\n",
    part("file"),
    part("file") + b"--b--"[:3],
    part("other") + END,
    part("other", filename=None) + END,
    part("other", b"x" * 5000, None) + part("file") + END,
    b"".join(part(f"f{n}", filename=None) for n in range(30)) + part("file") + END,
    part("file") + part("file") + END,
    b"--b\r\n\r\nno header\r\n" + END,
    b"--b\r\nContent-Disposition: " + b"x" * 100_000 + b"\r\n\r\n" + END,
    part("file", b"") + END,
)


# Whose page was it?


REFUSED = (403, 421)


async def verdicts(door: Door, cookie: str, scope: Scope) -> dict[str, bool]:
    """Whether each way in takes a request for one of our own pages'."""
    is_tls = scope["scheme"] in ("https", "wss")
    more = [(b"cookie", cookie.encode()), (b"connection", b"upgrade"), (b"upgrade", b"websocket")]
    both = {"query_string": b"EIO=4&transport=websocket", "headers": [*scope["headers"], *more]}
    http = {**both, "type": "http", "method": "POST", "scheme": "https" if is_tls else "http"}
    socket = {**both, "type": "websocket", "path": "/ws/socket.io/", "scheme": "wss" if is_tls else "ws"}
    return {
        "api": await status_of(door, {**http, "path": f"/api/answer-runs/{uuid4()}/review"}) not in REFUSED,
        "upload": await status_of(door, {**http, "path": "/api/documents"}) not in REFUSED,
        "chat": await status_of(door, {**http, "path": "/feedback", "method": "PUT"}) not in REFUSED,
        "sign-in": await status_of(door, {**http, "path": "/login"}) not in REFUSED,
        "socket": await status_of(door, socket) == 101,
    }


async def status_of(door: Door, scope: Scope) -> int:
    """What the app answers to a request without a body, or a socket without a word; 101 for a socket that opens."""
    is_socket = scope["type"] == "websocket"
    coming = [{"type": "websocket.connect"} if is_socket else {"type": "http.request", "body": b"", "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        return coming.pop(0) if coming else {"type": "websocket.disconnect" if is_socket else "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await door.app(scope, receive, send)
    first = sent[0]
    return int(first.get("status", 101 if first["type"] == "websocket.accept" else 403))


@pytest.mark.parametrize("is_ours", [True, False], ids=["ours", "another's"])
async def test_the_doors_agree_on_whose_page_it_was(
    door: Door, alice: Principal, is_ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.hosts.is_served", lambda *_: True)  # under which names is another rule's, see test_hosts
    cookie = f"access_token={await door.house.token('alice', 'browser')}"
    for reason, scope in (OWN if is_ours else FOREIGN).items():
        found = await verdicts(door, cookie, scope)
        assert set(found.values()) == {is_ours}, (reason, found)
