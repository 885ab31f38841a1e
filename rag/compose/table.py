"""Answers from tables: a value looked up, counted, summed or compared, with the rows that it was made from."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from rag.compose.composed import Ask, Composed
from rag.compose.rows import FIGURES, row_of
from rag.grounding.markdown import literal
from rag.tables.answering import RowUsed, TableAnswer, answer_from_tables
from rag.tables.reading import tables_in
from rag.tables.table import Table
from rag.terms import terms_of
from rag.types import Chart, Chunk, Source

ROW_MARKS = ("|", "\t")  # what stands between the cells of a row
LEAST_LINES = 3  # of figures
MOST_DOCUMENTS = 12  # whose tables are read for one question: those that share most words with it
MOST_ROWS, MOST_COLUMNS = 20, 6  # shown
FEW_ROWS = 5  # of more than that
LEAST_SHARE = 0.5  # of the question's terms that a table must have which the question does not name
ASKING = terms_of("how many much what which who when where there did does")
MOST_TYPED = 8  # documents whose tables are kept

# Ids of a document's chunks, which change with its text, → its tables. Questions are answered in several threads.
_typed: dict[tuple[UUID, ...], list[Table]] = {}
_lock = threading.Lock()


async def table(ask: Ask) -> Composed | None:
    """The answer from the tables of the documents named, else of those of the scope that share most words with the question."""
    chunks = await _candidates(ask)
    return await asyncio.to_thread(from_tables, ask.query, chunks, 0.0 if ask.documents else LEAST_SHARE)


def from_tables(question: str, chunks: Sequence[Sequence[Chunk]], least_shared: float = 0.0) -> Composed | None:
    """The answer from the tables of some documents; None where they do not answer.

    Args:
        chunks: of each document, in reading order.
        least_shared: share of the question's terms that the table's title, its heads and the rows used must have, where nothing says that
            the question is about a table.
    """
    tables = [found for document in chunks for found in tables_of(document)]
    answer = answer_from_tables(question, tables) if tables else None
    if answer is None or not answer.rows or _share(question, answer, tables) < least_shared:
        return row_of(question, chunks)
    known = {chunk.chunk_id: chunk for document in chunks for chunk in document}
    return _composed(answer, known)


def by_document(chunks: Iterable[Chunk]) -> list[list[Chunk]]:
    """The chunks of each document, in their order."""
    found: dict[UUID, list[Chunk]] = defaultdict(list)
    for chunk in chunks:
        found[chunk.document_id].append(chunk)
    return list(found.values())


def _share(question: str, answer: TableAnswer, tables: Sequence[Table]) -> float:
    """The share of a question's terms that stand in the title, the heads or the used rows of its answer's table."""
    terms = terms_of(question) - ASKING
    texts = [tables[answer.rows[0].table].title]
    texts += [f"{name} {text}" for row in answer.rows[:MOST_ROWS] for name, text in row.cells]
    found = frozenset[str]().union(*map(terms_of, texts))
    return len(terms & found) / len(terms) if terms else 0.0


def tables_of(document: Sequence[Chunk]) -> list[Table]:
    """The tables of a document; those of the documents asked last are kept, because typing a long sheet takes seconds."""
    key = tuple(chunk.chunk_id for chunk in document)
    with _lock:
        known = _typed.pop(key, None)
    if known is None:
        known = tables_in(document)
    with _lock:
        _typed[key] = known  # the last is the newest
        while len(_typed) > MOST_TYPED:
            del _typed[next(iter(_typed))]
    return known


async def _candidates(ask: Ask) -> list[list[Chunk]]:
    """The chunks of each document whose tables may answer."""
    terms = terms_of(ask.query)
    found: dict[UUID, list[Chunk]] = defaultdict(list)
    async for batch in ask.corpus.chunks(ask.documents or None):
        for chunk in batch:
            found[chunk.document_id].append(chunk)
        await asyncio.to_thread(_leave_out, found, terms, bool(ask.documents))
    return list(found.values())


def _leave_out(found: dict[UUID, list[Chunk]], terms: Collection[str], is_named: bool) -> None:
    """Keep the documents with rows that share most words with a question."""
    with_rows = {document_id: chunks for document_id, chunks in found.items() if any(map(has_rows, chunks))}
    if not is_named:
        shared = {document_id: _shared(chunks, terms) for document_id, chunks in with_rows.items()}
        best = sorted(shared, key=lambda document_id: shared[document_id], reverse=True)[:MOST_DOCUMENTS]
        with_rows = {document_id: with_rows[document_id] for document_id in best if shared[document_id]}
    for document_id in set(found) - set(with_rows):
        del found[document_id]


def has_rows(chunk: Chunk) -> bool:
    """True for a chunk that may hold rows of a table."""
    if (chunk.locator and not chunk.page) or any(mark in chunk.text for mark in ROW_MARKS):
        return True
    return sum(bool(FIGURES.match(line)) for line in chunk.text.split("\n")) >= LEAST_LINES


def _shared(chunks: Iterable[Chunk], terms: Collection[str]) -> int:
    """How many terms of a question a document has."""
    return len(set(terms).intersection(*[set().union(*(terms_of(f"{one.title} {one.text}") for one in chunks))]))


def _composed(answer: TableAnswer, known: dict[UUID, Chunk]) -> Composed | None:
    """The answer with its rows, each with its number."""
    rows = [row for row in answer.rows if row.place is not None and row.place.chunk_id in known]
    if not rows:
        return None
    ids = dict.fromkeys(row.place.chunk_id for row in rows if row.place)
    numbers = {chunk_id: number for number, chunk_id in enumerate(ids, start=1)}
    sources = tuple(Source(number=number, chunk=known[chunk_id]) for chunk_id, number in numbers.items())
    shown = rows[: MOST_ROWS if len(rows) <= MOST_ROWS else FEW_ROWS]
    lines = [*_said(answer), "", *_rows(shown, numbers, terms_of(answer.operation))]
    if len(rows) > len(shown):
        lines += ["", f"… and {len(rows) - len(shown):,} more rows."]
    return Composed(
        "\n".join(lines),
        sources,
        chart=Chart(title=answer.operation, unit=answer.unit, points=answer.points) if len(answer.points) > 1 else None,
        details={"shape": answer.shape, "confidence": round(answer.confidence, 3), "rows": len(rows)},
    )


def _said(answer: TableAnswer) -> list[str]:
    """The answer and how it was computed; a series as a table of its own."""
    if len(answer.points) < 2 or len(answer.points) != len(answer.values):
        return [f"**{literal(', '.join(answer.values))}**: {literal(answer.operation)}."]
    pairs = [value.rpartition(": ") for value in answer.values]
    table = [_line([_cell(label), _cell(number)]) for label, _, number in pairs]
    return [f"**{literal(answer.operation)}**", "", _line(["", ""]), _line(["---", "---:"]), *table]


def _rows(rows: Sequence[RowUsed], numbers: dict[UUID, int], used: Collection[str]) -> list[str]:
    """The rows as a Markdown table, of the columns used and the first ones; rows of another table than the first begin a new one."""
    lines: list[str] = []
    heads: tuple[str, ...] = ()
    for row in rows:
        cells = _columns(row.cells, used)
        names = tuple(name for name, _ in cells)
        if names != heads:
            lines += [""] * bool(lines) + [_line(map(_cell, names)), _line(["---"] * len(names))]
            heads = names
        number = numbers[row.place.chunk_id] if row.place else 0
        texts = [_cell(text) for _, text in cells]
        lines.append(_line([*texts[:-1], f"{texts[-1]} [{number}]"]))
    return lines


def _columns(cells: Sequence[tuple[str, str]], used: Collection[str]) -> list[tuple[str, str]]:
    """The columns that are named in how an answer was found, and as many of the first ones as there is room for; in their order."""
    named = [place for place, (name, _) in enumerate(cells) if not terms_of(name).isdisjoint(used)]
    others = [place for place in range(len(cells)) if place not in named]
    shown = sorted([*named[: MOST_COLUMNS - 1], *others][:MOST_COLUMNS])
    return [cells[place] for place in shown]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return literal(" ".join(text.split())).replace("|", "\\|")
