"""The library page in a real browser before a real server: bring, find, follow, read again, delete; with one document and with 10,000."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import select

from core.access import LibraryRole
from db import libraries
from db.models import User
from tests import filled_library
from tests.documents import HANDBOOK, pdf, word
from tests.e2e import chat
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]

LONG = pdf([f"Page {number}. " + "The harbour was closed in winter. " * 60 for number in range(1, 401)])
MOST_ROWS = 60  # in the page, however many documents there are
READ_MS = 60_000


@dataclass
class Reader:
    """A person's signed-in browser, at the library."""

    name: str
    site: Site
    context: BrowserContext
    page: Page

    @property
    def rows(self) -> Locator:
        """The documents that are in the page."""
        return self.page.locator(".body .row")

    def row(self, title: str) -> Locator:
        """The row of a document."""
        return self.rows.filter(has=self.page.get_by_title(title, exact=True))

    async def titles(self) -> list[str]:
        """Titles in the order of the table."""
        found = await self.rows.evaluate_all(
            "rows => rows.sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map((row) => row.querySelector('.name').title)"
        )
        return [str(title) for title in found]

    async def bring(self, **files: bytes) -> None:
        """Choose files, all at once; ``__`` in a name stands for a dot."""
        chosen = [
            {"name": name.replace("__", "."), "mimeType": "", "buffer": content} for name, content in files.items()
        ]
        await self.page.locator("input[type=file][multiple]").set_input_files(chosen)  # type: ignore[arg-type]

    def outcome(self, name: str) -> Locator:
        """What became of a file."""
        return self.page.locator(".outcomes li").filter(has=self.page.get_by_title(name, exact=True))

    async def order(self, label: str) -> None:
        """Press a column's head."""
        await self.page.get_by_role("columnheader", name=label).get_by_role("button").click()

    async def agree(self) -> None:
        """Say yes to the question."""
        await self.page.get_by_role("dialog").get_by_role("button", name="Delete").click()


@asynccontextmanager
async def reading(browser: Browser, site: Site, name: str) -> AsyncIterator[Reader]:
    """Sign a person in and open the library; the test fails when the page complains on its console."""
    context = await browser.new_context(viewport={"width": 1400, "height": 900}, accept_downloads=True)
    page = await context.new_page()
    await chat.sign_in(page, site.url, name)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{site.url}/library")
    yield Reader(name, site, context, page)
    await context.close()
    assert not [text for text in complaints if not re.search("status of 4|ERR_INTERNET_DISCONNECTED", text)]


@pytest.fixture(scope="module")
async def people(site: Site) -> None:
    """Everyone who appears below."""
    for name in ("lena", "mona", "nora", "otto", "vera", "eve"):
        await chat.add_user(site, name)


async def fill(site: Site, name: str, count: int) -> None:
    """Put documents into a person's library, as rows."""
    async with site.rows() as database, database.reader() as session:
        user_id = (await session.scalars(select(User.id).where(User.username == name))).one()
        await filled_library.fill(
            database, await libraries.personal_of(session, user_id), user_id, count=count, questions=20
        )


async def test_many_files_each_with_its_outcome(browser: Browser, site: Site, people: None, shot: Shot) -> None:
    async with reading(browser, site, "lena") as lena:
        page = lena.page
        await expect(page.get_by_role("heading", name="No documents yet")).to_be_visible()
        await lena.bring(
            handbook__pdf=HANDBOOK,
            broken__pdf=b"%PDF-1.4 garbage",
            program__exe=b"\x7fELF" + bytes(300),
            empty__txt=b"",
            report__docx=word(["The harbour opens at six."] * 20),
            copy__pdf=HANDBOOK,
        )
        await expect(lena.outcome("program.exe")).to_contain_text("Not added. This ")
        await expect(lena.outcome("empty.txt")).to_contain_text("Not added. The file is empty")
        await expect(lena.outcome("broken.pdf")).to_contain_text("Not read.", timeout=READ_MS)
        await expect(lena.outcome("broken.pdf")).to_contain_text(re.compile(r"\(reference [0-9a-f]{8,}\)"))
        await expect(lena.outcome("report.docx")).to_contain_text("Ready", timeout=READ_MS)
        await expect(lena.outcome("handbook.pdf")).to_contain_text("Ready", timeout=READ_MS)
        await expect(lena.outcome("copy.pdf")).to_contain_text(re.compile("Ready|already"), timeout=READ_MS)
        await expect(page.locator(".outcomes h2")).to_contain_text("3 problems")
        await expect(page.locator(".summary")).to_have_text("3 documents · 1 not read", timeout=READ_MS)
        await page.screenshot(path=shot("library-outcomes"))
        await page.get_by_role("button", name="Close the list of files").click()
        await expect(page.locator(".outcomes")).to_be_hidden()
        known = {"handbook.pdf", "copy.pdf"} & set(await lena.titles())  # whichever came first
        assert len(known) == 1
        await expect(lena.row("broken.pdf")).to_contain_text("Not read")
        await expect(lena.row("report.docx")).to_contain_text("Ready")


