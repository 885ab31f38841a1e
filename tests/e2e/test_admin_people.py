"""People in the console, a one-time link, and one's own pages, in a real browser: by keyboard, wide and narrow, light and dark."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e import chat
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]
PATIENCE_MS = 120_000
NEW = "three words of hers"
LOOKS = (("wide", 1280, "light"), ("narrow", 390, "light"), ("dark", 1280, "dark"))


@asynccontextmanager
async def opened(browser: Browser, site: Site) -> AsyncIterator[Page]:
    """A tab of a browser of its own; patient, because a busy machine is slow, not wrong."""
    async with await browser.new_context(base_url=site.url) as context:
        context.set_default_navigation_timeout(PATIENCE_MS)
        context.set_default_timeout(PATIENCE_MS)
        yield await context.new_page()


async def look(page: Page, shot: Shot, name: str) -> None:
    """Take pictures, and see that nothing is wider than the page."""
    for kind, width, theme in LOOKS:
        await page.set_viewport_size({"width": width, "height": 900})
        await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        await page.screenshot(path=shot(f"{name}-{kind}"), full_page=True)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, kind)
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.emulate_media(color_scheme="light")
    assert await page.locator("h1").count() == 1
    unnamed = await page.locator("input:not([type=hidden]), select, textarea:not([hidden])").evaluate_all(
        "fields => fields.filter(field => !field.labels.length && !field.ariaLabel).map(field => field.name)"
    )
    assert not unnamed, name


async def test_somebody_is_invited_by_keyboard_and_comes_in(site: Site, browser: Browser, shot: Shot) -> None:
    async with opened(browser, site) as page:
        await chat.sign_in(page, site.url)
        await page.locator("#user-nav-button").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("menuitem", name="Console")).to_be_visible()
        await page.screenshot(path=shot("account-menu"))
        await page.keyboard.press("Home")
        await expect(page.get_by_role("menuitem", name="Account")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Profile")).to_be_visible()
        await page.goto("/admin/people/new")
        await look(page, shot, "person-new")
        await page.get_by_label("Name to sign in with").focus()
        await page.keyboard.type("ida")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Ida Holm")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="ida is created")).to_be_visible()
        link = await page.get_by_label("One-time link").input_value()
        await look(page, shot, "person-made")
        await page.goto("/admin/people?q=ida")
        await expect(page.get_by_role("row").filter(has_text="Ida Holm")).to_contain_text("Invited")
        await come_in(browser, site, link, shot)
        await page.get_by_role("link", name="Ida Holm").click()
        await expect(page.get_by_role("heading", name="Ida Holm")).to_be_visible()
        await look(page, shot, "person")
        await page.get_by_role("button", name="Disable").click()
        await page.get_by_role("dialog").get_by_role("button", name="Disable").click()
        await expect(page.get_by_role("status")).to_contain_text("Disabled.")


async def come_in(browser: Browser, site: Site, link: str, shot: Shot) -> None:
    """By a link: choose a password, sign in, and look at one's own pages."""
    async with opened(browser, site) as page:
        await page.goto(link)
        await look(page, shot, "invite")
        await page.get_by_label("New password").fill(NEW)
        await page.get_by_label("The same again").fill(NEW)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()
        await chat.sign_in(page, site.url, "ida", NEW)
        await page.locator("#user-nav-button").click()
        await expect(page.get_by_role("menuitem", name="Account")).to_be_visible()
        await expect(page.get_by_role("menuitem", name="Console")).to_have_count(0)
        await page.get_by_role("menuitem", name="Account").click()
        for path, heading in (("", "Profile"), ("/password", "Password"), ("/sign-ins", "Sign-ins"), ("/use", "Use")):
            await page.goto(f"/account{path}")
            await expect(page.get_by_role("heading", level=1)).to_have_text(heading)
            await look(page, shot, f"account{path.replace('/', '-')}")
        await page.goto("/account/password")
        await page.get_by_label("Present password").fill("wrong")
        await page.get_by_label("New password").fill("other words of hers")
        await page.get_by_label("The same again").fill("other words of hers")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text("The present password is wrong.")


async def test_lists_libraries_groups_keys_and_a_file(site: Site, browser: Browser, shot: Shot, tmp_path: Path) -> None:
    for name in ("lena", "nora"):
        await chat.add_user(site, name)
    async with opened(browser, site) as page:
        await chat.sign_in(page, site.url)
        await page.goto("/admin/groups")
        await page.get_by_label("New group").fill("Finance")
        await page.keyboard.press("Enter")
        await page.get_by_label("Add a person").fill("nora")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("row").filter(has_text="nora")).to_be_visible()
        await look(page, shot, "group")
        await page.goto("/admin/libraries")
        await page.get_by_text("New shared library").click()
        await page.locator("details").get_by_label("Name", exact=True).fill("Contracts")
        await page.get_by_label("Owner").fill("lena")
        await page.keyboard.press("Enter")
        await page.get_by_label("Kind").select_option("group")
        await page.get_by_label("Name", exact=True).fill("Finance")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("row").filter(has_text="Finance")).to_contain_text("by an admin")
        await look(page, shot, "library")
        for path in ("people", "libraries", "groups", "keys"):
            await page.goto(f"/admin/{path}")
            await look(page, shot, path)
        file = tmp_path / "people.csv"
        file.write_text("username,name,tier\nlena,Lena,standard\na b,,\nolof,Olof,gold\n")
        await page.goto("/admin/people/import")
        await look(page, shot, "import")
        await page.get_by_label("CSV file").set_input_files(file)
        await page.get_by_role("button", name="Check the file").click()
        await expect(page.get_by_role("row")).to_have_count(4)
        await look(page, shot, "import-wrong")
        file.write_text("username,name\nolof,Olof\npia,Pia\n")
        await page.get_by_role("link", name="Another file").click()
        await page.get_by_label("CSV file").set_input_files(file)
        await page.get_by_role("button", name="Check the file").click()
        await look(page, shot, "import-right")
        await page.get_by_role("button", name="Create 2 people").click()
        await expect(page.get_by_role("heading", name="2 people are created")).to_be_visible()
        await look(page, shot, "imported")
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Download all links").click()
        saved = Path(await (await download.value).path()).read_text("utf-8-sig")
        assert [line.partition(",")[0] for line in saved.splitlines()] == ["username", "olof", "pia"]
