"""``footnote mcp``: a desktop assistant talks to this process on stdin and stdout, and it talks to a running Footnote at ``/mcp``.

It opens nothing itself: documents stay with the server, and an embedded index belongs to one process.
"""

from typing import Any

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
)

from core.errors import StartupFailed

ANSWER_S = 600.0  # an answer of a slow model takes its time

Call = ServerRequestContext[Any, Any]


def relay(client: Client) -> Server[Any]:
    """A server whose every request is answered by another one."""

    async def list_tools(_: Call, params: PaginatedRequestParams | None) -> ListToolsResult:
        return await client.list_tools(cursor=params.cursor if params else None)

    async def call_tool(_: Call, params: CallToolRequestParams) -> CallToolResult:
        return await client.call_tool(params.name, params.arguments)

    async def list_resources(_: Call, params: PaginatedRequestParams | None) -> ListResourcesResult:
        return await client.list_resources(cursor=params.cursor if params else None)

    async def list_templates(_: Call, params: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
        return await client.list_resource_templates(cursor=params.cursor if params else None)

    async def read_resource(_: Call, params: ReadResourceRequestParams) -> ReadResourceResult:
        return await client.read_resource(params.uri)

    return Server(
        "footnote",
        title="Footnote",
        instructions=client.instructions,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


async def run(url: str, key: str) -> None:
    """Relay until stdin ends.

    Args:
        url: of the running Footnote.
        key: an API key or token.

    Raises:
        StartupFailed: it does not answer, or does not take the key.
    """
    address = f"{url.rstrip('/')}/mcp"
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(headers=headers, timeout=ANSWER_S) as http:
        await _require(http, address)
        async with Client(streamable_http_client(address, http_client=http)) as client, stdio_server() as (read, write):
            server = relay(client)
            await server.run(read, write, server.create_initialization_options())


async def _require(http: httpx2.AsyncClient, address: str) -> None:
    """Raise StartupFailed in a sentence where the SDK would show a stack."""
    try:
        answer = await http.post(address, json={})
    except httpx2.HTTPError as error:
        raise StartupFailed(f"Nothing answers at {address}. Is Footnote running there? Set --url.") from error
    if answer.status_code in (401, 403):
        raise StartupFailed("The key is not accepted. Make one on the page of your keys, and set FOOTNOTE_API_KEY.")
    if answer.status_code == 404:
        raise StartupFailed(f"There is no MCP server at {address}.")
