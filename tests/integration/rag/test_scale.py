"""One scale of similarity for all models: squeezed, stretched or shifted cosines change nothing that is decided by them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.errors import Invalid
from core.settings import QdrantSettings, RetrievalSettings
from evals.corpus import SCOPE
from rag.embedding import calibration
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.pairs import OwnPair, adjusted, measured, own_pairs
from rag.embedding.prompts import Purpose
from rag.embedding.scale import REFERENCE, Cosines, SimilarityScale, fitted
from rag.embedding.similarity import cosine
from rag.index import build_index
from rag.retrieval.retriever import Retriever
from tests.chunks import HANDBOOK_TEXTS, chunk
from tests.scales import require_as_shipped

QUESTIONS = [
    "How many days of vacation do employees get?",
    "When does the Lisbon office open?",
    "What do I do about a security incident?",
    "Which similarity laws hold for heated aeroelastic aircraft models?",
    "Who won the football championship in 1998?",
]
PAIRS = [
    (
        "Full-time employees receive 25 days of paid vacation per year.",
        "Everyone who works full time has 25 days off a year.",
    ),
    ("The Lisbon office opens at 8:30.", "Receipts are kept for ten years."),
    ("How do I reset my password?", "What can I do when I forgot my password?"),
]


class Squeezed(FootnoteEmbeddings):
    """A model whose cosines are those of another one, squeezed into [low, 1] by one more dimension that all vectors share."""

    def __init__(self, model: FootnoteEmbeddings, low: float) -> None:
        super().__init__()
        self.name = f"{model.name} from {low}"
        self._model, self._low = model, low

    def language_coverage(self, text: str) -> float:
        """That of the model."""
        return self._model.language_coverage(text)

    def _open(self) -> int:
        return self._model.dimension + 1

    def _measured_scale(self) -> SimilarityScale:
        return measured(self._embed_in_batches)

    def _embed(self, texts: list[str], purpose: Purpose) -> list[list[float]]:
        vectors = np.array(self._model.embed(texts, purpose))
        share = (1 + self._low) / 2
        shared = np.full((len(texts), 1), share**0.5)
        result: list[list[float]] = np.hstack([vectors * (1 - share) ** 0.5, shared]).tolist()
        return result

    def _release(self) -> None:
        pass


async def _decisions(model: FootnoteEmbeddings, folder: Path) -> list[object]:
    """What is decided by similarity: the sources of each question with their similarity, and the likeness of pairs."""
    index = build_index(QdrantSettings(), folder)
    await index.open(model.dimension, model=model.name)
    chunks = [chunk(text, index=number) for number, text in enumerate(HANDBOOK_TEXTS)]
    await index.upsert(chunks, await model.aembed_documents([one.text for one in chunks]))
    retriever = Retriever(model, index, RetrievalSettings())
    found = [await retriever.find(question, SCOPE) for question in QUESTIONS]
    await index.close()
    sources = [[(one.chunk.text, round(one.similarity or 0, 2)) for one in result.sources] for result in found]
    likeness = []
    for left, right in PAIRS:
        first, second = await model.aembed_now([left, right])
        likeness.append(round(model.scale.likeness(cosine(first, second), left, right), 2))
    return [sources, likeness]


async def test_a_model_with_squeezed_cosines_refuses_supports_and_recalls_the_same(
    embeddings: FootnoteEmbeddings, tmp_path: Path
) -> None:
    plain = await _decisions(embeddings, tmp_path / "plain")
    for low in (0.7, 0.0):
        model = Squeezed(embeddings, low)
        model.load()
        assert _rounded(await _decisions(model, tmp_path / str(low))) == _rounded(plain)
    assert [bool(sources) for sources in plain[0]] == [True, True, True, False, False]  # type: ignore[attr-defined]


def _rounded(decisions: Sequence[object]) -> str:
    """To one decimal: shipped scales are rounded, and machines multiply in bfloat16."""
    return json.dumps(json.loads(json.dumps(decisions), parse_float=lambda text: round(float(text) * 5) / 5))


@pytest.mark.parametrize(
    "change", [lambda x: 0.7 + 0.3 * x, lambda x: 3 * x - 1, lambda x: x - 0.5, lambda x: x**3 + x]
)
def test_a_map_undoes_what_was_done_to_the_cosines(change: Callable[[float], float]) -> None:
    near = np.random.default_rng(3)
    plain = Cosines(
        near.normal(0.1, 0.05, 60).tolist(),
        near.normal(0.5, 0.05, 9).tolist(),
        near.normal(0.8, 0.05, 9).tolist(),
        [1.0],
    )
    changed = Cosines(
        *([change(one) for one in kind] for kind in (plain.unrelated, plain.related, plain.same, plain.itself))
    )
    before, after = fitted(plain, REFERENCE["likeness"]), fitted(changed, REFERENCE["likeness"])
    assert before is not None
    assert after is not None
    for x in (0.1, 0.3, 0.5, 0.65, 0.8, 0.95, 1.0):
        assert after.of(change(x)) == pytest.approx(before.of(x), abs=0.06)
    assert [before.of(x) for x in np.linspace(-0.5, 1, 40)] == sorted(before.of(x) for x in np.linspace(-0.5, 1, 40))


def test_the_scale_is_that_of_minilm_in_english(embeddings: FootnoteEmbeddings) -> None:
    question, passage = "How do I get there?", "This is how one gets to the office."
    for value in np.linspace(-0.1, 1.0, 23):
        assert embeddings.scale.search(value, question, passage) == pytest.approx(value, abs=0.02)
        assert embeddings.scale.likeness(value, passage, passage) == pytest.approx(value, abs=0.02)


def test_the_shipped_scale_is_what_measuring_gives(embeddings: FootnoteEmbeddings) -> None:
    require_as_shipped(embeddings)


def test_a_scale_is_measured_once_and_kept(embeddings: FootnoteEmbeddings, tmp_path: Path) -> None:
    trips: list[int] = []

    def embed(texts: list[str], purpose: Purpose) -> list[list[float]]:
        trips.append(len(texts))
        return embeddings.embed(texts, purpose)

    first = calibration.kept(tmp_path, ("a model",), embed)
    assert trips
    trips.clear()
    assert calibration.kept(tmp_path, ("a model",), embed) == first
    assert not trips
    calibration.kept(tmp_path, ("another model",), embed)
    assert trips


def test_ones_own_pairs_make_the_scale(embeddings: FootnoteEmbeddings, tmp_path: Path) -> None:
    same = [
        ("Who signs the bill of lading?", "The master signs the bill of lading on behalf of the carrier."),
        ("When is demurrage due?", "Demurrage is due when the laytime has been used up."),
        ("What is a charter party?", "A charter party is the contract by which a ship is hired."),
        ("Who pays for the pilot?", "The pilot is paid by the owner of the ship."),
        ("What is general average?", "In general average all parties share the loss of a sacrifice."),
    ]
    unrelated = [(question, same[(number + 1) % 5][1]) for number, (question, _) in enumerate(same)]
    file = tmp_path / "pairs.tsv"
    lines = [f"same\t{left}\t{right}" for left, right in same] + [
        f"unrelated\t{left}\t{right}" for left, right in unrelated
    ]
    file.write_text("kind\tleft\tright\n" + "\n".join(lines))
    scale = adjusted(embeddings.scale, own_pairs(file), embeddings.embed)
    assert scale.pairs != embeddings.scale.pairs
    assert SimilarityScale.from_json(json.loads(json.dumps(scale.as_json()))) == scale
    question, passage = unrelated[0]
    close = cosine(embeddings.embed_query(question), embeddings.embed_documents([passage])[0])
    assert scale.search(close, question, passage) < embeddings.scale.search(close, question, passage)
    assert scale.search(
        0.4, "Wie ist das und wer zahlt?", "Das ist die Regel und der Preis"
    ) == embeddings.scale.search(0.4, "Wie ist das und wer zahlt?", "Das ist die Regel und der Preis")
    with pytest.raises(Invalid, match="at least 5"):
        adjusted(embeddings.scale, [OwnPair("same", *same[0])], embeddings.embed)
    file.write_text("kind\tleft\tright\nalike\ta\tb\n")
    with pytest.raises(Invalid, match="Line 2"):
        own_pairs(file)
