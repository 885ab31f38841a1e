"""Measures refusals: questions that the documents do not answer should be refused, and only those.

- ``handbook``: questions of the handbook, to be answered; ``foreign``: questions of other collections, to be refused.
- ``page removed``: questions of the handbook without the page that answers them. The hard case, without a certain truth: other
  pages of the handbook answer some of them too.
- ``de``, ``vi``, ``th``, ``zh``, ``ar``, ``en``: half of the paragraphs of xquad, with their questions and those of the other half. The
  default embedding model knows English only.
"""

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.access import SearchScope
from core.settings import RetrievalSettings
from evals.corpus import LIBRARY, SCOPE, document_id, lines
from evals.indexes import open_index, paragraphs
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex
from rag.retrieval.retriever import Retriever

FOREIGN = ("xquad-en", "scifact", "cranfield", "cisi", "financebench-pages")
LANGUAGES = ("en", "de", "vi", "th", "zh", "ar")
PER_SET = 65
PER_LANGUAGE = 100


@dataclass(frozen=True, slots=True)
class Refusals:
    """The number of questions to answer and to refuse, and the refused ones of each kind."""

    answerable: int
    wrongly: tuple[str, ...]
    unanswerable: int
    rightly: tuple[str, ...]

    @property
    def precision(self) -> float:
        """The share of the refusals that were right."""
        refused = len(self.rightly) + len(self.wrongly)
        return len(self.rightly) / refused if refused else 1.0

    @property
    def recall(self) -> float:
        """The share of the questions to refuse that were refused."""
        return len(self.rightly) / self.unanswerable if self.unanswerable else 1.0

    @property
    def answered(self) -> float:
        """The share of the questions to answer that were answered."""
        return 1 - len(self.wrongly) / self.answerable if self.answerable else 1.0


async def handbook(data: Path, index: ChunkIndex, embeddings: FootnoteEmbeddings) -> Refusals:
    """The refusals of the handbook's questions and of foreign ones."""
    folder = data / "qa" / "sourcegraph-handbook"
    own = [line["question"] for name in ("faq", "kite") for line in lines(folder / f"{name}.jsonl")]
    foreign: list[str] = []
    for name in FOREIGN:
        questions = [line["text"] for line in lines(data / "ir" / name / "queries.jsonl")]
        foreign += random.Random(0).sample(questions, min(PER_SET, len(questions)))
    retriever = Retriever(embeddings, index, RetrievalSettings())
    return Refusals(len(own), await _refused(retriever, own), len(foreign), await _refused(retriever, foreign))


async def page_removed(
    data: Path, index: ChunkIndex, embeddings: FootnoteEmbeddings, titles: Iterable[str]
) -> Refusals:
    """The refusals of the handbook's questions, each without the page that answers it.

    Args:
        titles: titles of all pages.
    """
    retriever = Retriever(embeddings, index, RetrievalSettings())
    everything = frozenset(map(document_id, titles))
    faq = lines(data / "qa" / "sourcegraph-handbook" / "faq.jsonl")
    refused: list[str] = []
    for line in faq:
        scope = SearchScope(frozenset([LIBRARY]), everything - {document_id(line["doc"])})
        refused += await _refused(retriever, [line["question"]], scope)
    return Refusals(0, (), len(faq), tuple(refused))


async def language(data: Path, name: str, embeddings: FootnoteEmbeddings) -> Refusals:
    """The refusals of questions in one language, on paragraphs with the answer and on others.

    The steps of ``rag/retrieval/threshold.py`` were chosen on the first half of the paragraphs, so this uses the second half.
    """
    folder = data / "ir" / f"xquad-{name}"
    documents = paragraphs(folder)
    half = documents[len(documents) // 2 :]
    here = {document.title for document in half}
    with (folder / "qrels.tsv").open(newline="") as file:
        answered_by = {row["query-id"]: row["corpus-id"] for row in csv.DictReader(file, delimiter="\t")}
    questions = [line for line in lines(folder / "queries.jsonl") if line["_id"] in answered_by]
    own = [line["text"] for line in questions if answered_by[line["_id"]] in here]
    foreign = [line["text"] for line in questions if answered_by[line["_id"]] not in here]
    own, foreign = (random.Random(2).sample(some, min(PER_LANGUAGE, len(some))) for some in (own, foreign))
    async with open_index(half, embeddings) as index:
        retriever = Retriever(embeddings, index, RetrievalSettings())
        return Refusals(len(own), await _refused(retriever, own), len(foreign), await _refused(retriever, foreign))


async def _refused(retriever: Retriever, questions: Sequence[str], scope: SearchScope = SCOPE) -> tuple[str, ...]:
    return tuple([question for question in questions if not (await retriever.find(question, scope)).sources])
