"""A search by words alone, in the rows of the chunks: what is left when the search index does not answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from core.access import SearchScope
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.prompts import Purpose
from rag.embedding.similarity import cosines
from rag.index import searched_text
from rag.terms import spelled
from rag.types import Chunk, ScoredChunk

MOST_WORDS = 24

# Words, a scope and a number → so many chunks that hold some of the words, those with the most first.
ChunksWith = Callable[[Sequence[str], SearchScope, int], Awaitable[Sequence[Chunk]]]


async def found_by_words(
    vectors: Mapping[str, Sequence[float]],
    scope: SearchScope,
    top_k: int,
    chunks_with: ChunksWith,
    embeddings: FootnoteEmbeddings,
) -> dict[str, list[ScoredChunk]]:
    """For each question, chunks that hold words of it, those that mean the most like it first; their similarity is the model's cosine.

    Args:
        vectors: of the questions.

    Raises:
        UpstreamUnavailable: looking through the rows takes too long, or the embedding server does not answer.
    """
    return {
        question: await _found(question, vector, scope, top_k, chunks_with, embeddings)
        for question, vector in vectors.items()
    }


async def _found(
    question: str,
    vector: Sequence[float],
    scope: SearchScope,
    top_k: int,
    chunks_with: ChunksWith,
    embeddings: FootnoteEmbeddings,
) -> list[ScoredChunk]:
    words = spelled(question)[:MOST_WORDS]
    chunks = await chunks_with(words, scope, top_k) if words else ()
    if not chunks:
        return []
    made = await embeddings.aembed_now([searched_text(chunk) for chunk in chunks], Purpose.PASSAGE)
    alike = zip(cosines(made, vector), chunks, strict=True)
    found = [ScoredChunk(chunk=chunk, score=similarity, similarity=similarity) for similarity, chunk in alike]
    return sorted(found, key=lambda one: -one.score)
