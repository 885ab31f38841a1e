"""What a person does before the page is quite there."""

import asyncio

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.documents import HANDBOOK
from tests.e2e import chat
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser


async def test_a_file_dropped_before_the_page_is_connected_is_not_lost(site: Site, page: Page) -> None:
    may_connect = asyncio.Event()

    async def connect_late(socket: WebSocketRoute) -> None:
        await may_connect.wait()
        socket.connect_to_server()

    await page.route_web_socket("**/ws/socket.io/**", connect_late)
    await chat.sign_in(page, site.url)
    await expect(page.locator("#upload-button:enabled")).to_have_count(0)
    await chat.let_go(page, "early.pdf", HANDBOOK)
    await expect(page.get_by_text("early.pdf")).to_have_count(0)
    may_connect.set()
    await expect(page.get_by_text("early.pdf").first).to_be_visible()
    await expect(page.locator("#chat-submit")).to_be_enabled()
