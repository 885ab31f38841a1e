"""Conversations over time: found again, renamed, resumed, edited, stopped, shared by two tabs and by nobody else."""

import asyncio
from collections.abc import Callable

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.documents import pdf
from tests.e2e import chat
from tests.e2e.conftest import Site
from tests.stub_llm import RunningStub

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]

HANDBOOK = pdf(
    [
        "Every employee receives twenty-eight days of paid annual leave per year, and unused days may be carried over until "
        "the end of March.",
        "Parental leave lasts sixteen weeks at full pay for every parent, and it may be split into three parts.",
        "Train journeys are booked in second class, and flights need the approval of the head of department.",
    ]
)
LEAVE = "How many days of paid annual leave does every employee receive?"
PARENTS = "How many weeks does parental leave last?"
TRAINS = "In which class are train journeys booked?"


async def test_a_conversation_is_listed_renamed_found_and_deleted(page: Page, shot: Shot) -> None:
    await chat.ask(page, LEAVE)
    dialog = await chat.choose(page, LEAVE[:20], "Rename")
    await dialog.get_by_role("textbox").fill("Holidays 2031")
    await dialog.get_by_role("button", name="Confirm").click()
    await expect(chat.entry(page, "Holidays 2031")).to_be_visible()

    await page.reload()
    await expect(chat.entry(page, "Holidays 2031")).to_be_visible()
    for words in ("holidays", "carried over"):  # the title, and the text of the answer
        await expect(await chat.search(page, words)).to_have_text(["Holidays 2031"])
    await page.screenshot(path=shot("found"))
    await expect(await chat.search(page, "zeppelin")).to_have_count(0)
    await page.keyboard.press("Escape")

    address = page.url
    dialog = await chat.choose(page, "Holidays 2031", "Delete")
    await page.screenshot(path=shot("delete"))
    await dialog.get_by_role("button", name="Confirm").click()
    await expect(chat.entry(page, "Holidays 2031")).to_have_count(0)
    async with page.expect_response("**/project/thread"):  # it can be had back until then
        await page.locator("#fn-toast").get_by_role("button", name="Close").click()
    await page.goto(address)
    await expect(page.locator("#chat-input")).to_be_visible()
    await expect(chat.answers(page)).to_have_count(0)
    await expect(chat.entry(page, "Holidays 2031")).to_have_count(0)


async def test_a_model_names_a_conversation_unless_a_person_did(page: Page, stub: RunningStub) -> None:
    stub.state.name, stub.state.names_asked = '"Paid annual leave"', 0
    try:
        await chat.ask(page, LEAVE)
        await expect(chat.entry(page, "Paid annual leave")).to_be_visible()
        await expect(page).to_have_title("Paid annual leave – Footnote")
        dialog = await chat.choose(page, "Paid annual leave", "Rename")
        await dialog.get_by_role("textbox").fill("Of my own")
        await dialog.get_by_role("button", name="Confirm").click()
        await chat.ask(page, PARENTS)
        await page.reload()
        await expect(chat.entry(page, "Of my own")).to_be_visible()
        assert stub.state.names_asked == 1
    finally:
        stub.state.name = ""


async def test_a_restart_keeps_the_conversation_its_memory_and_the_feedback(
    page: Page, llm_site: Site, stub: RunningStub, shot: Shot
) -> None:
    await chat.ask(page, LEAVE)
    await page.locator(".negative-feedback-off").last.click()
    dialog = page.get_by_role("dialog")
    await dialog.locator("textarea").fill("I asked for hours")
    await dialog.locator("#submit-feedback").click()
    await expect(page.locator(".negative-feedback-on")).to_be_visible()

    await asyncio.to_thread(llm_site.stop)
    await asyncio.to_thread(llm_site.start)
    await asyncio.to_thread(llm_site.wait_ready)
    await page.reload()
    await expect(chat.questions(page)).to_have_text([LEAVE])
    await page.locator(".negative-feedback-on ~ button").click()
    await expect(page.get_by_role("dialog").locator("textarea")).to_have_value("I asked for hours")
    await page.keyboard.press("Escape")

    await chat.ask(page, "And how long is it for parents?")
    await page.screenshot(path=shot("resumed"))
    told = [message["content"] for message in stub.state.requests[-1]["messages"]]
    assert LEAVE in told
    await chat.citations(page).last.click()
    await expect(chat.panel(page).locator(".mark").first).to_be_visible()


