"""What a page or section of a document says: all of a short one, the central sentences of a longer one, word for word."""

import asyncio
import re
from collections.abc import Sequence

from core.places import label_of
from rag.compose.centrality import MOST_EMBEDDED
from rag.compose.citing import Citing
from rag.compose.composed import Ask, Composed
from rag.compose.digest import digest
from rag.compose.phrases import Phrases
from rag.compose.quotations import quotations
from rag.compose.reading import chunks_by_document, documents_of, spread
from rag.compose.summary import BUDGET_TOKENS, bullets, listed, paragraph, shortened
from rag.compose.topics import Heading, headings
from rag.corpus import DocumentCard
from rag.embedding.prompts import Purpose
from rag.embedding.similarity import cosine
from rag.grounding.markdown import literal
from rag.grounding.passage import NUMBER_WORDS
from rag.terms import terms_of
from rag.types import Chunk

WHOLE, POINTS = 7, 6  # sentences of a part that is quoted whole; of a longer one
PAGE = re.compile(
    r"(?:\b(?:pages?|pp?\.|slides?|seiten?|folien?|páginas?|diapositivas?|trang)|หน้า|الصفحة|صفحة)\s*+(\d{1,5})"
    r"(?:\s*+(?:-|–|to|bis|a|and|und)\s*+(\d{1,5}))?",
    re.IGNORECASE,
)
ROMAN_PAGE = re.compile(r"\b(?:page|seite|página|trang) ([ivx]{1,7})\b", re.IGNORECASE)
PAGE_AFTER = re.compile(r"(\d{1,5})()\s?(?:页|頁|ページ)")
SECTION = re.compile(
    r"(?:\b(?:sections?|chapters?|parts?|paragraphs?|clauses?|articles?|steps?|abschnitt|kapitel|teil|artikel|secci[oó]n|capítulo|section|"
    r"chapitre|mục|chương)|§|第|บทที่)\s*+(\d{1,3}(?:\.\d{1,3})*+)",
    re.IGNORECASE,
)
WORD_NUMBER = re.compile(
    r"\b(page|slide|section|chapter|part|step) (one|two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE
)
NUMBER = re.compile(r"(\d{1,3}(?:\.\d{1,3})*+)")
_ROMAN = "0 I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX"
ROMAN = _ROMAN.split()
NUMBER_CHARS = 20  # at the beginning of a heading
LAST, FIRST = (
    re.compile(r"\b(?:last|final|letzte[nr]?|última?|dernière)\b", re.IGNORECASE),
    re.compile(r"\b(?:first|erste[nr]?|primera|première)\b", re.IGNORECASE),
)
PAGE_WORD = re.compile(r"\b(?:page|slide|seite|folie|página|trang)\b", re.IGNORECASE)
UNIT = re.compile(
    r"\A(?:the )?(?:section|chapter|part|paragraph|heading)s?\b(?: (?:on|about|regarding|called|of)\b)?", re.IGNORECASE
)
GENERIC = terms_of(
    "section sections chapter part paragraph heading page about regarding document file text named called titled abschnitt kapitel"
)
LEAST_SHARE = 0.6  # of the words that name a section, in its heading
LIKE, CLEARLY = (
    0.4,
    0.1,
)  # likeness from which a heading means what was asked for, and how much likelier it must be than others


async def part(ask: Ask) -> Composed | None:
    """The answer to "What does page 3 say?" and "Summarize the section on leave"; None when there is no such part or document.

    Raises:
        UpstreamUnavailable: the embedding server does not answer.
    """
    cards = await documents_of(ask)
    if len(cards) != 1 or not ask.part:
        return None
    card = cards[0]
    chunks = (await chunks_by_document(ask.corpus, [card.document_id]))[card.document_id]
    wanted = WORD_NUMBER.sub(lambda match: f"{match[1]} {NUMBER_WORDS[match[2].lower()]}", ask.part)
    pages = pages_of(wanted, max((chunk.page or 0 for chunk in chunks), default=0))
    named = labelled(wanted, pages, chunks)
    if pages or named:
        found = named or [chunk for chunk in chunks if chunk.page in pages]
        return await _composed(ask, "", found) if found else _no_page(card, chunks, pages, Phrases(ask.question))
    heading = await _heading(ask, wanted, headings(chunks))
    return await _composed(ask, heading.text, under(heading, chunks)) if heading else None


