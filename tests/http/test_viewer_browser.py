"""The pages behind footnotes and jobs in a real browser: what a reader sees, turns and zooms."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect
from starlette.staticfiles import StaticFiles

from accounts.oidc import OidcProvider
from core.settings import OidcSettings
from tests.documents import HANDBOOK, word
from tests.http.conftest import LEAVE, NOBODYS, PUBLIC, House, asked, upload
from tests.shots import shots

pytestmark = pytest.mark.browser

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
NOTES = """# Garden 🌱 notes

The blackbird 🐦 sings at dawn from the highest branch.

- Robins stay through the winter months.
- Swifts leave in August.

| Bird | Eggs |
| --- | --- |
| Wren | 6 |
| Heron | 4 |

<img src=x onerror="document.title='run'">
"""


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("Chromium is missing (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield opened
        await opened.close()


@pytest.fixture
async def url(house: House) -> AsyncIterator[str]:
    """The app on a port of its own, with the files of ``public/`` beside it."""
    house.app.mount("/public", StaticFiles(directory=PUBLIC))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(house.app, log_config=None, lifespan="off", timeout_graceful_shutdown=2))
    running = asyncio.create_task(server._serve(sockets=[listener]))  # serve() would take over the signals
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await running


@pytest.fixture
async def context(browser: Browser, house: House, url: str) -> AsyncIterator[BrowserContext]:
    """Alice's browser, signed in by cookie."""
    await house.make_user("alice")
    opened = await browser.new_context(viewport={"width": 1100, "height": 800})
    await opened.add_cookies([{"name": "access_token", "value": await house.token("alice", "browser"), "url": url}])
    yield opened
    await opened.close()


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """A tab; the test fails when the page complains on its console."""
    opened, complaints = await context.new_page(), []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    assert not [text for text in complaints if "status of 4" not in text]


@pytest.fixture
def shot() -> Iterator[Callable[[str], str]]:
    with shots() as path_of:
        yield path_of


async def width_of(locator: Locator) -> float:
    box = await locator.bounding_box()
    assert box
    return box["width"]


async def cite(house: House, question: str) -> tuple[str, dict[str, Any]]:
    """Address and citation of the first number in Alice's answer."""
    async with house.signed_in("alice") as client:
        answer = (await asked(client, question)).json()
    citation: dict[str, Any] = answer["citations"][0]
    return citation["url"], citation


async def test_a_pdf_opens_at_the_page_with_the_passage_marked(
    house: House, url: str, page: Page, shot: Callable[[str], str]
) -> None:
    document = await house.bring("alice")
    path, _ = await cite(house, LEAVE)
    await page.goto(url + path)
    image = page.locator(".page img")
    await expect(image).to_have_attribute("alt", "Page 2 of handbook.pdf")
    await expect(page.locator(".page:not(.loading) img")).to_be_visible()
    assert await page.locator("h1").inner_text() == "handbook.pdf"
    assert await page.locator(".place").inner_text() == "Page  of 3"
    assert await page.locator(".place input").input_value() == "2"
    marks = page.locator(".mark")
    assert await marks.count() >= 1
    await expect(marks.first).to_be_in_viewport()
    frame, mark = await image.bounding_box(), await marks.first.bounding_box()
    assert frame
    assert mark
    assert frame["x"] < mark["x"] < mark["x"] + mark["width"] < frame["x"] + frame["width"]
    await page.screenshot(path=shot("pdf-wide-light"))

    await page.keyboard.press("ArrowRight")
    await expect(image).to_have_attribute("alt", "Page 3 of handbook.pdf")
    assert await marks.count() == 0
    await expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    await page.get_by_role("button", name="Back to the cited passage").click()
    await expect(marks.first).to_be_in_viewport()

    width = await width_of(image)
    await page.keyboard.press("+")
    assert await width_of(image) > width * 1.2
    await expect(marks.first).to_be_in_viewport()
    await page.keyboard.press("0")
    assert await width_of(image) == pytest.approx(width, abs=1)

    await page.locator(".place input").fill("1")
    await page.locator(".place input").press("Enter")
    await expect(image).to_have_attribute("alt", "Page 1 of handbook.pdf")
    href = await page.get_by_role("link", name="Original").get_attribute("href")
    assert href == f"/api/documents/{document.id}/file?version=1#page=2"


