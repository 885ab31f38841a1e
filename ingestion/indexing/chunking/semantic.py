"""Chunking by meaning: sentences are embedded, and the text is cut where neighbours are least alike."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from statistics import fmean, pstdev

from parsing.types import Section

from ingestion.indexing.chunking.spans import Span, sentences
from rag.embedding.embeddings import FootnoteEmbeddings

AROUND = 3  # sentences on each side of a gap that are compared
DROP = 1.0  # standard deviations below the section's mean: there a text is cut although it is short enough
SMALLEST = 4  # part of the size under which nothing is cut off


class SemanticSplitter:
    """:class:`~ingestion.indexing.chunking.splitter.Splitter` by the likeness of neighbouring sentences. Its chunks share nothing."""

    def __init__(self, size: int, embeddings: FootnoteEmbeddings) -> None:
        self._size = size
        self._embeddings = embeddings

    async def spans_of(self, section: Section) -> list[Span]:
        """See :class:`~ingestion.indexing.chunking.splitter.Splitter`.

        Raises:
            UpstreamUnavailable: the embedding server does not answer.
        """
        text = section.text
        units = await asyncio.to_thread(sentences, text, (0, len(text)), self._size)
        if len(units) < 2:
            return units
        vectors = await self._embeddings.aembed_documents([text[start:end] for start, end in units])
        return await asyncio.to_thread(self._spans, units, vectors)

    def _spans(self, units: Sequence[Span], vectors: Sequence[Sequence[float]]) -> list[Span]:
        likeness = _likeness(vectors)
        drop = fmean(likeness) - DROP * pstdev(likeness)
        spans: list[Span] = []
        waiting = [(0, len(units) - 1)]
        while waiting:
            first, last = waiting.pop()
            gap = self._gap(units, likeness, first, last, drop)
            if gap is None:
                spans.append((units[first][0], units[last][1]))
            else:
                waiting += [(gap + 1, last), (first, gap)]
        return spans

    def _gap(self, units: Sequence[Span], likeness: Sequence[float], first: int, last: int, drop: float) -> int | None:
        """The unit after which to cut; None when these stay together."""
        start, end = units[first][0], units[last][1]
        least = self._size // SMALLEST
        wide = [
            gap for gap in range(first, last) if units[gap][1] - start >= least and end - units[gap + 1][0] >= least
        ]
        gaps = wide or range(first, last)
        if end - start > self._size:
            return min(gaps, key=lambda gap: likeness[gap])
        lowest = min(wide, key=lambda gap: likeness[gap], default=None)
        return lowest if lowest is not None and likeness[lowest] < drop else None


def _likeness(vectors: Sequence[Sequence[float]]) -> list[float]:
    """For each gap the cosine similarity of the sentences before it to those after it."""
    import numpy  # not before somebody wants it

    sums = numpy.concatenate([numpy.zeros((1, len(vectors[0]))), numpy.cumsum(numpy.asarray(vectors), axis=0)])
    gaps = numpy.arange(1, len(vectors))
    before = sums[gaps] - sums[numpy.maximum(gaps - AROUND, 0)]
    after = sums[numpy.minimum(gaps + AROUND, len(vectors))] - sums[gaps]
    lengths = numpy.linalg.norm(before, axis=1) * numpy.linalg.norm(after, axis=1)
    similarities: list[float] = ((before * after).sum(axis=1) / numpy.maximum(lengths, 1e-9)).tolist()
    return similarities