async def test_search_order_try_again_download_and_delete(browser: Browser, site: Site, people: None) -> None:
    async with reading(browser, site, "mona") as mona:
        page = mona.page
        await mona.bring(n10__txt=b"ten", n9__txt=b"number nine", broken__pdf=b"%PDF-1.4 garbage")
        await expect(page.locator(".summary")).to_have_text("3 documents · 1 not read", timeout=READ_MS)

        await mona.order("Name")
        await expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
        for index, title in enumerate(["broken.pdf", "n9.txt", "n10.txt"], start=2):
            await expect(mona.row(title)).to_have_attribute("aria-rowindex", str(index))
        await mona.order("Size")
        await expect(page.get_by_role("columnheader", name="Size")).to_have_attribute("aria-sort", "descending")
        await expect(mona.row("n10.txt")).to_have_attribute("aria-rowindex", "4")
        await page.get_by_role("button", name="Not read").click()
        await expect(mona.rows).to_have_count(1)
        await page.get_by_role("button", name="All").click()
        await expect(mona.rows).to_have_count(3)
        await page.keyboard.press("/")
        await page.keyboard.type("N1")
        await expect(mona.rows).to_have_count(1)
        await expect(page).to_have_url(re.compile("search=N1"))
        await page.reload()
        await expect(mona.row("n10.txt")).to_be_visible()
        await page.get_by_label("Find documents by name").fill("nothing is called so")
        await expect(page.get_by_text("No document is called")).to_be_visible()
        await page.get_by_role("button", name="Show all documents").click()
        await expect(mona.rows).to_have_count(3)

        broken = mona.row("broken.pdf")
        await broken.focus()
        await page.keyboard.press("Enter")
        reference = broken.locator("dd").nth(1)
        before = await reference.inner_text()
        await broken.get_by_role("button", name="Try again", exact=True).click()
        await expect(reference).not_to_have_text(before, timeout=READ_MS)
        await expect(broken.locator(".details")).to_contain_text("Not read", timeout=READ_MS)

        async with page.expect_download() as download:
            await mona.row("n9.txt").get_by_role("link", name="Download").first.click()
        assert (await (await download.value).path()).read_bytes() == b"number nine"

        await broken.focus()
        await page.keyboard.press("Delete")
        await expect(page.get_by_role("dialog")).to_contain_text("Delete “broken.pdf”?")
        await page.keyboard.press("Escape")
        await expect(mona.rows).to_have_count(3)
        await broken.focus()
        await page.keyboard.press("Delete")
        await mona.agree()
        await expect(mona.rows).to_have_count(2)
        await expect(page.get_by_role("status").filter(has_text="Deleted “broken.pdf”")).to_be_visible()
        await page.get_by_label("Select all").click()
        await expect(page.get_by_text("2 selected")).to_be_visible()
        await page.get_by_role("button", name="Delete…").click()
        await mona.agree()
        await expect(page.get_by_role("heading", name="No documents yet")).to_be_visible()


async def test_reading_is_followed_stopped_and_taken_up_again(
    browser: Browser, site: Site, people: None, tmp_path: Path, shot: Shot
) -> None:
    async with reading(browser, site, "nora") as nora:
        page = nora.page
        await nora.bring(long__pdf=LONG)
        long = nora.row("long.pdf")
        await expect(long.locator(".status")).to_contain_text(re.compile(r"\d+ of \d+"), timeout=READ_MS)
        await page.screenshot(path=shot("library-progress"))
        await long.get_by_role("button", name="Stop reading long.pdf").click()
        await expect(long).to_contain_text("Stopped")
        await expect(
            page.get_by_text(re.compile("Stopped reading|Reading this document was stopped")).first
        ).to_be_visible()
        await long.get_by_role("button", name="Try long.pdf again").click()
        await expect(long.locator("progress").first).to_be_visible()
        await long.get_by_role("button", name="Delete").first.click()  # while it is being read
        await nora.agree()
        await expect(nora.rows).to_have_count(0)

        await nora.bring(note__txt=b"The first text of the note.")
        note = nora.row("note.txt")
        await expect(note).to_contain_text("Ready", timeout=READ_MS)
        await note.get_by_role("button", name="More about note.txt").click()
        await note.get_by_role("button", name="Read again").click()
        await expect(page.get_by_role("status").filter(has_text="Reading again: “note.txt”")).to_be_visible()
        await expect(note.locator(".status")).to_have_text("Ready", timeout=READ_MS)
        newer = tmp_path / "note, changed.txt"
        newer.write_text("The second text of the note is longer.")
        async with page.expect_file_chooser() as chooser:
            await note.get_by_role("button", name="New version…").click()
        await (await chooser.value).set_files(newer)
        await expect(page.get_by_text("version 2").first).to_be_visible(timeout=READ_MS)
        assert len(await nora.titles()) == 1


