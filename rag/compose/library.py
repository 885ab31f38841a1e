"""Which documents there are: how many in each library, and the newest by name. Nothing in it is a claim about what they say."""

from collections import Counter
from collections.abc import Sequence

from rag.compose.composed import Ask, Composed
from rag.compose.phrases import Phrases
from rag.corpus import DocumentCard
from rag.grounding.markdown import literal

SHOWN = 30


async def library(ask: Ask) -> Composed | None:
    """The documents that the person may see."""
    cards, phrases = await ask.corpus.documents(ask.documents or None), Phrases(ask.question)
    if not cards:
        return Composed(phrases.say("none_yet"))
    paragraphs = [_total(cards, phrases), "\n".join(_line(card, phrases) for card in cards[:SHOWN])]
    if len(cards) > SHOWN:
        paragraphs.append(phrases.say("more", count=f"{len(cards) - SHOWN:,}"))
    return Composed("\n\n".join(paragraphs), details={"documents": len(cards)})


def _total(cards: Sequence[DocumentCard], phrases: Phrases) -> str:
    total = phrases.counted("one_document", "documents", len(cards))
    libraries = Counter(card.library for card in cards)
    if len(libraries) > 1:
        total += f" ({', '.join(f'{literal(name)}: {count:,}' for name, count in libraries.most_common())})"
    return f"{total}. {phrases.say('newest')}" if len(cards) > 1 else f"{total}."


def _line(card: DocumentCard, phrases: Phrases) -> str:
    facts = [phrases.counted("page", "pages", card.pages)] if card.pages else []
    if card.state == "pending":
        percent = "" if card.percent is None else f", {card.percent} %"
        facts.append(f"{phrases.say('reading')}{percent}")
    elif card.state == "failed":
        facts.append(phrases.say("failed"))
    notes = f" ({', '.join(facts)})" if facts else ""
    return f"- {literal(card.title)}{notes}"
