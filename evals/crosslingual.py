"""Measures questions in one language on documents in another: are they found, answered, and refused where nothing answers?

Usage: python -m evals.crosslingual [DATA] [--model NAME] [--only de,th] [--questions N] [--work FOLDER]
DATA (default: ../shared/data) has ``public/sentences/xquad-{en,de,vi,th,zh,ar}-{paragraphs,questions}.jsonl.gz``. All 120 English
paragraphs are searched with the questions of each language (nDCG@10 by meaning, by words, and hybrid as in the product); then the second
half of them, with the questions that it answers and as many that the first half answers.
"""

import argparse
import asyncio
import gzip
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from core.settings import RetrievalSettings
from evals.chunking_sets import Document
from evals.corpus import SCOPE
from evals.indexes import cached_embeddings, open_index
from evals.retrieval_scores import ndcg
from parsing.types import Section
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, Fusion, with_chunks
from rag.retrieval.retriever import Retriever

LANGUAGES = ("en", "de", "vi", "th", "zh", "ar")
KINDS = ("bm25", "dense", "auto")


@dataclass(frozen=True, slots=True)
class Crossing:
    """The figures of one language of questions."""

    ndcg: dict[str, float]
    answered: float
    refused: float


async def measured(data: Path, language: str, embeddings: FootnoteEmbeddings, most: int) -> Crossing:
    """The figures of the questions of a language on the English paragraphs.

    Args:
        most: questions of each measure, drawn at random but always the same.
    """
    paragraphs = [
        Document(row["id"], [Section(number=1, text=row["text"])], {}) for row in _rows(data, "en-paragraphs")
    ]
    questions = _drawn(_rows(data, f"{language}-questions"), most)
    gains = dict.fromkeys(KINDS, 0.0)
    async with open_index(paragraphs, embeddings) as index:
        for kind in KINDS:
            found = [await _ndcg(index, embeddings, row, kind) for row in questions]
            gains[kind] = fmean(found)
    half = paragraphs[len(paragraphs) // 2 :]
    here = {document.title for document in half}
    async with open_index(half, embeddings) as index:
        retriever = Retriever(embeddings, index, RetrievalSettings())
        own = [await _is_answered(retriever, row) for row in questions if row["paragraph"] in here]
        foreign = [await _is_answered(retriever, row) for row in questions if row["paragraph"] not in here]
    return Crossing(gains, fmean(own), 1 - fmean(foreign))


async def _ndcg(index: ChunkIndex, embeddings: FootnoteEmbeddings, row: dict[str, Any], kind: Any) -> float:
    question, settings = row["question"], RetrievalSettings()
    fusion = Fusion(
        kind, settings.dense_weight, embeddings.language_coverage(question), embeddings.scale.crosses_languages
    )
    vector = await embeddings.aembed_query(question)
    hits = await with_chunks(index, await index.search(question, vector, SCOPE, top_k=settings.top_k, fusion=fusion))
    return ndcg(list(dict.fromkeys(hit.chunk.title for hit in hits)), {row["paragraph"]: 1.0})


async def _is_answered(retriever: Retriever, row: dict[str, Any]) -> bool:
    return bool((await retriever.find(row["question"], SCOPE)).sources)


def _rows(data: Path, name: str) -> list[dict[str, Any]]:
    with gzip.open(data / "public" / "sentences" / f"xquad-{name}.jsonl.gz", "rt") as file:
        return [json.loads(line) for line in file]


def _drawn(rows: Sequence[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    return random.Random(4).sample(list(rows), min(most, len(rows)))


async def _run(arguments: argparse.Namespace) -> None:
    embeddings = cached_embeddings(arguments.work, arguments.model)
    print(f"{embeddings.name}: questions in X on English paragraphs")
    print("        nDCG@10: words  meaning  hybrid   answered  refused")
    for language in arguments.only.split(","):
        one = await measured(arguments.data, language, embeddings, arguments.questions)
        scores = "  ".join(f"{one.ndcg[kind]:.3f}" for kind in KINDS)
        print(f"{language:14} {scores}     {one.answered:.3f}    {one.refused:.3f}", flush=True)
    embeddings.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--model", help="as FOOTNOTE_EMBEDDING_MODEL: english, multilingual, a folder or name")
    parser.add_argument("--only", default=",".join(LANGUAGES), help="languages of the questions, with commas between")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--work", type=Path, default=Path("var/evals/vectors"))
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
