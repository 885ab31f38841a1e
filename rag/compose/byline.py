"""Who wrote a document: the line that says it, the names above the abstract, or the signature, word for word."""

import asyncio
import re
from collections.abc import Sequence
from uuid import UUID

from rag.compose.citing import Citing
from rag.compose.composed import Ask, Composed
from rag.compose.reading import chunks_by_document, documents_of
from rag.grounding.markdown import literal
from rag.questions.asking import AUTHORS, UNSPACED, WORDS
from rag.terms import terms_of
from rag.types import Chunk

ASKS = re.compile(
    r"(?<!\w)(?:who (?:wrote|authored|signed)|who(?:'s| is| are| was| were) the authors?|(?:names of )?the authors? of|by whom was"
    r"|wer hat [^?]{0,100}(?:geschrieben|verfasst|unterschrieben)|wer ist (?:der autor|die autorin)|wer sind die autoren"
    r"|qui a (?:écrit|rédigé|signé)|qui (?:est|sont) (?:l'auteur|les auteurs)"
    r"|quién(?:es)? (?:escribió|escribieron|firmó|es el autor|son los autores)|ai (?:đã )?viết|tác giả)(?!\w)"
    r"|谁写|作者|著者|誰が書|ใครเขียน|ผู้เขียน|من كتب|مؤلف",
    re.IGNORECASE,
)
SAID = re.compile(
    r"\A\s{0,8}(?:(?:written |prepared |drafted |compiled )?by:?\s{1,4}(?=(?-i:[A-Z]))|authors?:\s{0,4}|from:\s{1,4}(?=[^\W\d])"
    r"|von:?\s{1,4}(?=(?-i:[A-ZÄÖÜ]))|autor(?:in|en|es)?:\s{0,4}|verfass(?:er|erin|t von):?\s{1,4}|auteurs?\s?:\s{0,4}"
    r"|par\s{1,4}(?=(?-i:[A-ZÉ]))|por\s{1,4}(?=(?-i:[A-ZÁÉ]))|tác giả:\s{0,4}|作者[:：]|著者[:：]|ผู้เขียน:)\S",
    re.IGNORECASE,
)
ABSTRACT = re.compile(
    r"\A\s{0,8}(?:abstract|a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|keywords|(?:1\.?\s{1,4})?introduction|zusammenfassung|résumé|resumen"
    r"|摘要|概要)(?!\w)",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(
    r"@|https?://|(?<!\w)(?:universit\w{1,12}|institut\w{0,3}|department|college|school of|laborator\w{1,4}|research center"
    r"|inc\.|ltd)(?!\w)",
    re.IGNORECASE,
)
SIGNED = re.compile(
    r"\A\s{0,8}(?:best|kind|warm|with|yours|sincerely|regards|respectfully|mit freundlichen|freundliche|viele|herzliche|cordialement|bien à"
    r"|sinceramente|atentamente|saludos)[ \w]{0,40},?\s{0,4}\Z",
    re.IGNORECASE,
)
HEAD_LINES, TAIL_LINES = 60, 15
LONGEST, LONGEST_NAME = 500, 80  # characters


def asks_for_author(query: str) -> bool:
    """True for "Who wrote it?"."""
    return ASKS.search(query) is not None


async def byline(ask: Ask) -> Composed | None:
    """Who wrote the documents that a question names, as each says it; None when it asks for anything else, or none says it."""
    if not asks_for_author(ask.query):
        return None
    cards = await documents_of(ask)
    chunks = await chunks_by_document(ask.corpus, [card.document_id for card in cards])
    return await asyncio.to_thread(_composed, [chunks[card.document_id] for card in cards])


async def byline_of_found(ask: Ask, documents: Sequence[UUID]) -> Composed | None:
    """The same of the first of these documents that begins with what the question is about."""
    about = terms_of(UNSPACED.sub(" ", ask.query)) - WORDS - AUTHORS
    if not about or not asks_for_author(ask.query):
        return None
    chunks = await chunks_by_document(ask.corpus, documents)
    begins = (
        chunks[one]
        for one in documents
        if chunks[one] and about <= terms_of(f"{chunks[one][0].title} {chunks[one][0].text}")
    )
    first = next(begins, None)
    return await asyncio.to_thread(_composed, [first]) if first else None


def _composed(documents: Sequence[Sequence[Chunk]]) -> Composed | None:
    citing = Citing()
    found = [line for chunks in documents if (line := _byline(chunks))]
    lines = [f"{literal(text)} {citing.mark(chunk)}" for text, chunk in found]
    if not lines:
        return None
    text = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
    return Composed(text, citing.sources(), details={"shape": "byline"})


def _byline(chunks: Sequence[Chunk]) -> tuple[str, Chunk] | None:
    """The words that say who wrote a document, and the chunk they stand in."""
    if not chunks:
        return None
    head = [line for line in chunks[0].text.split("\n")[:HEAD_LINES] if line.strip()]
    said = next((line.strip() for line in head if SAID.match(line)), None)
    if said:
        return said[:LONGEST], chunks[0]
    if names := _above_abstract(head):
        return names, chunks[0]
    tail = [line.strip() for line in chunks[-1].text.split("\n") if line.strip()][-TAIL_LINES:]
    signed = next((place for place, line in enumerate(tail[:-1]) if SIGNED.match(line)), None)
    if signed is None or len(tail[signed + 1]) > LONGEST_NAME:
        return None
    return f"{tail[signed]} {tail[signed + 1]}", chunks[-1]


def _above_abstract(head: Sequence[str]) -> str:
    """Title and names of a paper: what stands above its abstract, without addresses; empty where there is none."""
    end = next((place for place, line in enumerate(head) if ABSTRACT.match(line)), 0)
    names = []
    for line in head[:end]:
        if ELSEWHERE.search(line):
            break
        names.append(line.strip())
    text = " ".join(names)
    return text if len(names) > 1 and len(text) <= LONGEST else ""