async def test_an_edited_question_is_answered_anew_and_what_came_after_is_gone(page: Page, shot: Shot) -> None:
    await chat.ask(page, LEAVE)
    await chat.ask(page, TRAINS)
    await chat.edit(page, LEAVE, PARENTS)
    await expect(chat.answers(page).last).to_contain_text("sixteen weeks")
    await expect(page.locator("#stop-button")).to_have_count(0)
    await page.screenshot(path=shot("edited"))
    for _ in range(2):
        await expect(chat.questions(page)).to_have_text([PARENTS])
        await expect(chat.answers(page)).to_have_count(1)
        await expect(chat.answers(page)).to_contain_text("sixteen weeks")
        await page.reload()


async def test_stop_keeps_what_was_written(page: Page, stub: RunningStub, shot: Shot) -> None:
    stub.behave("stall-midway")
    await chat.send(page, LEAVE)
    await expect(chat.answers(page)).to_contain_text("Every employee receives")
    await chat.stop(page)
    await page.screenshot(path=shot("stopped"))
    stub.behave(None)
    for _ in range(2):
        await expect(chat.answers(page)).to_contain_text("Every employee receives")
        await expect(chat.answers(page)).to_contain_text("Stopped.")
        await page.reload()
    await chat.ask(page, PARENTS)  # the conversation goes on
    await expect(chat.answers(page).last).to_contain_text("sixteen weeks")


async def test_stop_after_an_edit_stops_too(page: Page, stub: RunningStub) -> None:
    await chat.ask(page, LEAVE)
    stub.behave("stall-midway")
    await chat.edit(page, LEAVE, PARENTS)
    await expect(chat.questions(page)).to_have_text([PARENTS])
    await expect(chat.answers(page)).not_to_contain_text("Every employee receives")  # the former answer is gone
    await expect(chat.answers(page)).to_contain_text("Parental leave")
    await chat.stop(page)
    for _ in range(2):
        await expect(chat.answers(page)).to_have_count(1)
        await expect(chat.answers(page)).to_contain_text("Stopped.")
        await expect(chat.questions(page)).to_have_text([PARENTS])
        await page.reload()


async def test_two_tabs_of_one_conversation_lose_nothing(
    page: Page, context: BrowserContext, stub: RunningStub, shot: Shot
) -> None:
    await chat.ask(page, LEAVE)
    other = await context.new_page()
    await other.goto(page.url)
    await expect(chat.citations(other).first).to_be_visible()
    stub.behave("slow")
    await chat.send(page, PARENTS)
    await chat.send(other, TRAINS)
    await expect(chat.answers(other).last).to_contain_text("Train journeys")
    for tab in (page, other):
        await expect(tab.locator("#stop-button")).to_have_count(0)
    await page.screenshot(path=shot("tab-1"))
    await other.screenshot(path=shot("tab-2"))
    for tab in (page, other):
        await tab.reload()
        await expect(chat.questions(tab)).to_have_text([LEAVE, PARENTS, TRAINS])
        await expect(chat.answers(tab)).to_contain_text(["Every employee", "Parental leave", "Train journeys"])
    await page.screenshot(path=shot("tab-1-reloaded"))


async def test_another_person_sees_nothing_of_it(
    page: Page, browser: Browser, llm_site: Site, person: str, shot: Shot
) -> None:
    await chat.ask(page, LEAVE)
    secret = "twenty-eight days"
    cite = await chat.citations(page).first.get_attribute("href")
    with llm_site.client(person) as mine:
        document = mine.get("/api/documents").json()["documents"][0]["id"]
        job = mine.post("/api/documents", files={"file": ("handbook.pdf", HANDBOOK)}).json()["job"]["job_id"]

    await chat.add_user(llm_site, "mallory")
    context = await browser.new_context(viewport={"width": 1400, "height": 900})
    theirs = await context.new_page()
    await chat.sign_in(theirs, llm_site.url, "mallory")
    await expect(theirs.get_by_text("No conversations yet")).to_be_visible()
    await theirs.goto(page.url)
    await expect(theirs.locator("#chat-input")).to_be_visible()
    await theirs.wait_for_timeout(1000)
    await theirs.screenshot(path=shot("not-theirs"))
    assert secret not in await theirs.content()
    assert LEAVE not in await theirs.content()
    own = f"/api/documents/{document}"
    for path in (
        cite,
        f"/api{str(cite).replace('cite', 'citations')}",
        f"/jobs/{job}",
        f"/api/jobs/{job}",
        own,
        f"{own}/file",
    ):
        refused = await context.request.get(f"{llm_site.url}{path}")
        assert refused.status == 404, path
        assert secret not in await refused.text()
        assert "handbook" not in await refused.text()
    await chat.send(theirs, LEAVE)
    await expect(chat.answers(theirs)).to_contain_text("There is no text to search in yet")
    await context.close()
