"""Nothing typed is lost, whatever happens: two tabs, a sign-out in one of them, a dead connection, no network; long names fit."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, WebSocketRoute, expect

from tests.e2e import chat
from tests.e2e.accessible import violations
from tests.e2e.conftest import PASSWORD, Site

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]

WHO = "nell"
LONG_NAME = "a_very_long_name_" * 9 + ".txt"
CELLAR = "The cellar holds the bicycles of the tenants. Refunds are paid within five working days."
TENANTS = "What does the cellar hold of the tenants?"
BICYCLES = "Where are the bicycles of the tenants?"
ODD = "Which enzymes break down lactose in the small intestine?"
GONE = "Your message did not reach Footnote"
OUT = """() => [...document.querySelectorAll('.message-content *, .fn-sources, .fn-sources *')]
    .filter((part) => part.checkVisibility() && part.getBoundingClientRect().right > innerWidth)
    .map((part) => part.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
async def cookies(site: Site, browser: Browser) -> Path:
    """The sign-in of a person with a document that has a very long name."""
    await chat.add_user(site, WHO)
    await asyncio.to_thread(chat.upload, site, LONG_NAME, CELLAR.encode(), WHO)
    context = await browser.new_context()
    await chat.sign_in(await context.new_page(), site.url, WHO)
    path = site.var_dir / "nell.json"
    await context.storage_state(path=path)
    await context.close()
    return path


@pytest.fixture
async def context(browser: Browser, cookies: Path) -> AsyncIterator[BrowserContext]:
    """The same person, in a browser of its own."""
    opened = await browser.new_context(viewport={"width": 1400, "height": 900}, storage_state=cookies)
    yield opened
    await opened.close()


async def empty_chat(page: Page, site: Site) -> None:
    """An empty conversation that is connected."""
    await page.goto(f"{site.url}/")
    await expect(page.locator("#upload-button")).to_be_enabled()


@dataclass
class Connection:
    """The page's connection; a message that is sent over a dead one goes nowhere, and then it breaks."""

    is_dead: bool = False
    swallowed: list[str] = field(default_factory=list)

    async def of(self, page: Page) -> None:
        """Stands between a page and the server, from its next connection on."""
        await page.route_web_socket("**/ws/**", self._pass)

    def _pass(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def send(message: str | bytes) -> None:
            if self.is_dead and isinstance(message, str) and '"client_message"' in message:
                self.is_dead = False
                self.swallowed.append(message)
                asyncio.get_running_loop().create_task(socket.close(code=1011, reason="gone"))
            else:
                server.send(message)

        socket.on_message(send)


async def test_tabs_keep_their_own_drafts(context: BrowserContext, site: Site) -> None:
    """C091: one tab's text over the other's; a new tab begins with what was written last."""
    one, other = await context.new_page(), await context.new_page()
    await empty_chat(one, site)
    await one.locator("#chat-input").fill("of the first tab")
    await empty_chat(other, site)
    await expect(other.locator("#chat-input")).to_have_value("of the first tab")
    await other.locator("#chat-input").fill("of the second tab")
    await one.reload()
    await expect(one.locator("#chat-input")).to_have_value("of the first tab")
    await other.locator("#chat-input").fill("")
    await chat.ask(other, BICYCLES)
    await one.reload()
    await expect(one.locator("#chat-input")).to_have_value("of the first tab")


async def test_a_sign_out_in_another_tab_takes_no_text_away(browser: Browser, cookies: Path, site: Site) -> None:
    """C089; but whoever signs in next finds nothing of it."""
    await chat.add_user(site, "next")
    context = await browser.new_context()
    page, other = await context.new_page(), await context.new_page()
    await chat.sign_in(page, site.url, WHO)
    await chat.ask(page, BICYCLES)
    await page.wait_for_url("**/thread/*")
    address = page.url
    for person in (WHO, "next"):
        await page.locator("#chat-input").fill("half a thought")
        await empty_chat(other, site)
        await other.locator("#user-nav-button").click()
        await other.get_by_role("menuitem", name="Sign out", exact=True).click()
        await expect(page.locator(".fn-why")).to_contain_text("What you were writing is kept.")
        await page.get_by_role("textbox", name="Name").fill(person)
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.locator("#upload-button")).to_be_enabled()
        if person == WHO:
            await expect(page.locator("#chat-input")).to_have_value("half a thought")
            assert page.url == address
    await expect(page.locator("#chat-input")).to_have_value("")
    kept = "JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage})"
    gone = f"() => !({kept}).includes('half a thought')"
    await page.wait_for_function(gone, polling=100)  # a tab behind another has no frames
    await context.close()


async def test_a_message_into_a_dead_connection_comes_back(context: BrowserContext, site: Site, shot: Shot) -> None:
    """C112's sibling: in an empty chat, and in a conversation; what was taken does not come back."""
    page, connection = await context.new_page(), Connection()
    await connection.of(page)
    await empty_chat(page, site)
    for count, question in enumerate((BICYCLES, "When are refunds paid?")):
        connection.is_dead = True
        await chat.send(page, question)
        await expect(page.locator("#fn-notes")).to_contain_text(GONE)
        await expect(page.locator("#chat-input")).to_have_value(question)
        await expect(chat.questions(page)).to_have_count(count)
        await page.screenshot(path=shot(f"lost-{count}"))
        await chat.ask(page, "")
        await page.wait_for_url("**/thread/*")
        await expect(chat.questions(page)).to_have_count(count + 1)
        await expect(page.locator("#chat-input")).to_have_value("")
        await page.get_by_role("button", name="Close this message").click()
    assert len(connection.swallowed) == 2
    await page.reload()
    await expect(chat.citations(page).first).to_be_visible()
    await page.wait_for_timeout(2500)  # in which a message that was lost would have come back
    await expect(page.locator("#chat-input")).to_have_value("")
    await expect(page.locator("#fn-notes").filter(has_text=GONE)).to_have_count(0)


async def test_without_a_network_the_page_says_so_in_words(context: BrowserContext, site: Site, shot: Shot) -> None:
    page = await context.new_page()
    await empty_chat(page, site)
    await chat.ask(page, TENANTS)
    await page.wait_for_url("**/thread/*")
    await expect(chat.entry(page, TENANTS)).to_be_visible()
    await context.set_offline(True)
    await page.locator("#chat-input").fill("when it is back")
    await page.locator("#chat-input").press("Enter")
    await expect(page.get_by_role("alert").filter(has_text="what you write is kept")).to_be_visible()
    await expect(page.locator("#chat-input")).to_have_value("when it is back")
    await chat.search(page, "bicycles")
    toast = page.locator("[data-sonner-toast]:visible")
    await expect(toast.filter(has_text="The server cannot be reached.").first).to_be_visible()
    await expect(toast.filter(has_text="fetch")).to_have_count(0)  # the words of programs
    await page.keyboard.press("Escape")
    dialog = await chat.choose(page, TENANTS, "Rename")
    await dialog.get_by_role("textbox").fill("Another name")
    await dialog.get_by_role("button", name="Confirm").click()
    await expect(toast).to_have_text(["The server cannot be reached."])  # nor is it said twice
    await page.screenshot(path=shot("offline"))
    await page.keyboard.press("Escape")
    await page.locator("#user-nav-button").click()
    await page.get_by_role("menuitem", name="Sign out", exact=True).click()
    await expect(page.locator("#fn-notes")).to_contain_text("You are still signed in")
    await context.set_offline(False)
    await expect(page.locator("#chat-submit")).to_be_enabled()
    await expect(page.locator("#chat-input")).to_have_value("when it is back")


async def test_a_link_with_too_long_a_question_cuts_nothing_off(context: BrowserContext, site: Site) -> None:
    """C113's sibling: 8,001 characters."""
    page, question = await context.new_page(), "why? " * 1600 + "!"
    await page.goto(f"{site.url}/?q={question.replace(' ', '+').replace('?', '%3F')}")
    await expect(page.locator("#chat-input")).to_have_value(question)
    await expect(page.locator("#fn-length")).to_contain_text("8,001 of 8,000 characters. Shorten the question")


async def test_long_names_stay_within_the_page(context: BrowserContext, site: Site, shot: Shot) -> None:
    page = await context.new_page()
    await empty_chat(page, site)
    await chat.ask(page, BICYCLES)
    await chat.send(page, ODD)
    await expect(chat.answers(page).locator('a[href$="#passage"]').first).to_contain_text("a_very_long_name")
    await expect(page.locator("#stop-button")).to_have_count(0)
    await expect(page.locator(".fn-sources .name").first).to_be_visible()
    for width in (1400, 390, 320):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await page.evaluate(OUT) == []
    await page.screenshot(path=shot("long-names"))
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await page.reload()
    await expect(page.locator("html.dark")).to_have_count(1)
    await expect(chat.answers(page).locator('a[href$="#passage"]').first).to_be_visible()
    await expect(page.get_by_role("button", name="Account")).to_be_visible()
    assert await violations(page) == []
