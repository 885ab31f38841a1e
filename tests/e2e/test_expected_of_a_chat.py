"""What people expect of a chat: links that bring a question, undo, pins, search that shows where, notes, keys, and the account menu."""

import asyncio
import struct
from collections.abc import Callable

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e import chat
from tests.e2e.conftest import PASSWORD, Site

pytestmark = pytest.mark.browser

PERSON = "olga"
RULES = b"Refunds are paid within five working days. The office in Lisbon opens at nine in the morning."
QUESTION = "Hello! Could you please tell me when the office in Lisbon opens? Thanks!"
TITLE = "When the office in Lisbon opens?"
Shot = Callable[[str], str]


@pytest.fixture(scope="module")
async def informed(site: Site) -> Site:
    """The server, with a person and a document to ask about."""
    await chat.add_user(site, PERSON)
    await asyncio.to_thread(chat.upload, site, "lisbon.txt", RULES, PERSON)
    return site


def field(page: Page) -> Locator:
    """Where one writes."""
    return page.locator("#chat-input")


async def account_menu(page: Page, name: str) -> None:
    """Choose from the account menu."""
    await page.locator("#user-nav-button").click()
    await page.get_by_role("menuitem", name=name, exact=True).click()


async def test_a_link_brings_a_question_over_the_sign_in_and_the_menu_has_what_is_looked_for(
    informed: Site, page: Page, shot: Shot
) -> None:
    """C128; the question waits in the field, unsent."""
    await page.goto(f"{informed.url}/?q=When+does+the+office+open%3F")
    await page.get_by_label("Name").fill(PERSON)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(field(page)).to_have_text("When does the office open?")
    await expect(chat.questions(page)).to_have_count(0)
    await expect(page.locator("#chat-submit")).to_be_enabled()
    manifest = await page.locator('link[rel="manifest"]').get_attribute("href")
    described = await (await page.request.get(f"{informed.url}{manifest}")).json()
    assert (described["display"], described["start_url"]) == ("standalone", "/")
    for icon in described["icons"]:
        drawn = await page.request.get(f"{informed.url}{icon['src']}")
        assert drawn.headers["content-type"] == icon["type"]
        if icon["type"] == "image/png":
            assert "{}x{}".format(*struct.unpack(">II", (await drawn.body())[16:24])) == icon["sizes"]

    await page.locator("#user-nav-button").click()
    await expect(page.get_by_role("menuitem")).to_have_text(
        ["Account", "Password", "Use", "Language and look", "Keys", "Sign out everywhere", "Sign out"]
    )
    await page.screenshot(path=shot("account-menu"))
    await page.get_by_role("menuitem", name="Keys").click()
    keys = page.get_by_role("dialog")
    await expect(keys.locator("kbd")).to_have_text(
        ["/", "Enter", "Shift", "Enter", "Tab", "Enter", "Esc", "Ctrl", "K", "Ctrl", "B"]
    )
    await page.screenshot(path=shot("keys"))
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(field(page)).to_be_focused()
    await expect(field(page)).to_have_text("When does the office open?")

    await account_menu(page, "Language and look")
    look = page.get_by_role("dialog")
    await look.get_by_label("Wide text").check()
    await expect(page.locator("html.fn-wide")).to_have_count(1)
    light = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    await look.get_by_label("Light or dark").select_option("dark")
    await expect(page.locator("html.dark")).to_have_count(1)
    await expect(page.locator("body")).not_to_have_css("background-color", light)
    await expect(field(page)).to_have_text("When does the office open?")
    await page.screenshot(path=shot("language-and-look"))
    await look.get_by_label("Language").select_option("de")
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(page.locator("html.dark.fn-wide")).to_have_count(1)


async def test_signing_out_everywhere_ends_other_devices_too(informed: Site, page: Page) -> None:
    with informed.client(PERSON) as other:
        await chat.sign_in(page, informed.url, PERSON)
        await account_menu(page, "Sign out everywhere")
        await page.get_by_role("dialog").get_by_role("button", name="Sign out everywhere").click()
        await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        assert other.get("/api/auth/me").status_code == 401


async def test_a_conversation_is_named_pinned_found_kept_and_had_back(informed: Site, page: Page, shot: Shot) -> None:
    await chat.sign_in(page, informed.url, PERSON)
    await chat.ask(page, QUESTION)
    await page.wait_for_url("**/thread/*")
    await expect(chat.entry(page, TITLE)).to_be_visible()
    await kept_as_a_note(page, informed)
    await pinned(page, shot)
    await filed(page, shot)
    await found(page, shot)
    await undone(page, shot)


