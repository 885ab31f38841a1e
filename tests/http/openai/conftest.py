"""OpenAI's own client in front of the real app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2  # what the client speaks with
import pytest
from openai import AsyncOpenAI

from tests.http.conftest import BASE, House

OTHER_TEXT = b"Bananas are yellow. They grow in the tropics."


@asynccontextmanager
async def openai_client(house: House, username: str) -> AsyncIterator[AsyncOpenAI]:
    """The official client, signed in as an existing user; it tries nothing twice."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(house.app)) as http:
        token = await house.token(username)
        yield AsyncOpenAI(api_key=token, base_url=f"{BASE}/v1", http_client=http, max_retries=0)


@pytest.fixture
async def client(house: House) -> AsyncIterator[AsyncOpenAI]:
    """Alice's client; she has the handbook."""
    await house.make_user("alice")
    await house.bring("alice")
    async with openai_client(house, "alice") as opened:
        yield opened
