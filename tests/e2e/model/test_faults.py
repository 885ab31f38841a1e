"""What a reader sees when something is wrong: with a file, with the model, with the server, with their sign-in."""

import asyncio
import re
import signal
from collections.abc import Callable

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from tests.documents import HANDBOOK, pdf
from tests.e2e import chat
from tests.e2e.conftest import Site
from tests.stub_llm import RunningStub

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]

LEAVE = "How many days of paid annual leave does every employee receive?"
# little patience, no rest for the model between two tests, and a low limit on sizes
SETTINGS = {
    "FOOTNOTE_LLM_TIMEOUT_S": "5",
    "FOOTNOTE_LLM_RETRIES": "1",
    "FOOTNOTE_LLM_BREAKER_S": "0.1",
    "FOOTNOTE_UPLOAD_MAX_BYTES": "2000000",
}
REFERENCE = re.compile(r"[Rr]eference [0-9a-f]{8,}")
WRECKAGE = re.compile(r"Traceback|Exception|Error:|File \"|\.py\b")
FALLBACK = "The language model did not answer."
ENCRYPTED = HANDBOOK.replace(
    b"/Root 1 0 R",
    b"/Root 1 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] /Encrypt << /Filter /Standard "
    b"/V 1 /R 2 /P -4 /O <" + b"28" * 32 + b"> /U <" + b"5f" * 32 + b"> >>",
)


async def _failed_pill(page: Page, name: str, sentence: str) -> None:
    pill = page.locator('a[href*="/jobs/"]').filter(has_text=name)
    await expect(pill).to_have_attribute("data-job", "failed")
    await expect(pill).to_have_attribute("data-label", re.compile(sentence))


async def test_files_that_cannot_be_read_say_why(page: Page, llm_site: Site, shot: Shot) -> None:
    reasons = {"broken.pdf": "damaged", "locked.pdf": "password", "blank.pdf": "no text"}
    contents = {"broken.pdf": b"%PDF-1.4 garbage", "locked.pdf": ENCRYPTED, "blank.pdf": pdf(["", ""])}
    for name, content in contents.items():
        await chat.attach(page, name, content)
    await chat.send(page)
    for _ in range(2):
        for name, reason in reasons.items():
            await _failed_pill(page, name, reason)
        assert not WRECKAGE.search(await page.locator("body").inner_text())
        await page.screenshot(path=shot("files"))
        await page.reload()
    address = await page.locator('a[href*="/jobs/"]').first.get_attribute("href")
    await page.goto(f"{llm_site.url}{address}")
    await expect(page.locator("body")).to_contain_text("damaged")
    await page.screenshot(path=shot("files-job"))
    await expect(page.locator("body")).to_contain_text(REFERENCE)


async def test_files_that_are_not_wanted_are_refused_at_once(page: Page, shot: Shot) -> None:
    refused = {
        "empty.txt": (b"", "empty"),
        "program.pdf": (b"\x7fELF\x02\x01\x01" + bytes(200), "cannot be read"),
        "large.txt": (b"a" * 2_100_000, "may have at most 2"),
    }
    for name, (content, sentence) in refused.items():
        mime = "application/pdf" if name.endswith("pdf") else "text/plain"
        file = FilePayload(name=name, mimeType=mime, buffer=content)
        await page.locator("input[type=file]").first.set_input_files(file)
        await expect(page.get_by_text(sentence).last).to_be_visible()
        await page.screenshot(path=shot(f"refused-{name}"))
    await expect(page.locator("#chat-submit")).to_be_disabled()  # nothing is left to send


async def test_the_same_file_again_is_recognised(page: Page) -> None:
    await chat.drop(page, "copy of the handbook.pdf", HANDBOOK)
    await chat.send(page)
    await chat.wait_for_upload(page)
    await expect(chat.answers(page)).to_contain_text("already in your library")


async def test_progress_goes_on_after_a_reload(page: Page, llm_site: Site, person: str, shot: Shot) -> None:
    sentences = "Ledger {0} holds the accounts of station {0}; its keeper signed it on day {0} of the long winter."
    content = pdf(["\n".join(sentences.format(page * 10 + line) for line in range(8)) for page in range(240)])
    await chat.attach(page, "ledgers.pdf", content)
    await chat.send(page)
    pill = page.locator('a[href*="/jobs/"]')
    await expect(pill).to_have_attribute("data-job", "started")
    await page.screenshot(path=shot("progress"))
    await page.reload()
    await expect(pill).to_have_attribute("data-job", "started")
    before = await pill.get_attribute("data-label") or ""
    await expect(pill).not_to_have_attribute("data-label", before)  # it moves without another reload
    await page.screenshot(path=shot("progress-reloaded"))
    job = str(await pill.get_attribute("href"))
    with llm_site.client(person) as client:
        client.post(f"/api{job}/cancel").raise_for_status()
    await expect(pill).to_have_attribute("data-job", "stopped")


