"""One's own data, erasure and its receipt, holds and retention, in a browser."""

import io
import zipfile
from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from tests.e2e.chat import add_user, sign_in
from tests.e2e.conftest import PASSWORD, Site

pytestmark = pytest.mark.browser
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 800}


async def _seen(page: Page, shot: Callable[[str], str], name: str) -> None:
    """Pictures of a page, wide and narrow, by day and by night; nothing sticks out."""
    for width, viewport in (("wide", WIDE), ("narrow", NARROW)):
        await page.set_viewport_size(viewport)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            await page.screenshot(path=shot(f"{name}-{width}-{scheme}"), full_page=True)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    await page.emulate_media(color_scheme="light")


async def test_a_person_takes_their_data_and_leaves(site: Site, page: Page, shot: Callable[[str], str]) -> None:
    await add_user(site, "leaving")
    await sign_in(page, site.url, "leaving", PASSWORD)
    await page.goto(f"{site.url}/account/data")
    await expect(page.get_by_role("heading", name="Your data")).to_be_visible()
    await page.get_by_role("button", name="Put my data together").click()
    ready, again = page.get_by_role("link", name="Download"), page.get_by_role("link", name="Look again")
    for _ in range(60):
        await expect(ready.or_(again)).to_be_visible()
        if await ready.count():
            break
        await page.wait_for_timeout(500)
        await again.click()
    async with page.expect_download() as began:
        await ready.click()
    path = await (await began.value).path()
    archive = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    assert b"Everything about leaving" in archive.read("index.html")
    await _seen(page, shot, "data")

    await page.get_by_label("Your password").fill("not it")
    await page.get_by_label("I understand").check()
    await page.get_by_role("button", name="Erase my account").click()
    await expect(page.get_by_role("alert")).to_have_text("The password is wrong.")
    await page.get_by_label("Your password").fill(PASSWORD)
    await page.get_by_label("I understand").check()
    await page.get_by_role("button", name="Erase my account").click()
    await expect(page.get_by_role("heading", name="Receipt of an erasure")).to_be_visible()
    for _ in range(120):
        if "is erased" in (await page.get_by_role("status").text_content() or ""):
            break
        await page.wait_for_timeout(500)
        await again.click()
    await expect(page.get_by_role("status")).to_contain_text("The account is erased")
    await _seen(page, shot, "receipt")
    async with page.expect_download() as began:
        await page.get_by_role("button", name="Download the receipt").click()
    assert '"accounts": 1' in (await (await began.value).path()).read_text()
    await page.goto(f"{site.url}/account/data")
    await expect(page.get_by_text("You are not signed in")).to_be_visible()


async def test_an_admin_holds_and_releases(site: Site, page: Page, shot: Callable[[str], str]) -> None:
    await add_user(site, "keeping")
    await sign_in(page, site.url, "admin", PASSWORD)
    await page.goto(f"{site.url}/admin/rights")
    await expect(page.get_by_text("Nothing is under a hold.")).to_be_visible()
    await page.get_by_label("Name of the person or library, or id").fill("keeping")
    await page.get_by_label("Why it must be kept").fill("Case 17, until the court has decided")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("under a legal hold now")
    await expect(page.get_by_role("row", name="keeping")).to_contain_text("Case 17")
    await _seen(page, shot, "holds")
    await page.get_by_role("button", name="End the hold").click()
    await page.get_by_role("dialog").get_by_role("button", name="End the hold").click()
    await expect(page.get_by_text("Nothing is under a hold.")).to_be_visible()
