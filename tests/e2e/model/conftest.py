"""A server before a stub model, a sign-in that the tests of a module share, and an empty conversation."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.e2e import chat
from tests.e2e.conftest import Site, running
from tests.stub_llm import RunningStub, running_stub

# The tests of a module ask the same questions of the same server; the model is to answer them all.
NOT_AGAIN = {"FOOTNOTE_CACHE_ANSWERS_S": "0", "FOOTNOTE_CACHE_LAST_KNOWN_S": "0"}


@pytest.fixture(scope="module")
def stub() -> Iterator[RunningStub]:
    """The model."""
    with running_stub() as started:
        yield started


@pytest.fixture(scope="module")
def llm_site(request: pytest.FixtureRequest, servers_dir: Path, stub: RunningStub) -> Iterator[Site]:
    """A server with that model and one document: the module's ``HANDBOOK``; it may set more in ``SETTINGS``."""
    model = {"FOOTNOTE_LLM_BASE_URL": stub.base_url, "FOOTNOTE_LLM_MODEL": "cite", "FOOTNOTE_LLM_API_KEY": "none"}
    settings: dict[str, str] = getattr(request.module, "SETTINGS", {})
    with running(servers_dir / request.module.__name__.rsplit(".", 1)[-1], **model | NOT_AGAIN | settings) as started:
        started.wait_ready()
        chat.upload(started, "handbook.pdf", request.module.HANDBOOK)
        yield started


@pytest.fixture(scope="module")
async def cookies(llm_site: Site, browser: Browser) -> Path:
    """A sign-in that the tests share."""
    context = await browser.new_context()
    await chat.sign_in(await context.new_page(), llm_site.url)
    path = llm_site.var_dir / "browser.json"
    await context.storage_state(path=path)
    await context.close()
    return path


@pytest.fixture
async def context(browser: Browser, cookies: Path) -> AsyncIterator[BrowserContext]:
    """The same person, in a browser of its own."""
    opened = await browser.new_context(viewport={"width": 1400, "height": 900}, storage_state=cookies)
    yield opened
    await opened.close()


@pytest.fixture
async def page(context: BrowserContext, llm_site: Site, stub: RunningStub) -> Page:
    """An empty conversation, before a model that answers."""
    stub.behave(None)
    opened = await context.new_page()
    await opened.goto(llm_site.url)
    await expect(opened.locator("#upload-button")).to_be_enabled()
    return opened
