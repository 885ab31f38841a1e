"""Documents as resources: a list that each caller sees for themselves, and the text of a document, its sections one after another."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, ListResourcesResult, Resource

from core.access import Scope
from core.errors import FootnoteError, NotFound
from ingestion.types import DocumentEntry, SectionView
from mcp_server.caller import caller_in, caller_of
from mcp_server.views import SCHEME

DOCUMENT = f"{SCHEME}://documents/{{document_id}}"
SECTION = f"{SCHEME}://documents/{{document_id}}/sections/{{number}}"
PAGE = 100  # documents
LONGEST = 200_000  # characters of a document that is read whole, as clients take messages of 1 MiB; its sections are resources too


async def listed(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware that answers ``resources/list`` with the caller's documents: the SDK's own list is the same for everybody."""
    if ctx.method != "resources/list":
        return await call_next(ctx)
    try:
        caller = caller_of(ctx.request, Scope.READ)
        page = await caller.services.ingestion.listing.page(
            caller.principal, limit=PAGE, cursor=_cursor(ctx.params or {})
        )
    except FootnoteError as error:
        raise MCPError(code=INVALID_PARAMS, message=error.message) from error
    resources = [_resource(document) for document in page.documents if document.state == "ready"]
    return ListResourcesResult(resources=resources, next_cursor=page.next_cursor)


def _cursor(params: Mapping[str, Any]) -> str | None:
    cursor = params.get("cursor")
    return cursor[:4000] if isinstance(cursor, str) else None


def _resource(document: DocumentEntry) -> Resource:
    return Resource(
        uri=DOCUMENT.format(document_id=document.id),
        name=document.title,
        description=f"In the library {document.library}, {document.page_count or 'no'} pages.",
        mime_type="text/plain",
        _meta={"pages": document.page_count, "file_type": document.mime_type},
    )


async def document_text(document_id: str, context: Context[Any, Any]) -> str:
    """All text of a document, up to some 200,000 characters."""
    first = await _section(context, document_id, 1)
    texts, length = [first.text], len(first.text)
    for number in range(2, first.section_count + 1):
        if length > LONGEST:
            texts.append(f"[Cut here: {first.section_count - number + 1} more sections.]")
            break
        text = (await _section(context, document_id, number)).text
        texts.append(text)
        length += len(text)
    return "\n\n".join(texts)


async def section_text(document_id: str, number: str, context: Context[Any, Any]) -> str:
    """The text of a section (PDF: a page)."""
    return (await _section(context, document_id, int(number) if number.isdecimal() else 0)).text


async def _section(context: Context[Any, Any], document_id: str, number: int) -> SectionView:
    caller = caller_in(context, Scope.READ)
    try:
        if not 0 < number < 2**31:
            raise NotFound("There is no such section.")
        return await caller.services.ingestion.viewing.section(caller.principal, UUID(document_id), number)
    except (NotFound, ValueError) as error:
        raise ResourceNotFoundError("There is no such document or section.") from error
    except FootnoteError as error:
        raise ResourceError(error.message) from error
