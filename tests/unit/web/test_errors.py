"""The one shape of an error."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from structlog.testing import capture_logs

from core.errors import LimitExceeded
from web.errors import READ_AS_DETAIL, UNKNOWN, error_response, register, render

SHAPE = {"status", "message", "fallback_used", "retry_after", "reference"}


@pytest.mark.parametrize(
    ("retry_after_s", "seconds"), [(0.0, 1), (0.2, 1), (1.0, 1), (1.2, 2), (9.5, 10), (86_400, 86_400)]
)
def test_the_time_to_wait_is_whole_seconds_and_never_too_short(retry_after_s: float, seconds: int) -> None:
    response = render(LimitExceeded("Wait.", retry_after_s=retry_after_s))
    assert json.loads(bytes(response.body))["retry_after"] == seconds
    assert response.headers["retry-after"] == str(seconds)


def test_without_a_time_to_wait_there_is_none() -> None:
    response = render(LimitExceeded("Wait."))
    assert json.loads(bytes(response.body))["retry_after"] is None
    assert "retry-after" not in response.headers


@pytest.mark.parametrize("status", [400, 401, 404, 405, 409, 413, 415, 418, 422, 429, 500, 502, 503])
def test_every_status_has_a_sentence(status: int) -> None:
    body = json.loads(bytes(error_response(status).body))
    assert set(body) == SHAPE
    assert body["message"].endswith(".")
    assert (body["message"] == UNKNOWN) == (status >= 500)


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    register(app)

    @app.get("/{rest:path}")
    async def fail(rest: str) -> None:
        raise HTTPException(502, f"postgres://user:secret@host/{rest}", {"X-Kept": "yes"})

    return app


async def asked(app: FastAPI, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


async def test_what_other_peoples_code_says_goes_to_the_log_only(app: FastAPI) -> None:
    with capture_logs() as lines:
        response = await asked(app, "/api/x")
    assert (response.status_code, response.json()["message"], response.headers["x-kept"]) == (502, UNKNOWN, "yes")
    [line] = [line for line in lines if line.get("reference") == response.json()["reference"]]
    assert "secret" in line["detail"]


@pytest.mark.parametrize("prefix", READ_AS_DETAIL)
async def test_chainlits_page_finds_the_sentence_where_it_looks(app: FastAPI, prefix: str) -> None:
    body: dict[str, Any] = (await asked(app, prefix)).json()
    assert set(body) == SHAPE | {"detail"}
    assert body["detail"] == body["message"]
