"""The dashboard and the jobs monitor in a real browser: wide and narrow, by day and by night, by keyboard, with and without scripts."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, StorageState, StorageStateCookie, expect
from sqlalchemy import select, text, update

from answers.sums import LOCK, SumKeeper
from db import jobs, libraries
from db.base import now
from db.models import Document, IngestionJob, User
from db.session import Database
from tests.e2e.conftest import PASSWORD, Site, running
from tests.filled_console import Size, fill

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]
SIZE = Size(runs=9_000, threads=900, people=25, documents=20, days=20, jobs=300)
LOOKS = {"wide": (1280, 900), "narrow": (390, 844)}
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"
DAMAGED = "This PDF is damaged and cannot be opened."


@pytest.fixture(scope="module")
def console_site(servers_dir: Path, models: Path) -> Iterator[Site]:
    """A server that has been in use for three weeks."""
    with running(servers_dir / "dash") as site:
        site.wait_ready()
        yield site


@pytest.fixture(scope="module")
async def cookies(console_site: Site) -> StorageState:
    """The sign-in of its admin; its rows are made before."""
    async with console_site.rows() as database:
        await _fill(database)
        while not await SumKeeper(database).keep_up():
            await asyncio.sleep(0.5)
    given = {"username": "admin", "password": PASSWORD}
    with httpx.Client(base_url=console_site.url, headers={"Origin": console_site.url}, timeout=120) as client:
        client.post("/login", data=given).raise_for_status()
        return {"cookies": [_cookie(one.name, one.value or "") for one in client.cookies.jar], "origins": []}


async def _fill(database: Database) -> None:
    """Make the rows while the server adds nothing up: it would take what is old for final."""
    while True:
        async with database.advisory_lock(LOCK) as is_alone:
            if is_alone:
                await fill(database, SIZE)
                async with database.transaction() as session:
                    await session.execute(text("TRUNCATE activity_sums, sum_marks"))
                return
        await asyncio.sleep(0.5)


def _cookie(name: str, value: str) -> StorageStateCookie:
    where = {"domain": "127.0.0.1", "path": "/", "expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}
    return {"name": name, "value": value, **where}  # type: ignore[typeddict-item]


@pytest.fixture
async def admin(browser: Browser, cookies: StorageState) -> AsyncIterator[BrowserContext]:
    """The admin's browser, wide."""
    context = await browser.new_context(storage_state=cookies, viewport={"width": 1280, "height": 900})
    yield context
    await context.close()


async def _file(site: Site, title: str, state: str, **columns: object) -> UUID:
    """A file of the admin's own with a job in a state in which the worker leaves it; returns the job's id."""
    async with site.rows() as database, database.transaction() as session:
        user = (await session.scalars(select(User).where(User.username == "admin"))).one()
        library_id = await libraries.personal_of(session, user.id)
        document = Document(
            library_id=library_id,
            title=title,
            mime_type="application/pdf",
            size_bytes=730_000,
            sha256=uuid4().hex * 2,
            blob_key=f"documents/{uuid4()}",
            state="failed" if state == "failed" else "pending",
        )
        session.add(document)
        await session.flush()
        job = await jobs.create(session, document.id, user_id=user.id)
        await session.execute(update(IngestionJob).where(IngestionJob.id == job.id).values(state=state, **columns))
    return job.id


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("look", LOOKS)
async def test_how_they_look(
    console_site: Site, browser: Browser, cookies: StorageState, shot: Shot, look: str, scheme: Literal["light", "dark"]
) -> None:
    """Nothing sticks out of the page, nothing comes from elsewhere, and no script or style is refused."""
    await _file(console_site, "Travel policy.pdf", "failed", error=DAMAGED, reference="76154b716318", finished_at=now())
    stays = {"heartbeat_at": now().replace(year=2099)}
    running_file = {"stage": "embedding", "percent": 61, "pages_done": 40, "pages_total": 66, "eta_s": 75}
    await _file(console_site, "Annual report 2025.pdf", "started", **running_file, **stays)
    width, height = LOOKS[look]
    context = await browser.new_context(
        storage_state=cookies, viewport={"width": width, "height": height}, color_scheme=scheme
    )
    page, said = await context.new_page(), list[str]()  # by the console, and requests to other hosts
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: said.append(request.url) if console_site.url not in request.url else None)
    pages = {"dashboard": "/admin?range=month", "jobs": "/admin/jobs?state=failed", "running": "/admin/jobs"}
    for name, address in pages.items():
        await page.goto(console_site.url + address)
        await expect(page.locator("h1")).to_have_count(1)
        await page.screenshot(path=shot(f"{name}-{look}-{scheme}"), full_page=True)
        assert await page.evaluate(TOO_WIDE) <= 0, name
    await context.close()
    assert not said