async def test_a_sharp_screen_and_a_narrow_panel(
    house: House, url: str, browser: Browser, shot: Callable[[str], str]
) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    path, _ = await cite(house, LEAVE)
    opened = await browser.new_context(
        viewport={"width": 380, "height": 720}, device_scale_factor=3, color_scheme="dark"
    )
    await opened.add_cookies([{"name": "access_token", "value": await house.token("alice", "browser"), "url": url}])
    tab = await opened.new_page()
    await tab.goto(f"{url}{path}?embed=1")
    await expect(tab.locator(".page:not(.loading) img")).to_be_visible()
    title = await tab.locator("header.title").bounding_box()
    assert title is not None
    assert (title["width"], title["height"]) == (1, 1)  # for those who hear the page; the panel shows it
    assert "width=1200" in await tab.evaluate("document.querySelector('.page img').currentSrc")
    assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect(tab.locator(".mark").first).to_be_in_viewport()
    await tab.screenshot(path=shot("pdf-narrow-dark"))
    await opened.close()


async def test_text_is_shown_by_its_structure_with_the_passage_marked_and_nothing_run(
    house: House, url: str, page: Page, shot: Callable[[str], str]
) -> None:
    await house.bring("alice", NOTES.encode(), "garden.md")
    path, citation = await cite(house, "When does the blackbird sing?")
    await page.goto(url + path)
    marked = page.locator("mark")
    await expect(marked.first).to_be_in_viewport()
    assert "".join(await marked.all_inner_texts()) == citation["quote"]
    assert await page.locator("article h2").first.inner_text() == "Garden 🌱 notes"
    assert await page.locator("article li").count() == 2
    assert await page.locator("article td").all_inner_texts() == ["Bird", "Eggs", "Wren", "6", "Heron", "4"]
    assert await page.locator("article img").count() == 0
    assert await page.title() != "run"
    await page.screenshot(path=shot("text-wide-light"))
    await page.goto(f"{url}{path}?theme=dark")
    await expect(marked.first).to_be_in_viewport()
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 26)"
    await page.set_viewport_size({"width": 360, "height": 700})
    await page.screenshot(path=shot("text-narrow-dark"))
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_sections_turn_like_pages(house: House, url: str, page: Page) -> None:
    await house.bring(
        "alice", word([f"Chapter {n}. " + "Rain fell on the hills. " * 40 for n in range(30)]), "long.docx"
    )
    path, _ = await cite(house, "On what did rain fall?")
    await page.goto(url + path)
    await expect(page.locator("mark").first).to_be_in_viewport()
    count = int((await page.locator(".place").inner_text()).split(" of ")[1])
    await page.locator(".place input").fill(str(count))
    await page.locator(".place input").press("Enter")
    await expect(page.locator("article")).to_be_visible()
    assert await page.locator(".place input").input_value() == str(count)
    download = page.get_by_role("link", name="Download")
    assert await download.get_attribute("download") is not None


async def test_what_cannot_be_shown_is_said(
    house: House, url: str, page: Page, context: BrowserContext, shot: Callable[[str], str]
) -> None:
    document = await house.bring("alice")
    path, _ = await cite(house, LEAVE)
    async with house.signed_in("alice") as client:
        await client.delete(f"/api/documents/{document.id}")
    await page.goto(url + path)
    await expect(page.get_by_text("“handbook.pdf” has been deleted")).to_be_visible()
    await page.goto(f"{url}/cite/{NOBODYS}/1")
    await expect(page.get_by_text("There is no such")).to_be_visible()
    await context.clear_cookies()
    await page.goto(url + path)
    await expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    await page.screenshot(path=shot("signed-out"))


