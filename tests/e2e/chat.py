"""What a person does in the chat, step by step."""

import os
import subprocess
import sys
import time
from uuid import uuid4

from playwright.async_api import FrameLocator, Locator, Page, expect
from sqlalchemy import update

from core.access import Role
from core.passwords import hash_password
from db import libraries, users
from db.models import User
from tests.e2e.conftest import PASSWORD, ROOT, Site

ANSWER_MS = 30_000


async def sign_in(page: Page, url: str, username: str = "admin", password: str = PASSWORD) -> None:
    """From the login page to the empty chat."""
    await page.goto(f"{url}/login")
    await page.get_by_label("Name").fill(username)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#chat-input")).to_be_visible()


async def attach(page: Page, name: str, content: bytes, mime: str = "application/pdf") -> None:
    """Put a file into the composer the way the paper clip does."""
    await page.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": mime, "buffer": content})
    await expect(page.get_by_text(name).first).to_be_visible()


async def let_go(page: Page, name: str, content: bytes, mime: str = "application/pdf") -> None:
    """Drag a file over the chat and let go."""
    transfer = await page.evaluate_handle(
        """([name, mime, bytes]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name, {type: mime}));
            return transfer;
        }""",
        [name, mime, list(content)],
    )
    target = page.locator("#chat-input")
    for kind in ("dragenter", "dragover", "drop"):
        await target.dispatch_event(kind, {"dataTransfer": transfer})


async def drop(page: Page, name: str, content: bytes, mime: str = "application/pdf") -> None:
    """Drag a file over the chat, let go, and see it attached."""
    await let_go(page, name, content, mime)
    await expect(page.get_by_text(name).first).to_be_visible()


async def send(page: Page, text: str = "") -> None:
    """Type and press the button."""
    if text:
        await page.locator("#chat-input").click()
        await page.keyboard.type(text)
    await page.locator("#chat-submit").click()


def citations(page: Page) -> Locator:
    """The numbers in the answers."""
    return page.locator('a[href*="/cite/"]:not([href$="#passage"])')


async def ask(page: Page, question: str) -> None:
    """Ask, and wait until the answer is complete."""
    seen = await citations(page).count()
    await send(page, question)
    await expect(citations(page).nth(seen)).to_be_visible(timeout=ANSWER_MS)
    await expect(page.locator("#stop-button")).to_have_count(0, timeout=ANSWER_MS)


async def wait_for_upload(page: Page) -> None:
    """Until the pill of the last upload says that it is ready."""
    pill = page.locator('a[href*="/jobs/"]').last
    await expect(pill).to_have_attribute("data-job", "finished", timeout=ANSWER_MS)


def panel(page: Page) -> FrameLocator:
    """The side panel's content."""
    return page.frame_locator("aside iframe")


def questions(page: Page) -> Locator:
    """What the person wrote, one per message."""
    return page.locator('[data-step-type="user_message"] .message-content pre')


def answers(page: Page) -> Locator:
    """What Footnote wrote, one per message."""
    return page.locator('[data-step-type="assistant_message"] .message-content')


def entry(page: Page, title: str) -> Locator:
    """A conversation in the sidebar."""
    return page.locator('li[id^="thread-"]').filter(has_text=title)


async def choose(page: Page, title: str, action: str) -> Locator:
    """Pick an entry of a conversation's menu; the dialog that opens."""
    await entry(page, title).hover()
    await entry(page, title).locator("#thread-options").click()
    await page.get_by_role("menuitem", name=action).click()
    return page.get_by_role("dialog").or_(page.get_by_role("alertdialog"))


async def search(page: Page, words: str) -> Locator:
    """Search the conversations; what is found."""
    if not await page.get_by_role("combobox").count():
        await page.locator("#search-chats-button").click()
    await page.get_by_role("combobox").fill(words)
    return page.get_by_role("option")


async def edit(page: Page, question: str, changed: str) -> None:
    """Change a question that was asked."""
    message = page.locator('[data-step-type="user_message"]').filter(has_text=question)
    await message.hover()
    await message.locator("button").first.click()
    await page.locator("#edit-chat-input").fill(changed)
    await message.get_by_role("button", name="Confirm").or_(page.get_by_role("button", name="Confirm")).first.click()


async def stop(page: Page) -> None:
    """Press Stop, and wait until it took effect."""
    await page.locator("#stop-button").click()
    await expect(page.locator("#stop-button")).to_have_count(0)


def upload(site: Site, name: str, content: bytes, username: str = "admin") -> None:
    """Bring a document into a person's library over HTTP, and wait until it can be asked about."""
    with site.client(username) as client:
        job = client.post("/api/documents", files={"file": (name, content)}).raise_for_status().json()["job"]
        while job["state"] not in ("finished", "failed"):
            time.sleep(0.1)
            job = client.get(f"/api/jobs/{job['job_id']}").json()
    assert job["state"] == "finished", job


def footnote(site: Site, *arguments: str, text: str = "") -> None:
    """Run the command line beside a server."""
    command = [sys.executable, "-m", "cli", *arguments]
    environment = {**os.environ, "FOOTNOTE_VAR_DIR": str(site.var_dir)}
    subprocess.run(command, cwd=ROOT, env=environment, input=text, text=True, check=True, capture_output=True)


async def add_user(site: Site, username: str, role: Role = Role.USER) -> None:
    """Add a person with the password of the tests, as ``footnote user add`` does; that takes seconds to start.

    Who had the name in an earlier module of tests on this server has another from now on.
    """
    async with site.rows() as database, database.transaction() as session:
        earlier = update(User).where(User.username == username).values(username=f"{username}-{uuid4().hex[:8]}")
        await session.execute(earlier)
        user = await users.create(session, username=username, password_hash=hash_password(PASSWORD), role=role)
        await libraries.create_personal(session, user.id, username)
