"""A question in a language that the embedding model does not know, from the retriever's side."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from core.access import SearchScope
from core.settings import QdrantSettings, RetrievalSettings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.index import ChunkIndex, build_index
from rag.retrieval.retriever import Retriever
from rag.trace import Trace
from tests.chunks import LIBRARY, chunk

SCOPE = SearchScope(frozenset([LIBRARY]))
THAI = (
    "ฝ่ายบุคคลตอบคำถามเรื่องวันลาทุกวันจันทร์ตอนเช้า",
    "สำนักงานที่เชียงใหม่เปิดเวลาแปดโมงครึ่งทุกวันทำการ",
    "พนักงานใหม่ได้รับคอมพิวเตอร์ในสัปดาห์แรกของการทำงาน",
    "ใบเสร็จรับเงินต้องเก็บไว้เป็นเวลาสิบปี",
    "รถยนต์ของบริษัทจอดที่ชั้นใต้ดินของอาคาร",
)
QUESTION = "ใบเสร็จรับเงินต้องเก็บไว้กี่ปี"


@pytest.fixture
async def thai(tmp_path: Path, embeddings: FootnoteEmbeddings) -> AsyncIterator[ChunkIndex]:
    """An index of Thai sentences."""
    embeddings.load()
    index = build_index(QdrantSettings(), tmp_path)
    await index.open(embeddings.dimension, model=embeddings.name)
    chunks = [chunk(text, index=number, start=1000 * number) for number, text in enumerate(THAI)]
    await index.upsert(chunks, await embeddings.aembed_documents(list(THAI)))
    yield index
    await index.close()


async def searched(
    index: ChunkIndex, embeddings: FootnoteEmbeddings, fusion: Literal["auto", "dense"]
) -> list[dict[str, object]]:
    """What the trace says of the search, one entry for each question."""
    trace = Trace()
    retrieved = await Retriever(embeddings, index, RetrievalSettings(fusion=fusion)).find(QUESTION, SCOPE, trace=trace)
    assert retrieved.has_candidates
    (details,) = [stage.details for stage in trace.stages() if stage.name == "search"]
    sides: list[dict[str, object]] = details["sides"]
    return sides


async def test_words_answer_and_the_trace_says_why(thai: ChunkIndex, embeddings: FootnoteEmbeddings) -> None:
    (side,) = await searched(thai, embeddings, "auto")
    assert (side["fusion"], side["dense"]) == ("auto", 5)
    assert (side["language_coverage"], side["dense_weight"]) == (0.0, 0.0)
    retrieved = await Retriever(embeddings, thai, RetrievalSettings(top_n=1, min_similarity=0)).find(QUESTION, SCOPE)
    assert [source.chunk.text for source in retrieved.sources] == [THAI[3]]


async def test_the_setting_reaches_the_index(thai: ChunkIndex, embeddings: FootnoteEmbeddings) -> None:
    assert await searched(thai, embeddings, "dense") == [{"fusion": "dense", "dense": 5, "bm25": 0, "both": 0}]
