"""A server before a stub model, a person for the tests of a module, and an empty conversation."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from core.access import Role
from tests.e2e import chat
from tests.e2e.conftest import Site
from tests.stub_llm import RunningStub, running_stub

# The tests of a module ask the same questions of the same server; the model is to answer them all.
NOT_AGAIN = {"FOOTNOTE_CACHE_ANSWERS_S": "0", "FOOTNOTE_CACHE_LAST_KNOWN_S": "0"}


@pytest.fixture(scope="session")
def stub() -> Iterator[RunningStub]:
    """The model."""
    with running_stub() as started:
        yield started


@pytest.fixture(scope="module")
def llm_site(request: pytest.FixtureRequest, sites: Callable[..., Site], stub: RunningStub) -> Site:
    """A server with that model; a module may set more in ``SETTINGS``."""
    model = {"FOOTNOTE_LLM_BASE_URL": stub.base_url, "FOOTNOTE_LLM_MODEL": "cite", "FOOTNOTE_LLM_API_KEY": "none"}
    settings: dict[str, str] = getattr(request.module, "SETTINGS", {})
    return sites(**model | NOT_AGAIN | settings)


@pytest.fixture(scope="module")
async def person(request: pytest.FixtureRequest, llm_site: Site) -> str:
    """An admin that the tests of a module share, with one document: the module's ``HANDBOOK``."""
    name = str(request.module.__name__.rsplit("_", 1)[-1])
    await chat.add_user(llm_site, name, Role.ADMIN)
    await asyncio.to_thread(chat.upload, llm_site, "handbook.pdf", request.module.HANDBOOK, name)
    return name


@pytest.fixture(scope="module")
async def cookies(llm_site: Site, person: str, browser: Browser) -> Path:
    """Their sign-in."""
    context = await browser.new_context()
    await chat.sign_in(await context.new_page(), llm_site.url, person)
    path = llm_site.var_dir / f"{person}.json"
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
