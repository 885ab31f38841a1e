"""Collections in BEIR's layout (``corpus.jsonl.gz``, ``queries.jsonl``, ``qrels.tsv``), cut into chunks as in the product."""

import csv
import gzip
import json
from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from core.settings import ChunkSettings
from evals.corpus import LIBRARY, document_id, lines
from ingestion.indexing.chunking import build_chunker
from parsing.types import Block, Section
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.types import Chunk

ENGLISH = ("handbook-faq", "scifact", "cranfield", "cisi", "financebench-pages", "xquad-en")
OTHERS = ("xquad-de", "xquad-vi", "xquad-th", "xquad-zh", "xquad-ar")


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents in chunks, with questions and the documents that answer them.

    Attributes:
        chunks: of all documents; a chunk's ``title`` is the id of its document.
        questions: id → text.
        gains: id of a question → id of a document → how well it answers, above 0.
    """

    name: str
    documents: int
    chunks: list[Chunk]
    questions: dict[str, str]
    gains: dict[str, dict[str, float]]


async def collection(folder: Path, embeddings: FootnoteEmbeddings, most: int = 0) -> Collection:
    """Reads the collection of a folder.

    Args:
        embeddings: used only by chunkers that cut by meaning, which the default does not.
        most: number of documents; those that answer something first, then by a hash of their ids. 0: all.
    """
    gains = _gains(folder / "qrels.tsv")
    with gzip.open(folder / "corpus.jsonl.gz", "rt") as file:
        documents = [json.loads(line) for line in file]
    if most:
        answering = {document for relevant in gains.values() for document in relevant}
        documents.sort(key=lambda one: (one["_id"] not in answering, sha256(one["_id"].encode()).digest()))
        documents = documents[:most]
    chunks: list[Chunk] = []
    for document in documents:
        name = document["_id"]
        chunker = build_chunker(
            ChunkSettings(), embeddings, document_id=document_id(name), library_id=LIBRARY, title=name
        )
        chunks += await chunker.chunks_of(section_of(document["title"].strip(), document["text"]))
    questions = {line["_id"]: line["text"] for line in lines(folder / "queries.jsonl") if line["_id"] in gains}
    return Collection(folder.name, len(documents), chunks, questions, gains)


def _gains(path: Path) -> dict[str, dict[str, float]]:
    gains: dict[str, dict[str, float]] = defaultdict(dict)
    with path.open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if float(row["score"]) > 0:
                gains[row["query-id"]][row["corpus-id"]] = float(row["score"])
    return dict(gains)


def section_of(title: str, text: str) -> Section:
    """A document as a parser would give it, with its title as a heading above its text."""
    if not title:
        return Section(number=1, text=text)
    heading = Block(kind="heading", start=0, end=len(title), level=1)
    return Section(number=1, text=f"{title}\n\n{text}", blocks=(heading,))
