"""A row about a page in a real browser whose proxy sends it to the other process."""

import asyncio
import shutil
import time

from playwright.async_api import Page, async_playwright, expect

from benchmarks.crowd import QUESTIONS
from benchmarks.scaleout.frame import Row, Stage
from benchmarks.scaleout.proxy import COOKIE
from benchmarks.scaleout.site import PASSWORD
from tests.e2e import chat
from tests.e2e.conftest import CHROMIUM_ARGS

WORDS, PAUSE_S = 40, 0.2
READS_S = 3.0  # before the connection is lost
WHOLE_MS = 40_000
NOTES = "The spare key of the boat house hangs behind the third oar."
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str | None:
    """The system's Chromium."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


async def _elsewhere(stage: Stage, page: Page) -> None:
    """Every connection is cut, and the cookie names the other process."""
    [present] = [one for one in await page.context.cookies() if one["name"] == COOKIE]
    other = "web1" if present["value"] == "web0" else "web0"
    await page.context.add_cookies([{"name": COOKIE, "value": other, "url": stage.site.proxy.url}])
    stage.site.proxy.stop()
    stage.site.proxy.start()


async def _use(stage: Stage) -> None:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=browser(), args=CHROMIUM_ARGS)
        try:
            page = await opened.new_page()
            await chat.sign_in(page, stage.site.proxy.url, password=PASSWORD)
            await _lose_in_mid_answer(stage, page)
            await _lose_between_file_and_question(stage, page)
        finally:
            await opened.close()


async def _lose_in_mid_answer(stage: Stage, page: Page) -> None:
    stage.site.speak(WORDS, PAUSE_S)
    await chat.send(page, f"{QUESTIONS[0]} ({time.time():.0f})")
    await expect(chat.answers(page).first).to_contain_text("twenty-eight", timeout=WHOLE_MS)
    await asyncio.sleep(READS_S)
    await _elsewhere(stage, page)
    await expect(page.locator("#stop-button")).to_have_count(0, timeout=WHOLE_MS)
    await expect(chat.citations(page).first).to_be_visible(timeout=WHOLE_MS)
    said = await chat.answers(page).all_inner_texts()
    stage.require(len(said) == 1, f"the page has {len(said)} answers")
    stage.require(said and said[0].count("twenty-eight") >= 3, f"the page lost text: {said}")
    stage.require(await chat.questions(page).count() == 1, "the page has its question twice")
    stage.site.speak()


async def _lose_between_file_and_question(stage: Stage, page: Page) -> None:
    await chat.attach(page, "boats.txt", NOTES.encode(), "text/plain")
    await _elsewhere(stage, page)
    await chat.send(page, "Where does the spare key of the boat house hang?")
    await chat.wait_for_upload(page)


def _lose_cookie(stage: Stage) -> None:
    stage.begin()
    try:
        asyncio.run(_use(stage))
    except AssertionError as error:
        stage.wrong.append(f"the page: {str(error)[:300]}")
    stage.heal()


COOKIE_LOST = Row(
    "proxy loses the cookie",
    "the page goes on at the other process: the whole answer, once; its file is there",
    _lose_cookie,
)
