"""Does the check keep what a source says, and drop what it does not?

Usage: python -m evals.citations DATA [--index FOLDER]
Claims are sentences of the handbook's own answers, slightly reworded so that none is literal. Each is checked against
- the chunks of the page the answer comes from (to be kept by at least one),
- the nearest chunk of another page (to be dropped),
- its own page after one of its numbers was changed (to be dropped).
"""

import argparse
import asyncio
import random
import re
from pathlib import Path

from core.access import SearchScope
from evals.corpus import LIBRARY, SCOPE, document_id, lines, open_corpus
from rag.citations import check
from rag.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex
from rag.passage import Passage
from rag.plain import plain
from rag.sentences import split
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
LEAST_WORDS = 8
OTHERS = 30


def _claims(answer: str) -> list[str]:
    """Sentences of an answer in other words."""
    found = []
    for sentence in split(answer):
        text = plain(answer[sentence.start : sentence.end], sentence.kind)
        reworded = text
        for pattern, replacement in REWORDED:
            reworded = re.sub(pattern, replacement, reworded, flags=re.IGNORECASE)
        if len(text.split()) >= LEAST_WORDS and reworded != text:
            found.append(reworded.rstrip(".:"))
    return found


async def _is_kept(claim: str, chunks: list[Chunk], embeddings: FootnoteEmbeddings) -> bool:
    passages = {number: Passage(Source(number=number, chunk=chunk)) for number, chunk in enumerate(chunks, start=1)}
    numbers = "".join(f"[{number}]" for number in passages)
    return bool((await check(f"{claim} {numbers}.", passages, embeddings)).citations)


async def _nearest(claim: str, scope: SearchScope, embeddings: FootnoteEmbeddings, index: ChunkIndex) -> list[Chunk]:
    return [hit.chunk for hit in await index.search(claim, await embeddings.aembed_query(claim), scope, top_k=OTHERS)]


async def _run(data: Path, folder: Path) -> None:
    handbook = data / "qa" / "sourcegraph-handbook"
    embeddings, index = await open_corpus(handbook / "content-noheadings", folder)
    kept: dict[str, list[bool]] = {"own page": [], "another page": [], "changed number": []}
    for line in lines(handbook / "faq.jsonl"):
        own = SearchScope(frozenset([LIBRARY]), frozenset([document_id(line["doc"])]))
        for claim in random.Random(line["id"]).sample(claims := _claims(line["answer"]), min(2, len(claims))):
            page = (await _nearest(claim, own, embeddings, index))[:3]
            others = [chunk for chunk in await _nearest(claim, SCOPE, embeddings, index) if chunk.title != line["doc"]]
            kept["own page"].append(await _is_kept(claim, page, embeddings))
            kept["another page"].append(await _is_kept(claim, others[:1], embeddings))
            changed = re.sub(r"\d+", lambda number: str(int(number[0]) * 7 + 13), claim, count=1)
            if changed != claim:
                kept["changed number"].append(await _is_kept(changed, page, embeddings))
    for name, found in kept.items():
        print(f"{name:16} {len(found):4} claims, kept {sum(found) / len(found):.3f}")
    await index.close()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--index", type=Path, default=Path("var/evals"))
    arguments = parser.parse_args()
    asyncio.run(_run(arguments.data, arguments.index))


if __name__ == "__main__":
    main()
