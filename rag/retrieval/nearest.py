"""What comes nearest to a question that the documents do not answer: the closest passage of each of the closest documents."""

from collections.abc import Sequence

from rag.grounding.passage import Passage
from rag.retrieval.candidates import Candidate
from rag.terms import terms_of
from rag.types import NearestDocument, Source

DOCUMENTS = 3
EXCERPT_CHARS = 240


def nearest_passages(candidates: Sequence[Candidate]) -> tuple[Source, ...]:
    """The closest chunk of each of the closest documents, closest first, numbered from 1."""
    closest = sorted(candidates, key=lambda candidate: candidate.similarity, reverse=True)
    ordered = [Source(number=0, chunk=one.chunk, similarity=one.similarity) for one in closest]
    return tuple(
        passage.model_copy(update={"number": number})
        for number, passage in enumerate(each_document_once(ordered), start=1)
    )


def each_document_once(passages: Sequence[Source]) -> tuple[Source, ...]:
    """The first passage of each document, in their order, of the first documents."""
    first = {passage.chunk.document_id: passage for passage in reversed(passages)}
    return tuple([passage for passage in passages if first[passage.chunk.document_id] is passage][:DOCUMENTS])


def nearest_document(question: str, passage: Source) -> NearestDocument:
    """The document of a passage, with the sentence that shares most words with the question."""
    chunk = passage.chunk
    return NearestDocument(
        document_id=chunk.document_id,
        title=chunk.title,
        page=chunk.page,
        locator=chunk.where,
        similarity=passage.similarity,
        number=passage.number,
        excerpt=_excerpt(question, passage),
    )


def _excerpt(question: str, passage: Source) -> str:
    terms = terms_of(question)
    lines = [line for line in Passage(passage).lines if line.sentence.kind != "heading"]
    best = max(lines, key=lambda line: len(terms & line.terms), default=None)
    if best is None:
        return ""
    text = " ".join(best.text.split())
    return text if len(text) <= EXCERPT_CHARS else f"{text[:EXCERPT_CHARS].rsplit(' ', 1)[0]}…"
