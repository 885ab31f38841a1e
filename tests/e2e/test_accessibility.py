"""WCAG 2.2 AA as far as a program can check it: axe on every page in four looks, keys alone, and what screen readers hear."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.documents import HANDBOOK
from tests.e2e import chat
from tests.e2e.accessible import LOOKS, PAGES, violations
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser

ODD = "Which enzymes break down lactose in the small intestine?"
QUESTION = "How many days of paid annual leave are there, and how long is parental leave?"
FOCUS = """() => {
    const part = document.activeElement, style = getComputedStyle(part);
    const isSeen = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    return {name: part.ariaLabel || part.textContent.trim().slice(0, 40) || part.id, seen: part === document.body || isSeen,
        href: part.getAttribute('href') ?? ''};
}"""


@dataclass(frozen=True)
class Made:
    """What the pages are about."""

    cookies: Path
    addresses: dict[str, str]


@pytest.fixture(scope="module")
async def made(site: Site, browser: Browser) -> Made:
    """A conversation with an answer, a document that was read and one that was not, and a refusal that was told to the admins."""
    chat.upload(site, "handbook.pdf", HANDBOOK)
    files = {"handbook.pdf": HANDBOOK, "broken.pdf": b"%PDF-1.4 garbage"}
    with site.client() as client:
        job, failed_job = (
            client.post("/api/documents", files={"file": file}).json()["job"]["job_id"] for file in files.items()
        )
        runs = [client.post("/api/chat", json={"question": ODD}).json()["answer_run_id"] for _ in range(2)]
        note = {"note": "It was in the old handbook, I believe."}
        client.post(f"/api/answer-runs/{runs[0]}/review", json=note).raise_for_status()
        client.post("/api/keys", json={"name": "A script", "scopes": ["ask"]})
    context = await browser.new_context()
    page = await context.new_page()
    await chat.sign_in(page, site.url)
    await chat.ask(page, QUESTION)
    cookies = site.var_dir / "accessible.json"
    await context.storage_state(path=cookies)
    citation = str(await chat.citations(page).first.get_attribute("href"))
    answer = page.url.removeprefix(site.url)
    with site.client() as client:
        person = client.get("/api/auth/me").json()["user_id"]
    addresses = {
        "answer": answer,
        "transcript": f"/admin/conversations/{answer.rsplit('/', 1)[-1]}",
        "person": f"/admin/people/{person}",
        "citation": citation,
        "job": f"/jobs/{job}",
        "failed_job": f"/jobs/{failed_job}",
        "refusal": f"/answers/{runs[1]}",
        "answers": f"/answers/{citation.split('/')[2]}",
    }
    await context.close()
    return Made(cookies, addresses)


EVERY_LOOK = [pytest.param(look, marks=() if look == "light" else pytest.mark.long) for look in LOOKS]


@pytest.fixture(params=EVERY_LOOK)
async def looked(request: pytest.FixtureRequest, browser: Browser, made: Made) -> AsyncIterator[BrowserContext]:
    """A signed-in browser of one look."""
    opened = await browser.new_context(**LOOKS[request.param].of_context, storage_state=made.cookies)
    yield opened
    await opened.close()


@pytest.fixture
async def signed_in(browser: Browser, made: Made) -> AsyncIterator[Page]:
    """A page of somebody who is signed in."""
    opened = await browser.new_context(viewport={"width": 1280, "height": 900}, storage_state=made.cookies)
    yield await opened.new_page()
    await opened.close()


async def _opened(page: Page, site: Site, made: Made, address: str, text: str) -> None:
    await page.goto(site.url + address.format(**made.addresses))
    if text:
        await expect(page.locator("body")).to_contain_text(text)
    if address in ("/", "{answer}"):
        await expect(page.locator("#chat-input")).to_be_visible()
        await expect(page.get_by_role("button", name="Account")).to_be_visible()
    if address == "{citation}":
        await expect(page.locator(".page:not(.loading) .mark").first).to_be_visible()


async def test_axe_finds_nothing_on_any_page(looked: BrowserContext, site: Site, made: Made) -> None:
    page = await looked.new_page()
    found: dict[str, list[str]] = {}
    for name, address, text in PAGES:
        if name == "login":
            continue  # of somebody who is not signed in: below
        await _opened(page, site, made, address, text)
        if wrong := await violations(page):
            found[name] = wrong
    assert found == {}


async def test_axe_finds_nothing_in_what_opens(looked: BrowserContext, site: Site, made: Made) -> None:
    page = await looked.new_page()
    found: dict[str, list[str]] = {}

    async def look(name: str, *parts: str) -> None:
        if wrong := await violations(page):
            found[name] = wrong

    await _opened(page, site, made, "{answer}", "[1]")
    await chat.citations(page).first.click()
    await expect(chat.panel(page).locator(".page:not(.loading) .mark").first).to_be_visible()
    await look("panel")
    found |= {"panel's frame": wrong} if (wrong := await violations(page.frames[-1])) else {}
    await page.keyboard.press("Escape")
    await page.goto(f"{site.url}/library")
    row = page.locator(".body .row").filter(has_text="broken.pdf")
    await row.focus()
    await page.keyboard.press("Enter")
    await expect(row.get_by_role("button", name="New version…")).to_be_visible()
    await look("a document's details")
    await page.keyboard.press("Delete")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await look("the question before deleting")
    await page.goto(site.url + made.addresses["refusal"])
    await page.get_by_role("button", name="Tell an admin").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await look("telling an admin")
    await page.goto(f"{site.url}/keys")
    await page.get_by_role("button", name="New key").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await look("a new key")
    assert found == {}


@pytest.mark.parametrize("look", EVERY_LOOK)
async def test_axe_finds_nothing_on_the_sign_in_page(browser: Browser, site: Site, look: str) -> None:
    context = await browser.new_context(**LOOKS[look].of_context)
    page = await context.new_page()
    await page.goto(f"{site.url}/login")
    await expect(page.get_by_label("Name")).to_be_focused()
    assert await violations(page) == []
    await context.close()


async def test_a_footnote_opens_and_closes_by_keys_alone(signed_in: Page, site: Site, made: Made) -> None:
    page = signed_in
    await _opened(page, site, made, "{answer}", "[1]")
    href = await chat.citations(page).first.get_attribute("href")
    await page.locator("#header a, #header button").first.focus()
    for _ in range(60):
        await page.keyboard.press("Tab")
        at = await page.evaluate(FOCUS)
        assert at["seen"], f"the focus cannot be seen on {at['name']}"
        if at["href"] == href:
            break
    else:
        raise AssertionError("no footnote was reached with Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#fn-panel")).to_be_visible()
    await expect(page.get_by_role("button", name="Close source")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#fn-panel")).to_be_hidden()
    assert (await page.evaluate(FOCUS))["href"] == href


async def test_escape_closes_the_panel_from_inside_it(signed_in: Page, site: Site, made: Made) -> None:
    page = signed_in
    await _opened(page, site, made, "{answer}", "[1]")
    await chat.citations(page).first.focus()
    await page.keyboard.press("Enter")
    await expect(chat.panel(page).locator(".page:not(.loading) .mark").first).to_be_visible()
    await page.frames[-1].locator(".stage").focus()
    await page.keyboard.press("Escape")
    await expect(page.locator("#fn-panel")).to_be_hidden()
    await expect(chat.citations(page).first).to_be_focused()


async def test_an_answer_is_announced_once_when_it_is_there(signed_in: Page, site: Site, made: Made) -> None:
    """C118"""
    page = signed_in
    await page.goto(site.url)
    await expect(page.locator("#chat-input")).to_be_visible()
    live = page.locator("#fn-said[role=status]")
    await expect(live).to_have_text("")
    await page.evaluate(
        """() => { window.said = []; new MutationObserver(() => window.said.push(document.getElementById('fn-said').textContent))
            .observe(document.getElementById('fn-said'), {childList: true, characterData: true, subtree: true}); }"""
    )
    await chat.ask(page, QUESTION)
    await expect(live).to_have_text(re.compile(r"^The answer is there\. It has \d+ footnotes?\.$"))
    said = [text for text in await page.evaluate("window.said") if text]
    assert said == ["Footnote is answering…", await live.text_content()]
    # Nothing else on the page speaks while words arrive.
    assert await page.locator(".ai-message [aria-live], .message-content [aria-live]").count() == 0


async def test_what_can_be_pressed_is_large_enough(signed_in: Page, site: Site, made: Made) -> None:
    """24 × 24 CSS pixels; a link in a sentence may be smaller, and so may a button beside one that does the same (WCAG 2.5.8): the rail."""
    page = signed_in
    small = """() => [...document.querySelectorAll(
            'button, select, input:not([type=hidden]):not([type=file]), a.button, a.icon, a.back, [role=button]')]
        .filter((part) => part.checkVisibility({visibilityProperty: true}) && !part.closest('p, li, .message-content, [data-sidebar=rail]'))
        .map((part) => [part, part.getBoundingClientRect()])
        .filter(([part]) => getComputedStyle(part).clipPath === 'none')  /* not seen until it has the focus */
        .filter(([part, box]) => box.width && Math.min(box.width, box.height) < 23.5
            && !(['checkbox', 'radio'].includes(part.type) && part.closest('label, .check')?.getBoundingClientRect().height >= 24))
        .map(([part, box]) => `${part.outerHTML.slice(0, 100)} ${Math.round(box.width)}×${Math.round(box.height)}`)"""
    found: dict[str, list[str]] = {}
    for name, address, text in PAGES:
        if name != "login":
            await _opened(page, site, made, address, text)
            found |= {name: wrong} if (wrong := await page.evaluate(small)) else {}
    assert found == {}


async def test_nothing_moves_for_those_who_want_no_motion(signed_in: Page, site: Site, made: Made) -> None:
    page = signed_in
    await page.emulate_media(reduced_motion="reduce")
    moving = """() => document.getAnimations().filter((one) => one.playState === 'running'
        && one.effect?.getComputedTiming().duration > 10).map((one) => one.effect.target?.outerHTML.slice(0, 120))"""
    for name, address, text in PAGES:
        if name != "login":
            await _opened(page, site, made, address, text)
            assert await page.evaluate(moving) == [], name