async def test_a_question_while_a_file_is_read_says_so(page: Page, llm_site: Site, person: str, shot: Shot) -> None:
    """C083: it was answered with that nothing was found, and with other documents."""
    lines = [f"Station {n} of the long winter keeps the accounts of its patients." for n in range(60)]
    await chat.attach(page, "ward.pdf", pdf(["\n".join(lines[:8])] * 240))
    await chat.send(page)
    pill = page.locator('a[href*="/jobs/"]')
    await expect(pill).to_have_attribute("data-job", "started")
    await chat.send(page, "Which medication does the patient take?")
    await expect(chat.answers(page).last).to_contain_text(re.compile(r"ward\.pdf is still being read \(\d+ %\)"))
    await page.screenshot(path=shot("still-read"))
    job = str(await pill.get_attribute("href"))
    with llm_site.client(person) as client:
        client.post(f"/api{job}/cancel").raise_for_status()


async def test_a_question_without_evidence_shows_the_nearest_passages_and_opens_them(page: Page) -> None:
    await chat.send(page, "Who won the football world cup in 1954?")
    await expect(chat.answers(page)).to_contain_text("Nothing in your documents answers this question.")
    await expect(chat.citations(page)).to_have_count(0)
    await chat.answers(page).get_by_role("link", name="handbook.pdf").click()
    await expect(page.locator("#fn-panel")).to_be_visible()
    await expect(chat.panel(page).locator("body")).to_contain_text("of 3")


@pytest.mark.parametrize("behaviour", ["error", "busy", "unauthorized", "stall", "empty"])
async def test_a_model_that_says_nothing_is_replaced_and_that_is_said(
    page: Page, stub: RunningStub, behaviour: str
) -> None:
    stub.behave(behaviour)
    await chat.ask(page, LEAVE)
    await expect(chat.answers(page)).to_contain_text("twenty-eight days")
    await expect(chat.answers(page)).to_contain_text(FALLBACK)


@pytest.mark.parametrize("behaviour", ["stall-midway", "cut", "end-early"])
async def test_a_model_that_breaks_off_leaves_what_it_said_and_a_reference(
    page: Page, stub: RunningStub, behaviour: str, shot: Shot
) -> None:
    stub.behave(behaviour)
    await chat.send(page, LEAVE)
    for _ in range(2):
        await expect(chat.answers(page)).to_contain_text("What it said until then is kept.")
        await expect(chat.answers(page)).to_contain_text("Every employee")
        await expect(chat.answers(page)).to_contain_text(REFERENCE)
        assert not WRECKAGE.search(await page.locator("body").inner_text())
        await page.screenshot(path=shot(f"model-{behaviour}"))
        await page.reload()


async def test_an_invented_footnote_is_not_shown(page: Page, stub: RunningStub, shot: Shot) -> None:
    stub.behave("invent")
    await chat.ask(page, LEAVE)
    await page.screenshot(path=shot("invented"))
    for _ in range(2):
        await expect(chat.answers(page)).to_contain_text("not supported by the sources")
        assert "[9]" not in await chat.answers(page).inner_text()
        await expect(page.locator('a[href$="/9"]')).to_have_count(0)
        await expect(chat.answers(page).locator("a:not([data-fn-remark])")).to_have_text(["[1]"])
        await page.reload()


async def test_a_page_survives_a_killed_server(page: Page, llm_site: Site, stub: RunningStub, shot: Shot) -> None:
    stub.behave("stall-midway")
    await chat.send(page, LEAVE)
    await expect(chat.answers(page)).to_contain_text("Every employee")
    await asyncio.to_thread(llm_site.stop, signal.SIGKILL)
    await expect(page.get_by_text("Could not reach the server")).to_be_visible()
    await page.screenshot(path=shot("killed"))
    stub.behave(None)
    await asyncio.to_thread(llm_site.start)

    fresh = await page.context.new_page()
    await fresh.goto(llm_site.url)
    banner = fresh.locator("#fn-banner")
    await expect(banner).to_contain_text("still loading")
    await fresh.screenshot(path=shot("loading"))
    await chat.send(fresh, LEAVE)  # asked while they load, or just after: answered as soon as it can be
    await expect(chat.citations(fresh).first).to_be_visible(timeout=90_000)
    await expect(banner).to_be_hidden()

    await expect(page.get_by_text("Could not reach the server")).to_have_count(0)
    await expect(chat.questions(page)).to_have_text([LEAVE])
    await expect(chat.answers(page)).to_contain_text("cut off because the server stopped")
    await page.screenshot(path=shot("back"))
    await chat.ask(page, LEAVE)  # the same page goes on
    await page.reload()
    await expect(chat.questions(page)).to_have_text([LEAVE, LEAVE])


async def test_signing_out_ends_the_other_tab(llm_site: Site, browser: Browser) -> None:
    context = await browser.new_context()
    page, other = await context.new_page(), await context.new_page()
    await chat.sign_in(page, llm_site.url)
    await other.goto(llm_site.url)
    await expect(other.locator("#chat-input")).to_be_visible()
    await page.locator("#user-nav-button").click()
    await page.get_by_role("menuitem", name="Sign out", exact=True).click()
    for tab in (page, other):
        await expect(tab.get_by_label("Password", exact=True)).to_be_visible()
    await context.close()


async def test_a_disabled_person_is_out_at_once(llm_site: Site, browser: Browser) -> None:
    await chat.add_user(llm_site, "dora")
    context = await browser.new_context()
    page = await context.new_page()
    await chat.sign_in(page, llm_site.url, "dora")
    chat.footnote(llm_site, "user", "disable", "dora")
    await expect(page.get_by_label("Password", exact=True)).to_be_visible(timeout=5000)
    await context.close()
