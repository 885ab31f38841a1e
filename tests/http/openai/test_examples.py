"""The examples, as a stranger runs them: over HTTP, against the server that Footnote uses."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server import http_config
from tests.http.conftest import LEAVE, House
from web.server.listener import Server

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
SAID = {
    "openai_client.py": ("twenty-eight days", "[1] handbook.pdf, page 2 http://127.0.0.1:"),
    "langchain_retriever.py": ("handbook.pdf page 2 ·",),
    "chat_stream.py": ("twenty-eight days", "[1] handbook.pdf, page 2"),
}


@pytest.fixture
async def address(house: House) -> AsyncIterator[str]:
    """A running server; Alice has the handbook."""
    await house.make_user("alice")
    await house.bring("alice")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = http_config(house.app, house.settings)
    config.lifespan = "off"
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await serving
    listener.close()


async def test_every_example_of_a_client_runs(house: House, address: str) -> None:
    token = await house.token("alice")
    for name, words in SAID.items():
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(EXAMPLES / name), address, token, LEAVE),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, wrong = await process.communicate()
        assert process.returncode == 0, wrong.decode()
        assert all(word in said.decode() for word in words), said.decode()
