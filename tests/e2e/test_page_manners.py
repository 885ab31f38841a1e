"""How the chat treats whoever sits at it: they come back to where they were, nothing typed is lost, refusals are in their words."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.e2e import chat
from tests.e2e.conftest import PASSWORD, Site

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]

UNLIMITED = """const parse = JSON.parse;
JSON.parse = (...all) => { const read = parse(...all); if (read?.question === 8000) read.question = 1e6; return read; };"""
WHO = "manners"
RULES = (
    "Refunds are paid within five working days. The office in Lisbon opens at nine in the morning. "
    "The museum in Cairo closes at five in the afternoon."
)
ARABIC = "يفتح المتحف في القاهرة أبوابه في الساعة التاسعة صباحا كل يوم ما عدا يوم الجمعة."
LISBON = "When does the office in Lisbon open?"
CAIRO = "When does the museum in Cairo close?"
LONGEST = 8000
LOADED_MS = 90_000  # a busy machine is slow, not wrong
NOBODYS = "00000000-0000-4000-8000-000000000000"
TITLE = re.compile(r"^When does the office in Lisbon open\? – Footnote$")


@dataclass(frozen=True)
class Places:
    """Two conversations of one person, and their sign-in."""

    cookies: Path
    lisbon: str
    cairo: str


@pytest.fixture(scope="module")
async def places(site: Site, browser: Browser) -> Places:
    """A person with two documents who has asked twice."""
    await chat.add_user(site, WHO)
    chat.upload(site, "rules.txt", RULES.encode(), WHO)
    chat.upload(site, "museum.txt", ARABIC.encode(), WHO)
    context = await browser.new_context()
    context.set_default_navigation_timeout(LOADED_MS)
    page = await context.new_page()
    await chat.sign_in(page, site.url, WHO)
    found = []
    for question in (LISBON, CAIRO):
        await chat.ask(page, question)
        await page.wait_for_url("**/thread/*")
        found.append(page.url)
        await page.locator("#new-chat-button").first.click()
    path = site.var_dir / "manners.json"
    await context.storage_state(path=path)
    await context.close()
    return Places(path, *found)


@pytest.fixture
async def context(browser: Browser, places: Places) -> AsyncIterator[BrowserContext]:
    """The same person, in a browser of its own."""
    opened = await browser.new_context(viewport={"width": 1400, "height": 900}, storage_state=places.cookies)
    opened.set_default_navigation_timeout(LOADED_MS)
    yield opened
    await opened.close()


async def fill(page: Page, password: str = PASSWORD) -> None:
    """Sign in on the sign-in page that is shown."""
    await page.get_by_role("textbox", name="Name").fill(WHO)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def opened(page: Page, address: str) -> None:
    """Open a conversation, and wait for its answer."""
    await page.goto(address)
    await expect(chat.citations(page).first).to_be_visible()


async def test_a_link_survives_signing_in(browser: Browser, places: Places, site: Site, shot: Shot) -> None:
    """C088"""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(places.lisbon)
    await expect(page.locator(".fn-why")).to_have_text("Sign in, and the page that you wanted opens.")
    await page.screenshot(path=shot("manners-sign-in"))
    await fill(page)
    await expect(chat.questions(page)).to_have_text([LISBON])
    assert page.url == places.lisbon
    await expect(page).to_have_title(TITLE)
    await page.locator("#user-nav-button").click()
    slowly = await context.new_cdp_session(
        page
    )  # the server's word that the sign-in is over comes before the page has dealt with it
    await slowly.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    await page.get_by_role("menuitem", name="Sign out", exact=True).click()
    await expect(page.get_by_role("textbox", name="Name")).to_be_visible()
    await slowly.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    await expect(page.locator(".fn-why")).to_have_count(0)  # one who signs out is not asked back
    await page.goto(f"{site.url}/account/use?of=me#storage")
    await page.get_by_role("link", name="Sign in").click()
    await fill(page)
    await page.wait_for_url(f"{site.url}/account/use?of=me#storage")
    await context.close()


async def test_an_ended_sign_in_is_told_and_nothing_is_lost(browser: Browser, places: Places, site: Site) -> None:
    """C089: the sign-in ends elsewhere, while something is being written."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(places.lisbon)
    await fill(page)
    await expect(chat.citations(page).first).to_be_visible()
    await page.locator("#chat-input").fill("half a thought")
    other = await browser.new_context(storage_state=await context.storage_state())
    await other.request.post(f"{site.url}/api/auth/logout", headers={"origin": site.url})
    await other.close()
    await expect(page.locator(".fn-why")).to_contain_text("Your sign-in has ended")
    await fill(page)
    await expect(chat.questions(page)).to_have_text([LISBON])
    await expect(page.locator("#chat-input")).to_have_value("half a thought")
    await context.close()


