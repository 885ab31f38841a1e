"""How the pages look on a desk, a tablet and a phone, by day and by night: nothing sticks out, everything is legible and has a name."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Frame, Page, expect

from tests.documents import HANDBOOK
from tests.e2e import chat
from tests.e2e.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.long]
Shot = Callable[[str], str]

# At 400 % zoom a window of 1280 × 1024 has so many pixels of the page (WCAG 1.4.10).
SIZES = {"desk": (1400, 900), "tablet": (820, 1100), "phone": (390, 844), "zoomed": (320, 256)}
LEAST_CONTRAST = 4.5  # WCAG AA for text of ordinary size
ODD = ("Which enzymes break down lactose in the small intestine?", "How far is it from Oslo to Bergen by train?")
NOWHERE = "00000000-0000-4000-8000-000000000000"

SETTLED = """() => Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition)
    .map((one) => one.finished.catch(() => null)))"""
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"
NAMELESS = """() => [...document.querySelectorAll('button, a[href], input, select, textarea, [role=button]')]
    .filter((part) => part.getBoundingClientRect().width && getComputedStyle(part).visibility === 'visible')
    .filter((part) => !(part.ariaLabel || part.title || part.textContent.trim() || part.labels?.length || part.placeholder
        || part.closest('[aria-hidden=true]') || part.querySelector('img[alt]:not([alt=""])')))
    .map((part) => part.outerHTML.replace(/ class="[^"]*"/g, '').slice(0, 120))"""
FAINT = """(least) => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgba = (colour) => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = (top, below) => [0, 1, 2].map((n) => top[n] * top[3] + below[n] * (1 - top[3])).concat(1);
    const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
        .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
    const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
    const ground = (part) => {
        const layers = [];
        for (let at = part; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
        return layers.reverse().reduce((below, top) => over(top, below), isDark ? [18, 18, 18, 1] : [255, 255, 255, 1]);
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) {
        const text = texts.currentNode.data.trim(), part = texts.currentNode.parentElement, style = getComputedStyle(part);
        if (!text || !part.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
        if (part.closest('script, style, noscript, :disabled')) continue;
        const below = ground(part), [one, two] = [light(over(rgba(style.color), below)), light(below)];
        const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
        if (contrast < least) found.push(`${contrast.toFixed(1)} ${text.slice(0, 40)}`);
    }
    return found;
}"""
UNFOCUSED = """() => {
    const part = document.activeElement, style = getComputedStyle(part);
    const isSeen = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    return part === document.body || isSeen ? '' : part.outerHTML.slice(0, 120);
}"""


@dataclass(frozen=True)
class Places:
    """What there is to look at."""

    cookies: Path
    answer: str
    citation: str
    job: str
    failed_job: str
    refusal: str


SUGGESTED = re.compile(r"[?？…]$")  # questions from the guides, of whichever documents the site has by now


async def _guided(site: Site) -> None:
    """Waits until the guides are made: an empty chat suggests questions from them."""
    with site.client() as client:
        (document,) = client.get("/api/documents", params={"search": "handbook"}).json()["documents"]
        for _ in range(120):
            if client.get(f"/api/documents/{document['id']}/guide").json()["state"] == "ready":
                return
            await asyncio.sleep(0.5)
    raise AssertionError("There is no guide.")


@pytest.fixture(scope="module")
async def places(site: Site, browser: Browser) -> Places:
    """A conversation with an answer, a document that was read and one that was not, and two refusals, one told to the admins."""
    chat.upload(site, "handbook.pdf", HANDBOOK)
    files = {"handbook.pdf": HANDBOOK, "broken.pdf": b"%PDF-1.4 garbage"}
    with site.client() as client:
        job, failed_job = (
            client.post("/api/documents", files={"file": file}).json()["job"]["job_id"] for file in files.items()
        )
        runs = [client.post("/api/chat", json={"question": odd}).json()["answer_run_id"] for odd in ODD]
        note = {"note": "It was in the old handbook, I believe.\nPlease have a look."}
        client.post(f"/api/answer-runs/{runs[0]}/review", json=note).raise_for_status()
    context = await browser.new_context()
    page = await context.new_page()
    await chat.sign_in(page, site.url)
    await chat.ask(page, "How many days of paid annual leave are there, and how long is parental leave?")
    await context.storage_state(path=site.var_dir / "looks.json")
    citation = str(await chat.citations(page).first.get_attribute("href"))
    await _guided(site)
    found = Places(
        site.var_dir / "looks.json",
        page.url,
        site.url + citation,
        f"{site.url}/jobs/{job}",
        f"{site.url}/jobs/{failed_job}",
        f"{site.url}/answers/{runs[1]}",
    )
    await context.close()
    return found


LOOKS = (
    ("desk", "light"),
    ("desk", "dark"),
    ("tablet", "light"),
    ("phone", "dark"),
    ("zoomed", "light"),
)  # each size, each scheme; the desk in both


@pytest.fixture(params=LOOKS, ids="-".join)
async def look(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A window size and a colour scheme."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
async def context(browser: Browser, places: Places, look: tuple[str, str]) -> AsyncIterator[BrowserContext]:
    """A signed-in browser of that look."""
    width, height = SIZES[look[0]]
    opened = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if look[1] == "dark" else "light",
        reduced_motion="reduce",
        storage_state=places.cookies,
    )
    yield opened
    await opened.close()


async def _check(page: Page | Frame) -> None:
    await page.evaluate(SETTLED)
    assert await page.evaluate(TOO_WIDE) <= 0
    for _ in range(20):  # names are given in the frame after a button appears
        if not await page.evaluate(NAMELESS):
            break
        await asyncio.sleep(0.1)
    assert await page.evaluate(NAMELESS) == []
    assert await page.evaluate(FAINT, LEAST_CONTRAST) == []


async def _check_focus(page: Page, stops: int) -> None:
    for _ in range(stops):
        await page.keyboard.press("Tab")
        assert await page.evaluate(UNFOCUSED) == ""


async def test_chat(context: BrowserContext, site: Site, places: Places, look: tuple[str, str], shot: Shot) -> None:
    page = await context.new_page()
    await page.goto(site.url)
    await expect(page.locator("#chat-input")).to_be_visible()
    await expect(page.get_by_role("button", name=SUGGESTED).first).to_be_visible()
    await page.screenshot(path=shot(f"{'-'.join(look)}-empty"))
    await _check(page)
    await page.goto(places.answer)
    await expect(chat.citations(page).first).to_be_visible()
    await page.screenshot(path=shot(f"{'-'.join(look)}-answer"))
    await _check(page)
    await chat.citations(page).first.click()
    await expect(chat.panel(page).locator(".page:not(.loading) .mark").first).to_be_visible()
    await page.screenshot(path=shot(f"{'-'.join(look)}-panel"))
    await _check(page)
    await _check(page.frames[-1])
    box = await page.locator("#fn-panel").bounding_box()
    assert box is not None
    assert (box["width"] == SIZES[look[0]][0]) == (look[0] != "desk")  # a sheet where there is no room beside the chat
    await page.keyboard.press("Escape")
    await expect(page.locator("#fn-panel")).to_be_hidden()


async def test_pages_of_our_own(
    context: BrowserContext, site: Site, places: Places, look: tuple[str, str], shot: Shot
) -> None:
    page = await context.new_page()
    addresses = {
        "viewer": (places.citation, "handbook.pdf"),
        "job": (places.job, "Ready"),
        "failed": (places.failed_job, "damaged"),
        "no-job": (f"{site.url}/jobs/{NOWHERE}", "no such"),
        "nothing": (f"{site.url}/nothing/here", "nothing here"),
    }
    for name, (address, text) in addresses.items():
        await page.goto(address)
        await expect(page.locator("body")).to_contain_text(text)
        await expect(page.locator(".page:not(.loading) .mark")).to_have_count(3 if name == "viewer" else 0)
        await page.screenshot(path=shot(f"{'-'.join(look)}-{name}"))
        await _check(page)
        await _check_focus(page, 5 if name == "viewer" else 1)
        if name != "viewer":
            await expect(page.get_by_role("link")).to_have_attribute("href", "/")  # a way back


async def test_library(context: BrowserContext, site: Site, look: tuple[str, str], shot: Shot) -> None:
    page = await context.new_page()
    await page.goto(f"{site.url}/library")
    broken = page.locator(".body .row").filter(has_text="broken.pdf")
    await expect(broken).to_contain_text("Not read")
    await expect(page.locator(".summary")).to_contain_text(re.compile(r"\d documents"))
    await page.screenshot(path=shot(f"{'-'.join(look)}-library"))
    await _check(page)
    await _check_focus(page, 12)
    await broken.focus()
    await page.keyboard.press("Enter")
    await expect(broken.get_by_role("button", name="New version…")).to_be_visible()
    await page.screenshot(path=shot(f"{'-'.join(look)}-library-more"))
    await _check(page)
    await page.keyboard.press("Space")
    await expect(page.get_by_text("1 selected")).to_be_visible()
    await _check(page)
    await page.keyboard.press("Delete")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.screenshot(path=shot(f"{'-'.join(look)}-library-delete"))
    await _check(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Select none").click()
    await page.get_by_label("Find documents by name").fill("there is no document of such a name")
    await expect(page.get_by_role("button", name="Show all documents")).to_be_visible()
    await page.screenshot(path=shot(f"{'-'.join(look)}-library-none"))
    await _check(page)


async def test_how_an_answer_was_found_and_reviews(
    context: BrowserContext, site: Site, places: Places, look: tuple[str, str], shot: Shot
) -> None:
    page = await context.new_page()
    run = places.citation.split("/")[-2]
    await page.goto(f"{site.url}/answers/{run}")
    await expect(page.locator("figure .bar").first).to_be_visible()
    await page.screenshot(path=shot(f"{'-'.join(look)}-how"))
    await _check(page)
    await _check_focus(page, 1)
    await page.goto(places.refusal)
    await page.get_by_role("button", name="Tell an admin").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.screenshot(path=shot(f"{'-'.join(look)}-tell"))
    await _check(page)
    await _check_focus(page, 3)
    await page.goto(f"{site.url}/admin/reviews?kind=told&state=all")
    await expect(page.locator("tbody").first).to_contain_text("the old handbook")
    await page.screenshot(path=shot(f"{'-'.join(look)}-reviews"))
    await _check(page)
    await _check_focus(page, 4)
    await page.goto(f"{site.url}/admin/reviews?state=fixed&person=nobody")
    await expect(page.get_by_role("heading", name="Nothing fits these filters")).to_be_visible()
    await _check(page)


async def test_login(browser: Browser, site: Site, look: tuple[str, str], shot: Shot) -> None:
    width, height = SIZES[look[0]]
    scheme = "dark" if look[1] == "dark" else "light"
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = await context.new_page()
    await page.goto(f"{site.url}/login")
    await expect(page.get_by_label("Name")).to_be_focused()
    if look[0] == "phone":  # not everywhere: failed sign-ins are counted
        await page.get_by_label("Name").fill("nobody")
        await page.get_by_label("Password", exact=True).fill("wrong")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_text("The name or the password is wrong.", exact=True)).to_be_visible()
    await page.screenshot(path=shot(f"{'-'.join(look)}-login"))
    await _check(page)
    await context.close()
