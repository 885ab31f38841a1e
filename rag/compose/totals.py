"""The total of an invoice or an estimate: the line with the amount, of the documents that a question names."""

import asyncio
import re
from collections.abc import Iterator, Sequence

from rag.compose.citing import Citing
from rag.compose.composed import Ask, Composed
from rag.compose.reading import chunks_by_document, documents_of
from rag.compose.subject import subject_of
from rag.grounding.markdown import literal
from rag.terms import terms_of
from rag.types import Chunk

TOTAL_WORDS = """total totals sum amount due grand balance much how cost price invoice bill estimate quote receipt order pay
gesamtbetrag gesamtsumme summe betrag rechnung kosten kostet hoch total montant facture importe factura"""
WORDS = terms_of(TOTAL_WORDS)
ASKS = re.compile(
    r"(?<!\w)(?:total|sum|amount|how much|grand total|balance|gesamtbetrag|gesamtsumme|summe|betrag|wie hoch|montant|importe)(?!\w)",
    re.IGNORECASE,
)
AMOUNT = r"[ \t:|.*_-]{0,12}(?:[$€£¥]|USD|EUR|GBP|CHF)?[ ]?\d[\d.,']{0,15}(?: ?(?:[$€£¥]|USD|EUR|GBP|CHF))?"
# of the lines that a document has, the first kind decides: the sum of all before one of a part
LINES = tuple(
    re.compile(rf"\A[ \t|*_-]{{0,8}}(?:{names})(?: \((?:[^()\n]{{1,30}})\))?{AMOUNT}", re.IGNORECASE)
    for names in (
        "grand total|total amount due|total due|amount due|balance due|total payable|invoice total|total amount"
        "|gesamtbetrag|gesamtsumme|rechnungsbetrag|zu zahlen|total à payer|total ttc|importe total",
        "total|summe|gesamt|montant total",
    )
)
MOST_LINES = 4


async def totals(ask: Ask) -> Composed | None:
    """The lines with the total of the documents that a question names; None when it asks for anything else, or they have none."""
    if not ask.documents or not ASKS.search(ask.query):
        return None
    cards = await documents_of(ask)
    if not cards or subject_of(ask, cards) - WORDS:
        return None
    chunks = await chunks_by_document(ask.corpus, [card.document_id for card in cards])
    lines = await asyncio.to_thread(lambda: [line for card in cards for line in _totals(chunks[card.document_id])])
    if not lines:
        return None
    citing = Citing()
    text = "\n".join(f"- {literal(line)} {citing.mark(chunk)}" for chunk, line in lines)
    return Composed(text.removeprefix("- ") if len(lines) == 1 else text, citing.sources(), details={"shape": "total"})


def _totals(chunks: Sequence[Chunk]) -> list[tuple[Chunk, str]]:
    """The lines of the first kind that a document has, each text once."""
    for pattern in LINES:
        found = {line: chunk for chunk, line in reversed(list(_lines(chunks))) if pattern.match(line)}
        if found:
            return [(chunk, line) for line, chunk in reversed(found.items())][:MOST_LINES]
    return []


def _lines(chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, str]]:
    for chunk in chunks:
        for line in chunk.text.split("\n"):
            if stripped := line.strip():
                yield chunk, stripped
