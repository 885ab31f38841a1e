"""Opens the source behind a footnote, with what its reader may see now."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from answers.types import CitationView, Footnote
from core.access import Principal, SearchScope, scope_of
from core.errors import NotFound
from db import answer_runs, documents, sections
from db.models import AnswerSource
from db.session import Database
from rag.types import Span


async def footnote(database: Database, principal: Principal, answer_run_id: UUID, number: int) -> CitationView:
    """A source of one of the principal's answers.

    Raises:
        NotFound: someone else's answer, no such source, or a document that the principal may no longer see.
    """
    async with database.reader() as session:
        source = await answer_runs.source(session, principal, answer_run_id, number)
        return await opened(session, scope_of(principal), source)


async def opened(session: AsyncSession, scope: SearchScope, source: AnswerSource) -> CitationView:
    """What a reader with this scope sees of a source.

    Raises:
        NotFound: a document outside the scope.
    """
    if source.document_id is None:
        return _view(source, is_deleted=True)
    document = await documents.get(session, scope, source.document_id)
    section = await sections.get(session, scope, document.id, source.section, source.version)
    spans = [(start, min(end, len(section.text))) for start, end in source.spans if start < len(section.text)]
    quote = " … ".join(" ".join(section.text[start:end].split()) for start, end in spans)
    return _view(source).model_copy(
        update={
            "title": document.title,
            "is_earlier_version": source.version != document.version,
            "spans": tuple(Span(start=start, end=end) for start, end in spans),
            "quote": quote,
        }
    )


async def named(session: AsyncSession, scope: SearchScope, sources: Iterable[AnswerSource]) -> tuple[Footnote, ...]:
    """The cited ones of an answer's sources, by number."""
    return tuple([await _named(session, scope, source) for source in sources if source.cited])


async def _named(session: AsyncSession, scope: SearchScope, source: AnswerSource) -> Footnote:
    try:
        view = await opened(session, scope, source)
    except NotFound:  # it may no longer be seen
        view = _view(source)
    return Footnote(number=view.number, title=view.title, page=view.page, locator=view.locator, quote=view.quote)


def _view(source: AnswerSource, *, is_deleted: bool = False) -> CitationView:
    return CitationView(
        number=source.number,
        document_id=source.document_id,
        title=source.document_title,
        section=source.section,
        page=source.page,
        locator=source.locator,
        version=source.version,
        cited=source.cited,
        support=source.support,
        is_deleted=is_deleted,
    )
