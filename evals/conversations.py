"""Measures what is made of a question in a conversation, on public sets.

Usage: python -m evals.conversations [DATA] [--work FOLDER]
- ``follow-ups``: MTRAG-UN, all passages of the set in one library. A question that was asked later in a conversation is understood when
  a passage that answers it is among the first five found; beside it, the question alone, and glued to the one before. ``in need`` are
  those of which the question alone finds less than glued to the one before.
- ``new topics``: real questions that stand alone, each after another one of its set: which share is glued to that one?
- ``facts``: the same, and which share of them is taken for a question for a fact?
Halves are by a hash, chosen after some rules were changed for rows that lie in both: read them as one set. Exits with 1 below 85 %
understood of those held out.
"""

import argparse
import asyncio
import gzip
import json
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from evals.chunking_sets import Document
from evals.corpus import SCOPE, document_id, lines
from evals.indexes import cached_embeddings, open_index
from parsing.types import Section
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex
from rag.questions.follow_ups import stand_alone
from rag.questions.kind import Kind
from rag.questions.routing import route

FIRST = 5
TOP_K = 20
LEAST_UNDERSTOOD = 0.85
LANGUAGES = ("en", "de", "vi", "th", "zh", "ar")
NOT_MEASURED = "UNDERSPECIFIED"  # nobody can tell what is meant


@dataclass(frozen=True, slots=True)
class Later:
    """A question asked later in a conversation, the questions before it, and the passages that answer it."""

    conversation: str
    question: str
    earlier: tuple[str, ...]
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ranks:
    """From 0, the rank of the first passage that answers; ``TOP_K`` when none is found."""

    is_held_out: bool
    alone: int
    glued: int
    understood: int


def is_held_out(text: str) -> bool:
    """True for the half that changes no rule."""
    return sha256(f"held {text}".encode()).digest()[0] % 2 == 1


def packed(path: Path) -> list[dict[str, Any]]:
    """The rows of a packed JSON-lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def later_questions(rows: Iterable[dict[str, Any]]) -> list[Later]:
    """The questions of MTRAG-UN that are not the first and have passages."""
    found: list[Later] = []
    for row in rows:
        *earlier, question = [turn["text"] for turn in row["turns"] if turn["by"] == "user"]
        if earlier and row["contexts"] and row["answerability"] != NOT_MEASURED:
            found.append(Later(row["conversation"], question, tuple(earlier), frozenset(row["contexts"])))
    return found


async def ranks(data: Path, embeddings: FootnoteEmbeddings) -> list[Ranks]:
    """What is found for each later question of MTRAG-UN."""
    rows = packed(data / "public" / "refusals" / "mtrag-un.jsonl.gz")
    passages = dict.fromkeys(passage for row in rows for passage in row["contexts"])
    documents = [Document(_title(text), [Section(number=1, text=text)], {}) for text in passages]
    async with open_index(documents, embeddings) as index:
        return [await _ranks(later, index, embeddings) for later in later_questions(rows)]


async def _ranks(later: Later, index: ChunkIndex, embeddings: FootnoteEmbeddings) -> Ranks:
    understood, _ = stand_alone(later.question, later.earlier)
    queries = (later.question, f"{later.earlier[-1]} {later.question}", understood)
    gold = {document_id(_title(text)) for text in later.gold}
    found = []
    for query in queries:
        hits = await index.search(query, await embeddings.aembed_query(query), SCOPE, top_k=TOP_K)
        chunks = await index.chunks([hit.chunk_id for hit in hits])
        documents = list(dict.fromkeys(chunks[hit.chunk_id].document_id for hit in hits))
        found.append(next((rank for rank, document in enumerate(documents) if document in gold), TOP_K))
    return Ranks(is_held_out(later.conversation), *found)


def _title(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def standing_alone(data: Path) -> dict[str, list[str]]:
    """Real questions that stand alone, by set."""
    sentences = data / "public" / "sentences"
    sets = {f"xquad {name}": packed(sentences / f"xquad-{name}-questions.jsonl.gz") for name in LANGUAGES}
    sets |= {"qed": packed(sentences / "qed.jsonl.gz")}
    sets |= {"handbook": lines(data / "qa" / "sourcegraph-handbook" / "faq.jsonl")}
    return {name: list(dict.fromkeys(row["question"] for row in rows)) for name, rows in sets.items()}


def glued(questions: Sequence[str]) -> tuple[int, int, int]:
    """Of questions that stand alone: how many are glued to another one, are no fact, and how many there are."""
    shuffled = random.Random(1).sample(questions, len(questions))
    after = [(question, before) for question, before in zip(questions, shuffled, strict=True) if question != before]
    glued_ = sum(stand_alone(question, [before])[1] for question, before in after)
    return glued_, sum(route(question).kind is not Kind.FACT for question, _ in after), len(after)


def _print_follow_ups(found: Sequence[Ranks]) -> float:
    """Prints how many are understood; returns the share of those held out."""
    share = 0.0
    for held in (False, True):
        half = [one for one in found if one.is_held_out is held]
        needy = [one for one in half if one.alone > min(one.glued, FIRST - 1)]
        for name, some in (("all", half), ("in need", needy)):
            figures = {way: sum(getattr(one, way) < FIRST for one in some) for way in ("alone", "glued", "understood")}
            first = sum(one.understood == 0 for one in some)
            print(
                f"{'held out' if held else 'tuned':9} {name:8} {len(some):4}  {figures}  understood and first: {first}"
            )
        share = sum(one.understood < FIRST for one in half) / max(1, len(half))
    return share


def _print_standing_alone(sets: dict[str, list[str]]) -> None:
    for name, questions in sets.items():
        for held in (False, True):
            count, others, total = glued([question for question in questions if is_held_out(question) is held])
            half = "held out" if held else "tuned"
            print(f"{half:9} {name:9} {total:4}  glued {count / total:.3f}  facts {1 - others / total:.3f}")


async def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("var/evals/vectors"))
    arguments = parser.parse_args()
    _print_standing_alone(standing_alone(arguments.data))
    embeddings = cached_embeddings(arguments.work)
    share = _print_follow_ups(await ranks(arguments.data, embeddings))
    embeddings.close()
    return int(share < LEAST_UNDERSTOOD)


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
