"""Reads the documents that a question is about."""

from collections.abc import Collection, Sequence
from uuid import UUID

from rag.compose.composed import Ask
from rag.corpus import Corpus, DocumentCard
from rag.types import Chunk

MOST_DOCUMENTS = 8


async def documents_of(ask: Ask) -> list[DocumentCard]:
    """The documents that a question names, in its order, that can be read; without any, the only one of its scope."""
    cards = await ask.corpus.documents(ask.documents or None)
    ready = {card.document_id: card for card in cards if card.state == "ready" and card.chunks}
    if ask.documents:
        return [ready[document_id] for document_id in dict.fromkeys(ask.documents) if document_id in ready]
    return list(ready.values()) if len(ready) == 1 else []


async def chunks_by_document(corpus: Corpus, document_ids: Collection[UUID]) -> dict[UUID, list[Chunk]]:
    """The chunks of documents, each in reading order."""
    found: dict[UUID, list[Chunk]] = {document_id: [] for document_id in document_ids}
    async for batch in corpus.chunks(document_ids):
        for chunk in batch:
            found.setdefault(chunk.document_id, []).append(chunk)
    return found


def spread(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The chunks of a document so that any beginning of the list covers all of it: the first of each section, then the second …"""
    turns: dict[tuple[str, ...] | int, int] = {}
    order: list[tuple[int, int]] = []
    for place, chunk in enumerate(chunks):
        key = chunk.path or chunk.section
        turns[key] = turns.get(key, -1) + 1
        order.append((turns[key], place))
    rounds = sorted(order)
    firsts = [place for turn, place in rounds if turn == 0]
    halves = [
        place for offset in (0, 1) for place in firsts[offset::2]
    ]  # every second first, where there is no room for all
    return [chunks[place] for place in [*halves, *(place for turn, place in rounds if turn)]]
