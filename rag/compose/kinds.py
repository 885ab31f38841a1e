"""Which documents are invoices, contracts or reports, and how many: those that say so in their names or at their very beginning."""

import asyncio
import re
from collections.abc import Sequence
from uuid import UUID

from rag.compose import sheets
from rag.compose.citing import Citing
from rag.compose.composed import Ask, Composed
from rag.compose.listing.answer import sentences_of
from rag.compose.reading import chunks_by_document
from rag.corpus import DocumentBeginning, DocumentCard
from rag.grounding.language.lexicon import likely_language
from rag.grounding.markdown import literal
from rag.questions.asking import ASKING, KINDS_OF_DOCUMENTS, SHORTER, UNSPACED
from rag.terms import terms_of

# what else such a question says: list all, how many are there, do we have
BESIDE = terms_of(
    """list all every each show give me us how many number there are do does i have we our my which what name names exist find get total
    liste alle auf auflisten zeige zeig nenne welche wie viele gibt es haben habe wir ich unsere meine anzahl listez toutes tous les
    quelles quels combien de y a t il avons nous nos mes lista todas todos las los cuáles cuántas cuántos hay tenemos mis liệt kê tất cả
    các có bao nhiêu những كم عدد قائمة جميع كل"""
)
BESIDE_UNSPACED = re.compile(
    "列出|所有|全部|多少|哪些|我们?|几|个|一覧|すべて|いくつ|何|リスト|รายการ|ทั้งหมด|กี่|ฉบับ|ใบ(?!แจ้ง)"
)
HEAD_LINES, HEAD_WORDS = 6, 4  # a document's own heading is short
LEAST = 2  # of one, its own records may be meant
MOST_SHOWN = 50


async def documents_of_kind(ask: Ask) -> Composed | None:
    """The documents of the kind that a question lists or counts; None when it asks for anything else, or where a table holds them."""
    asked = (
        terms_of(UNSPACED.sub(" ", BESIDE_UNSPACED.sub(" ", ask.query)))
        - BESIDE
        - (ASKING - SHORTER - KINDS_OF_DOCUMENTS)
    )
    if ask.documents or len(asked) != 1 or not asked <= KINDS_OF_DOCUMENTS:
        return None
    cards = await ask.corpus.documents()
    ready = {card.document_id: card for card in cards if card.state == "ready" and card.chunks}
    found = await asyncio.to_thread(_of_kind, asked, ready, await ask.corpus.beginnings(list(ready)))
    if len(found) < LEAST:
        return None
    chunks = await chunks_by_document(ask.corpus, [card.document_id for card in found[:MOST_SHOWN]])
    if any(sheets.is_table(one) for one in chunks.values()):
        return None
    sentences, citing = sentences_of(likely_language(ask.question) or "en"), Citing()
    lines = [
        f"- {literal(card.title)} {citing.mark(chunks[card.document_id][0])}"
        for card in found[:MOST_SHOWN]
        if chunks[card.document_id]
    ]
    numbers = {"count": f"{len(found):,}", "total": f"{len(ready):,}", "noun": sentences["document"]}
    parts = [sentences["some"].format(**numbers), "\n".join(lines)]
    if len(found) > MOST_SHOWN:
        parts.append(sentences["more"].format(shown=MOST_SHOWN, rest=f"{len(found) - MOST_SHOWN:,}"))
    looked = sentences["looked" if len(ready) == len(cards) else "unread"]
    notice = looked.format(read=f"{len(ready):,}", documents=f"{len(cards):,}")
    return Composed("\n\n".join(parts), citing.sources(), notice=notice, details={"shape": "kind", "hits": len(found)})


def _of_kind(
    asked: frozenset[str], ready: dict[UUID, DocumentCard], beginnings: Sequence[DocumentBeginning]
) -> list[DocumentCard]:
    """Those whose name, or a short line at the very beginning, has the word; by name."""
    heads = {one.document_id: _head(one.text) for one in beginnings}
    found = [
        card for key, card in ready.items() if asked <= _named(card.title) | heads.get(card.document_id, frozenset())
    ]
    return sorted(found, key=lambda card: card.title.casefold())


def _named(title: str) -> frozenset[str]:
    return terms_of(title.replace("_", " ").replace("-", " ").replace(".", " "))


def _head(text: str) -> frozenset[str]:
    """The terms of the first short lines; "Invoices" is what a document is about, "Invoice" what it is."""
    lines = [line.split() for line in text.split("\n") if line.strip()][:HEAD_LINES]
    words = (word for line in lines if len(line) <= HEAD_WORDS for word in line if not word.lower().endswith("s"))
    return terms_of(" ".join(words))
