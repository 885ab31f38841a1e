"""Asks Footnote as an assistant does, through the Model Context Protocol, and prints where each number of the answer leads.

python examples/mcp_client.py http://127.0.0.1:8000 TOKEN "How many days of leave are there?"
"""

import asyncio
import sys

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client


async def main(url: str, token: str, question: str) -> None:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=120) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client,
    ):
        answer = (await client.call_tool("ask", {"question": question})).structured_content
    print(answer["answer"])
    for citation in answer["citations"]:
        where = f", page {citation['page']}" if citation["page"] else ""
        print(f"[{citation['number']}] {citation['title']}{where}: {citation['url']}")


asyncio.run(main(*sys.argv[1:4]))
