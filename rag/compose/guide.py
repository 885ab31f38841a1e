"""The guide to a document: what it is about, its headings, key figures and dates, and questions that the engine answers from it.

It is made once, when a document has been read, and stored. Every sentence is a quotation with its place.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from core.values import Frozen
from rag.compose import sheets
from rag.compose.centrality import MOST_EMBEDDED
from rag.compose.digest import Digest, digest, read_chunks
from rag.compose.figures import value_of
from rag.compose.quotations import Quotation
from rag.compose.suggestions import Suggestion, of_tables, suggestions
from rag.compose.topics import headings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.types import Chunk, Span

MOST_ABOUT, MOST_HEADINGS, MOST_FIGURES, MOST_QUESTIONS = 5, 40, 6, 5
MOST_TRIED = 8  # questions of one document that the engine is asked
MOST_TOTALS = 2  # of them on totals of a table

# Asks the engine a question within one document; returns the indexes of the chunks that its answer cites, none where it refuses.
Verify = Callable[[str], Awaitable[tuple[int, ...]]]


class GuideSentence(Frozen):
    """A sentence of the document, word for word.

    Attributes:
        heading: the innermost one above it; empty where none is known.
        value: the figure or date in it, as written, where it is quoted for that.
        chunk: index of its chunk.
        section, span: where it stands in the text.
    """

    text: str
    heading: str = ""
    value: str = ""
    chunk: int
    chunk_id: UUID
    section: int
    page: int | None = None
    locator: str | None = None
    span: Span


class GuideHeading(Frozen):
    """A heading; ``level`` from 1, ``chunk`` is the index of the first chunk under it."""

    text: str
    level: int
    chunk: int
    page: int | None = None


class GuideTable(Frozen):
    """A table: its sheet, columns and number of rows."""

    sheet: str
    columns: tuple[str, ...]
    rows: int


class GuideQuestion(Frozen):
    """A question that the engine answers from the document.

    Attributes:
        chunk: index of the chunk that it cites.
        stands_alone: it is answered from this document also when all documents beside it are searched.
    """

    text: str
    chunk: int
    page: int | None = None
    stands_alone: bool = False


class Guide(Frozen):
    """The guide to a version of a document."""

    title: str
    about: tuple[GuideSentence, ...] = ()
    headings: tuple[GuideHeading, ...] = ()
    figures: tuple[GuideSentence, ...] = ()
    tables: tuple[GuideTable, ...] = ()
    questions: tuple[GuideQuestion, ...] = ()


async def guide_of(
    chunks: Sequence[Chunk], embeddings: FootnoteEmbeddings, verify: Verify, verify_among: Verify | None = None
) -> Guide:
    """The guide to a document, made in the background: people's questions go before it.

    Args:
        chunks: all of the document, in order; at least one.
        verify: asks within the document.
        verify_among: asks among all documents of its library; None: no question stands alone.

    Raises:
        UpstreamUnavailable: the embedding server or the index does not answer.
    """
    if sheets.is_table(chunks):
        guide, tried = await asyncio.to_thread(_of_tables, chunks)
    else:
        read = await digest(chunks, embeddings.aembed_later, MOST_EMBEDDED)
        guide, tried = await asyncio.to_thread(_of_text, chunks, read)
    questions = await _verified(tried, chunks, verify, verify_among)
    return guide.model_copy(update={"questions": questions})


def _of_tables(chunks: Sequence[Chunk]) -> tuple[Guide, list[Suggestion]]:
    found = sheets.sheets(chunks)
    tables = tuple(GuideTable(sheet=one.name, columns=one.columns, rows=one.count) for one in found)
    tried = of_tables(chunks, sheets.amounts(found)[:MOST_TOTALS], _name(chunks))
    return Guide(title=chunks[0].title, tables=tables), tried


def _of_text(chunks: Sequence[Chunk], read: Digest) -> tuple[Guide, list[Suggestion]]:
    order = sorted(range(len(read.ranked.quoted)), key=lambda place: -read.ranked.scores[place])
    quoted = [read.ranked.quoted[place] for place in order if read.ranked.quoted[place].is_whole]
    return _guide(read), suggestions(read_chunks(chunks), quoted, headings(chunks), _name(chunks))


def _name(chunks: Sequence[Chunk]) -> str:
    """What people call the document."""
    return chunks[0].title.rpartition("/")[2]


def _guide(read: Digest) -> Guide:
    leads = read.leads(1)
    rest = [one for point in read.points(MOST_ABOUT - len(leads), leads) for one in point.quoted]
    about = sorted([*(read.ranked.quoted[place] for place in leads), *rest], key=lambda one: one.place) or read.scraps
    outline = [GuideHeading(text=one.text, level=one.level, chunk=one.index, page=one.page) for one in read.headings]
    return Guide(
        title=read.title,
        about=tuple(_sentence(one) for one in about[:MOST_ABOUT]),
        headings=tuple(outline[:MOST_HEADINGS]),
        figures=tuple(_figures(read)),
    )


def _figures(read: Digest) -> list[GuideSentence]:
    """The sentences with figures and dates that say most, in reading order."""
    with_value = [(place, value_of(one.text)) for place, one in enumerate(read.ranked.quoted) if one.is_whole]
    scores = read.ranked.scores
    best = sorted(((place, value) for place, value in with_value if value), key=lambda pair: -scores[pair[0]])
    return [_sentence(read.ranked.quoted[place], value) for place, value in sorted(best[:MOST_FIGURES])]


def _sentence(one: Quotation, value: str = "") -> GuideSentence:
    chunk = one.chunk
    return GuideSentence(
        text=one.text,
        heading=one.path[-1] if one.path else "",
        value=value,
        chunk=chunk.index,
        chunk_id=chunk.chunk_id,
        section=chunk.section,
        page=chunk.page,
        locator=chunk.locator,
        span=Span(start=one.start, end=one.end),
    )


async def _verified(
    tried: Sequence[Suggestion], chunks: Sequence[Chunk], verify: Verify, verify_among: Verify | None
) -> tuple[GuideQuestion, ...]:
    """The first questions whose answers cite the chunk that they were made from, in reading order."""
    pages, kept = {chunk.index: chunk.page for chunk in chunks}, list[GuideQuestion]()
    asked, used = 0, set[int]()  # the chunks that answer a question already
    for one in tried:
        if len(kept) == MOST_QUESTIONS or asked == MOST_TRIED:
            break
        is_narrow = len(one.indexes) < len(chunks)
        if is_narrow and one.indexes[0] in used:
            continue
        asked += 1
        cited = [index for index in await verify(one.text) if index in one.indexes]
        if cited:
            used.add(one.indexes[0] if is_narrow else cited[0])
            is_alone = verify_among is not None and bool(set(await verify_among(one.text)) & set(one.indexes))
            kept.append(GuideQuestion(text=one.text, chunk=cited[0], page=pages.get(cited[0]), stands_alone=is_alone))
    return tuple(sorted(kept, key=lambda question: question.chunk))
