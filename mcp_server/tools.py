"""The tools: search, fetch, ask, list_documents, upload_document. Each acts for the person who signed in, within what they may see."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult
from pydantic import Field

from answers.rendering import ChatAnswer, advance
from conversations.runs.types import RunRequest
from core.access import Scope
from core.errors import Invalid, NotFound, UpstreamUnavailable
from core.storable import storable
from db.library_order import DocumentQuery
from mcp_server import views
from mcp_server.caller import caller_in, told
from mcp_server.views import Answered, DocumentList, Fetched, SearchResults, Uploaded
from rag.events import Failed, Searching, Sources

Ctx = Context[Any, Any]
Ids = Annotated[list[UUID] | None, Field(max_length=1000)]
Query = Annotated[str, Field(max_length=2000, description="Words or a question.")]
PAGE = 50  # documents
HITS = 10  # of a search


async def search(query: Query, context: Ctx) -> SearchResults:
    """Find the passages of the documents that are nearest to some words. Give an id of the results to fetch to read all of that page."""
    with told("search"):
        caller = caller_in(context, Scope.READ)
        hits = await caller.services.search.search(caller.principal, storable(query), top_k=HITS)
        return SearchResults(results=tuple(views.found(hit, caller.base) for hit in hits))


async def fetch(id: Annotated[str, Field(max_length=200)], context: Ctx) -> Fetched:  # noqa: A002  the name that connectors send
    """Read a page or section of a document by an id that search gave; an id of a document alone is its first."""
    with told("fetch"):
        caller = caller_in(context, Scope.READ)
        document_id, section = _place(id)
        ingestion = caller.services.ingestion
        document = await ingestion.document(caller.principal, document_id)
        view = await ingestion.viewing.section(caller.principal, document_id, section)
        return views.fetched(document_id, document.title, view, caller.base)


async def ask(
    question: Annotated[str, Field(max_length=10_000)],
    context: Ctx,
    document_ids: Ids = None,
    library_ids: Ids = None,
) -> Annotated[CallToolResult, Answered]:
    """Ask the documents. The answer has footnotes [n]; each was checked against its page and opens there. Where the documents do not
    answer the question, it says so."""
    with told("ask"):
        caller = caller_in(context, Scope.ASK)
        answer = await _answer(context, question, document_ids, library_ids)
        return views.answer_blocks(views.answered(answer, caller.base))


async def _answer(context: Ctx, question: str, document_ids: Ids, library_ids: Ids) -> ChatAnswer:
    """The folded events of the answer, with their progress. It is stopped when nobody waits for it any more.

    Raises:
        UpstreamUnavailable: the answer failed.
    """
    caller, answer = caller_in(context, Scope.ASK), ChatAnswer()
    runs, principal = caller.services.runs, caller.principal
    run_id = runs.start(principal, _request(question, document_ids, library_ids))
    try:
        async for entry in await runs.follow(principal, run_id):
            event = entry.event
            if isinstance(event, Failed):
                raise _failure(event)
            if isinstance(event, Searching):
                await context.report_progress(1, 3, "Searching")
            elif isinstance(event, Sources):
                await context.report_progress(2, 3, f"Reading {len(event.sources)} passages")
            answer = await asyncio.to_thread(advance, answer, event)
    except asyncio.CancelledError:
        await asyncio.shield(runs.stop(principal, run_id))
        raise
    return answer


def _request(question: str, document_ids: Ids, library_ids: Ids) -> RunRequest:
    """A question that is answered once and stored in no conversation."""
    return RunRequest(
        question=storable(question),
        document_ids=None if document_ids is None else frozenset(document_ids),
        library_ids=None if library_ids is None else frozenset(library_ids),
        store=False,
    )


def _failure(event: Failed) -> UpstreamUnavailable:
    """A failed answer as an error with the same reference."""
    error = UpstreamUnavailable(event.message, retry_after_s=event.retry_after_s)
    error.reference = event.reference
    return error


async def list_documents(
    context: Ctx,
    library_id: UUID | None = None,
    name: Annotated[str | None, Field(max_length=200, description="Part of the document's name.")] = None,
    cursor: Annotated[str | None, Field(max_length=4000)] = None,
) -> DocumentList:
    """List the documents, newest first; pass next_cursor for more."""
    with told("list_documents"):
        caller = caller_in(context, Scope.READ)
        query = DocumentQuery(library_id=library_id, search=storable(name) if name else None)
        page = await caller.services.ingestion.listing.page(caller.principal, query, limit=PAGE, cursor=cursor)
        documents = tuple(views.listed(document, caller.base) for document in page.documents)
        return DocumentList(documents=documents, next_cursor=page.next_cursor)


async def upload_document(
    name: Annotated[
        str, Field(min_length=1, max_length=255, description="File name with its ending, such as notes.md.")
    ],
    context: Ctx,
    text: Annotated[str | None, Field(description="The content of a text file.")] = None,
    content_base64: Annotated[str | None, Field(description="The bytes of any other file.")] = None,
    library_id: UUID | None = None,
) -> Uploaded:
    """Add a document of up to 1.5 MB to the person's library, or to one they may change. It is read in the background; list_documents
    tells when it is ready."""
    with told("upload_document"):
        caller = caller_in(context, Scope.UPLOAD)
        content = _content(text, content_base64)

        async def stream() -> AsyncIterator[bytes]:
            yield content

        submission = await caller.services.ingestion.submit(
            caller.principal, stream(), storable(name), library_id=library_id
        )
        document = submission.document
        url = views.page_url(caller.base, document.id, None)
        return Uploaded(
            id=document.id, title=document.title, state=document.state, is_known=submission.is_known, url=url
        )


def _content(text: str | None, content_base64: str | None) -> bytes:
    """The bytes of an upload. Raises Invalid."""
    if (text is None) == (content_base64 is None):
        raise Invalid("Give either text or content_base64.")
    if text is not None:
        return text.encode(errors="replace")
    try:
        content = base64.b64decode(content_base64 or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("content_base64 is not base64.") from error
    return content


def _place(address: str) -> tuple[UUID, int]:
    """Document and section of an id as ``search`` gives it. Raises NotFound."""
    document, _, section = address.partition("/")
    try:
        number = int(section) if section else 1
        if not 0 < number < 2**31:
            raise ValueError(number)
        return UUID(document), number
    except ValueError as error:
        raise NotFound("There is no such document.") from error
