"""Sources by name: at the numbers, below the answer, in copies and on paper; and what comes nearest opens beside the conversation."""

import asyncio
import re
from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from tests.documents import HANDBOOK, word
from tests.e2e import chat
from tests.e2e.conftest import Site
from tests.office import workbook

pytestmark = pytest.mark.browser

PERSON = "nora"
QUESTION = "How many days of paid annual leave are there, and how long is parental leave?"
ODD = "Which enzymes break down lactose in the small intestine?"
Shot = Callable[[str], str]


@pytest.fixture(scope="module")
async def informed(site: Site) -> Site:
    """The server, with a person who has documents of four formats."""
    await chat.add_user(site, PERSON)
    files = {
        "handbook.pdf": HANDBOOK,
        "canteen.md": b"# Canteen\n\nThe canteen serves soup on Mondays.",
        "parking.docx": word(["Bicycles stand in the second cellar."]),
        "phones.xlsx": workbook(Phones=[["Name", "Number"], ["Porter", 4711]]),
    }
    for name, content in files.items():
        await asyncio.to_thread(chat.upload, site, name, content, PERSON)
    return site


async def test_a_number_says_its_source_and_the_answer_lists_them(informed: Site, page: Page, shot: Shot) -> None:
    """C079, C078; on paper, too."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.sign_in(page, informed.url, PERSON)
    await chat.ask(page, QUESTION)
    number, hint = chat.citations(page).first, page.locator("#fn-source")
    entries = page.locator(".fn-sources a")
    await expect(entries.first).to_contain_text("handbook.pdf")
    shown = [text.strip("[]") for text in await chat.citations(page).all_inner_texts()]
    assert [*dict.fromkeys(shown)] == [
        str(place) for place in range(1, len(set(shown)) + 1)
    ]  # in the order of the text
    await expect(entries).to_have_count(len(set(shown)))
    place = re.compile(r"page \d")
    await expect(entries.first.locator(".where")).to_have_text(place)

    await number.hover()
    await expect(hint.locator("b")).to_have_text("handbook.pdf")
    await expect(hint.locator("i")).to_have_text(place)
    await expect(hint.locator("span")).to_contain_text("leave")
    await page.screenshot(path=shot("source-hover"))
    await page.mouse.move(5, 5)
    await expect(hint).to_be_hidden()
    await number.focus()
    await expect(hint).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(hint).to_be_hidden()
    await expect(number).to_have_attribute("aria-description", re.compile(r"handbook\.pdf, page \d\. .*leave"))

    await entries.first.click()
    await expect(page.locator("#fn-panel h2")).to_contain_text("handbook.pdf")
    await expect(chat.panel(page).locator(".mark").first).to_be_visible()
    await page.screenshot(path=shot("source-list"))
    await page.keyboard.press("Escape")
    await expect(entries.first).to_be_focused()

    await copies(page, informed.url, len(set(shown)))
    await on_paper(page, shot)
    await page.emulate_media(color_scheme="dark", media="screen")
    await page.set_viewport_size({"width": 390, "height": 800})
    await number.hover()
    await page.screenshot(path=shot("source-narrow-dark"))


async def copies(page: Page, url: str, sources: int) -> None:
    """What the button copies can be pasted anywhere: text and numbers, and addresses that work."""
    await page.get_by_role("button", name="Copy to clipboard").last.click()
    async with asyncio.timeout(20):
        while "Sources:" not in (text := await page.evaluate("navigator.clipboard.readText()")):
            await asyncio.sleep(0.1)
    assert "](" not in text
    assert "\\" not in text
    assert "[1]" in text.partition("Sources:")[0]
    lines = text.partition("Sources:\n")[2].splitlines()
    assert len(lines) == sources
    assert (found := re.fullmatch(rf"\[1\] handbook\.pdf, page \d: ({re.escape(url)}/cite/\S+)", lines[0]))
    assert (await page.request.get(found[1])).ok
    html = await page.evaluate(
        "navigator.clipboard.read().then(([item]) => item.getType('text/html')).then((blob) => blob.text())"
    )
    assert 'href="/' not in html
    assert f'href="{found[1]}"' in html


async def on_paper(page: Page, shot: Shot) -> None:
    """The conversation and its sources, nothing around them."""
    await page.emulate_media(media="print")
    for gone in ("#header", "#chat-input", "[data-sidebar=sidebar]", ".fn-small"):
        await expect(page.locator(gone).first).to_be_hidden()
    await expect(chat.questions(page).first).to_be_visible()
    await expect(page.locator(".fn-sources a").first).to_be_visible()
    await page.screenshot(path=shot("print"), full_page=True)
    await page.emulate_media(media="screen")


async def test_what_comes_nearest_opens_beside_the_conversation(informed: Site, page: Page) -> None:
    """C087: it was downloaded."""
    await chat.sign_in(page, informed.url, PERSON)
    await chat.send(page, ODD)
    nearest = chat.answers(page).locator('a[href$="#passage"]')
    await expect(nearest).to_have_count(3)
    downloads: list[object] = []
    page.on("download", lambda download: downloads.append(download))
    for place in range(3):
        title = await nearest.nth(place).inner_text()
        await nearest.nth(place).click()
        await expect(page.locator("#fn-panel h2")).to_contain_text(title)
        await expect(chat.panel(page).locator("#viewer .title")).to_contain_text(title)
    assert downloads == []
    await expect(page.locator(".fn-sources")).to_have_count(0)
