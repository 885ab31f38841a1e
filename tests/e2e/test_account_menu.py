"""The chat's account menu with our entries in it, by keyboard, on a page that has only the menu."""

from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

pytestmark = pytest.mark.browser

PUBLIC = Path(__file__).resolve().parents[2] / "public"
PAGE = '<!doctype html><script type="module" src="/public/chat/account.js"></script>'
OURS = ["Account", "Password", "Use", "Language and look", "Keys", "Sign out everywhere"]
MENU = """<div role="menu"><p>ann</p>
<div role="menuitem" tabindex="-1" class="entry">Sign out<svg class="lucide-log-out"></svg></div></div>"""


async def menu_of(page: Page, role: str) -> None:
    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix("http://menu.test")
        if path == "/api/auth/me":
            await route.fulfill(json={"role": role})
        elif path.startswith("/public/"):
            body = (PUBLIC / path.removeprefix("/public/")).read_text()
            await route.fulfill(body=body, content_type="text/javascript")
        else:
            await route.fulfill(body=PAGE if path == "/" else path, content_type="text/html")

    await page.route("http://menu.test/**", answer)
    await page.goto("http://menu.test/")
    await page.evaluate("menu => document.body.insertAdjacentHTML('beforeend', menu)", MENU)
    await expect(page.get_by_role("menuitem", name="Account")).to_be_visible()


async def test_an_admin_goes_to_the_console_by_keyboard(page: Page) -> None:
    await menu_of(page, "admin")
    await expect(page.get_by_role("menuitem")).to_have_text([*OURS[:-1], "Console", OURS[-1], "Sign out"])
    await page.get_by_role("menuitem", name="Sign out", exact=True).focus()  # as the menu does when it opens
    for key, name in (
        ("ArrowUp", "Sign out everywhere"),
        ("Home", "Account"),
        ("ArrowUp", "Sign out"),
        ("ArrowDown", "Account"),
    ):
        await page.keyboard.press(key)
        await expect(page.get_by_role("menuitem", name=name, exact=True)).to_be_focused()
    await page.get_by_role("menuitem", name="Keys").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url("http://menu.test/admin")


async def test_others_are_led_to_their_account_alone(page: Page) -> None:
    await menu_of(page, "user")
    await expect(page.get_by_role("menuitem")).to_have_text([*OURS, "Sign out"])
    await page.get_by_role("menuitem", name="Account").click()
    await expect(page).to_have_url("http://menu.test/account")
