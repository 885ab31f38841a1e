"""Parts that end while the server runs: they come back by themselves, and people are told so meanwhile."""

import os
import signal
import time
from typing import Any

import httpx
import psutil
import pytest

from tests.e2e.conftest import PASSWORD, Site

BACK_WITHIN_S = 5.0


def _server_of(site: Site, name: str) -> psutil.Process:
    assert site.process is not None
    children = psutil.Process(site.process.pid).children()
    return next(child for child in children if name in " ".join(child.cmdline()[:1]))


def _kill(site: Site, name: str) -> None:
    os.kill(_server_of(site, name).pid, signal.SIGKILL)


def _answers_until_back(client: httpx.Client, path: str) -> tuple[float, list[httpx.Response]]:
    """Seconds until a request succeeds again, and the responses until then."""
    since = time.monotonic()
    responses: list[httpx.Response] = []
    while time.monotonic() - since < 60:
        response = client.get(path)
        if response.status_code == 200 and time.monotonic() - since > 0.3:  # a first answer may come before the death
            return time.monotonic() - since, responses
        responses.append(response)
        time.sleep(0.05)
    raise AssertionError(f"never back: {responses[-1].text}")


def _wait_for(site: Site, part: str, before: int) -> float:
    since = time.monotonic()
    while time.monotonic() - since < 60:
        try:
            if _server_of(site, part).pid != before:
                return time.monotonic() - since
        except (StopIteration, psutil.Error):
            pass
        time.sleep(0.05)
    raise AssertionError(f"{part} was not started again")


def _is_told(answer: dict[str, Any]) -> bool:
    return answer["status"] == "error" and answer["retry_after"] == 5 and "try again" in answer["message"]


@pytest.mark.parametrize("round_", [1, 2])
def test_a_killed_database_is_started_again_and_requests_are_503_meanwhile(spare_site: Site, round_: int) -> None:
    spare_site.wait_ready()
    with spare_site.client() as client:
        for _ in range(round_):
            _kill(spare_site, "postgres")
            signed_in = client.post("/api/auth/token", data={"username": "admin", "password": PASSWORD})
            page = client.post(
                "/login", data={"username": "admin", "password": PASSWORD}, headers={"Origin": spare_site.url}
            )
            away_s, responses = _answers_until_back(client, "/api/documents")
            assert away_s < BACK_WITHIN_S
            for response in (signed_in, page, *responses):
                assert response.status_code in (200, 503), response.text
                assert response.status_code == 200 or _is_told(response.json()), response.text
        assert 503 in {signed_in.status_code, page.status_code, *(one.status_code for one in responses)}
    log = (spare_site.var_dir / "server.log").read_text()
    assert "embedded.ended" in log
    assert "embedded.restarted" in log


def test_a_killed_redis_is_started_again_and_jobs_go_on(spare_site: Site) -> None:
    spare_site.wait_ready()
    with spare_site.client() as client:
        before = _server_of(spare_site, "redis").pid
        _kill(spare_site, "redis")
        signed_in = client.post("/api/auth/token", data={"username": "admin", "password": PASSWORD})
        assert signed_in.status_code in (200, 503), signed_in.text
        uploaded = client.post("/api/documents", files={"file": ("code.txt", b"The vault code is 48151623.")})
        assert uploaded.status_code in (202, 503), uploaded.text
        assert _wait_for(spare_site, "redis", before) < BACK_WITHIN_S
        if uploaded.status_code == 503:
            uploaded = client.post("/api/documents", files={"file": ("code.txt", b"The vault code is 48151623.")})
        job = f"/api/jobs/{uploaded.json()['job']['job_id']}"
        until = time.monotonic() + 60
        while client.get(job).json()["state"] != "finished":
            assert time.monotonic() < until, client.get(job).text
            time.sleep(0.1)
        assert client.get("/health/ready").json()["parts"]["redis"] == "ready"
