"""The MCP door with the SDK's own client, in the present and in earlier revisions of the protocol."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import EmbeddedResource, TextContent, TextResourceContents

from core.access import LibraryRole, Role, Scope
from ingestion.types import DocumentView
from mcp_server.door import PATH, install
from tests.http.conftest import BASE, House

Connect = Callable[..., AbstractAsyncContextManager[Client]]
QUESTION = "How many days of paid annual leave are there?"
LEAVE = "twenty-eight days"


@pytest.fixture
def connect(house: House) -> Connect:
    """Connects as a person to a new door of the house."""

    @asynccontextmanager
    async def connected(username: str, key: str = "", **more: Any) -> AsyncIterator[Client]:
        routes = house.app.router.routes
        routes[:] = [route for route in routes if getattr(route, "path", "") != PATH]
        door = install(house.app, house.services)
        headers = {"Authorization": f"Bearer {key or await house.token(username)}"}
        transport = httpx2.ASGITransport(house.app)
        async with (
            door.running(),
            httpx2.AsyncClient(transport=transport, headers=headers, base_url=BASE) as http,
            Client(streamable_http_client(f"{BASE}{PATH}", http_client=http), **more) as client,
        ):
            yield client

    return connected


def text_of(content: list[object]) -> str:
    return "".join(block.text for block in content if isinstance(block, TextContent))


@pytest.mark.parametrize("mode", ["auto", "legacy", "2026-07-28"])
async def test_an_assistant_asks_and_gets_footnotes_in_every_revision(
    house: House, connect: Connect, mode: str
) -> None:
    await house.make_user("anna")
    await house.bring("anna")
    async with connect("anna", mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        answer = await client.call_tool("ask", {"question": QUESTION})
    assert set(tools) == {"search", "fetch", "ask", "list_documents", "upload_document"}
    assert tools["search"].input_schema["required"] == ["query"]
    assert not answer.is_error
    assert LEAVE in text_of(list(answer.content))
    assert "[1]" in text_of(list(answer.content))
    block = next(block for block in answer.content if isinstance(block, EmbeddedResource))
    assert isinstance(block.resource, TextResourceContents)
    assert LEAVE in block.resource.text
    assert block.resource.uri.startswith(f"{BASE}/cite/")
    assert (block.resource.meta or {})["page"]
    structured = answer.structured_content
    assert structured["citations"][0]["url"] == block.resource.uri
    assert structured["refused"] is False


async def test_the_footnote_of_an_answer_opens(house: House, connect: Connect) -> None:
    await house.make_user("anna")
    await house.bring("anna")
    async with connect("anna") as client:
        answer = await client.call_tool("ask", {"question": QUESTION})
    async with house.signed_in("anna") as http:
        opened = await http.get(answer.structured_content["citations"][0]["url"])
    assert opened.status_code == 200


async def test_search_and_fetch_are_what_connectors_expect(house: House, connect: Connect) -> None:
    await house.make_user("anna")
    await house.bring("anna")
    async with connect("anna") as client:
        found = await client.call_tool("search", {"query": "annual leave"})
        first = found.structured_content["results"][0]
        assert json.loads(text_of(list(found.content)))["results"][0]["id"] == first["id"]
        fetched = await client.call_tool("fetch", {"id": first["id"]})
    assert {"id", "title", "url"} <= set(first)
    assert LEAVE in first["text"]
    page = fetched.structured_content
    assert {"id", "title", "text", "url", "metadata"} == set(page)
    assert LEAVE in page["text"]
    assert page["url"].endswith(f"/file#page={first['page']}")


async def test_nobody_sees_anothers_documents(house: House, connect: Connect) -> None:
    await house.make_user("anna")
    await house.make_user("eve")
    document = await house.bring("anna")
    async with connect("eve") as client:
        found = await client.call_tool("search", {"query": "annual leave"})
        listed = await client.call_tool("list_documents", {})
        fetched = await client.call_tool("fetch", {"id": f"{document.id}/1"})
        answer = await client.call_tool("ask", {"question": QUESTION, "document_ids": [str(document.id)]})
        resources = await client.list_resources()
        with pytest.raises(MCPError, match="no such document"):
            await client.read_resource(f"footnote://documents/{document.id}")
    assert found.structured_content["results"] == []
    assert listed.structured_content["documents"] == []
    assert resources.resources == []
    assert fetched.is_error
    assert "There is no such document" in text_of(list(fetched.content))
    assert answer.structured_content["citations"] == []
    assert LEAVE not in text_of(list(answer.content))


def calls(document: DocumentView) -> dict[str, dict[str, object]]:
    """A call of each tool that is about the owner's document or library."""
    return {
        "search": {"query": "annual leave"},
        "fetch": {"id": f"{document.id}/1"},
        "ask": {"question": QUESTION, "document_ids": [str(document.id)]},
        "list_documents": {"library_id": str(document.library_id)},
        "upload_document": {"name": "a.txt", "text": "Some text.", "library_id": str(document.library_id)},
    }


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("owner", "search fetch ask list_documents upload_document"),
        ("editor", "search fetch ask list_documents upload_document"),
        ("viewer", "search fetch ask list_documents"),
        ("other", ""),
        ("admin", ""),
    ],
)
async def test_everyone_gets_what_the_rule_says_of_every_tool(
    house: House, connect: Connect, person: str, seen: str
) -> None:
    owner = await house.make_user("owner")
    document = await house.bring("owner")
    if person != "owner":
        await house.make_user(person, Role.ADMIN if person == "admin" else Role.USER)
    if person in ("viewer", "editor"):
        await house.share(owner, person, LibraryRole(person))
    async with connect(person) as client:
        known = {tool.name for tool in (await client.list_tools()).tools}
        results = {tool: await client.call_tool(tool, given) for tool, given in calls(document).items()}
    assert known == set(results)
    is_seen = {
        "search": bool(results["search"].structured_content["results"]),
        "fetch": not results["fetch"].is_error,
        "ask": LEAVE in text_of(list(results["ask"].content)),
        "list_documents": bool(results["list_documents"].structured_content["documents"]),
        "upload_document": not results["upload_document"].is_error,
    }
    assert {tool for tool, is_one in is_seen.items() if is_one} == set(seen.split())


