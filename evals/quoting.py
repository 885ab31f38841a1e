"""Measures the citations of extractive answers against the documents, independently of the product's check.

A sentence counts as supported when all its words occur, in order, in the marked passages of a number after it.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.settings import RetrievalSettings
from evals.chunking_sets import Document
from evals.corpus import SCOPE, lines
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.index import ChunkIndex
from rag.index.live import IndexVersion, LiveIndex
from rag.pipeline import RagPipeline
from rag.types import Citation
from rag.writing.writer import AnswerWriter

QUESTIONS = 100
NUMBERS = re.compile(r"\s*((?:\[\d+\])+)")
ENDS = re.compile(r"(?<=[.!?…])\s+|\n+")
WORD = re.compile(r"\w+")


@dataclass(slots=True)
class Quoting:
    """Counts over all answers.

    Attributes:
        numbers: cited numbers, one for each sentence or run of sentences before it; ``valid`` of them support it.
        sentences: of the answers; ``supported`` of them have a valid number.
        gold: answers that cite the page that answers; ``gold_first``: with their first number.
        wrong: unsupported sentences, for inspection.
    """

    asked: int = 0
    answered: int = 0
    numbers: int = 0
    valid: int = 0
    sentences: int = 0
    supported: int = 0
    gold: int = 0
    gold_first: int = 0
    wrong: tuple[str, ...] = ()

    @property
    def precision(self) -> float:
        """The share of the numbers that support their sentences."""
        return self.valid / self.numbers if self.numbers else 0.0

    @property
    def support(self) -> float:
        """The share of the sentences that have a valid number."""
        return self.supported / self.sentences if self.sentences else 0.0


async def measured(
    data: Path, documents: Sequence[Document], index: ChunkIndex, embeddings: FootnoteEmbeddings
) -> Quoting:
    """The counts for ``QUESTIONS`` questions of the handbook, answered as in the product without a language model."""
    pipeline = RagPipeline(LiveIndex(IndexVersion(1, embeddings, index)), AnswerWriter(None), RetrievalSettings())
    sections = {
        (document.title, section.number): section.text for document in documents for section in document.sections
    }
    questions = random.Random(0).sample(lines(data / "qa" / "sourcegraph-handbook" / "faq.jsonl"), QUESTIONS)
    counts = Quoting(asked=len(questions))
    for line in questions:
        events = [event async for event in pipeline.stream(line["question"], (), SCOPE)]
        for checked in (event for event in events if isinstance(event, Citations)):
            _count(checked, line["doc"], sections, counts)
    return counts


def _count(checked: Citations, gold: str, sections: Mapping[tuple[str, int], str], counts: Quoting) -> None:
    counts.answered += 1
    cited = {citation.number: citation for citation in checked.citations}
    counts.gold += any(citation.chunk.title == gold for citation in cited.values())
    counts.gold_first += bool(checked.citations) and checked.citations[0].chunk.title == gold
    for text, numbers in runs(checked.answer):
        sentences = [sentence for sentence in ENDS.split(text) if WORD.search(sentence)]
        passages = [_passage(cited[number], sections) for number in numbers if number in cited]
        matches = [[contains(passage, sentence) for sentence in sentences] for passage in passages]
        counts.numbers += len(numbers)
        counts.valid += sum(all(row) for row in matches)
        counts.sentences += len(sentences)
        supported = [any(row[place] for row in matches) for place in range(len(sentences))]
        counts.supported += sum(supported)
        counts.wrong += tuple(
            sentence for sentence, is_supported in zip(sentences, supported, strict=True) if not is_supported
        )


def runs(answer: str) -> Iterator[tuple[str, list[int]]]:
    """The runs of text of an answer, each with the numbers after it; the last may have none."""
    start = 0
    for mark in NUMBERS.finditer(answer):
        yield answer[start : mark.start()], [int(number) for number in re.findall(r"\d+", mark[1])]
        start = mark.end()
    if WORD.search(answer[start:]):
        yield answer[start:], []


def contains(passage: str, sentence: str) -> bool:
    """True when a passage has all words of a sentence in order; other words (link addresses, marks) may be between them."""
    words = iter(WORD.findall(passage.casefold()))
    return all(word in words for word in WORD.findall(sentence.casefold()))


def _passage(citation: Citation, sections: Mapping[tuple[str, int], str]) -> str:
    """The marked text of a citation, taken from the document, after the document's title and the headings above it, which an answer
    may put before a sentence as a label."""
    text = sections[citation.chunk.title, citation.chunk.section]
    marked = (text[span.start : span.end] for span in citation.spans)
    return " ".join([citation.chunk.title, *citation.chunk.path, *marked])
