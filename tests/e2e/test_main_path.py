"""One person's whole path in a real browser."""

from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from tests.documents import HANDBOOK
from tests.e2e import chat
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]


async def test_sign_in_drop_ask_click_rate_reload(site: Site, page: Page, shot: Shot) -> None:
    other_hosts: list[str] = []
    page.on("request", lambda request: other_hosts.append(request.url) if site.url not in request.url else None)
    await chat.sign_in(page, site.url)
    await page.screenshot(path=shot("1-empty"))

    await chat.drop(page, "handbook.pdf", HANDBOOK)
    await chat.send(page)
    await chat.wait_for_upload(page)
    await page.screenshot(path=shot("2-uploaded"))

    await chat.ask(page, "How many days of paid annual leave are there per year?")
    await expect(page.get_by_text("twenty-eight days of paid annual leave").first).to_be_visible()

    await chat.citations(page).first.click()
    panel = chat.panel(page)
    image = panel.locator("img").first
    await expect(image).to_be_visible()
    assert await image.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") > 500
    await expect(panel.get_by_label("Page number")).to_have_value("2")
    await expect(panel.locator(".mark").first).to_be_visible()
    await expect(page.locator("#chat-input")).to_be_visible()
    await page.screenshot(path=shot("3-panel"))

    await page.locator(".positive-feedback-off").last.click()
    dialog = page.get_by_role("dialog")
    await dialog.locator("textarea").fill("Right page")
    await dialog.locator("#submit-feedback").click()
    await expect(page.locator(".positive-feedback-on")).to_be_visible()

    await page.reload()
    await expect(chat.citations(page).first).to_be_visible()
    await expect(page.locator(".positive-feedback-on")).to_be_visible()
    await expect(page.locator('a[href*="/jobs/"]').first).to_have_attribute("data-job", "finished")
    await chat.citations(page).first.click()
    await expect(chat.panel(page).locator(".mark").first).to_be_visible()
    await page.screenshot(path=shot("4-reloaded"))
    assert [url for url in other_hosts if not url.startswith(("data:", "blob:"))] == []
