"""Saving and sharing a conversation in a real browser: the dialog by keyboard, the page for two readers, one's own links."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from tests.documents import HANDBOOK
from tests.e2e import chat
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]
LEAVE = "How many days of paid annual leave are there per year?"
NARROW = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def sharing_site(sites: Callable[..., Site]) -> Site:
    return sites(FOOTNOTE_SHARING_LINKS="true")


@asynccontextmanager
async def person(browser: Browser, site: Site, name: str) -> AsyncIterator[Page]:
    """Somebody signed in, in a browser of their own that may use the clipboard."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    try:
        page = await context.new_page()
        await chat.sign_in(page, site.url, name)
        yield page
    finally:
        await context.close()


async def pictures(page: Page, shot: Shot, name: str) -> None:
    """Wide and narrow, by day and by night."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for size, viewport in (("wide", {"width": 1280, "height": 900}), ("narrow", NARROW)):
            await page.set_viewport_size(viewport)  # type: ignore[arg-type]
            assert await page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
            await page.screenshot(path=shot(f"{name}-{size}-{scheme}"), full_page=True)
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": 1280, "height": 900})


async def test_a_conversation_is_saved_and_shared(sharing_site: Site, browser: Browser, shot: Shot) -> None:
    """C081"""
    site = sharing_site
    for name in ("sasha", "robin"):
        await chat.add_user(site, name)
    chat.upload(site, "handbook.pdf", HANDBOOK, "sasha")
    async with person(browser, site, "sasha") as page, person(browser, site, "robin") as robin:
        await chat.ask(page, LEAVE)
        button = page.get_by_role("button", name="Save or share")
        await button.focus()
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Save or share")
        await expect(dialog.get_by_role("button", name="Markdown")).to_be_focused()
        for label, ending in (("Markdown", ".md"), ("PDF", ".pdf"), ("JSON", ".json")):
            async with page.expect_download() as waiting:
                await dialog.get_by_role("button", name=label).press("Enter")
            assert (await waiting.value).suggested_filename == f"{LEAVE.rstrip('?')}{ending}"
        await expect(dialog.get_by_text("Share a link")).to_be_visible()
        await dialog.get_by_label("The link works").select_option("7")
        await dialog.get_by_role("button", name="Make a link").press("Enter")
        await expect(dialog.get_by_role("status")).to_have_text("The link is copied.")
        link = await page.evaluate("navigator.clipboard.readText()")
        assert re.fullmatch(rf"{re.escape(site.url)}/shared/[\w-]{{43}}", link)
        await pictures(page, shot, "dialog")
        await page.keyboard.press("Escape")
        await expect(button).to_be_focused()

        await page.goto(link)
        await expect(page.get_by_role("heading", level=1)).to_have_text(LEAVE)
        await expect(page.get_by_text("twenty-eight days of paid annual leave").first).to_be_visible()
        await pictures(page, shot, "shared-may-read")
        await page.locator("sup a").first.click()
        await expect(page.locator("#viewer .mark").first).to_be_visible()

        await robin.goto(link)
        await expect(robin.get_by_text("A document that is not open to you")).to_be_visible()
        assert "handbook" not in await robin.content()
        await pictures(robin, shot, "shared-may-not")

        await page.goto(f"{site.url}/account/shares")
        await pictures(page, shot, "own-links")
        await page.get_by_role("button", name="Revoke").click()
        await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        await expect(page.get_by_role("status")).to_contain_text("The link was revoked")
        await robin.reload()
        await expect(robin.get_by_text("There is no such page")).to_be_visible()


async def test_the_shared_page_works_without_a_script(sharing_site: Site, browser: Browser, shot: Shot) -> None:
    site = sharing_site
    await chat.add_user(site, "noa")
    chat.upload(site, "handbook.pdf", HANDBOOK, "noa")
    with site.client("noa") as client:
        thread = client.post("/api/chat", json={"question": LEAVE}).json()["thread_id"]
        link = client.post(f"/api/threads/{thread}/shares").raise_for_status().json()["path"]
    async with person(browser, site, "noa") as signed_in:
        cookies = await signed_in.context.cookies()
    context = await browser.new_context(java_script_enabled=False)
    try:
        await context.add_cookies(cookies)  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto(f"{site.url}{link}")
        await expect(page.get_by_text("twenty-eight days of paid annual leave").first).to_be_visible()
        await page.goto(f"{site.url}/account/shares")
        await page.get_by_role("button", name="Revoke").click()
        await expect(page.get_by_role("status")).to_contain_text("The link was revoked")
    finally:
        await context.close()


async def test_where_links_are_off_there_are_downloads_alone(site: Site, browser: Browser) -> None:
    await chat.add_user(site, "offline-olaf")
    chat.upload(site, "handbook.pdf", HANDBOOK, "offline-olaf")
    async with person(browser, site, "offline-olaf") as page:
        await chat.ask(page, LEAVE)
        await page.get_by_role("button", name="Save or share").click()
        dialog = page.get_by_role("dialog", name="Save or share")
        await expect(dialog.get_by_role("button", name="PDF")).to_be_visible()
        await page.wait_for_load_state("networkidle")
        await expect(dialog.get_by_text("Share a link")).to_be_hidden()
