"""Does the check of a language model's answer keep what a source says, find what was not cited, and mark what nobody says?

Claims are sentences of the handbook's own answers, slightly reworded so that few are literal.
"""

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from core.access import SearchScope
from evals.corpus import LIBRARY, SCOPE, document_id, lines
from evals.opened import paragraphs
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.grounding.check import check
from rag.grounding.passage import Passage
from rag.grounding.plain import plain
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
    """What was tried → how often, and which share of it ended with a number (or, for ``marked``, as unsupported).

    - ``own page``: cited, and its page says it; to be kept.
    - ``another page``: cited from the nearest chunk of another page; to be dropped, unless that says it too.
    - ``changed number``, ``denied``: cited from its own page after a number was changed, or a "not" put in; to be dropped.
    - ``not cited``: among six sources, three of its own page, without a number; to get one, ``of its page``.
    - ``foreign, marked``: a sentence about something else, without a number; to be marked.
    """
    found: dict[str, list[bool]] = defaultdict(list)
    for line in lines(data / "qa" / "sourcegraph-handbook" / "faq.jsonl"):
        own = SearchScope(frozenset([LIBRARY]), frozenset([document_id(line["doc"])]))
        for claim in random.Random(line["id"]).sample(claims := _claims(line["answer"]), min(2, len(claims))):
            page = (await _nearest(claim, own, embeddings, index))[:3]
            others = [chunk for chunk in await _nearest(claim, SCOPE, embeddings, index) if chunk.title != line["doc"]]
            await _try(claim, page, others, embeddings, found)
    for claim in _foreign(data):
        chunks = (await _nearest(claim, SCOPE, embeddings, index))[:SOURCES]
        found["foreign, marked"].append((await _checked(f"{claim}.", chunks, embeddings)).unsupported == 1)
    return {name: (len(kept), fmean(kept)) for name, kept in found.items()}


async def _try(
    claim: str,
    page: Sequence[Chunk],
    others: Sequence[Chunk],
    embeddings: FootnoteEmbeddings,
    found: Mapping[str, list[bool]],
) -> None:
    found["own page"].append(await _is_kept(claim, page, embeddings))
    found["another page"].append(await _is_kept(claim, others[:1], embeddings))
    changed = re.sub(r"\d+", lambda number: str(int(number[0]) * 7 + 13), claim, count=1)
    if changed != claim:
        found["changed number"].append(await _is_kept(changed, page, embeddings))
    denied = DENIED.sub(lambda verb: f"{verb[0]} not", claim, count=1)
    if denied != claim:
        found["denied"].append(await _is_kept(denied, page, embeddings))
    mixed = await _checked(f"{claim}.", [*others[: SOURCES - len(page)], *page], embeddings)
    found["not cited"].append(bool(mixed.citations))
    if mixed.citations:
        found["not cited, of its page"].append(mixed.citations[0].chunk.title == page[0].title)


def _claims(answer: str) -> list[str]:
    """Sentences of an answer in other words."""
    found = []
    for sentence in split(answer):
        text = plain(answer[sentence.start : sentence.end], sentence.kind)
        reworded = text
        for pattern, replacement in REWORDED:
            reworded = re.sub(pattern, replacement, reworded, flags=re.IGNORECASE)
        is_statement = len(text.split()) >= LEAST_WORDS and not text.endswith(("?", ":"))
        if is_statement and reworded != text and len(split(reworded)) == 1:
            found.append(reworded.rstrip("."))
    return found


def _foreign(data: Path) -> list[str]:
    """One sentence of each of an encyclopedia's paragraphs."""
    found = []
    for document in paragraphs(data / "ir" / "xquad-en"):
        text = document.sections[0].text
        told = [text[sentence.start : sentence.end] for sentence in split(text)]
        fitting = [one for one in told if LEAST_WORDS <= len(one.split()) <= MOST_WORDS and one.endswith(".")]
        found += [one.rstrip(".") for one in fitting[:1]]
    return found


async def _is_kept(claim: str, chunks: Sequence[Chunk], embeddings: FootnoteEmbeddings) -> bool:
    numbers = "".join(f"[{number}]" for number in range(1, len(chunks) + 1))
    return bool((await _checked(f"{claim} {numbers}.", chunks, embeddings)).citations)


async def _checked(answer: str, chunks: Sequence[Chunk], embeddings: FootnoteEmbeddings) -> Citations:
    passages = {number: Passage(Source(number=number, chunk=chunk)) for number, chunk in enumerate(chunks, start=1)}
    return await check(answer, passages, embeddings)


async def _nearest(claim: str, scope: SearchScope, embeddings: FootnoteEmbeddings, index: ChunkIndex) -> list[Chunk]:
    hits = await index.search(claim, await embeddings.aembed_query(claim), scope, top_k=OTHERS)
    return [hit.chunk for hit in await with_chunks(index, hits)]
