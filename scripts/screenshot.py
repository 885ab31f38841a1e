"""Makes the pictures of the README on a running server: an answer with its footnote open next to it, and the library.

Usage: python -m scripts.screenshot [FOLDER]
"""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from tests.documents import pdf, word
from tests.e2e import chat
from tests.e2e.conftest import CHROMIUM_ARGS, Site, running
from tests.office import book, workbook

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
FILLER = (
    "The observatory stands on a ridge above the valley, two hours by road from the nearest town, and is staffed all year round. "
    "Everyone who works here depends on everyone else, above all in winter, when the road may be closed for days "
    "and nobody can come up to help."
)
PAGES = (
    f"LARKSPUR OBSERVATORY\nStaff handbook\n\n1. Who we are\n\n{FILLER}\n\n{FILLER}",
    "2. Leave\n\n2.1 Annual leave\n\nEvery employee receives twenty-eight days of paid annual leave per year. Up to five unused days "
    "may be carried over, and must be taken by the end of March. Leave is requested in the calendar at least two weeks ahead; "
    "the head of the department answers within three working days.\n\n2.2 Parental leave\n\nParental leave lasts sixteen weeks "
    "at full pay for every parent. It may be split into up to three parts, all of them within two years of the birth or adoption. "
    "Please tell the people team eight weeks before the first part begins.\n\n2.3 Leave after a night shift\n\nAfter three nights "
    "of observing in a row, the following day is free and does not count as leave. Nights cut short by weather count in full "
    f"when the dome was opened.\n\n2.4 Sickness\n\n{FILLER} Tell the duty desk before eight in the morning if you are ill; "
    "a doctor's note is needed from the fourth day.",
    f"3. Travel\n\nTrain journeys are booked in second class. Flights need the approval of the head of the department.\n\n{FILLER}",
)
QUESTIONS = (
    "How long is parental leave, and may it be split?",
    "How many unused days of annual leave may be carried over?",
)


SHIFTS = [["Night", "Observer", "Dome"], *([f"2031-03-{day:02}", "Maud Idris", "East"] for day in range(1, 29))]
SMALL_PAGE = "\n\n".join([FILLER] * 5)
OTHERS = {
    "Night shifts.xlsx": workbook(March=SHIFTS),
    "Minutes of the spring meeting.docx": word([FILLER] * 12, heading="Minutes"),
    "A history of the ridge.epub": book([f"<h1>Chapter {number}</h1><p>{FILLER}</p>" for number in range(1, 9)]),
    "Travel rules.md": f"# Travel\n\n{FILLER}\n".encode(),
    "Torn page.pdf": b"%PDF-1.7 torn",
}
YEARBOOK = {"Yearbook 2030.pdf": pdf([f"Page {number}\n\n{SMALL_PAGE}" for number in range(1, 400)])}


async def main(folder: Path) -> None:
    """Starts a server, signs in, and makes both pictures."""
    with tempfile.TemporaryDirectory(prefix="fn-") as var, running(Path(var)) as site:
        site.wait_ready()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS)
            context = await browser.new_context(viewport={"width": 1360, "height": 800}, device_scale_factor=1.5)
            page = await context.new_page()
            await chat.sign_in(page, site.url)
            await page.wait_for_timeout(1500)
            await _answer(page, folder / "cited-answer.png")
            await _library(page, site, folder / "library.png")
            await browser.close()


async def _answer(page: Page, output: Path) -> None:
    await chat.drop(page, "Staff handbook.pdf", pdf(PAGES))
    await chat.send(page)
    await chat.wait_for_upload(page)
    for question in QUESTIONS:
        await chat.ask(page, question)
    await chat.citations(page).last.click()
    await expect(chat.panel(page).locator(".mark").first).to_be_visible()
    image = chat.panel(page).locator("img").first
    await image.evaluate("async (image) => { await image.decode(); }")
    await page.mouse.move(700, 790)
    await page.wait_for_timeout(1500)
    await page.screenshot(path=output)
    print(output)


async def _library(page: Page, site: Site, output: Path) -> None:
    await page.goto(f"{site.url}/library")
    for files in (OTHERS, YEARBOOK):
        payloads = [{"name": name, "mimeType": "", "buffer": content} for name, content in files.items()]
        await page.locator("input[type=file]").first.set_input_files(payloads)  # type: ignore[arg-type]
        await page.wait_for_timeout(4000)
    await page.get_by_role("button", name="Show or hide the list of files").click()
    await expect(page.get_by_text(re.compile(r"[1-9]\d* of \d+ passages")).first).to_be_visible(timeout=60_000)
    await page.mouse.move(700, 790)
    await page.wait_for_timeout(1000)
    await page.screenshot(path=output)
    print(output)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
