"""Reranking: a real cross-encoder of a few random weights, and a server over real HTTP; late and failing ones change nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import StartupFailed
from core.settings import RerankSettings
from rag.models.breaker import Breaker
from rag.retrieval.candidates import Candidate
from rag.retrieval.rerank import Reranking, build_reranking
from tests.chunks import chunk
from tests.stub_rerank import RunningReranker, running_reranker

QUESTION = "How long does parental leave last?"
TEXTS = ("The office opens at 8:30.", "Parental leave lasts sixteen weeks.", "Leave is paid.", "Servers are backed up.")
CANDIDATES = [Candidate(chunk(text), ((0, 0.5),)) for text in TEXTS]
BY_WORDS = [TEXTS[1], TEXTS[2], TEXTS[0], TEXTS[3]]  # the stub's order: words that the question has


@pytest.fixture(scope="session")
def server() -> Iterator[RunningReranker]:
    """A rerank server on a port of its own."""
    with running_reranker() as running:
        yield running


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cross-encoder as sentence-transformers saves it: two small layers of random weights."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = sorted(
        {word for text in (*TEXTS, QUESTION) for word in text.lower().replace(".", " .").replace("?", " ?").split()}
    )
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {word: number for number, word in enumerate([*special, *words])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=1,  # type: ignore[call-arg]
    )
    folder = tmp_path_factory.mktemp("models") / "tiny-reranker"
    BertForSequenceClassification(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return str(folder)


BUILT: list[Reranking] = []


def built(**settings: Any) -> Reranking:
    reranking = build_reranking(RerankSettings(**settings))
    assert reranking is not None
    BUILT.append(reranking)
    return reranking


@pytest.fixture(autouse=True)
async def close_all() -> AsyncIterator[None]:
    """Close what the test built; closing twice does nothing."""
    yield
    while BUILT:
        await BUILT.pop().close()


async def order(reranking: Reranking, candidates: list[Candidate] = CANDIDATES) -> tuple[list[str], dict[str, Any]]:
    """Texts as they come out, and what the trace says."""
    details: dict[str, Any] = {}
    found = await reranking.ordered(QUESTION, candidates, details)
    return [candidate.chunk.text for candidate in found], details


def test_there_is_none_by_default() -> None:
    assert build_reranking(RerankSettings()) is None


@pytest.mark.parametrize(("model", "kind"), [(None, "tei"), ("jina-reranker", "jina")])
async def test_a_server_of_either_kind_orders(server: RunningReranker, model: str | None, kind: str) -> None:
    server.behave("answer")
    reranking = built(url=server.url, model=model, api_key="secret", timeout_ms=5000)
    texts, details = await order(reranking)
    assert texts == BY_WORDS
    assert details == {"by": model or "rerank server", "texts": 4, "outcome": "done"}
    assert server.kinds[-1] == kind
    assert server.keys[-1] == "Bearer secret"
    await reranking.close()


async def test_many_texts_go_in_several_requests(server: RunningReranker) -> None:
    server.behave("answer")
    many = [Candidate(chunk(f"Text {number} of nothing."), ((0, 0.5),)) for number in range(70)]
    before = len(server.kinds)
    texts, details = await order(built(url=server.url, timeout_ms=20_000, candidates=71), [*many, CANDIDATES[1]])
    assert (texts[0], len(texts), details["outcome"]) == (TEXTS[1], 71, "done")
    assert len(server.kinds) - before == 3


async def test_only_the_first_ones_are_looked_at(server: RunningReranker) -> None:
    server.behave("answer")
    texts, details = await order(built(url=server.url, timeout_ms=5000, candidates=2))
    assert texts == [TEXTS[1], TEXTS[0], TEXTS[2], TEXTS[3]]
    assert details["texts"] == 2


@pytest.mark.parametrize("behaviour", ["error", "nonsense", "too-few", "not-a-number"])
async def test_a_server_that_fails_leaves_the_order(server: RunningReranker, behaviour: str) -> None:
    server.behave(behaviour)
    texts, details = await order(built(url=server.url, timeout_ms=5000))
    assert texts == list(TEXTS)
    assert details["outcome"] == "failed"
    assert details["error"]


async def test_a_server_that_is_not_there_leaves_the_order() -> None:
    texts, details = await order(built(url="http://127.0.0.1:9", timeout_ms=5000))
    assert (texts, details["outcome"]) == (list(TEXTS), "failed")


async def test_a_server_that_fails_time_after_time_is_let_rest(server: RunningReranker) -> None:
    reranking, seconds = built(url=server.url, timeout_ms=5000), [0.0]
    reranking.breaker = Breaker(clock=lambda: seconds[0])
    server.behave("error")
    outcomes = [(await order(reranking))[1]["outcome"] for _ in range(7)]
    assert outcomes == ["failed"] * 5 + ["resting"] * 2
    server.behave("answer")
    assert (await order(reranking))[1]["outcome"] == "resting"
    seconds[0] = 31.0
    assert [(await order(reranking))[1]["outcome"] for _ in range(2)] == ["done", "done"]


async def test_a_late_server_is_not_waited_for(server: RunningReranker) -> None:
    server.behave("stall")
    began = time.perf_counter()
    texts, details = await order(built(url=server.url, timeout_ms=200))
    assert (texts, details["outcome"]) == (list(TEXTS), "late")
    assert time.perf_counter() - began < 2


async def test_a_cross_encoder_orders_by_its_scores(model_folder: str) -> None:
    from sentence_transformers import CrossEncoder

    scores = CrossEncoder(model_folder, local_files_only=True).predict([(QUESTION, text) for text in TEXTS])
    expected = [text for _, text in sorted(zip(scores, TEXTS, strict=True), reverse=True)]
    reranking = built(model=model_folder, timeout_ms=60_000)
    await reranking.load()
    texts, details = await order(reranking)
    assert texts == expected
    assert details == {"by": "tiny-reranker", "texts": 4, "outcome": "done"}
    await reranking.close()


async def test_a_cross_encoder_over_its_budget_piles_nothing_up(
    model_folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sentence_transformers import CrossEncoder

    reranking = built(model=model_folder, timeout_ms=150)
    await reranking.load()
    predict, batches = CrossEncoder.predict, []

    def slow(*args: Any, **options: Any) -> Any:
        batches.append(1)
        time.sleep(0.1)
        return predict(*args, **options)

    monkeypatch.setattr(CrossEncoder, "predict", slow)
    many = [Candidate(chunk(f"Text {number}."), ((0, 0.5),)) for number in range(30)]
    began = time.perf_counter()
    results = await asyncio.gather(*(order(reranking, many) for _ in range(10)))
    took_s = time.perf_counter() - began
    assert {details["outcome"] for _, details in results} == {"late"}
    assert took_s < 2  # the loop was free: all ten gave up at their own time
    await asyncio.sleep(0.5)
    assert len(batches) <= 4  # of 80 that ten times thirty texts would be
    await reranking.close()


async def test_a_model_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(StartupFailed, match="FOOTNOTE_RERANK_MODEL"):
        await built(model=str(tmp_path / "empty")).load()