async def test_every_chart_has_a_table_that_opens_by_keyboard(console_site: Site, admin: BrowserContext) -> None:
    page = await admin.new_page()
    await page.goto(f"{console_site.url}/admin?range=quarter")
    chart = page.locator("section[aria-labelledby=questions-title]")
    await expect(chart.get_by_role("img")).to_be_visible()
    assert "at last" in (await chart.locator("desc").text_content() or "")
    await chart.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(chart.get_by_role("row")).to_have_count(92)
    await page.get_by_role("link", name="Day", exact=True).click()
    await expect(page.get_by_role("link", name="Day", exact=True)).to_have_attribute("aria-current", "true")
    chart = page.locator("section[aria-labelledby=questions-title]")
    await chart.locator("summary").click()
    await expect(chart.get_by_role("row")).to_have_count(25)


async def test_a_file_that_fails_comes_into_the_list_by_itself(console_site: Site, admin: BrowserContext) -> None:
    page = await admin.new_page()
    await page.goto(f"{console_site.url}/admin/jobs?state=failed")
    await expect(page.locator("#live")).to_contain_text("listens")
    name = f"{uuid4().hex[:8]}.pdf"
    job_id = await _file(console_site, name, "failed", error=DAMAGED, finished_at=now())
    row = page.get_by_role("row", name=name)
    await expect(row).to_contain_text(DAMAGED)
    again = page.locator(f"#retry-{job_id}")
    await again.focus()
    await asyncio.sleep(4)  # longer than until the next look: the focus stays where it is
    await expect(again).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").first).to_have_text("The file is read again.")
    await expect(page.get_by_role("row", name=name)).to_have_count(0)


async def test_a_hidden_page_asks_nothing(console_site: Site, admin: BrowserContext) -> None:
    page = await admin.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/live" in request.url else None)
    await page.add_init_script("Object.defineProperty(document, 'hidden', {get: () => window.isAway ?? false})")
    await page.goto(f"{console_site.url}/admin/jobs")
    async with page.expect_request("**/admin/jobs/live*"):
        pass
    await page.evaluate("window.isAway = true")
    before = len(asked)
    await asyncio.sleep(6)
    assert len(asked) <= before + 1


async def test_all_works_without_scripts(console_site: Site, browser: Browser, cookies: StorageState) -> None:
    for number in range(3):
        stays = {"not_before": now().replace(year=2099), "notice": "The disk is almost full."}
        await _file(console_site, f"waits {number}.pdf", "queued", **stays)
    context = await browser.new_context(storage_state=cookies, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{console_site.url}/admin/jobs?state=queued")
    await expect(page.get_by_text("The disk is almost full.").first).to_be_visible()
    await page.get_by_role("link", name="Stop all that wait…").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Stop files?")
    await page.get_by_role("button", name="Stop all").click()
    await expect(page.get_by_role("status").first).to_contain_text("files were stopped.")
    await expect(page.get_by_role("row", name="waits 2.pdf")).to_contain_text("Stopped")
    await context.close()


async def test_others_are_turned_away(console_site: Site, page: Page) -> None:
    for address in ("/admin", "/admin/jobs"):
        response = await page.goto(console_site.url + address)
        assert response is not None
        assert response.status == 401