def pages_of(part: str, last: int) -> range:
    """The pages that a part names; empty where it names none.

    Args:
        last: the number of the document's last page; 0 where it has no pages.
    """
    found = PAGE.search(part) or PAGE_AFTER.search(part)
    if found and last:
        start = int(found[1])
        return range(start, max(start, int(found[2] or start)) + 1)
    if last and PAGE_WORD.search(part):
        return range(last, last + 1) if LAST.search(part) else range(1, 2) if FIRST.search(part) else range(0)
    return range(0)


def labelled(part: str, pages: range, chunks: Sequence[Chunk]) -> list[Chunk]:
    """The chunks of the pages that a document itself calls what a part names: its page 2 may be the sixth of the file."""
    roman = ROMAN_PAGE.search(part)
    labels = {roman[1].lower()} if roman else {str(page) for page in pages}
    return [chunk for chunk in chunks if chunk.page and chunk.locator and label_of(chunk.locator).lower() in labels]


def _no_page(card: DocumentCard, chunks: Sequence[Chunk], pages: range, phrases: Phrases) -> Composed | None:
    """Says how many pages there are, unless the page is just without text."""
    last = card.pages or max((chunk.page or 0 for chunk in chunks), default=0)
    if not last:
        return None
    title = literal(card.title)
    if pages.start <= last:
        return Composed(phrases.say("empty_page", title=title, number=pages.start))
    count = phrases.counted("page", "pages", last)
    return Composed(phrases.say("no_page", title=title, pages=count, number=pages.start))


async def _heading(ask: Ask, part: str, found: Sequence[Heading]) -> Heading | None:
    """The heading that a part names: by its number, its words, or its meaning."""
    number = SECTION.search(part)
    if number:
        return _numbered(number[1], found)
    terms = terms_of(part) - GENERIC
    if not terms or not found:
        return None
    shares = [len(terms & terms_of(one.text)) / len(terms) for one in found]
    best = max(range(len(found)), key=lambda place: (shares[place], -len(found[place].text)))
    if shares[best] >= LEAST_SHARE:
        return found[best]
    words = UNIT.sub("", part).strip()
    vectors = await ask.embeddings.aembed_now([words, *(one.text for one in found)], Purpose.LIKENESS)
    near = [
        ask.embeddings.scale.likeness(cosine(vectors[0], vector), words, one.text)
        for one, vector in zip(found, vectors[1:], strict=True)
    ]
    likest, *others = sorted(range(len(found)), key=lambda place: -near[place])
    is_clear = not others or near[likest] >= near[others[0]] + CLEARLY
    return found[likest] if near[likest] >= LIKE and is_clear else None


def _numbered(number: str, found: Sequence[Heading]) -> Heading | None:
    """The heading with a number; where none has numbers, the one at that place among those of the highest level."""
    roman = ROMAN[int(number)] if number.isdigit() and 0 < int(number) < len(ROMAN) else None
    for one in found:
        mark = NUMBER.search(one.text[:NUMBER_CHARS])
        if (mark and mark[1] == number) or (roman and roman in one.text[:NUMBER_CHARS].replace(".", " ").split()):
            return one
    highest = [one for one in found if one.level == 1]
    is_plain = number.isdigit() and not any(NUMBER.match(one.text) for one in highest)
    return highest[int(number) - 1] if is_plain and 0 < int(number) <= len(highest) else None


def under(heading: Heading, chunks: Sequence[Chunk]) -> list[Chunk]:
    """The chunks under a heading and the headings below it."""
    found = headings(chunks)
    after = [one.index for one in found[found.index(heading) + 1 :] if one.level <= heading.level]
    end = after[0] if after else chunks[-1].index + 1
    return [chunk for chunk in chunks if heading.index <= chunk.index < max(end, heading.index + 1)]


async def _composed(ask: Ask, name: str, chunks: Sequence[Chunk]) -> Composed | None:
    quoted, citing = await asyncio.to_thread(quotations, chunks), Citing()
    lead = f"**{shortened(name)}**\n\n" if name else ""
    if 0 < len(quoted) <= WHOLE:
        text = paragraph(quoted, citing)
    else:
        read = await digest(chunks, ask.embeddings.aembed_now, MOST_EMBEDDED)
        text = bullets(read.points(POINTS), citing) or listed(read.scraps, citing)
    if not text:
        return None
    sources = citing.with_more(spread(chunks), BUDGET_TOKENS) if ask.has_model else citing.sources()
    return Composed(lead + text, sources, for_model=True, details={"part": name or ask.part, "chunks": len(chunks)})
