"""The quality loop in a real browser: thumb down, queue, cause, test case, the gate fails, the document is added, the gate passes."""

import asyncio
import time
from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from tests.e2e import chat
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]

CASES = "/admin/cases"
PERSON = "petra"
QUESTION = "How much is the daily allowance for travel to Lisbon?"
TITLE = "travel-allowance.md"
TRAVEL = b"# Travel allowance\n\nThe daily allowance for travel to Lisbon is 54 euros. It covers meals and local transport.\n"
RUN_MS = 90_000


def _thumb_down(site: Site) -> None:
    """Somebody asks what no document says, and rates the answer."""
    with site.client(PERSON) as client:
        run_id = client.post("/api/chat", json={"question": QUESTION}).raise_for_status().json()["answer_run_id"]
        client.post("/api/feedback", json={"answer_run_id": run_id, "rating": "down"}).raise_for_status()


async def _open_item(page: Page, site: Site) -> None:
    """The item that came of it; it is made in the background."""
    link = page.get_by_role("link", name="Question not open to you")
    for _ in range(30):
        await page.goto(f"{site.url}/admin/reviews?person={PERSON}&kind=thumbs_down")
        if await link.count():
            break
        await page.wait_for_timeout(1000)
    await link.first.click()


async def _promote(page: Page, site: Site) -> None:
    """From the thumb down to the form of a test case: why it is opened, what the cause is, and the promotion."""
    await _open_item(page, site)
    item = page.url
    await page.get_by_role("link", name="Open the conversation").click()
    await page.get_by_role("textbox", name="Reason").fill("The answer was rated down.")
    await page.get_by_role("button", name="Open").click()
    await expect(page.get_by_text(QUESTION).first).to_be_visible()
    await page.goto(item)
    await expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
    await page.get_by_label("Missing document").check()
    await page.get_by_role("button", name="Triaged").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await page.get_by_role("link", name="Promote to a test case").click()
    await expect(page.get_by_role("textbox", name="Question", exact=True)).to_have_value(QUESTION)


async def _fix(page: Page, site: Site) -> None:
    """The person is told."""
    await page.goto(f"{site.url}/admin/reviews?person={PERSON}&kind=thumbs_down&state=triaged")
    await page.get_by_role("link", name=QUESTION).first.click()
    await page.get_by_label("Answer to the person").fill("The rules for travel are in the library now.")
    await page.get_by_role("button", name="Fixed").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()


async def _complete_case(page: Page) -> None:
    """What an admin adds: where it is asked and what is expected."""
    await page.get_by_role("group", name="Libraries in which it is asked").get_by_role("checkbox").first.check()
    await page.get_by_label("Documents that the answer must cite").fill(TITLE)
    await page.get_by_label("Points that the answer must say").fill("54 euros")
    await page.get_by_label("Tags").fill("travel")
    await page.get_by_role("button", name="Store the case").click()
    await expect(page.get_by_text("The case is stored.")).to_be_visible()


async def _run_all(page: Page, site: Site) -> None:
    """Start a run and see it end, without loading the page by hand."""
    await page.goto(f"{site.url}{CASES}")
    await page.get_by_role("button", name="Run all now").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Run of")
    await expect(page.get_by_role("status")).to_contain_text("cases done", timeout=RUN_MS)
    await expect(page.get_by_role("button", name="Stop")).to_be_hidden(timeout=RUN_MS)


def _add_document(site: Site) -> None:
    """Bring the document that was missing, and wait until it is read."""
    with site.client() as client:
        answer = client.post("/api/documents", files={"file": (TITLE, TRAVEL)}).raise_for_status().json()
        while (job := client.get(f"/api/jobs/{answer['job']['job_id']}").json())["state"] in ("queued", "started"):
            time.sleep(0.2)
        assert job["state"] == "finished", job


async def test_the_gate_fails_until_the_document_is_there(page: Page, site: Site) -> None:
    await chat.add_user(site, PERSON)
    await asyncio.to_thread(_thumb_down, site)
    await chat.sign_in(page, site.url)
    await _promote(page, site)
    await _complete_case(page)
    await _run_all(page, site)
    await expect(page.get_by_text("1 failed", exact=True)).to_be_visible()
    await expect(page.get_by_text(f"There is no document “{TITLE}” in the libraries of this case.")).to_be_visible()
    await asyncio.to_thread(_add_document, site)
    await _run_all(page, site)
    await expect(page.get_by_text("all passed")).to_be_visible()
    await page.get_by_text("Answer and quoted passages").first.click()
    await expect(page.locator(".answer-text").first).to_contain_text("54 euros")
    await page.get_by_role("link", name="All runs").click()
    await page.get_by_role("button", name="Compare the two").click()
    await expect(page.get_by_text("1 better")).to_be_visible()
    await page.goto(f"{site.url}{CASES}")
    await expect(page.locator("svg rect.passed")).to_have_count(2)
    await _fix(page, site)


async def test_a_case_by_the_keyboard_alone_and_how_the_pages_look(page: Page, site: Site, shot: Shot) -> None:
    await chat.sign_in(page, site.url)
    await page.goto(f"{site.url}{CASES}/new")
    await page.get_by_role("textbox", name="Question", exact=True).focus()
    await page.keyboard.type("Which enzymes break down lactose in the small intestine?")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")  # the library
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.name") == "must_refuse":
            break
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("The case is stored.")).to_be_visible()
    await _run_all(page, site)
    run = page.url
    for theme in ("light", "dark"):
        for width in (1280, 390):
            await page.set_viewport_size({"width": width, "height": 900})
            for name, address in (
                ("cases", f"{site.url}{CASES}"),
                ("case", f"{site.url}{CASES}/new"),
                ("import", f"{site.url}{CASES}/import"),
                ("runs", f"{site.url}{CASES}/runs"),
                ("run", run),
            ):
                await page.goto(f"{address}?theme={theme}")
                assert await page.evaluate("document.documentElement.scrollWidth") <= width
                await page.screenshot(path=shot(f"{name}-{width}-{theme}"), full_page=True)
