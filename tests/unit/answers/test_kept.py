"""A kept answer: to the namespace and back, and in terms of other sources."""

import time
from uuid import uuid4

from answers.cache.cached_answer import CachedAnswer, row_print
from rag.events import Citations, Sources
from rag.grounding.passage import Passage
from rag.types import Chunk, Citation, Source


def chunk(text: str) -> Chunk:
    return Chunk(
        chunk_id=uuid4(),
        document_id=uuid4(),
        library_id=uuid4(),
        title="a.md",
        index=0,
        text=text,
        section=1,
        char_start=0,
        char_end=len(text),
        content_hash=text,
    )


FIRST, SECOND, THIRD = chunk("One."), chunk("Two."), chunk("Three.")


def kept(answer: str = "One [1]. Two [3][1].") -> CachedAnswer:
    sources = tuple(Source(number=number, chunk=one) for number, one in enumerate((FIRST, SECOND, THIRD), start=1))
    cited = [Citation(number=n, chunk=sources[n - 1].chunk, spans=(), quote="", support=1.0) for n in (1, 3)]
    rows = {one.chunk_id: row_print(one.model_dump()) for one in (FIRST, SECOND, THIRD)}
    check = Citations(answer=answer, citations=tuple(cited))
    return CachedAnswer("?", Sources(sources=sources), check, "llm", "m", 1, "e", rows, time.time())


def passages(*chunks: Chunk) -> dict[int, Passage]:
    return {number: Passage(Source(number=number, chunk=one)) for number, one in enumerate(chunks, start=1)}


def test_it_comes_back_from_the_namespace_as_it_was() -> None:
    original = kept()
    assert CachedAnswer.from_value(original.as_value()) == original


def test_what_is_none_of_ours_is_none() -> None:
    whole = kept().as_value()
    others: list[object] = [None, 1, [], {}, whole | {"sources": b"{"}, whole | {"rows": {"x": "y"}}]
    for value in others:
        assert CachedAnswer.from_value(value) is None


def test_its_numbers_follow_its_sources() -> None:
    assert kept().renumbered(passages(THIRD, SECOND, FIRST)) == "One [3]. Two [1][3]."
    assert kept().renumbered(passages(FIRST, THIRD)) == "One [1]. Two [2][1]."


def test_without_a_source_that_it_cites_it_cannot_be_told() -> None:
    assert kept().renumbered(passages(FIRST, SECOND)) is None
    assert kept().renumbered({}) is None
    assert kept("One [1]. Two [2].").renumbered(passages(FIRST, SECOND, THIRD)) is None  # a number without a citation


def test_a_print_tells_every_change() -> None:
    changes = ({"text": "x"}, {"title": "b.md"}, {"version": 2}, {"page": 3}, {"library_id": uuid4()})
    prints = {row_print(FIRST.model_dump() | change) for change in ({}, *changes)}
    assert len(prints) == 1 + len(changes)
