"""A row of a table whose columns nobody could tell apart, such as a line of figures in a PDF: the whole row, with the line of its heads."""

import re
from collections.abc import Sequence

from rag.compose.composed import Composed
from rag.grounding.markdown import literal
from rag.terms import terms_of
from rag.types import Chunk, Source

FIGURES = re.compile(r"\A(?:[^\n\d]*+\d[\d.,]*+){3}")  # the beginning of a line of figures
NAME = re.compile(r"[^\d\n]{2,80}?(?=\s\d)")  # what stands before its first figure
LEAST_SHARED = 2  # terms of a question in the rest of the table, its title or its heads


def row_of(question: str, chunks: Sequence[Sequence[Chunk]]) -> Composed | None:
    """The one row that a question names, of the documents that have more of its words; None where none or several are named.

    Args:
        chunks: of each document, in reading order.
    """
    terms = terms_of(question)
    found: dict[str, tuple[Chunk, Sequence[Chunk]]] = {}
    for document in chunks:
        shared = terms & frozenset[str]().union(*(terms_of(f"{chunk.title} {chunk.text}") for chunk in document))
        for chunk in document:
            for line in chunk.text.split("\n"):
                name = terms_of(match[0]) if FIGURES.match(line) and (match := NAME.match(line)) else frozenset[str]()
                if name and name <= terms and len(shared - name) >= LEAST_SHARED:
                    found.setdefault(line.strip(), (chunk, document))
    if len(found) != 1:
        return None
    [(line, (chunk, document))] = found.items()
    return _composed(line, chunk, _heads(document))


def _heads(document: Sequence[Chunk]) -> tuple[Chunk, str] | None:
    """The line before the first line of figures, with its chunk."""
    lines = [(chunk, line.strip()) for chunk in document for line in chunk.text.split("\n") if line.strip()]
    first = next((place for place, (_, line) in enumerate(lines) if FIGURES.match(line)), 0)
    return lines[first - 1] if first else None


def _composed(line: str, chunk: Chunk, heads: tuple[Chunk, str] | None) -> Composed:
    sources = [Source(number=1, chunk=chunk)]
    text = f"{literal(line)} [1]"
    if heads is not None:
        if heads[0].chunk_id != chunk.chunk_id:
            sources.append(Source(number=2, chunk=heads[0]))
        text += f"\n\n{literal(heads[1])} [{len(sources)}]"
    return Composed(text, tuple(sources), details={"shape": "row"})