@pytest.mark.parametrize(
    ("scope", "opened"),
    [(Scope.READ, "search fetch list_documents"), (Scope.ASK, "ask"), (Scope.UPLOAD, "upload_document")],
)
async def test_an_api_key_opens_the_tools_of_its_scopes(
    house: House, connect: Connect, scope: Scope, opened: str
) -> None:
    await house.make_user("owner")
    document = await house.bring("owner")
    key = (await house.make_key("owner", scope)).key
    async with connect("owner", key) as client:
        results = {tool: await client.call_tool(tool, given) for tool, given in calls(document).items()}
    assert {tool for tool, result in results.items() if not result.is_error} == set(opened.split())
    refused = [text_of(list(result.content)) for result in results.values() if result.is_error]
    assert all("API key" in sentence for sentence in refused)


async def test_documents_are_resources(house: House, connect: Connect) -> None:
    await house.make_user("anna")
    document = await house.bring("anna")
    async with connect("anna") as client:
        (resource,) = (await client.list_resources()).resources
        whole = await client.read_resource(resource.uri)
        page = await client.read_resource(f"{resource.uri}/sections/1")
    assert resource.uri == f"footnote://documents/{document.id}"
    assert isinstance(whole.contents[0], TextResourceContents)
    assert LEAVE in whole.contents[0].text
    assert isinstance(page.contents[0], TextResourceContents)
    assert page.contents[0].text in whole.contents[0].text


@pytest.mark.parametrize("how", ["text", "content_base64"])
async def test_an_uploaded_document_can_be_listed(house: House, connect: Connect, how: str) -> None:
    await house.make_user("anna")
    text = "The office in Lisbon opens at nine."
    content = text if how == "text" else base64.b64encode(text.encode()).decode()
    async with connect("anna") as client:
        uploaded = await client.call_tool("upload_document", {"name": "lisbon.txt", how: content})
        listed = await client.call_tool("list_documents", {"name": "lisbon"})
    assert uploaded.structured_content["title"] == "lisbon.txt"
    assert [one["id"] for one in listed.structured_content["documents"]] == [uploaded.structured_content["id"]]


WRONG: list[tuple[str, dict[str, object], str]] = [
    ("fetch", {"id": "nothing"}, "There is no such document"),
    ("fetch", {"id": f"{uuid4()}/99999999999"}, "There is no such document"),
    ("fetch", {"id": f"{uuid4()}/1"}, "There is no such document"),
    ("search", {"query": "  "}, "The question is empty"),
    ("search", {"query": "\x00"}, "The question is empty"),
    ("ask", {"question": ""}, "question"),
    ("ask", {"question": "x" * 20_000}, "question"),
    ("list_documents", {"cursor": "x"}, "That page of the list does not exist"),
    ("list_documents", {"library_id": "x"}, "library_id"),
    ("upload_document", {"name": "a.txt"}, "either text or content_base64"),
    ("upload_document", {"name": "a.txt", "content_base64": "%"}, "not base64"),
    ("upload_document", {"name": "a.txt", "text": "x", "library_id": str(uuid4())}, "There is no such"),
    ("nothing", {}, "nothing"),
]


async def test_what_is_wrong_is_said(house: House, connect: Connect) -> None:
    await house.make_user("anna")
    async with connect("anna") as client:
        for tool, arguments, sentence in WRONG:
            result = await client.call_tool(tool, arguments)
            said = text_of(list(result.content))
            assert result.is_error, (tool, arguments)
            assert sentence in said, (tool, arguments)
            assert "Traceback" not in said


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
async def test_without_a_token_the_door_is_shut(house: House, headers: dict[str, str]) -> None:
    install(house.app, house.services)
    async with house.visitor(**headers) as http:
        for method in ("GET", "POST", "DELETE"):
            answer = await http.request(method, PATH, json={} if method == "POST" else None)
            assert answer.status_code == 401
            assert answer.json()["status"] == "error"


async def test_a_browsers_cookie_opens_nothing(house: House) -> None:
    install(house.app, house.services)
    await house.make_user("anna")
    async with house.visitor() as http:
        http.cookies.set("access_token", await house.token("anna", "browser"))
        assert (await http.post(PATH, json={})).status_code == 401


LONE = json.dumps(
    {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": {"query": "\ud800"}}}
)
BROKEN = [b"", b"{", b"[]", b"null", b'{"jsonrpc":"2.0"}', b"[" * 100_000, b"\xff", b'"x"']


async def test_a_broken_message_is_a_client_error(house: House, connect: Connect) -> None:
    await house.make_user("anna")
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    async with connect("anna"), house.signed_in("anna") as http:
        for body in BROKEN:
            answer = await http.post(PATH, content=body, headers=headers)
            assert 400 <= answer.status_code < 500, body[:20]
        answer = await http.post(PATH, content=LONE, headers=headers)
        assert answer.status_code < 500
