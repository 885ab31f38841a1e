"""Libraries in a real browser: making one, sharing it, moving documents into it, leaving it; by keyboard and on a narrow screen."""

import re
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e import chat
from tests.e2e.conftest import Site
from tests.e2e.test_library import READ_MS, Reader, reading

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]


async def make_library(page: Page, name: str) -> None:
    """With the keyboard alone."""
    button = page.get_by_role("button", name="New library")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="New library")).to_be_visible()
    await page.keyboard.type(name)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("combobox", name="Library").locator("option:checked")).to_have_text(name)


async def add_member(page: Page, name: str, role: str) -> None:
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Add by name").fill(name)
    await dialog.get_by_label("Role", exact=True).select_option(role)
    await dialog.get_by_role("button", name="Add", exact=True).click()


async def choose(reader: Reader, library: str) -> None:
    await reader.page.get_by_role("combobox", name="Library").select_option(library)


async def test_a_library_is_made_filled_shared_and_left(site: Site, browser: Browser, shot: Shot) -> None:
    one, other = "olga", "gustav"
    for name in (one, other):
        await chat.add_user(site, name)
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(reading(browser, site, one))
        guest = await stack.enter_async_context(reading(browser, site, other))
        page = owner.page
        await owner.bring(mine__txt=b"Only for me.", ours__txt=b"The lease ends in May.")
        await expect(owner.row("ours.txt")).to_contain_text("Ready", timeout=READ_MS)
        await make_library(page, "Leases")
        await page.get_by_role("button", name="Share…").click()
        await add_member(page, "nobody-of-this-name", "viewer")
        await expect(page.get_by_role("alert")).to_contain_text("nobody of this name")
        await add_member(page, other, "viewer")
        await expect(page.get_by_label(f"Role of {other}")).to_have_value("viewer")
        await page.screenshot(path=shot("sharing"))
        await page.keyboard.press("Escape")
        await choose(owner, "All libraries")
        await owner.row("ours.txt").click()
        await owner.row("ours.txt").get_by_role("button", name="Move…").click()
        await page.get_by_label("To the library").select_option("Leases")
        await page.get_by_role("dialog").get_by_role("button", name="Move").click()
        await expect(page.get_by_role("status").filter(has_text="Moved to Leases")).to_be_visible()

        await guest.page.reload()
        await expect(guest.row("ours.txt")).to_be_visible()
        await expect(guest.row("mine.txt")).to_have_count(0)
        await choose(guest, "Leases")
        await guest.page.get_by_role("button", name="Members…").click()
        await expect(guest.page.get_by_label("Add by name")).to_have_count(0)
        await guest.page.get_by_role("button", name="Leave").click()
        await guest.page.get_by_role("dialog").last.get_by_role("button", name="Leave").click()
        await expect(guest.page.get_by_role("status").filter(has_text="You have left")).to_be_visible()
        await expect(guest.row("ours.txt")).to_have_count(0)


async def test_a_narrow_page_has_room_for_all_of_it(site: Site, browser: Browser, shot: Shot) -> None:
    name = "nils"
    await chat.add_user(site, name)
    async with reading(browser, site, name) as reader:
        page = reader.page
        await page.set_viewport_size({"width": 390, "height": 844})
        await make_library(page, "A library with a name that takes more room than there is on a telephone")
        for control in ("Add documents", "Share…", "New library"):
            at = await page.get_by_role("button", name=control).bounding_box()
            assert at is not None
            assert at["x"] >= 0
            assert at["x"] + at["width"] <= 390
        await page.get_by_role("button", name="Share…").click()
        await expect(page.get_by_role("list", name="Members")).to_contain_text(name)
        await page.screenshot(path=shot("sharing-narrow"))
        box = await page.get_by_role("dialog").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        await page.get_by_label("Name", exact=True).fill("Short")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Short")).to_be_visible()
        await page.get_by_role("button", name="Delete library…").click()
        await page.get_by_role("dialog").last.get_by_role("button", name="Delete", exact=True).click()
        await expect(page.get_by_role("status").filter(has_text=re.compile("Short.*deleted"))).to_be_visible()
