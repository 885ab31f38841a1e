"""How large a document is: its pages, or the rows and columns of its tables."""

import asyncio
from collections.abc import Sequence

from rag.compose.citing import Citing
from rag.compose.composed import Ask, Composed
from rag.compose.phrases import Phrases
from rag.compose.reading import chunks_by_document, documents_of
from rag.compose.subject import subject_of
from rag.compose.table import tables_of
from rag.grounding.markdown import literal
from rag.questions.sizes import BESIDE, asks_for_size
from rag.types import Chunk

MOST_TABLES = 12


async def size(ask: Ask) -> Composed | None:
    """The size of the documents that a question names; None when it asks for anything else, or where the unit is not known."""
    unit = asks_for_size(ask.query)
    if unit is None:
        return None
    cards = await documents_of(ask)
    if not cards or subject_of(ask, cards) - BESIDE:
        return None
    phrases = Phrases(ask.question)
    if unit == "pages":
        lines = [
            f"“{literal(card.title)}”: **{phrases.counted('page', 'pages', card.pages)}**"
            for card in cards
            if card.pages
        ]
        return Composed(_listed(lines), details={"shape": unit}) if len(lines) == len(cards) else None
    chunks = await chunks_by_document(ask.corpus, [card.document_id for card in cards])
    citing = Citing()
    lines = await asyncio.to_thread(
        lambda: [line for card in cards for line in _tables(chunks[card.document_id], citing, phrases)]
    )
    return Composed(_listed(lines), citing.sources(), details={"shape": unit}) if lines else None


def _tables(chunks: Sequence[Chunk], citing: Citing, phrases: Phrases) -> list[str]:
    """For each table of a document its rows and columns, which no place in it says, and their names, with the number of their place."""
    known = {chunk.chunk_id: chunk for chunk in chunks}
    found = []
    for table in [one for one in tables_of(chunks) if one.is_complete][:MOST_TABLES]:
        places = [row.place for row in table.rows if row.place is not None and row.place.chunk_id in known]
        if not places:
            continue
        rows = phrases.counted("row", "rows", len(table.body))
        columns = phrases.counted("column", "columns", len(table.columns))
        names = ", ".join(name for column in table.columns for name in column.heads[-1:] if name)
        found.append(f"{literal(table.title)}: **{rows}**, {columns}")
        found += [f"{phrases.say('columns_lead')}: {citing.quoted(names, known[places[0].chunk_id])}"] if names else []
    return found


def _listed(lines: Sequence[str]) -> str:
    return "\n\n".join(lines)
