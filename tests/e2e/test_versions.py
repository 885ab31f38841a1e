"""A file that is replaced, a folder that is kept in step, an index that is built anew: what people and operators see of it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.e2e import chat
from tests.e2e.conftest import ROOT, Site, running

pytestmark = pytest.mark.long

Shot = Callable[[str], str]
QUESTION = "How many weeks does parental leave last?"
BEFORE = "# Leave\n\nParental leave lasts sixteen weeks at full pay.\n\n# Travel\n\nTrain journeys are booked in second class.\n"
AFTER = BEFORE.replace("sixteen", "twenty")


def _bring(client: httpx.Client, text: str, **form: str) -> dict[str, Any]:
    brought = client.post("/api/documents", files={"file": ("rules.md", text.encode())}, data=form)
    answer: dict[str, Any] = brought.raise_for_status().json()
    with client.stream("GET", f"/api/jobs/{answer['job']['job_id']}/events") as events:
        events.read()
    document: dict[str, Any] = client.get(f"/api/documents/{answer['document']['id']}").raise_for_status().json()
    return document


def _footnote(site: Site, *arguments: str, **settings: str) -> str:
    environment = {**os.environ, "FOOTNOTE_VAR_DIR": str(site.var_dir), **settings}
    command = [sys.executable, "-m", "cli", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.browser
async def test_a_footnote_of_a_replaced_file_opens_what_it_cited(
    page: Page, spare_site_ready: Site, shot: Shot
) -> None:
    site = spare_site_ready
    await chat.add_user(site, "rhea")
    with site.client("rhea") as client:
        first = _bring(client, BEFORE)
        await chat.sign_in(page, site.url, "rhea")
        await chat.ask(page, QUESTION)
        await expect(chat.answers(page).last).to_contain_text("sixteen weeks")

        second = _bring(client, AFTER, replaces=first["id"])
        assert (second["id"], second["version"], second["state"]) == (first["id"], 2, "ready")

        await chat.citations(page).first.click()
        viewer = chat.panel(page)
        await expect(viewer.get_by_role("note")).to_contain_text("from an earlier version")
        await expect(viewer.locator("mark").first).to_contain_text("sixteen weeks")
        await page.screenshot(path=shot("earlier-version"))

        await chat.ask(page, QUESTION)
        await expect(chat.answers(page).last).to_contain_text("twenty weeks")
        await chat.citations(page).last.click()
        await expect(viewer.locator("mark").first).to_contain_text("twenty weeks")
        await expect(viewer.get_by_role("note")).to_have_count(0)


@pytest.fixture
def smaller(spare_site: Site) -> Iterator[dict[str, str]]:
    """Settings that cut documents differently, for a server that is started again with them; the former ones come back."""
    former = spare_site.environment
    settings = {"FOOTNOTE_CHUNK_SIZE": "150", "FOOTNOTE_CHUNK_STRATEGY": "recursive"}
    yield settings
    if spare_site.environment is not former:
        spare_site.stop()
        spare_site.environment = former


def test_the_index_is_built_anew_beside_the_running_server(spare_site: Site, smaller: dict[str, str]) -> None:
    text = "\n\n".join(f"On day {day} the observatory counted {day * 7} terns near the light." for day in range(30))
    spare_site.wait_ready()
    with spare_site.client() as client:
        before = _bring(client, text)
    spare_site.stop()
    spare_site.environment = spare_site.environment | smaller
    spare_site.start()
    spare_site.wait_ready()
    with spare_site.client() as client:
        assert "footnote reindex" in client.get("/health/ready").json()["notice"]
        _footnote(spare_site, "reindex", **smaller)
        assert not client.get("/health/ready").json().get("notice")
        after = client.get(f"/api/documents/{before['id']}").json()
        answer = client.post(
            "/api/chat", json={"question": "How many terns did the observatory count on day 20?"}
        ).json()
    assert after["chunk_count"] > before["chunk_count"]
    assert "140" in answer["answer"]


def test_stored_files_are_read_again_for_a_new_index(servers_dir: Path, models: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text(BEFORE)
    with running(servers_dir / "read-again") as site:
        site.wait_ready()
        assert "1 new, 0 changed" in _footnote(site, "ingest", str(tmp_path))
        with site.client() as client:
            document = client.get("/api/documents").json()["documents"][0]
            _footnote(site, "reindex", "--parse")
            again = client.get(f"/api/documents?id={document['id']}").json()["documents"][0]
            answer = client.post("/api/chat", json={"question": QUESTION}).json()
        assert again["job"]["job_id"] != document["job"]["job_id"]
        assert (again["state"], again["version"]) == ("ready", 1)
        assert "sixteen" in answer["answer"]
