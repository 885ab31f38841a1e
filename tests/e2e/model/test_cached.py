"""A question that was answered before: said to be so, with a way to a new answer."""

from collections.abc import Callable

from playwright.async_api import Page, expect

from tests.documents import pdf
from tests.e2e import chat
from tests.stub_llm import RunningStub

HANDBOOK = pdf(["Every employee receives twenty-eight days of paid annual leave per year."])
SETTINGS = {"FOOTNOTE_CACHE_ANSWERS_S": "1800"}
Shot = Callable[[str], str]
LEAVE = "How many days of paid annual leave does every employee receive?"


async def test_an_answer_given_again_says_so_and_can_be_had_anew(page: Page, stub: RunningStub, shot: Shot) -> None:
    await chat.ask(page, LEAVE)
    await expect(page.get_by_text("Cached:")).to_have_count(0)
    asked = len(stub.state.requests)
    await page.reload()
    await page.goto(page.url.split("/thread")[0])
    await chat.ask(page, LEAVE)
    await expect(page.get_by_text("This question was answered before; this is the same answer.")).to_be_visible()
    assert len(stub.state.requests) == asked
    await page.screenshot(path=shot("cached"))
    await page.get_by_text("Answer anew").click()
    await expect(chat.answers(page)).to_have_count(2)
    await expect(chat.citations(page)).to_have_count(2)
    assert len(stub.state.requests) > asked
    await page.screenshot(path=shot("anew"))
