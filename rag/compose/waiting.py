"""Documents that cannot be searched yet when a question about them comes: that is said, never passed over in silence."""

from collections.abc import Sequence
from uuid import UUID

from rag.compose.phrases import Phrases
from rag.corpus import Corpus, DocumentCard

NAMED = 3


async def still_reading(question: str, corpus: Corpus | None, documents: Sequence[UUID] = ()) -> str:
    """A sentence about the documents of the scope that are being read or could not be read; empty when all are ready.

    Args:
        documents: the scope named in the question or attached to it; empty: all documents, of which failed ones are not told.
    """
    if corpus is None:
        return ""
    cards = await corpus.unready(documents or None)
    phrases = Phrases(question)
    pending = [card for card in cards if card.state == "pending"]
    failed = [card for card in cards if card.state == "failed"] if documents else []
    sentences = []
    if pending:
        percent = min(card.percent or 0 for card in pending)
        sentences.append(phrases.say("still_reading", titles=_names(pending), percent=percent))
    if failed:
        sentences.append(phrases.say("unread", titles=_names(failed)))
    return " ".join(sentences)


async def have_text(corpus: Corpus | None) -> bool:
    """True when documents of the scope have text, whatever the index has: after a restore, or when the index was lost."""
    return corpus is not None and any(card.chunks for card in await corpus.documents())


def _names(cards: Sequence[DocumentCard]) -> str:
    names = ", ".join(card.title for card in cards[:NAMED])
    return names if len(cards) <= NAMED else f"{names} (+{len(cards) - NAMED})"
