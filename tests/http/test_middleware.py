"""Request ids, the body limit and the headers of our own answers, on a small app over the real middleware."""

import re
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from structlog.testing import capture_logs

from core.errors import LimitExceeded, NotFound
from core.settings import Settings, UploadSettings
from web import errors
from web.body_limit import ENVELOPE_BYTES, SMALL_BODY_BYTES, BodyLimit
from web.headers import SecurityHeaders
from web.request_log import RequestLog

MAX_BYTES = 5 * 1024**2


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    app = FastAPI()
    small = settings.model_copy(update={"upload": UploadSettings(max_bytes=MAX_BYTES)})
    app.state.services = SimpleNamespace(settings=small)
    errors.register(app)

    @app.post("/api/echo")
    async def echo(body: dict[str, Any]) -> dict[str, Any]:
        return body

    @app.post("/api/documents")
    async def count(request: Request) -> dict[str, int]:
        return {"size_bytes": sum([len(piece) async for piece in request.stream()])}

    @app.post("/api/unread")
    async def unread() -> None:
        raise NotFound("Not here.")

    @app.get("/api/broken")
    async def broken() -> None:
        raise RuntimeError("postgres://user:secret@host")

    @app.get("/api/later")
    async def later() -> None:
        raise LimitExceeded("Too fast.", retry_after_s=1.2)

    @app.get("/api/breaks-off")
    async def breaks_off() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"one"
            raise RuntimeError("half way")

        return StreamingResponse(pieces())

    @app.get("/elsewhere")
    async def elsewhere() -> dict[str, str]:
        return {"request_id": structlog.contextvars.get_contextvars()["request_id"]}

    for middleware in (BodyLimit, RequestLog, SecurityHeaders):
        app.add_middleware(middleware)
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def pieces_of(size_bytes: int) -> AsyncIterator[bytes]:
    for _ in range(size_bytes // 65536):
        yield bytes(65536)
    yield bytes(size_bytes % 65536)


async def test_every_answer_has_a_request_id_of_ours_or_a_sane_one_of_the_callers(client: httpx.AsyncClient) -> None:
    one = await client.get("/elsewhere")
    assert one.headers["x-request-id"] == one.json()["request_id"]
    assert (await client.get("/elsewhere", headers={"X-Request-ID": "trace-7"})).headers["x-request-id"] == "trace-7"
    forged = await client.get("/elsewhere", headers={"X-Request-ID": "a b\tc"})
    assert forged.headers["x-request-id"] != "a b\tc"


async def test_one_log_line_per_request(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        await client.post("/api/unread")
    [line] = [line for line in lines if line["event"] == "http.request"]
    assert (line["method"], line["path"], line["status"]) == ("POST", "/api/unread", 404)


async def test_an_exception_nobody_foresaw_is_a_reference_outside_and_details_inside(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        response = await client.get("/api/broken")
    body = response.json()
    assert response.status_code == 500
    assert "secret" not in response.text
    assert set(body) == {"status", "message", "fallback_used", "retry_after", "reference"}
    [line] = [line for line in lines if line["event"] == "http.failed"]
    assert line["reference"] == body["reference"]
    assert response.headers["x-request-id"]


async def test_an_answer_that_breaks_off_is_not_ended_as_if_it_were_whole(client: httpx.AsyncClient) -> None:
    with pytest.raises(RuntimeError, match="half way"):
        await client.get("/api/breaks-off")


async def test_retry_after_is_in_the_header_and_in_the_body(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/later")
    assert (response.status_code, response.headers["retry-after"], response.json()["retry_after"]) == (429, "2", 2)


@pytest.mark.parametrize("size_bytes", [MAX_BYTES, MAX_BYTES + ENVELOPE_BYTES])
async def test_a_body_within_the_limit_comes_whole(client: httpx.AsyncClient, size_bytes: int) -> None:
    response = await client.post("/api/documents", content=pieces_of(size_bytes))
    assert response.json() == {"size_bytes": size_bytes}


async def test_a_chunked_body_over_the_limit_is_refused_in_our_shape(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/documents", content=pieces_of(MAX_BYTES + ENVELOPE_BYTES + 1))
    assert response.status_code == 413
    assert response.json()["message"] == "That is more than the 5 MB accepted here."


async def test_a_declared_body_over_the_limit_never_reaches_the_route(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/echo", content=bytes(SMALL_BODY_BYTES + ENVELOPE_BYTES + 1))
    assert response.status_code == 413
    assert response.json()["status"] == "error"


async def test_who_sends_too_much_from_a_page_is_told_on_a_page(client: httpx.AsyncClient) -> None:
    """What browsers accept where a form is sent; a script on a page accepts anything, and gets JSON."""
    headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "de"}
    response = await client.post("/api/echo", content=bytes(SMALL_BODY_BYTES + ENVELOPE_BYTES + 1), headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert '<html lang="de"' in response.text
    assert "Das ist mehr als die 2 MB" in response.text
    assert "Referenz" not in response.text  # the sentence says it all


async def test_an_exception_on_a_page_is_a_page_with_its_reference(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/broken", headers={"Accept": "text/html"})
    assert (response.status_code, response.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "secret" not in response.text
    assert re.search(r"Something went wrong on our side.*Reference [0-9a-f]{12}", response.text)


async def test_json_over_the_limit_is_413_and_not_a_parse_error(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/api/echo",
        content=pieces_of(SMALL_BODY_BYTES + ENVELOPE_BYTES + 1),
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 413


async def test_a_refused_body_is_taken_in_before_the_answer_so_that_the_sender_sees_it(
    client: httpx.AsyncClient,
) -> None:
    sent = 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(20):
            sent += 1
            yield bytes(1024)

    assert (await client.post("/api/unread", content=counted())).status_code == 404
    assert sent == 20


async def test_who_waits_for_continue_is_not_asked_to_send_what_is_refused(app: FastAPI) -> None:
    async def receive() -> dict[str, Any]:
        raise AssertionError("asking for the body makes the sender send it")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"expect", b"100-continue"), (b"content-length", b"99999999")]
    scope = {"type": "http", "method": "POST", "path": "/api/echo", "headers": headers, "query_string": b"", "app": app}
    await BodyLimit(app)(scope, receive, send)
    assert sent[0]["status"] == 413


async def test_what_is_wrong_with_a_body_is_a_sentence(client: httpx.AsyncClient) -> None:
    missing = await client.post("/api/echo")
    broken = await client.post("/api/echo", content=b"{", headers={"Content-Type": "application/json"})
    assert (missing.status_code, missing.json()["message"]) == (422, "The body is missing.")
    assert (broken.status_code, broken.json()["message"]) == (422, "The body is not valid JSON.")


async def test_every_answer_carries_security_headers(client: httpx.AsyncClient) -> None:
    for path, framed_by in (("/api/later", "'self'"), ("/api/broken", "'self'"), ("/elsewhere", "'none'")):
        headers = (await client.get(path)).headers
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
        policy = dict(directive.split(" ", 1) for directive in headers["content-security-policy"].split("; "))
        assert (policy["script-src"], policy["frame-ancestors"]) == ("'self'", framed_by)
