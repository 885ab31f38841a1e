"""Are the answers without a language model cited rightly? Checked against the documents, without the product's own check.

A sentence counts as supported when all its words stand, in order, in the marked passages of a number behind it.
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
from rag.writing.writer import Answering

QUESTIONS = 100
NUMBERS = re.compile(r"\s*((?:\[\d+\])+)")
ENDS = re.compile(r"(?<=[.!?…])\s+|\n+")
WORD = re.compile(r"\w+")


@dataclass(slots=True)
class Quoting:
    """Counts over all answers.

    Attributes:
        numbers: cited numbers, one for each sentence or run of sentences that it stands behind; ``valid`` of them say it.
        sentences: of the answers; ``supported`` by a valid number.
        gold: answers that cite the page that answers; ``gold_first``: with their first number.
        wrong: sentences that are not supported, for a look at them.
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
        """Of the numbers, which share says what it stands behind."""
        return self.valid / self.numbers if self.numbers else 0.0

    @property
    def support(self) -> float:
        """Of the sentences, which share has a valid number."""
        return self.supported / self.sentences if self.sentences else 0.0


async def measured(
    data: Path, documents: Sequence[Document], index: ChunkIndex, embeddings: FootnoteEmbeddings
) -> Quoting:
    """A hundred questions of the handbook, answered as the product does without a language model."""
    pipeline = RagPipeline(LiveIndex(IndexVersion(1, embeddings, index)), Answering(None), RetrievalSettings())
    sections = {
        (document.title, section.number): section.text for document in documents for section in document.sections
    }
    asked = random.Random(0).sample(lines(data / "qa" / "sourcegraph-handbook" / "faq.jsonl"), QUESTIONS)
    found = Quoting(asked=len(asked))
    for line in asked:
        events = [event async for event in pipeline.stream(line["question"], (), SCOPE)]
        for checked in (event for event in events if isinstance(event, Citations)):
            _count(checked, line["doc"], sections, found)
    return found


def _count(checked: Citations, gold: str, sections: Mapping[tuple[str, int], str], found: Quoting) -> None:
    found.answered += 1
    cited = {citation.number: citation for citation in checked.citations}
    found.gold += any(citation.chunk.title == gold for citation in cited.values())
    found.gold_first += bool(checked.citations) and checked.citations[0].chunk.title == gold
    for said, numbers in runs(checked.answer):
        sentences = [sentence for sentence in ENDS.split(said) if WORD.search(sentence)]
        passages = [_passage(cited[number], sections) for number in numbers if number in cited]
        held = [[stands_in(sentence, passage) for sentence in sentences] for passage in passages]
        found.numbers += len(numbers)
        found.valid += sum(all(row) for row in held)
        found.sentences += len(sentences)
        supported = [any(row[locator] for row in held) for locator in range(len(sentences))]
        found.supported += sum(supported)
        found.wrong += tuple(sentence for sentence, is_held in zip(sentences, supported, strict=True) if not is_held)


def runs(answer: str) -> Iterator[tuple[str, list[int]]]:
    """What an answer says, each run with the numbers behind it; the last may have none."""
    start = 0
    for mark in NUMBERS.finditer(answer):
        yield answer[start : mark.start()], [int(number) for number in re.findall(r"\d+", mark[1])]
        start = mark.end()
    if WORD.search(answer[start:]):
        yield answer[start:], []


def stands_in(sentence: str, passage: str) -> bool:
    """True when all words of a sentence stand in a passage, in order; between them may stand others (addresses of links, marks)."""
    words = iter(WORD.findall(passage.casefold()))
    return all(word in words for word in WORD.findall(sentence.casefold()))


def _passage(citation: Citation, sections: Mapping[tuple[str, int], str]) -> str:
    """The marked text, from the document itself."""
    text = sections[citation.chunk.title, citation.chunk.section]
    return " ".join(text[span.start : span.end] for span in citation.spans)