async def kept_as_a_note(page: Page, site: Site) -> None:
    """The answer is a document, with its question and its sources."""
    await page.get_by_role("button", name="Keep as a note").click()
    await expect(page.locator("#fn-toast")).to_contain_text("in your library")
    with site.client(PERSON) as client:
        documents = client.get("/api/documents").json()["documents"]
        note = next(one for one in documents if one["title"].startswith("Note - "))
        text = client.get(f"/api/documents/{note['id']}/file").text
    assert "opens at nine in the morning" in text
    assert f"[1] lisbon.txt: {site.url}/cite/" in text


async def pinned(page: Page, shot: Shot) -> None:
    """It stands above the others, over a reload, until it is unpinned."""
    entry = page.locator("#fn-pinned").get_by_role("link", name=TITLE)
    await options(page, "Pin")
    await expect(entry).to_be_visible()
    await page.reload()
    await expect(entry).to_have_attribute("aria-current", "page")
    await page.screenshot(path=shot("pinned"))
    await page.locator("#new-chat-button").first.click()
    await expect(chat.questions(page)).to_have_count(0)
    await entry.click()
    await expect(chat.questions(page)).to_have_count(1)
    await options(page, "Unpin")
    await expect(page.locator("#fn-toast")).to_have_text("No longer pinned")
    await expect(entry).to_have_count(0)


async def filed(page: Page, shot: Shot) -> None:
    """In a folder of a name of one's own, until it is taken out."""
    await options(page, "Folder…")
    await page.get_by_label("Name of the folder").fill("Travel to Lisbon")
    await page.screenshot(path=shot("folder"))
    await page.keyboard.press("Enter")
    await expect(page.locator("#fn-toast")).to_contain_text("Travel to Lisbon")
    folder = page.locator("#fn-folders details")
    await expect(folder.get_by_role("link", name=TITLE)).to_have_attribute("aria-current", "page")
    await page.screenshot(path=shot("folders"))
    await folder.locator("summary").click()
    await expect(folder.get_by_role("link", name=TITLE)).to_be_hidden()
    await page.reload()
    await expect(folder.locator("summary")).to_have_text("Travel to Lisbon1")
    await expect(folder.get_by_role("link", name=TITLE)).to_be_hidden()
    await options(page, "Folder…")
    await page.get_by_role("button", name="Take out").click()
    await expect(folder).to_have_count(0)


async def options(page: Page, action: str) -> None:
    """Choose from the menu of the conversation."""
    await chat.entry(page, TITLE).hover()
    await chat.entry(page, TITLE).locator("#thread-options").click()
    await page.get_by_role("menuitem", name=action, exact=True).click()


async def found(page: Page, shot: Shot) -> None:
    """A search shows the words around what it found."""
    option = await chat.search(page, "morning")
    await expect(option).to_have_attribute("data-snippet", "…office in Lisbon opens at nine in the morning.")
    await page.screenshot(path=shot("search-snippet"))
    await page.keyboard.press("Escape")


async def undone(page: Page, shot: Shot) -> None:
    """A deleted conversation comes back; the second time it stays away."""
    address, toast = page.url, page.locator("#fn-toast")
    at_hand = page.locator("#fn-pinned").get_by_role("link", name=TITLE)
    await options(page, "Pin")
    await expect(at_hand).to_be_visible()
    dialog = await chat.choose(page, TITLE, "Delete")
    await dialog.get_by_role("button", name="Confirm").click()
    await expect(chat.entry(page, TITLE)).to_have_count(0)
    await expect(at_hand).to_be_hidden()
    await page.screenshot(path=shot("undo"))
    await toast.get_by_role("button", name="Undo").click()
    await expect(chat.questions(page)).to_have_count(1)
    assert page.url == address
    await expect(at_hand).to_be_visible()
    await expect(chat.entry(page, TITLE)).to_be_visible()
    dialog = await chat.choose(page, TITLE, "Delete")
    await dialog.get_by_role("button", name="Confirm").click()
    async with page.expect_response("**/project/thread") as told:
        await toast.get_by_role("button", name="Close").click()
    assert (await told.value).ok
    await page.goto(address)
    await expect(chat.questions(page)).to_have_count(0)
