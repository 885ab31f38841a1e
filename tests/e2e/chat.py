"""What a person does in the chat, step by step."""

from playwright.async_api import FrameLocator, Locator, Page, expect

from tests.e2e.conftest import PASSWORD

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


async def drop(page: Page, name: str, content: bytes, mime: str = "application/pdf") -> None:
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
    await expect(page.get_by_text(name).first).to_be_visible()


async def send(page: Page, text: str = "") -> None:
    """Type and press the button."""
    if text:
        await page.locator("#chat-input").click()
        await page.keyboard.type(text)
    await page.locator("#chat-submit").click()


def citations(page: Page) -> Locator:
    """The numbers in the answers."""
    return page.locator('a[href*="/cite/"]')


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
