"""Does ten things that people come to the chat for, in a browser, and counts what each takes: python -m benchmarks.tasks [FILE.json]

Counted are clicks and keys that are no text; hovering and typing are not. A task that cannot be done within its time is a dash. With
FILE.json the counts are kept there; those that were in it, made by this file in a checkout of another release, stand beside them.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser, Error, Page, async_playwright, expect

from tests.documents import pdf
from tests.e2e import chat
from tests.e2e.conftest import CHROMIUM_ARGS, Site, running

NOT_IN_MS = 8000  # the longest that one step may take
COUNT = """() => {
    const counts = JSON.parse(sessionStorage.getItem("tasks") ?? "[0, 0]");
    const keep = () => sessionStorage.setItem("tasks", JSON.stringify(counts));
    document.addEventListener("click", (event) => { if (event.isTrusted && event.detail) { counts[0] += 1; keep(); } }, true);
    document.addEventListener("change", (event) => { if (event.target.matches("select")) { counts[0] += 1; keep(); } }, true);
    document.addEventListener("keydown", (event) => {
        if (event.isTrusted && (event.key.length > 1 || event.ctrlKey) && event.key !== "Control") { counts[1] += 1; keep(); }
    }, true);
}"""
HANDBOOK = pdf(["Staff handbook", "Parental leave lasts sixteen weeks at full pay. It may be split into three parts."])
TRAVEL = pdf(["Travel rules", "Train journeys are booked in second class. Flights need the approval of the head."])
LEAVE = "How long is parental leave?"
TRAINS = "In which class are train journeys booked?"

Task = Callable[[Page], Awaitable[None]]


async def bring(page: Page) -> None:
    """Bring a document and ask about it."""
    await page.locator("#upload-button").click()
    await chat.attach(page, "new.pdf", HANDBOOK)  # the choice in the system's own window is one more
    await type_and_send(page, LEAVE)
    await expect(chat.citations(page).first).to_be_visible(timeout=chat.ANSWER_MS)


async def find_the_page(page: Page) -> None:
    """Find the page that says how long leave lasts, and see the passage on it."""
    await type_and_send(page, LEAVE)
    await expect(chat.citations(page).first).to_be_visible(timeout=chat.ANSWER_MS)
    await chat.citations(page).first.click()
    await expect(chat.panel(page).locator(".page:not(.loading) .mark").first).to_be_visible()


async def name_the_sources(page: Page) -> None:
    """Learn which document and page an answer stands on, with the answer in sight."""
    await open_conversation(page)
    place = page.locator(".fn-sources").get_by_text("handbook.pdf")
    await expect(place).to_be_visible()


async def share(page: Page) -> None:
    """Give a colleague a link to a conversation."""
    await open_conversation(page)
    await page.get_by_role("button", name="Save or share").click()
    await page.get_by_role("dialog").get_by_role("button", name="Make a link").click()
    await expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("The link is copied.")


async def report(page: Page) -> None:
    """Say that an answer is wrong, and why."""
    await open_conversation(page)
    await page.get_by_role("button", name="Not helpful").last.click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("It is eighteen weeks since May.")
    await page.get_by_role("dialog").get_by_role("button").last.click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def find_a_conversation(page: Page) -> None:
    """Find a conversation by a word of its answer."""
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox").fill("sixteen")
    option = page.get_by_role("option").first
    await expect(option).to_be_visible()
    await option.click()
    await expect(chat.questions(page)).to_have_text([LEAVE])


async def copy(page: Page) -> None:
    """Copy an answer with the names and addresses of its sources."""
    await open_conversation(page)
    await page.get_by_role("button", name="Copy to clipboard").last.click()
    await page.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('handbook.pdf'))")


async def keep(page: Page) -> None:
    """Keep an answer as a document that can be asked about."""
    await open_conversation(page)
    await page.get_by_role("button", name="Keep as a note").last.click()
    await expect(page.locator("#fn-toast")).to_contain_text("library")


async def have_back(page: Page) -> None:
    """Delete a conversation and have it back."""
    dialog = await chat.choose(page, TRAINS, "Delete")
    await dialog.get_by_role("button", name="Confirm").click()
    await page.locator("#fn-toast").get_by_role("button", name="Undo").click()
    await expect(chat.entry(page, TRAINS)).to_be_visible()


async def put_away(page: Page) -> None:
    """Put a conversation into a folder."""
    await chat.entry(page, TRAINS).hover()
    await chat.entry(page, TRAINS).locator("#thread-options").click()
    await page.get_by_role("menuitem", name="Folder…").click()
    await page.get_by_label("Name of the folder").fill("Travel")
    await page.keyboard.press("Enter")
    await expect(page.locator("#fn-folders")).to_contain_text("Travel")


async def change_password(page: Page) -> None:
    """Find where the password is changed."""
    await page.locator("#user-nav-button").click()
    await page.get_by_role("menuitem", name="Password").click()
    await expect(page.get_by_label("New password")).to_be_visible()


TASKS: tuple[Task, ...] = (
    *(bring, find_the_page, name_the_sources, share, report, find_a_conversation, copy, keep, have_back, put_away),
    change_password,
)


async def type_and_send(page: Page, text: str) -> None:
    """Ask by Enter."""
    await expect(page.locator("#chat-input")).to_be_visible()
    await page.locator("#chat-input").fill(text)
    await page.keyboard.press("Enter")


async def open_conversation(page: Page) -> None:
    """From the list: it is a click of the task."""
    await chat.entry(page, LEAVE).first.click()
    await expect(chat.citations(page).first).to_be_visible()


async def counted(browser: Browser, site: Site, task: Task) -> str:
    """What a task takes, on a page on which a person has just signed in."""
    context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"], locale="en-GB")
    try:
        page = await context.new_page()
        page.set_default_timeout(NOT_IN_MS)
        await chat.sign_in(page, site.url)
        await expect(chat.entry(page, LEAVE).first).to_be_visible()
        await page.evaluate(COUNT)
        await context.add_init_script(f"({COUNT})()")
        try:
            await task(page)
        except (Error, AssertionError) as error:
            sys.stderr.write(f"{task.__name__}: {error}\n")
            return "–"
        clicks, keys = json.loads(await page.evaluate("sessionStorage.getItem('tasks') ?? '[0, 0]'"))
        return f"{clicks} + {keys}" if keys else str(clicks)
    finally:
        await context.close()


async def main(before: dict[str, str]) -> dict[str, str]:
    """Prints the table, with the counts of another release beside; returns those of this one."""
    found: dict[str, str] = {}
    settings = {"FOOTNOTE_SHARING_LINKS": "true"}
    with tempfile.TemporaryDirectory(prefix="fn-") as var, running(Path(var), **settings) as site:
        site.wait_ready()
        for name, content in (("handbook.pdf", HANDBOOK), ("travel.pdf", TRAVEL)):
            chat.upload(site, name, content)
        with site.client("admin") as client:
            for question in (LEAVE, TRAINS):
                client.post("/api/chat", json={"question": question}, timeout=60).raise_for_status()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS)
            sys.stdout.write("| task | before | now: clicks + keys |\n|---|---|---|\n")
            for task in TASKS:
                found[task.__name__] = await counted(browser, site, task)
                what = (task.__doc__ or "").rstrip(".")
                sys.stdout.write(f"| {what} | {before.get(task.__name__, '')} | {found[task.__name__]} |\n")
            await browser.close()
    return found


if __name__ == "__main__":
    kept = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    earlier = json.loads(kept.read_text(encoding="utf-8")) if kept and kept.exists() else {}
    counts = asyncio.run(main(earlier))
    if kept:
        kept.write_text(json.dumps(counts, indent=1), encoding="utf-8")
