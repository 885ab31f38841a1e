"""The review queue in a browser: by keyboard and by mouse, in few clicks, and what the sender reads when it is fixed."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.documents import HANDBOOK
from tests.e2e import chat
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser
Shot = Callable[[str], str]

ODD = "Which enzymes break down lactose in the small intestine?"
LIKE_ODD = "Which enzymes break down lactose in the gut?"
LEAVE = "How many days of paid annual leave does every employee receive?"
REPLY = "The nutrition leaflet is in the library now."
LOOKS = {"wide-light": (1280, "light"), "wide-dark": (1280, "dark"), "narrow-light": (390, "light")}


def _ask(client: httpx.Client, question: str, note: str | None = None, rating: dict[str, str] | None = None) -> str:
    """Ask; the id of the answer run."""
    answer = client.post("/api/chat", json={"question": question}).raise_for_status().json()
    run_id = str(answer["answer_run_id"])
    if note is not None:
        client.post(f"/api/answer-runs/{run_id}/review", json={"note": note}).raise_for_status()
    if rating:
        client.post("/api/feedback", json={"answer_run_id": run_id, **rating}).raise_for_status()
    return run_id


def _items(site: Site, count: int) -> list[dict[str, object]]:
    """The items of the queue, once there are so many."""
    with site.client() as client:
        for _ in range(100):
            items: list[dict[str, object]] = client.get("/api/review-items?limit=200&person=quinn").json()["items"]
            if len(items) >= count and any(item["alike"] for item in items):
                return items
            time.sleep(0.3)
    raise AssertionError(f"{len(items)} items instead of {count}")


@pytest.fixture(scope="module")
async def runs(site: Site) -> dict[str, str]:
    """What Quinn asked and said."""
    await chat.add_user(site, "quinn")

    def ask() -> dict[str, str]:
        chat.upload(site, "handbook.pdf", HANDBOOK, "quinn")
        with site.client("quinn") as client:
            made = {
                "sent": _ask(client, ODD, note="It was in the old leaflet."),
                "alike": _ask(client, LIKE_ODD, note=""),
                "rated": _ask(client, LEAVE, rating={"rating": "down", "comment": "It is thirty by now."}),
                "refused": _ask(client, "How old is the moon?"),
            }
        _items(site, 4)
        return made

    return await asyncio.to_thread(ask)


@pytest.fixture
async def admin(browser: Browser, site: Site, runs: dict[str, str]) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    await chat.sign_in(page, site.url)
    await page.goto(f"{site.url}/admin/reviews?person=quinn&state=new")
    yield page
    await context.close()


@pytest.mark.parametrize("look", LOOKS)
async def test_the_pages_look_right(admin: Page, site: Site, shot: Shot, look: str) -> None:
    width, scheme = LOOKS[look]
    await admin.set_viewport_size({"width": width, "height": 900})
    list_page = f"{site.url}/admin/reviews?person=quinn&state=all"
    pages = {"list": list_page, "empty": f"{site.url}/admin/reviews?person=nobody", "item": "", "closed": ""}
    for name, address in pages.items():
        await admin.goto(address or list_page)
        if name == "item":
            await admin.get_by_role("link", name=LIKE_ODD).click()
        if name == "closed":
            await admin.get_by_role("link", name="Question not open to you").first.click()
        await admin.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await expect(admin.locator("h1")).to_have_count(1)
        assert await admin.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert await admin.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
            ".every((field) => field.labels.length || field.ariaLabel)"
        )
        await admin.screenshot(path=shot(f"reviews-{name}-{look}"), full_page=True)


async def test_an_item_goes_by_keyboard_from_the_list_to_its_cause_and_state(admin: Page) -> None:
    closed = admin.get_by_role("link", name="Question not open to you")
    count = await closed.count()
    await closed.first.focus()
    await admin.keyboard.press("ArrowDown")
    await admin.keyboard.press("ArrowUp")
    await expect(closed.first).to_be_focused()
    await admin.keyboard.press("Enter")
    await expect(admin.get_by_role("heading", name="Review item")).to_be_visible()
    await admin.get_by_label("Not known yet").focus()
    await admin.keyboard.press("ArrowUp")
    await expect(admin.get_by_label("Not answerable")).to_be_checked()
    await admin.get_by_role("button", name="Triaged").focus()
    await admin.keyboard.press("Enter")
    await expect(admin.get_by_role("status")).to_have_text("Saved.")
    await expect(admin.get_by_role("cell", name="New → Triaged")).to_be_visible()
    await admin.goto(admin.url.split("/admin")[0] + "/admin/reviews?person=quinn&state=new")
    assert await closed.count() == count - 1


async def test_questions_alike_are_fixed_in_three_clicks_each_and_the_sender_reads_it(
    admin: Page, browser: Browser, site: Site, runs: dict[str, str], shot: Shot
) -> None:
    clicks: dict[str, int] = {}

    async def click(step: str, role: str, name: str) -> None:
        await admin.get_by_role(role, name=name, exact=role != "link").first.click()  # type: ignore[arg-type]
        clicks[step] = clicks.get(step, 0) + 1

    await click("see", "link", LIKE_ODD)
    await click("cause", "radio", "Missing document")
    await admin.get_by_label(re.compile(r"Also for \d+ open alike")).check()  # others ask it, too, in other tests
    await admin.get_by_label("Answer to the person").fill(REPLY)
    await click("state", "button", "Fixed")
    await expect(admin.get_by_role("status")).to_have_text(re.compile(r"^Saved, for \d+ items\.$"))
    assert sum(clicks.values()) <= 3
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    await chat.sign_in(page, site.url, "quinn")
    await page.goto(f"{site.url}/answers/{runs['sent']}")
    await expect(page.get_by_text(f"Fixed: {REPLY}")).to_be_visible()
    await page.screenshot(path=shot("reviews-fixed-answer"))
    with site.client("quinn") as client:
        thread_id = client.get(f"/api/answer-runs/{runs['sent']}").json()["thread_id"]
    await page.goto(f"{site.url}/thread/{thread_id}")
    await expect(page.get_by_role("button", name=f"Fixed: {REPLY}")).to_be_visible()
    await page.screenshot(path=shot("reviews-fixed-chat"))
    await context.close()


async def test_who_rated_an_answer_down_reads_below_it_what_became_of_it(
    admin: Page, browser: Browser, site: Site, runs: dict[str, str], shot: Shot
) -> None:
    """Nobody sent it, and it is no refusal: there is no button in whose place it could stand."""
    await admin.goto(f"{site.url}/admin/reviews?person=quinn&kind=thumbs_down&state=all")
    await admin.get_by_role("link", name="Question not open to you").click()
    await admin.get_by_label("Answer to the person").fill("The handbook says thirty now. 😀")
    await admin.get_by_role("button", name="Fixed").click()
    await expect(admin.get_by_role("status")).to_have_text("Saved.")
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    await chat.sign_in(page, site.url, "quinn")
    with site.client("quinn") as client:
        thread_id = client.get(f"/api/answer-runs/{runs['rated']}").json()["thread_id"]
    await page.goto(f"{site.url}/thread/{thread_id}")
    said = page.get_by_text("Fixed: The handbook says thirty now. 😀")
    await expect(said).to_be_visible()
    await expect(said).to_have_count(1)
    await page.screenshot(path=shot("reviews-settled-chat"))
    await context.close()


async def test_asking_again_shows_the_old_answer_beside_the_new(
    admin: Page, site: Site, runs: dict[str, str], shot: Shot
) -> None:
    text = b"Lactase is the enzyme that breaks down lactose in the small intestine."
    await asyncio.to_thread(chat.upload, site, "nutrition.txt", text, "quinn")
    await admin.goto(f"{site.url}/admin/reviews?person=quinn&state=all&each=1")
    await admin.get_by_role("link", name=ODD).click()
    await admin.get_by_role("button", name="Ask again now").click()
    now = admin.get_by_role("region", name="Now")
    await expect(now.get_by_text("Answered")).to_be_visible()
    await expect(now.locator(".answer")).to_contain_text("Lactase is the enzyme")
    await expect(admin.get_by_role("region", name="Then")).to_contain_text("Not answered by the documents")
    await admin.screenshot(path=shot("reviews-again"), full_page=True)


async def test_all_are_selected_at_once_and_nothing_is_changed_without_a_choice(admin: Page) -> None:
    await admin.goto(admin.url.replace("state=new", "state=all"))
    await admin.get_by_label("Select all").check()
    boxes = admin.locator("tbody input[type=checkbox]")
    assert await boxes.evaluate_all("(boxes) => boxes.every((box) => box.checked)")
    await admin.get_by_role("button", name="Change").click()
    await expect(admin.get_by_role("alert")).to_contain_text("Nothing was chosen to change")
    assert await boxes.evaluate_all("(boxes) => boxes.every((box) => box.checked)")  # kept
