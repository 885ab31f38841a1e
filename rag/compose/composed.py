"""The contract of composers: each puts together the answer to one kind of question, from the documents and without a language model."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from rag.corpus import Corpus
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.questions.kind import Kind
from rag.types import Chart, Source, Turn


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as a composer gets it.

    Attributes:
        question: as the person wrote it; ``query`` is its stand-alone form, without greetings.
        documents: the scope named in it or attached to it; empty: everything the person may see.
        part: the page or section that it names, in its words; empty: none.
        corpus: reads documents of the person's scope.
        has_model: a language model can be asked.
    """

    question: str
    query: str
    kind: Kind
    history: Sequence[Turn]
    documents: tuple[UUID, ...]
    part: str
    corpus: Corpus
    embeddings: FootnoteEmbeddings
    has_model: bool = False


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer put together from the documents.

    Attributes:
        text: canonical Markdown; what it quotes has its number, ``[n]``. Sentences without a number claim nothing about the documents
            that a reader would want to check.
        sources: what it cites, numbered from 1.
        for_model: a language model may write from these sources instead, where there is one.
        notice: a sentence about how it was made, such as "412 of 412 documents were looked through."
        chart: the answer as a series, where it is one.
        details: for the trace.
    """

    text: str
    sources: tuple[Source, ...] = ()
    for_model: bool = False
    notice: str = ""
    chart: Chart | None = None
    details: dict[str, object] = field(default_factory=dict)


# Returns None when it cannot answer: then the question is answered like one about a fact.
Composer = Callable[[Ask], Awaitable[Composed | None]]
