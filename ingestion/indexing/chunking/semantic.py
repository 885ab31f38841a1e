"""Chunking by meaning: sentences are embedded, and the text is cut where neighbours are least alike."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from statistics import fmean, pstdev

from ingestion.indexing.chunking.spans import Span, sentences
from parsing.types import Section
from rag.embedding.embeddings import FootnoteEmbeddings

AROUND = 3  # sentences compared on each side of a gap
DROP = 1.0  # standard deviations below the section's mean similarity; at such a gap even a short text is cut
SMALLEST = 4  # a chunk has at least size / SMALLEST characters


class SemanticSplitter:
    """:class:`~ingestion.indexing.chunking.splitter.Splitter` by the similarity of neighbouring sentences. Its chunks do not overlap."""

    def __init__(self, size: int, embeddings: FootnoteEmbeddings) -> None:
        self._size = size
        self._embeddings = embeddings

    async def spans_of(self, sections: Sequence[Section]) -> list[list[Span]]:
        """See :class:`~ingestion.indexing.chunking.splitter.Splitter`.

        Raises:
            UpstreamUnavailable: the embedding server does not answer.
        """
        return [await self._spans_of(section.text) for section in sections]

    async def _spans_of(self, text: str) -> list[Span]:
        units = await asyncio.to_thread(sentences, text, (0, len(text)), self._size)
        if len(units) < 2:
            return units
        vectors = await self._embeddings.aembed_documents([text[start:end] for start, end in units])
        return await asyncio.to_thread(self._spans, units, vectors)

    def _spans(self, units: Sequence[Span], vectors: Sequence[Sequence[float]]) -> list[Span]:
        similarities = _similarities(vectors)
        drop = fmean(similarities) - DROP * pstdev(similarities)
        gaps = _Gaps(units, similarities)
        spans: list[Span] = []
        waiting = [(0, len(units) - 1)]
        while waiting:
            first, last = waiting.pop()
            gap = self._gap(units, gaps, first, last, drop)
            if gap is None:
                spans.append((units[first][0], units[last][1]))
            else:
                waiting += [(gap + 1, last), (first, gap)]
        return spans

    def _gap(self, units: Sequence[Span], gaps: _Gaps, first: int, last: int, drop: float) -> int | None:
        """The unit after which to cut; None for no cut."""
        start, end = units[first][0], units[last][1]
        least = self._size // SMALLEST
        lowest = gaps.lowest(*gaps.wide(first, last, start + least, end - least))
        if end - start > self._size:
            return lowest if lowest is not None else gaps.lowest(first, last)
        return lowest if lowest is not None and gaps.similarities[lowest] < drop else None


class _Gaps:
    """The gaps between units: gap ``n`` is after unit ``n``. The lowest of a range is found without looking at each."""

    def __init__(self, units: Sequence[Span], similarities: Sequence[float]) -> None:
        import numpy  # imported only where it is used

        self.similarities = similarities
        self._ends = [end for _, end in units]
        self._starts = [start for start, _ in units]
        self._values = numpy.asarray(similarities)
        lowest = numpy.arange(len(similarities))
        self._lowest = [lowest]  # [k][n]: the lowest of the 2**k gaps from n on
        width = 1
        while 2 * width <= len(similarities):
            left, right = lowest[:-width], lowest[width:]
            lowest = numpy.where(self._values[right] < self._values[left], right, left)
            self._lowest.append(lowest)
            width *= 2

    def wide(self, first: int, last: int, earliest: int, latest: int) -> tuple[int, int]:
        """The range of gaps between two units that begin no earlier and end no later than these offsets; its end excluded."""
        begin = bisect_left(self._ends, earliest, first, last)
        return begin, bisect_right(self._starts, latest, begin + 1, last + 1) - 1

    def lowest(self, first: int, last: int) -> int | None:
        """The first gap with the least similarity from ``first`` to before ``last``; None when there is none."""
        if first >= last:
            return None
        level = (last - first).bit_length() - 1
        left, right = int(self._lowest[level][first]), int(self._lowest[level][last - 2**level])
        return right if self.similarities[right] < self.similarities[left] else left


def _similarities(vectors: Sequence[Sequence[float]]) -> list[float]:
    """For each gap, the cosine similarity of the sentences before it and after it."""
    import numpy  # imported only where it is used

    sums = numpy.concatenate([numpy.zeros((1, len(vectors[0]))), numpy.cumsum(numpy.asarray(vectors), axis=0)])
    gaps = numpy.arange(1, len(vectors))
    before = sums[gaps] - sums[numpy.maximum(gaps - AROUND, 0)]
    after = sums[numpy.minimum(gaps + AROUND, len(vectors))] - sums[gaps]
    lengths = numpy.linalg.norm(before, axis=1) * numpy.linalg.norm(after, axis=1)
    similarities: list[float] = ((before * after).sum(axis=1) / numpy.maximum(lengths, 1e-9)).tolist()
    return similarities
