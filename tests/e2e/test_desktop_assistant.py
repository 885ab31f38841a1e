"""``footnote mcp``: an assistant that starts it as a program, and a real server behind it."""

import os
import subprocess
import sys

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.e2e import chat
from tests.e2e.conftest import ROOT, Site

RULES = b"The ferry to Barreiro leaves every twenty minutes. A ticket costs two euros and eighty cents."


async def test_a_desktop_assistant_asks_a_running_server(site: Site) -> None:
    chat.upload(site, "ferry.txt", RULES)
    token = site.token("admin")
    program = StdioServerParameters(
        command=sys.executable,
        args=["-m", "cli", "mcp", "--url", site.url],
        env={**os.environ, "FOOTNOTE_API_KEY": token},
        cwd=ROOT,
    )
    async with Client(stdio_client(program)) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        answer = await client.call_tool("ask", {"question": "How often does the ferry to Barreiro leave?"})
        resources = (await client.list_resources()).resources
    assert "ask" in names
    assert "every twenty minutes" in answer.structured_content["answer"]
    assert answer.structured_content["citations"][0]["url"].startswith(site.url)
    assert "ferry.txt" in [resource.name for resource in resources]


def test_the_example_of_an_assistant_runs(site: Site) -> None:
    chat.upload(site, "ferry.txt", RULES)
    question = "How often does the ferry to Barreiro leave?"
    command = [sys.executable, "examples/mcp_client.py", site.url, site.token("admin"), question]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert "every twenty minutes" in ended.stdout
    assert f"[1] ferry.txt: {site.url}/cite/" in ended.stdout


@pytest.mark.parametrize(
    ("url", "key", "sentence"),
    [
        (None, "fn_wrong", "The key is not accepted"),
        ("http://127.0.0.1:9", "x", "Nothing answers at"),
        (None, "", "Set FOOTNOTE_API_KEY"),
    ],
)
def test_what_keeps_it_from_starting_is_said(site: Site, url: str | None, key: str, sentence: str) -> None:
    command = [sys.executable, "-m", "cli", "mcp", "--url", url or site.url, "--key", key]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert ended.returncode == 1
    assert ended.stderr.startswith("footnote: ")
    assert sentence in ended.stderr
