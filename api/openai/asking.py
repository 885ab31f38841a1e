"""A question that came through OpenAI's interfaces, and what it is asked of."""

from dataclasses import dataclass, replace
from uuid import UUID

from api.openai.ids import Prefix, not_found, read
from api.openai.models import library_of
from api.openai.parameters import Tuning
from api.openai.talk import Talk
from conversations.runs.types import RunRequest
from core.access import Principal
from ingestion.service import IngestionService


@dataclass(frozen=True, slots=True)
class Asking:
    """A question and its scope.

    Attributes:
        library_ids, document_ids: None: all.
        thread_id: the conversation that it goes on with.
        is_stored: the exchange becomes part of a conversation, which the chat shows too.
    """

    talk: Talk
    library_ids: frozenset[UUID] | None = None
    document_ids: frozenset[UUID] | None = None
    thread_id: UUID | None = None
    is_stored: bool = False


async def asking(request: Tuning, talk: Talk, principal: Principal, ingestion: IngestionService) -> Asking:
    """The question within what the request names.

    Raises:
        NotFound: there is no such model or file.
    """
    await require_files(talk.file_ids, principal, ingestion)
    of_model = await library_of(request.model, principal, ingestion)
    named = None if request.document_ids is None else frozenset(request.document_ids)
    return Asking(
        talk,
        both(of_model, None if request.library_ids is None else frozenset(request.library_ids)),
        both(named, talk.file_ids or None),
        is_stored=bool(request.store),
    )


def both(one: frozenset[UUID] | None, other: frozenset[UUID] | None) -> frozenset[UUID] | None:
    """What two restrictions leave; None: everything."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


async def require_files(file_ids: frozenset[UUID], principal: Principal, ingestion: IngestionService) -> None:
    """Raise NotFound unless the principal may see all these documents."""
    if file_ids and len((await ingestion.listing.by_ids(principal, file_ids)).documents) < len(file_ids):
        raise not_found("file")


def within_stores(question: Asking, store_ids: list[str], principal: Principal) -> Asking:
    """The question within these libraries. Raises NotFound for one that the principal may not see."""
    ids = frozenset(read(Prefix.STORE, text, "vector store", "tools") for text in store_ids)
    if not ids <= frozenset(principal.grants):
        raise not_found("vector store", "tools")
    return replace(question, library_ids=both(question.library_ids, ids))


def run_request(question: Asking) -> RunRequest:
    """The question for the one who answers."""
    return RunRequest(
        question=question.talk.question,
        thread_id=question.thread_id,
        document_ids=question.document_ids,
        library_ids=question.library_ids,
        history=question.talk.turns,
        store=question.is_stored,
    )