async def test_in_a_frame_escape_tells_the_page_around_it(house: House, url: str, page: Page) -> None:
    await house.bring("alice")
    path, _ = await cite(house, LEAVE)
    await page.goto(f"{url}/health/live")
    script = """path => new Promise(done => {
      addEventListener('message', event => done(event.data.type));
      const frame = document.createElement('iframe');
      frame.src = path;
      frame.onload = () => { frame.contentWindow.focus();
        frame.contentDocument.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true})); };
      document.body.append(frame);
    })"""
    await page.route("**/health/live", lambda route: route.fulfill(body="<body></body>", content_type="text/html"))
    await page.goto(f"{url}/health/live")
    assert await page.evaluate(script, f"{path}?embed=1") == "footnote:close"


async def test_a_jobs_page_follows_the_job(house: House, url: str, page: Page, shot: Callable[[str], str]) -> None:
    async with house.signed_in("alice") as client:
        job = (await upload(client, HANDBOOK)).json()["job"]
    await page.goto(f"{url}/jobs/{job['job_id']}")
    await expect(page.get_by_role("status")).to_have_text("Waiting…")
    await page.screenshot(path=shot("job"))
    await house.pipeline.run(UUID(job["job_id"]))
    await expect(page.get_by_role("status")).to_contain_text("Ready. 3 passages", timeout=10_000)


async def test_a_key_is_made_shown_once_and_revoked_with_the_keyboard_alone(
    house: House, url: str, page: Page, shot: Callable[[str], str]
) -> None:
    await page.goto(f"{url}/keys")
    await expect(page.get_by_role("heading", name="No keys yet")).to_be_visible()
    await page.get_by_role("button", name="New key").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.type("nightly import")
    await page.screenshot(path=shot("keys-new"))
    await page.keyboard.press("Enter")
    key = await page.get_by_label("The key", exact=True).input_value()
    assert (await house.accounts.authenticate(key, kind="api")).username == "alice"
    await page.screenshot(path=shot("keys-made"))
    await page.keyboard.press("Escape")
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="nightly import"))
    await expect(card).to_contain_text("ask")
    for theme, width in (("light", 1100), ("dark", 390)):
        await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        await page.set_viewport_size({"width": width, "height": 800})
        await page.screenshot(path=shot(f"keys-{theme}"))
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await card.get_by_role("button", name="Revoke nightly import").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(card).to_contain_text("Revoked")
    async with house.visitor(Authorization=f"Bearer {key}") as client:
        assert (await client.get("/api/auth/me")).status_code == 401


async def test_the_page_of_keys_says_what_is_wrong(house: House, url: str, page: Page) -> None:
    await page.goto(f"{url}/keys")
    await page.get_by_role("button", name="New key").click()
    await page.get_by_label("Name, to know it by").fill("script")
    await page.get_by_role("checkbox", name="Ask").uncheck()
    await page.get_by_role("button", name="Make the key").click()
    await expect(page.get_by_role("alert")).to_contain_text("A key needs at least one of the scopes")
    await page.get_by_role("checkbox", name="Read Documents").check()
    await page.get_by_role("button", name="Make the key").click()
    await expect(page.get_by_label("The key", exact=True)).to_be_visible()
    del house


async def test_the_sign_in_page_offers_single_sign_on(house: House, url: str, page: Page) -> None:
    """The script alone, on a page like Chainlit's: a form that React makes."""
    oidc = OidcSettings(issuer="http://localhost:1", client_id="footnote", name="Keycloak")
    house.accounts.oidc = OidcProvider(oidc, "s" * 32)
    script = '<script type="module" src="/public/chat/sso.js"></script>'
    content = f"<!doctype html><form><button>Sign in</button></form>{script}"
    await page.route("**/login", lambda route: route.fulfill(body=content, content_type="text/html"))
    await page.goto(f"{url}/login")
    link = page.get_by_role("link", name="Sign in with Keycloak")
    await expect(link).to_have_attribute("href", "/sso/login")
    await page.evaluate("document.querySelector('form').replaceChildren('made anew')")
    await expect(link).to_be_visible()
