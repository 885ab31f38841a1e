"""Questions answered as in the product without a language model, and whether the answer says what a set expects."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core.access import SearchScope
from core.settings import RetrievalSettings
from evals.chunking_sets import Document
from evals.corpus import SCOPE
from evals.indexes import chunks_of, open_index
from evals.starters import Library
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Citations
from rag.grounding.points import says
from rag.grounding.sentences import split
from rag.index.live import IndexVersion, LiveIndex
from rag.pipeline import RagPipeline
from rag.terms import terms_of
from rag.types import Citation, Turn
from rag.writing.writer import AnswerWriter

MARKER = re.compile(r"\s*\[\d+\]")
WORD = re.compile(r"\w+")
SAME_SENTENCE = 0.7  # share of the terms of an expected sentence


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer without its numbers; no text when the question was refused."""

    text: str
    citations: tuple[Citation, ...]

    @property
    def is_refused(self) -> bool:
        """True when there was no answer."""
        return not self.text

    @property
    def sentences(self) -> list[str]:
        """Its sentences, in order."""
        return [self.text[one.start : one.end] for one in split(self.text)]

    @property
    def words(self) -> int:
        """Its length in words."""
        return len(WORD.findall(self.text))


class Answering:
    """Answers questions on an index of all documents of a library."""

    def __init__(self, index_version: IndexVersion, library: Library) -> None:
        self._library = library
        self._pipeline = RagPipeline(LiveIndex(index_version), AnswerWriter(None), RetrievalSettings())

    async def answer(self, question: str, history: Sequence[Turn] = (), scope: SearchScope = SCOPE) -> Answer:
        """The answer to one question."""
        corpus = self._library.within(scope.document_ids)
        events = self._pipeline.stream(question, history, scope, corpus=lambda _: corpus)
        checked = [event async for event in events if isinstance(event, Citations)]
        return Answer(MARKER.sub("", checked[-1].answer).strip(), checked[-1].citations) if checked else Answer("", ())


@asynccontextmanager
async def answering(documents: Sequence[Document], embeddings: FootnoteEmbeddings) -> AsyncIterator[Answering]:
    """Answers on these documents until the block ends."""
    library = Library([chunks for one in documents if (chunks := await chunks_of(one, embeddings))])
    async with open_index(documents, embeddings) as index:
        yield Answering(IndexVersion(1, embeddings, index), library)


def says_one_of(text: str, expected: Sequence[str]) -> bool:
    """True when a text has one of the expected answers."""
    return any(says(text, one) for one in expected)


def is_sentence(text: str, expected: str) -> bool:
    """True when a text has nearly all terms of an expected sentence."""
    terms = terms_of(expected)
    return bool(terms) and len(terms & terms_of(text)) >= SAME_SENTENCE * len(terms)
