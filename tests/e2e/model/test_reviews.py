"""Telling an admin of what the documents do not say, what the admin sees of it, and how an answer was found."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from tests.documents import HANDBOOK
from tests.e2e import chat
from tests.e2e.conftest import Site
from tests.stub_llm import RunningStub

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]

ODD = "Which enzymes break down lactose in the small intestine?"
LEAVE = "How many days of paid annual leave does every employee receive?"
PARENTAL = "How long is parental leave?"  # not asked before: an answer that is known comes from the cache
SECRET = "How do I hide from my admin?"
NOTE = "It was in the old handbook.\n<img src=x onerror=alert(1)>"


@asynccontextmanager
async def _signed_in(browser: Browser, site: Site, name: str) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1400, "height": 900}, color_scheme="dark")
    page = await context.new_page()
    await chat.sign_in(page, site.url, name)
    yield page
    await context.close()


@pytest.fixture(scope="module")
async def rita(llm_site: Site) -> str:
    """A person who is no admin, with the handbook."""
    await chat.add_user(llm_site, "rita")
    await asyncio.to_thread(chat.upload, llm_site, "handbook.pdf", HANDBOOK, "rita")
    return "rita"


async def test_what_the_documents_do_not_say_is_told_seen_and_settled(
    browser: Browser, llm_site: Site, page: Page, person: str, rita: str, shot: Shot
) -> None:
    async with _signed_in(browser, llm_site, rita) as hers:
        await expect(hers.locator("#fn-library")).to_be_visible()
        await chat.send(hers, SECRET)
        await expect(hers.get_by_role("button", name="Tell an admin")).to_have_count(1)
        await chat.send(hers, ODD)
        button = hers.get_by_role("button", name="Tell an admin").last
        await expect(hers.get_by_role("button", name="Tell an admin")).to_have_count(2)
        await expect(hers.get_by_role("link", name="handbook.pdf").last).to_be_visible()  # the nearest
        await expect(hers.locator("#fn-reviews")).to_have_count(0)
        await button.click()
        dialog = hers.get_by_role("dialog", name="Tell an admin")
        await expect(dialog).to_contain_text("nothing else of the conversation")  # said before it is sent
        await hers.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(hers.get_by_role("button", name="Tell an admin")).to_have_count(2)  # nothing was sent
        await button.click()
        await dialog.get_by_label("Note (optional)").fill(NOTE)
        await hers.screenshot(path=shot("tell"))
        await dialog.get_by_role("button", name="Send").click()
        for _ in range(2):
            told = hers.get_by_role("button", name="Sent to the admins")
            await expect(told).to_have_count(1)
            await expect(hers.get_by_role("button", name="Tell an admin")).to_have_count(1)
            await hers.screenshot(path=shot("told"))
            await hers.reload()
        await told.dispatch_event("click")  # aria-disabled: nothing happens
        await expect(dialog).to_have_count(0)

        await page.reload()
        reviews = page.locator("#fn-reviews")
        await expect(reviews).to_have_accessible_name("Reviews, 1 open")
        await reviews.click()
        await page.get_by_label("Kind").select_option("told")
        await page.get_by_role("button", name="Filter").click()
        await expect(page.locator("tbody tr")).to_have_count(1)
        await page.screenshot(path=shot("reviews"))
        await page.get_by_role("link", name=ODD).click()
        item = page.locator(".asked")
        for text in (ODD, "rita", "It was in the old handbook.", "<img src=x", "handbook.pdf"):
            await expect(item).to_contain_text(text)
        await expect(page.locator("body")).not_to_contain_text(SECRET)
        await page.get_by_role("button", name="Fixed").click()
        await expect(page.locator(".decide")).to_contain_text(f"Fixed · {person}")
        await page.goto(f"{llm_site.url}/admin/reviews?kind=told")
        await expect(page.get_by_role("heading", name="Nothing fits these filters")).to_be_visible()

        await hers.reload()
        await expect(hers.get_by_role("button", name="Fixed by an admin")).to_have_count(1)
        response = await hers.goto(f"{llm_site.url}/reviews")
        assert response is not None
        assert response.status == 403
        await expect(hers.locator("body")).to_contain_text("admins only")


async def test_how_an_answer_was_found_is_a_picture_beside_it(page: Page, shot: Shot) -> None:
    await chat.ask(page, LEAVE)
    await page.get_by_role("link", name="How this was found").click()
    await expect(page.locator("#fn-panel-title")).to_have_text("How this was found")
    shown = chat.panel(page)
    await expect(shown.get_by_role("heading", name=LEAVE)).to_be_visible()
    await expect(shown.locator("body")).to_contain_text("Written by cite, from")
    await expect(shown.locator("body")).to_contain_text(re.compile(r"[\d,]+ tokens read, \d+ written"))
    for stage in ("Searching", "Writing", "Checking every sentence"):
        await expect(shown.locator("li", has_text=stage).locator(".took")).to_have_text(re.compile(r"\d m?s$"))
    bars = await shown.locator(".track .bar").evaluate_all(
        "bars => bars.map((bar) => [bar.getBoundingClientRect(), bar.parentElement.getBoundingClientRect()])"
        ".map(([bar, track]) => [bar.left - track.left, bar.width, track.right - bar.right])"
    )
    assert len(bars) >= 5
    assert all(left >= -1 and width >= 2 and right >= -1 for left, width, right in bars)
    lefts = [left for left, _, _ in bars]
    assert lefts == sorted(lefts)  # in the order in which they began
    await expect(shown.get_by_role("button", name="Tell an admin")).to_have_count(0)  # this answer stands
    await page.screenshot(path=shot("how"))
    await page.keyboard.press("Escape")
    await expect(page.locator("#fn-panel")).to_be_hidden()


async def test_an_answer_that_is_not_supported_can_be_told_from_there(
    page: Page, llm_site: Site, stub: RunningStub, shot: Shot
) -> None:
    stub.behave("invent")
    await chat.ask(page, PARENTAL)
    await expect(page.locator("[data-fn-remark]:not(:empty)").first).to_have_css("border-top-style", "dashed")
    await page.screenshot(path=shot("unsupported"))
    await page.get_by_role("link", name="How this was found").click()
    shown = chat.panel(page)
    await expect(shown.locator("body")).to_contain_text("not supported by the sources")
    await shown.get_by_role("button", name="Tell an admin").click()
    await shown.get_by_role("button", name="Send").click()
    await expect(shown.locator("body")).to_contain_text("Sent to the admins")
    await page.screenshot(path=shot("told-unsupported"))
    await page.goto(f"{llm_site.url}/admin/reviews?kind=told")
    await page.get_by_role("link", name=PARENTAL).first.click()
    await expect(page.locator(".asked .answer")).to_contain_text("(not supported by the sources)")
    await page.screenshot(path=shot("reviews-unsupported"))


async def test_offline_the_dialog_says_so_and_keeps_the_note(page: Page) -> None:
    await chat.send(page, ODD)
    await page.get_by_role("button", name="Tell an admin").click()
    dialog = page.get_by_role("dialog", name="Tell an admin")
    await dialog.get_by_label("Note (optional)").fill("Kept.")
    await page.context.set_offline(True)
    await dialog.get_by_role("button", name="Send").click()
    await expect(dialog.get_by_role("alert")).to_have_text("The server cannot be reached. Try again in a moment.")
    await expect(dialog.get_by_label("Note (optional)")).to_have_value("Kept.")
    await page.context.set_offline(False)
    await dialog.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("button", name="Sent to the admins")).to_be_visible()
