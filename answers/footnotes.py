"""Opens the source behind a footnote, with what its reader may see now."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from answers.types import CitationView, Footnote
from core.access import Principal, SearchScope, scope_of
from core.errors import NotFound
from db import answer_runs, sections
from db.models import AnswerSource
from db.session import Database
from rag.types import Span

Found = Mapping[sections.Place, sections.SectionText]


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
    place = _place(source)
    found = await sections.texts(session, scope, [place] if place else [])
    return _seen(source, found)


async def named(session: AsyncSession, scope: SearchScope, sources: Iterable[AnswerSource]) -> tuple[Footnote, ...]:
    """The cited ones of an answer's sources, by number."""
    cited = [source for source in sources if source.cited]
    found = await sections.texts(session, scope, [place for source in cited if (place := _place(source))])
    return tuple(_named(source, found) for source in cited)


def _named(source: AnswerSource, found: Found) -> Footnote:
    try:
        view = _seen(source, found)
    except NotFound:  # it may no longer be seen
        view = _view(source)
    return Footnote(number=view.number, title=view.title, page=view.page, locator=view.locator, quote=view.quote)


def _place(source: AnswerSource) -> sections.Place | None:
    return (source.document_id, source.section, source.version) if source.document_id else None


def _seen(source: AnswerSource, found: Found) -> CitationView:
    """The source with the text at its place. Raises NotFound when that is not among what may be seen."""
    if (place := _place(source)) is None:
        return _view(source, is_deleted=True)
    if (section := found.get(place)) is None:
        raise NotFound("There is no such document.")
    spans = [(start, min(end, len(section.text))) for start, end in source.spans if start < len(section.text)]
    quote = " … ".join(" ".join(section.text[start:end].split()) for start, end in spans)
    return _view(source).model_copy(
        update={
            "title": section.title,
            "is_earlier_version": source.version != section.present_version,
            "spans": tuple(Span(start=start, end=end) for start, end in spans),
            "quote": quote,
        }
    )


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