async def test_back_and_forward_and_drafts(page: Page, places: Places, site: Site) -> None:
    """C090, C091"""
    await opened(page, places.lisbon)
    field = page.locator("#chat-input")
    await field.fill("kept in Lisbon")
    await page.locator("#new-chat-button").first.click()
    await expect(field).to_have_value("")
    await page.go_back()
    await expect(chat.questions(page)).to_have_text([LISBON])
    await expect(field).to_have_value("kept in Lisbon")
    await page.go_forward()
    await expect(page.locator("#welcome-screen")).to_be_visible()
    assert page.url == f"{site.url}/"
    await field.fill("kept for a new one")
    await chat.entry(page, CAIRO[:20]).first.click()
    await expect(chat.questions(page)).to_have_text([CAIRO])
    await expect(field).to_have_value("")
    await page.reload()
    await expect(chat.questions(page)).to_have_text([CAIRO])
    await page.goto(f"{site.url}/")
    await expect(field).to_have_value("kept for a new one")
    await field.fill("")
    await chat.ask(page, "When are refunds paid?")
    await page.wait_for_url("**/thread/*")
    asked = page.url
    await page.go_back()
    await expect(chat.questions(page)).to_have_text([CAIRO])
    await page.go_forward()
    await expect(chat.questions(page)).to_have_text(["When are refunds paid?"])
    assert page.url == asked


async def test_a_message_that_is_too_long_stays_in_the_field(page: Page, places: Places, shot: Shot) -> None:
    """C112, C113; and one that the server refuses comes back."""
    await opened(page, places.lisbon)
    field, said = page.locator("#chat-input"), page.locator("#fn-length")
    await field.fill("x" * (LONGEST - 100))
    await expect(said).to_have_text("7,900 of 8,000 characters")
    await field.fill("y" * 21_600)
    await expect(said).to_contain_text("21,600 of 8,000 characters. Shorten the question")
    await page.screenshot(path=shot("manners-too-long"))
    await page.locator("#chat-submit").click()
    await field.press("Enter")
    await expect(chat.questions(page)).to_have_count(1)
    await expect(field).to_have_value("y" * 21_600)


async def test_a_refused_message_comes_back_into_the_field(page: Page, site: Site) -> None:
    """The page does not know the limit: the server refuses."""
    await page.add_init_script(UNLIMITED)
    await page.goto(f"{site.url}/")
    field, text = page.locator("#chat-input"), "z" * (LONGEST + 1)
    await expect(page.locator("#upload-button")).to_be_enabled()
    await field.fill(text)
    await page.locator("#chat-submit").click()
    await expect(page.locator("[data-sonner-toast]")).to_contain_text("A message holds at most 8000 characters.")
    await expect(field).to_have_value(text)
    await expect(chat.questions(page)).to_have_count(0)


async def test_on_a_phone_the_drawer_and_the_sheet_get_out_of_the_way(
    browser: Browser, places: Places, shot: Shot
) -> None:
    """C092"""
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, storage_state=places.cookies
    )
    context.set_default_navigation_timeout(LOADED_MS)
    page = await context.new_page()
    await opened(page, places.lisbon)
    await page.locator("#sidebar-trigger-button").tap()
    drawer = page.locator('[data-mobile="true"]')
    await expect(drawer.locator("#thread-options").first).to_have_css("opacity", "1")
    await expect(page.locator("[data-radix-popper-content-wrapper]")).to_be_hidden()  # a tip over the list
    await page.screenshot(path=shot("manners-drawer"))
    await drawer.locator('li[id^="thread-"]').filter(has_text=CAIRO[:20]).locator("a").tap()
    await expect(chat.questions(page)).to_have_text([CAIRO])
    await expect(drawer).to_have_count(0)
    await expect(page).to_have_title(f"{CAIRO} – Footnote")
    await page.locator("#sidebar-trigger-button").tap()
    await expect(drawer).to_be_visible()
    await page.wait_for_function("history.state.footnoteDrawer")
    await page.go_back()
    await expect(drawer).to_have_count(0)
    await expect(chat.questions(page)).to_have_text([CAIRO])
    await page.go_back()  # the drawer in which it was chosen is no step of the way
    await expect(chat.questions(page)).to_have_text([LISBON])
    await page.go_forward()
    await expect(chat.questions(page)).to_have_text([CAIRO])
    await chat.citations(page).first.tap()
    await expect(page.locator("#fn-panel")).to_be_visible()
    await page.go_back()
    await expect(page.locator("#fn-panel")).to_be_hidden()
    await expect(chat.questions(page)).to_have_text([CAIRO])
    await context.close()


async def test_renaming_by_enter_and_to_blanks(page: Page, places: Places) -> None:
    """C096, C097"""
    await opened(page, places.lisbon)
    dialog = await chat.choose(page, LISBON[:20], "Rename")
    name = dialog.get_by_role("textbox")
    await name.fill("   ")
    await name.press("Enter")
    assert await name.evaluate("field => field.validationMessage") == "A conversation needs a name."
    await dialog.get_by_role("button", name="Confirm").click()
    await expect(dialog).to_be_visible()
    await expect(page.locator("[data-sonner-toast]")).to_have_count(0)
    await name.fill("Opening hours")
    await name.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(page).to_have_title("Opening hours – Footnote")
    dialog = await chat.choose(page, "Opening hours", "Rename")
    await dialog.get_by_role("textbox").fill(LISBON)
    await dialog.get_by_role("button", name="Confirm").click()
    await expect(page).to_have_title(TITLE)


