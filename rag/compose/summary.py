"""Summaries without a language model: what a document is about, and its central sentences by topic, in reading order, word for word."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from rag.compose import sheets
from rag.compose.centrality import MOST_EMBEDDED, Embed
from rag.compose.citing import Citing
from rag.compose.composed import Ask, Composed
from rag.compose.digest import Digest, Point, digest
from rag.compose.phrases import Phrases
from rag.compose.quotations import Quotation
from rag.compose.reading import MOST_DOCUMENTS, chunks_by_document, documents_of, spread
from rag.compose.subject import asks_for_all
from rag.corpus import DocumentCard
from rag.grounding.markdown import literal
from rag.questions.kind import Kind
from rag.types import Chunk

LEADS_ABOUT, LEADS_SUMMARY = 3, 1
POINTS, POINTS_SHORT, POINTS_EACH = 6, 4, 2  # of one document, of a short one, of each of several
SHORT = 14  # sentences
NAMED_HEADINGS, HEADING_CHARS = 8, 70
LEAST_EMBEDDED = 25  # sentences of each of several documents
BUDGET_TOKENS = 4000  # of the sources for a language model


@dataclass(frozen=True, slots=True)
class _Read:
    """A document that was read: ``digest`` is None for one that consists of tables."""

    card: DocumentCard
    chunks: Sequence[Chunk]
    digest: Digest | None


async def summary(ask: Ask) -> Composed | None:
    """The answer to "What is it about?" and "Summarize it", for one document or several; None when none is named.

    Raises:
        UpstreamUnavailable: the embedding server does not answer.
    """
    cards = await documents_of(ask)
    if not cards or not asks_for_all(ask, cards):
        return None
    shown = cards[:MOST_DOCUMENTS]
    chunks = await chunks_by_document(ask.corpus, [card.document_id for card in shown])
    most = max(LEAST_EMBEDDED, MOST_EMBEDDED // len(shown))
    read = [await _read(card, chunks[card.document_id], ask.embeddings.aembed_now, most) for card in shown]
    return await asyncio.to_thread(_composed, ask, read, len(cards))


async def _read(card: DocumentCard, chunks: Sequence[Chunk], embed: Embed, most: int) -> _Read:
    return _Read(card, chunks, None if sheets.is_table(chunks) else await digest(chunks, embed, most))


def _composed(ask: Ask, read: Sequence[_Read], of: int) -> Composed | None:
    citing, phrases = Citing(), Phrases(ask.question)
    if len(read) == 1:
        text = _of_one(read[0], citing, phrases, is_about=ask.kind is Kind.DOCUMENT)
    else:
        text = "\n\n".join(_of_several(one, citing, phrases) for one in read)
    if not text:
        return None
    further = chain.from_iterable(zip_longest(*(spread(one.chunks) for one in read)))
    sources = citing.with_more(filter(None, further), BUDGET_TOKENS) if ask.has_model else citing.sources()
    notice = phrases.say("summarized", count=len(read), all=of) if of > len(read) else ""
    details: dict[str, object] = {"documents": len(read), "chunks": sum(len(one.chunks) for one in read)}
    return Composed(text, sources, for_model=True, notice=notice, details=details)


def _of_one(read: _Read, citing: Citing, phrases: Phrases, *, is_about: bool) -> str:
    if read.digest is None:
        return sheets.described(sheets.sheets(read.chunks), citing, phrases)
    return about(read.digest, citing, phrases) if is_about else main_points(read.digest, citing)


def about(read: Digest, citing: Citing, phrases: Phrases) -> str:
    """What a document is about: up to three sentences, and its headings."""
    leads = [read.ranked.quoted[place] for place in read.leads(LEADS_ABOUT)]
    text = " ".join(map(citing.quote, leads)) or listed(read.scraps or read.ranked.quoted[:LEADS_ABOUT], citing)
    names = [shortened(one.text) for one in read.headings if one.level == min(other.level for other in read.headings)]
    if text and len(names) > 1:
        others = len(names) - NAMED_HEADINGS
        further = f" {phrases.say('and_more', count=others)}" if others > 0 else ""
        text += f"\n\n**{phrases.say('sections_lead')}:** {' · '.join(names[:NAMED_HEADINGS])}{further}"
    return text


def main_points(read: Digest, citing: Citing, most: int | None = None) -> str:
    """The central sentences of a document: what it is about, then those of its topics. A short one is quoted by what it has."""
    quoted = read.ranked.quoted
    if len(quoted) <= LEADS_SUMMARY + POINTS_SHORT:
        whole = [one for one in quoted if one.is_whole] or quoted
        return "\n\n".join(filter(None, [paragraph(whole, citing), listed(read.scraps, citing)]))
    leads = read.leads(LEADS_SUMMARY)
    points = read.points(most or (POINTS_SHORT if len(quoted) <= SHORT else POINTS), leads)
    head = " ".join(citing.quote(quoted[place]) for place in leads)
    return f"{head}\n\n{bullets(points, citing)}".strip()


def paragraph(quoted: Iterable[Quotation], citing: Citing) -> str:
    """Sentences in a paragraph, list items below it."""
    text = ""
    for one in quoted:
        joint = "\n- " if one.kind == "item" else ("\n\n" if text.rpartition("\n")[2].startswith("- ") else " ")
        text += f"{joint}{citing.quote(one)}"
    return text.strip()


def bullets(points: Sequence[Point], citing: Citing) -> str:
    """A list item for each topic, under its heading in bold where there are several; without headings one for each sentence."""
    if len({point.heading for point in points}) == 1:
        return listed(chain.from_iterable(point.quoted for point in points), citing)
    lines = []
    for point in points:
        lead = f"**{shortened(point.heading)}**: " if point.heading else ""
        lines.append(f"- {lead}{' '.join(map(citing.quote, point.quoted))}")
    return "\n".join(lines)


def shortened(heading: str) -> str:
    """A heading as Markdown, cut where it is too long."""
    text = heading.rstrip(" :.").replace("*", "")
    return literal(
        text if len(text) <= HEADING_CHARS else f"{text[:HEADING_CHARS].rpartition(' ')[0] or text[:HEADING_CHARS]}…"
    )


def listed(quoted: Iterable[Quotation], citing: Citing) -> str:
    """Each line as a list item."""
    return "\n".join(f"- {citing.quote(one)}" for one in quoted)


def _of_several(read: _Read, citing: Citing, phrases: Phrases) -> str:
    """A document among several: its name and its main points."""
    name = f"**{literal(read.card.title).replace('*', '')}**"
    if read.digest is None:
        return f"{name}\n\n{sheets.described(sheets.sheets(read.chunks)[:1], citing, phrases)}"
    quoted = [read.digest.ranked.quoted[place] for place in read.digest.leads(POINTS_EACH)]
    body = " ".join(map(citing.quote, quoted)) or listed(read.digest.scraps[:POINTS_EACH], citing)
    return f"{name}\n\n{body or phrases.say('nothing_quoted')}"