async def test_from_the_chat_and_back_with_the_last_question(
    browser: Browser, site: Site, people: None, shot: Shot
) -> None:
    async with reading(browser, site, "otto") as otto:
        page = otto.page
        await otto.bring(handbook__pdf=HANDBOOK)
        await expect(otto.row("handbook.pdf")).to_contain_text("Ready", timeout=READ_MS)
        await page.get_by_role("link", name="Chat").click()
        await expect(page.locator("#chat-input")).to_be_visible()
        await chat.ask(page, "How many days of paid annual leave are there?")
        thread = page.url
        await page.get_by_role("link", name="Library").click()
        row = otto.row("handbook.pdf")
        await expect(row.locator(".used")).to_contain_text("How many days of paid annual leave are there?")
        await page.screenshot(path=shot("library-question"))
        await row.get_by_role("link", name="How many days").click()
        await expect(chat.citations(page).first).to_be_visible()
        assert page.url == thread
        await page.get_by_role("link", name="Library").click()
        await page.get_by_role("link", name="Chat").click()
        await expect(chat.citations(page).first).to_be_visible()
        assert page.url == thread

        await page.evaluate("localStorage.setItem('vite-ui-theme', 'dark')")
        await page.get_by_role("link", name="Library").click()
        await expect(row).to_be_visible()
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert max(int(part) for part in re.findall(r"\d+", ground)) < 40


async def test_ten_thousand_documents(browser: Browser, site: Site, people: None, shot: Shot) -> None:
    await fill(site, "vera", 10_000)
    async with reading(browser, site, "vera") as vera:
        page = vera.page
        await expect(page.locator(".summary")).to_contain_text("10,000 documents · ")
        await expect(vera.rows.first).to_be_visible()
        await page.screenshot(path=shot("library-10000"))
        await page.locator(".body .row").first.focus()
        for _ in range(4):
            await page.keyboard.press("End")
            loaded = await page.evaluate("document.activeElement.ariaRowIndex")
            await expect(page.locator(f'.body .row[aria-rowindex="{int(loaded) + 1}"]')).to_be_visible()
            assert await vera.rows.count() <= MOST_ROWS
        assert int(await page.evaluate("document.activeElement.ariaRowIndex")) >= 400
        assert int(await page.get_by_role("table").get_attribute("aria-rowcount") or 0) >= 10_000
        await page.get_by_label("Find documents by name").fill("invoice 9991")
        await expect(vera.rows).to_have_count(1)
        assert await vera.titles() == ["Invoice 9991.xlsx"]
        await page.get_by_label("Find documents by name").fill("")
        await vera.order("Name")
        await expect(vera.rows.first).to_contain_text("Annual report 5.pptx")
        await page.get_by_role("button", name="With remarks").click()
        await expect(vera.rows).to_have_count(filled_library.PARTIAL)
        await vera.rows.first.click()
        await expect(vera.rows.first).to_contain_text("Page 7: The page is damaged.")


async def test_another_persons_documents_never_show_and_a_viewer_changes_nothing(
    browser: Browser, site: Site, people: None
) -> None:
    await fill(site, "lena", 3)
    async with reading(browser, site, "eve") as eve:
        await expect(eve.page.get_by_role("heading", name="No documents yet")).to_be_visible()
    async with site.rows() as database, database.transaction() as session:
        ids = {row.username: row.id for row in await session.execute(select(User.username, User.id))}
        shared = await libraries.personal_of(session, ids["lena"])
        await libraries.set_member(session, shared, ids["eve"], LibraryRole.VIEWER)
    async with reading(browser, site, "eve") as eve:
        page = eve.page
        row = eve.row("Invoice 1.docx")
        await expect(row).to_contain_text("lena")
        await expect(row.get_by_role("link", name="Download")).to_be_visible()
        await row.click()
        await expect(row.get_by_role("link", name="Download")).to_have_count(2)
        for word_ in ("Delete", "Stop", "again", "version"):
            await expect(row.get_by_role("button", name=word_)).to_have_count(0)
        await row.focus()
        await page.keyboard.press("Delete")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.get_by_label("Library").select_option("Personal library")
        await expect(page.get_by_role("heading", name="No documents yet")).to_be_visible()


async def test_a_lost_connection_is_told_and_got_over(browser: Browser, site: Site, people: None) -> None:
    async with reading(browser, site, "mona") as mona:
        page = mona.page
        await mona.bring(note__txt=b"A note to be read.")
        await expect(mona.row("note.txt")).to_contain_text("Ready", timeout=READ_MS)
        await mona.context.set_offline(True)
        await mona.bring(second__txt=b"Another note to be read.")
        await expect(mona.outcome("second.txt")).to_contain_text("The connection was lost. It is tried again.")
        await mona.order("Name")
        await expect(page.get_by_text("The server cannot be reached")).to_be_visible()
        await expect(mona.row("note.txt")).to_be_visible()
        await mona.context.set_offline(False)
        await expect(mona.row("second.txt")).to_contain_text("Ready", timeout=READ_MS)
        await expect(page.get_by_text("The server cannot be reached")).to_be_hidden()