async def test_files_that_are_not_taken_are_named(page: Page, site: Site, shot: Shot) -> None:
    """C110, C111"""
    await page.goto(f"{site.url}/")
    await expect(page.locator("#upload-button")).to_be_enabled()
    said = page.locator("#fn-notes")
    await chat.let_go(page, "prog.exe", b"MZ", "application/x-msdownload")
    await expect(said).to_contain_text("this kind of file cannot be read: “prog.exe”. Save the text as PDF")
    await page.screenshot(path=shot("manners-kind"))
    many = [{"name": f"note {n:02}.txt", "mimeType": "text/plain", "buffer": b"Some text."} for n in range(25)]
    await page.locator("input[type=file]").first.set_input_files(many)  # type: ignore[arg-type]
    await expect(page.locator("#attachments > *")).to_have_count(20)
    await expect(said).to_contain_text("“note 20.txt”, “note 21.txt”, “note 22.txt”, “note 23.txt”, “note 24.txt”")
    await expect(said).to_contain_text("in the library")
    await expect(page.locator("[data-sonner-toast]")).to_have_count(0)
    await page.screenshot(path=shot("manners-files"))


async def test_a_few_keys_lead_to_the_footnotes_and_those_have_names(page: Page, places: Places) -> None:
    """C119"""
    await opened(page, places.lisbon)
    await page.locator("#chat-input").focus()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="To the first footnote")).to_be_focused()
    await page.keyboard.press("Enter")
    first = chat.citations(page).first
    await expect(first).to_be_focused()
    assert await first.get_attribute("aria-label") == "Footnote 1"
    stops = page.locator('li[id^="thread-"] [tabindex="0"]')
    await expect(stops).to_have_count(1)  # the menu of the open conversation, beside one link for each


async def test_arabic_is_read_from_the_right(page: Page, site: Site, places: Places, shot: Shot) -> None:
    """C121"""
    await page.goto(f"{site.url}/")
    await expect(page.locator("#upload-button")).to_be_enabled()
    await page.locator("#chat-input").fill("متى يفتح المتحف في القاهرة؟")
    assert await page.locator("#chat-input").evaluate("field => getComputedStyle(field).direction") == "rtl"
    await page.locator("#chat-submit").click()
    answer = chat.answers(page).locator('[role="article"]').first
    await expect(answer).to_contain_text("المتحف")
    await expect(page.locator("#stop-button")).to_have_count(0)
    assert await answer.evaluate("part => getComputedStyle(part).direction") == "rtl"
    assert await chat.questions(page).first.evaluate("part => getComputedStyle(part).direction") == "rtl"
    await chat.citations(page).first.click()
    passage = chat.panel(page).locator("mark").first
    await expect(passage).to_be_visible()
    await page.screenshot(path=shot("manners-arabic"))
    mixed = """<ul><li>\u0645\u062a\u062d\u0641</li><li>Open at 9.</li></ul><table><tbody><tr><td>\u0645\u0643\u0627\u0646</td>
        <td>9</td></tr></tbody></table>"""
    await answer.evaluate(
        "(part, html) => { part.closest('.message-content').insertAdjacentHTML('beforeend', html); }", mixed
    )
    for part in ("ul", "table"):
        await expect(page.locator(f".message-content > {part}")).to_have_css("direction", "rtl")
    assert await passage.evaluate("part => getComputedStyle(part).direction") == "rtl"


async def test_words_for_the_person(page: Page, site: Site, browser: Browser, shot: Shot) -> None:
    """C125–C127, and a conversation that is not there."""
    await page.goto(f"{site.url}/thread/{NOBODYS}")
    await expect(page.locator("#fn-notes")).to_contain_text("There is no such conversation here")
    assert page.url == f"{site.url}/"
    await expect(page.locator("[data-sonner-toast]")).to_have_count(0)
    await expect(page.locator("#welcome-screen")).to_be_visible()
    said = await page.locator("#welcome-screen").evaluate("part => getComputedStyle(part, '::after').content")
    assert "word for word" in said
    assert "language model" not in said
    await page.locator("#readme-button").click()
    help_page = page.get_by_role("dialog")
    await expect(help_page).to_contain_text("at most 8,000 characters, a message at most 20 files, and a file at most")
    await expect(help_page).to_contain_text(".pptx")
    await expect(help_page.locator("td code", has_text="Ctrl+K")).to_be_visible()
    assert await help_page.locator("br").count() == 0
    await page.screenshot(path=shot("manners-help"))

    await chat.add_user(site, "newcomer")
    context = await browser.new_context(color_scheme="dark")
    first_day = await context.new_page()
    await chat.sign_in(first_day, site.url, "newcomer")
    empty = first_day.locator('[data-sidebar="sidebar"] .alert')
    await expect(empty).to_have_text("No conversations yet")
    await expect(empty).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    await first_day.screenshot(path=shot("manners-first-day"))
    await context.close()
