"""The MCP server: which tools and resources there are, and how they introduce themselves."""

from importlib.metadata import version

from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations

from mcp_server import resources, tools

INSTRUCTIONS = (
    "Footnote answers questions from a person's own documents, with footnotes to the page. Use ask for an answer whose claims were "
    "checked against their sources, or search and fetch to read the passages yourself. Give the addresses of citations to the reader."
)
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def build() -> MCPServer[dict[str, object]]:
    """A server with everything on it. Who calls comes with each request, see :mod:`mcp_server.caller`."""
    server: MCPServer[dict[str, object]] = MCPServer(
        "footnote",
        title="Footnote",
        instructions=INSTRUCTIONS,
        version=version("footnote"),
        log_level="WARNING",
        subscriptions=False,
        middleware=[resources.listed],
    )
    for reader in (tools.search, tools.fetch, tools.ask, tools.list_documents):
        server.add_tool(reader, annotations=READS)
    server.add_tool(tools.upload_document, annotations=WRITES)
    server.resource(resources.DOCUMENT, name="document", title="A document", mime_type="text/plain")(
        resources.document_text
    )
    server.resource(resources.SECTION, name="section", title="A page or section", mime_type="text/plain")(
        resources.section_text
    )
    return server
