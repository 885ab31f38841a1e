"""The console's conversations and audit log in a real browser, by keyboard: search, reason, transcript, and what the owner sees."""

from collections.abc import Callable

import pytest
from playwright.async_api import Browser, Page, expect

from tests.documents import HANDBOOK
from tests.e2e import chat
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]
QUESTION = "How many days of annual leave do employees get?"
WHY = "She wrote that a number is missing."


def _asked(site: Site, name: str) -> str:
    """The person's conversation with one answer; its id."""
    with site.client(name) as client:
        files = {"file": ("handbook.pdf", HANDBOOK)}
        job = client.post("/api/documents", files=files).raise_for_status().json()["job"]["job_id"]
        with client.stream("GET", f"/api/jobs/{job}/events") as events:
            for _ in events.iter_lines():
                pass
        return str(client.post("/api/chat", json={"question": QUESTION}).raise_for_status().json()["thread_id"])


async def _say_why(page: Page) -> None:
    reason = page.get_by_role("textbox", name="Reason")
    await expect(reason).to_be_focused()
    await page.keyboard.type(WHY)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")


async def test_a_conversation_is_found_opened_and_its_owner_told(site: Site, browser: Browser, shot: Shot) -> None:
    await chat.add_user(site, "ottilie")
    thread = _asked(site, "ottilie")
    admins = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await admins.new_page()
    await chat.sign_in(page, site.url, "admin")
    await page.goto(f"{site.url}/admin/conversations?person=ottilie")
    await page.get_by_label("Words in names and messages").fill("annual leave")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("row")).to_have_count(2)
    await expect(page.get_by_text(QUESTION)).to_have_count(0)
    await page.screenshot(path=shot("conversations"))
    await page.get_by_role("link", name="Open the conversation of ottilie").click()
    await _say_why(page)
    await expect(page.get_by_text(QUESTION).first).to_be_visible()
    await page.get_by_role("link", name="[1]").first.click()
    await expect(page.locator("li:target blockquote")).to_contain_text("annual leave")
    await page.screenshot(path=shot("transcript"), full_page=True)
    await page.goto(f"{site.url}/admin/audit?action=thread.opened&person=admin")
    await expect(page.get_by_role("row").nth(1)).to_contain_text(WHY)
    await page.get_by_role("button", name="Check the chain").click()
    await expect(page.get_by_role("status")).to_contain_text("Unbroken since")
    await admins.close()
    await _owner_is_told(site, browser, thread, shot)


async def _owner_is_told(site: Site, browser: Browser, thread: str, shot: Shot) -> None:
    owners = await browser.new_context()
    page = await owners.new_page()
    await chat.sign_in(page, site.url, "ottilie")
    await page.goto(f"{site.url}/thread/{thread}")
    note = page.get_by_role("link", name=f"Opened by admin, because: {WHY}")
    await expect(note).to_be_visible()
    await page.screenshot(path=shot("opened"))
    await note.click()
    await expect(page.get_by_role("cell", name=WHY)).to_be_visible()
    await owners.close()
