"""Measures the check of model answers: whether it confirms supported claims, finds missing citations, and marks unsupported claims.

The claims are sentences of the handbook's answers, slightly reworded so that few are literal.
"""

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from core.access import SearchScope
from evals.corpus import LIBRARY, SCOPE, document_id, lines
from evals.indexes import paragraphs
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.grounding.check import check
from rag.grounding.passage import Passage
from rag.grounding.plain_text import plain_text
from rag.grounding.sentences import split
from rag.index import ChunkIndex, with_chunks
from rag.types import Chunk, Source

REWORDED = (
    (r"\byou can\b", "it is possible to"),
    (r"\byou should\b", "people are expected to"),
    (r"\bwe\b", "the company"),
    (r"\bour\b", "the company's"),
    (r"\byour\b", "one's"),
    (r"\bis\b", "would be"),
    (r"\bthe\b", "that"),
    (r"\band\b", "as well as"),
)
LEAST_WORDS, MOST_WORDS = 8, 40
OTHERS = 30
SOURCES = 6
DENIED = re.compile(r"\b(?:would be|are|can|should|will|has|have)\b")


async def measured(data: Path, index: ChunkIndex, embeddings: FootnoteEmbeddings) -> dict[str, tuple[int, float]]:
    """Name of a trial → how often, and the share that ended with a number (or, for ``marked``, as unsupported).

    - ``own page``: cites its page, which says it; the number should stay.
    - ``another page``: cites the nearest chunk of another page; the number should be dropped, unless that page says it too.
    - ``changed number``, ``denied``: cites its page after a number was changed or a "not" inserted; the number should be dropped.
    - ``not cited``: without a number, among six sources, three of its page; it should get a number, ``of its page``.
    - ``foreign, marked``: a sentence about something else, without a number; it should be marked.
    """
    results: dict[str, list[bool]] = defaultdict(list)
    for line in lines(data / "qa" / "sourcegraph-handbook" / "faq.jsonl"):
        own = SearchScope(frozenset([LIBRARY]), frozenset([document_id(line["doc"])]))
        for claim in random.Random(line["id"]).sample(claims := _claims(line["answer"]), min(2, len(claims))):
            page = (await _nearest(claim, own, embeddings, index))[:3]
            others = [chunk for chunk in await _nearest(claim, SCOPE, embeddings, index) if chunk.title != line["doc"]]
            await _try(claim, page, others, embeddings, results)
    for claim in _foreign(data):
        chunks = (await _nearest(claim, SCOPE, embeddings, index))[:SOURCES]
        results["foreign, marked"].append((await _checked(f"{claim}.", chunks, embeddings)).unsupported == 1)
    return {name: (len(outcomes), fmean(outcomes)) for name, outcomes in results.items()}


async def _try(
    claim: str,
    page: Sequence[Chunk],
    others: Sequence[Chunk],
    embeddings: FootnoteEmbeddings,
    results: Mapping[str, list[bool]],
) -> None:
    results["own page"].append(await _has_citation(claim, page, embeddings))
    results["another page"].append(await _has_citation(claim, others[:1], embeddings))
    changed = re.sub(r"\d+", lambda number: str(int(number[0]) * 7 + 13), claim, count=1)
    if changed != claim:
        results["changed number"].append(await _has_citation(changed, page, embeddings))
    denied = DENIED.sub(lambda verb: f"{verb[0]} not", claim, count=1)
    if denied != claim:
        results["denied"].append(await _has_citation(denied, page, embeddings))
    mixed = await _checked(f"{claim}.", [*others[: SOURCES - len(page)], *page], embeddings)
    results["not cited"].append(bool(mixed.citations))
    if mixed.citations:
        results["not cited, of its page"].append(mixed.citations[0].chunk.title == page[0].title)


def _claims(answer: str) -> list[str]:
    """The sentences of an answer, reworded."""
    claims = []
    for sentence in split(answer):
        text = plain_text(answer[sentence.start : sentence.end], sentence.kind)
        reworded = text
        for pattern, replacement in REWORDED:
            reworded = re.sub(pattern, replacement, reworded, flags=re.IGNORECASE)
        is_statement = len(text.split()) >= LEAST_WORDS and not text.endswith(("?", ":"))
        if is_statement and reworded != text and len(split(reworded)) == 1:
            claims.append(reworded.rstrip("."))
    return claims


def _foreign(data: Path) -> list[str]:
    """One sentence of each paragraph of an encyclopedia."""
    claims = []
    for document in paragraphs(data / "ir" / "xquad-en"):
        text = document.sections[0].text
        sentences = [text[sentence.start : sentence.end] for sentence in split(text)]
        fitting = [one for one in sentences if LEAST_WORDS <= len(one.split()) <= MOST_WORDS and one.endswith(".")]
        claims += [one.rstrip(".") for one in fitting[:1]]
    return claims


async def _has_citation(claim: str, chunks: Sequence[Chunk], embeddings: FootnoteEmbeddings) -> bool:
    numbers = "".join(f"[{number}]" for number in range(1, len(chunks) + 1))
    return bool((await _checked(f"{claim} {numbers}.", chunks, embeddings)).citations)


async def _checked(answer: str, chunks: Sequence[Chunk], embeddings: FootnoteEmbeddings) -> Citations:
    passages = {number: Passage(Source(number=number, chunk=chunk)) for number, chunk in enumerate(chunks, start=1)}
    return await check(answer, passages, embeddings)


async def _nearest(claim: str, scope: SearchScope, embeddings: FootnoteEmbeddings, index: ChunkIndex) -> list[Chunk]:
    hits = await index.search(claim, await embeddings.aembed_query(claim), scope, top_k=OTHERS)
    return [hit.chunk for hit in await with_chunks(index, hits)]
