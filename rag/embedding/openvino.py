"""A converted model run by OpenVINO; neither PyTorch nor sentence-transformers is imported.

The folder holds ``model.xml`` and ``model.bin`` (token ids and mask in, pooled vector out), ``tokenizer.json`` (with truncation
at the model's longest input) and ``model.json`` (:class:`Facts`).
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from rag.embedding.language_coverage import TokenSpan
from rag.embedding.processor import has_bf16

UNKNOWN = ("[UNK]", "<unk>")  # as most tokenizers call what they do not know
SPACES = "▁Ġ"  # as tokenizers write a blank; one alone is no part of the letter behind it
MODEL, TOKENIZER, FACTS = "model.xml", "tokenizer.json", "model.json"


def runtime() -> Any:
    """The ``openvino`` package. Left alone, its import tells its makers about it over the network."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


@dataclass(frozen=True, slots=True)
class Facts:
    """What the graph and the tokenizer do not say.

    Attributes:
        prompt: put before every text.
        pad_id: token id that fills up shorter texts of a batch.
    """

    prompt: str
    pad_id: int

    def write(self, folder: Path) -> None:
        """Keep them beside the model."""
        (folder / FACTS).write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, folder: Path) -> "Facts":
        """The facts that were kept."""
        return cls(**json.loads((folder / FACTS).read_text()))


class OpenVinoEngine:
    """Embeds on the processor, with bfloat16 where it multiplies that itself.

    Args:
        folder: a converted model.
        threads: processor threads; none of them is pinned to a core or spins while it waits, others need the cores too.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        self._facts = Facts.read(folder)
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        precision = "bf16" if has_bf16() else "f32"
        hints = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": False,
        }
        self._request = runtime().Core().compile_model(str(folder / MODEL), "CPU", hints).create_infer_request()
        self._measured: dict[str, Encoding] = {}
        self.kind = f"openvino {precision}"

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector of length 1 per text, in order."""
        if not texts:
            return []
        ids, mask = self._tokens(texts)
        vectors = self._request.infer({"input_ids": ids, "attention_mask": mask})[0]
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        result: list[list[float]] = (vectors / np.maximum(lengths, 1e-12)).tolist()
        return result

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text."""
        encoded = self._encoded(texts)
        self._measured = dict(zip(texts, encoded, strict=True))  # most likely these are embedded next
        return [len(encoding.ids) for encoding in encoded]

    def tokens(self, text: str) -> list[TokenSpan]:
        """What the tokenizer makes of a text."""
        return token_spans_of(self._tokenizer, text)

    def _encoded(self, texts: Sequence[str]) -> list[Encoding]:
        return self._tokenizer.encode_batch_fast([self._facts.prompt + text for text in texts])

    def _tokens(self, texts: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Token ids and mask, both [texts, longest of them]."""
        known = [self._measured.get(text) for text in texts]
        encoded = self._encoded(texts) if None in known else known
        rows = [encoding.ids for encoding in encoded if encoding is not None]
        ids = np.full((len(rows), max(map(len, rows))), self._facts.pad_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        return ids, mask


def token_spans_of(tokenizer: Tokenizer, text: str) -> list[TokenSpan]:
    """The tokens of a text, without those that mark its ends. Letters that are spelled without their accents are not known."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    unknown = {tokenizer.token_to_id(name) for name in (getattr(tokenizer.model, "unk_token", None), *UNKNOWN) if name}
    return [
        TokenSpan(start, end, token_id not in unknown and (text[start:end].isascii() or not token.isascii()))
        for token_id, token, (start, end) in zip(encoding.ids, encoding.tokens, encoding.offsets, strict=True)
        if token.strip(SPACES)
    ]
