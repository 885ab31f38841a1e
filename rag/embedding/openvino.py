"""The engine that runs a converted model by OpenVINO, without importing PyTorch or sentence-transformers.

The folder holds ``model.xml`` and ``model.bin`` (token ids and mask in, pooled vector out), ``words.npy`` with the vectors of tokens
where these are many, ``tokenizer.json`` (with truncation
at the model's longest input) and ``model.json`` (:class:`Facts`).
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding.language_coverage import TokenSpan
from rag.embedding.port import CPU_BATCH
from rag.embedding.processor import has_bf16
from rag.embedding.prompts import own_prompts
from rag.embedding.tokenizing import open_tokenizer

MODEL, TOKENIZER, FACTS = "model.xml", "tokenizer.json", "model.json"
TABLE = "words.npy"  # of the vectors of tokens, one row each, where it is too large to lie in memory
EMBEDDED = "embedded"  # the input of the graph for their rows
# Texts are padded to these multiples: for each new shape the runtime keeps about half a megabyte, and it keeps thousands of them.
FINE_TOKENS, FINE_STEP, COARSE_STEP = 64, 8, 32
TRUNCATION, HEAD_CHARS = '"truncation":', 2000  # where a tokenizer's file says it


def runtime() -> Any:
    """The ``openvino`` package, imported without its telemetry, which would report the import over the network."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


@dataclass(frozen=True, slots=True)
class Facts:
    """What the files of the graph and the tokenizer leave out.

    Attributes:
        pad_id: token id for padding shorter texts of a batch.
        prompts: the model's own prompts: name → text.
        default_prompt: the prompt for texts without another one.
    """

    pad_id: int
    prompts: dict[str, str] = field(default_factory=dict)
    default_prompt: str = ""

    def write(self, folder: Path) -> None:
        """Writes them to the model's folder."""
        (folder / FACTS).write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, folder: Path) -> "Facts":
        """Reads them from the model's folder."""
        return cls(**json.loads((folder / FACTS).read_text()))


class OpenVinoEngine:
    """Embeds on the processor, with bfloat16 where the hardware supports it.

    Args:
        folder: a converted model.
        threads: processor threads; they are not pinned to cores and do not spin while waiting, because other threads need the cores.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        self._facts = Facts.read(folder)
        self._tokenizer = open_tokenizer(folder / TOKENIZER)
        self._longest = longest_input(folder / TOKENIZER)
        precision = "bf16" if has_bf16() else "f32"
        hints = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": False,
        }
        self._request = runtime().Core().compile_model(str(folder / MODEL), "CPU", hints).create_infer_request()
        self._table = np.load(folder / TABLE, mmap_mode="r") if (folder / TABLE).exists() else None
        self._measured: dict[str, list[int]] = {}
        self.kind = f"openvino {precision}"
        self.own_prompts = own_prompts(self._facts.prompts, self._facts.default_prompt)
        self.largest_batch = CPU_BATCH

    def embed(self, texts: list[str], prompt: str = "") -> list[list[float]]:
        """One vector of length 1 per text, in order."""
        if not texts:
            return []
        ids, mask = self._tokens([prompt + text for text in texts])
        inputs: dict[str, Any] = {"input_ids": ids, "attention_mask": mask}
        if self._table is not None:
            inputs[EMBEDDED] = self._table[ids].astype(np.float32)
        vectors = self._request.infer(inputs)[0]
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        result: list[list[float]] = (vectors / np.maximum(lengths, 1e-12)).tolist()
        return result

    def lengths(self, texts: Sequence[str], prompt: str = "") -> list[int]:
        """The number of tokens of each text behind the prompt."""
        texts = [prompt + text for text in texts]
        ids = self._tokenizer.ids(texts)
        self._measured = dict(zip(texts, ids, strict=True))  # most likely these are embedded next
        return list(map(len, ids))

    def tokens(self, text: str) -> list[TokenSpan]:
        """The tokens of a text."""
        return self._tokenizer.spans(text)

    def _tokens(self, texts: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Token ids and mask, both [texts, tokens of the longest, padded]."""
        known = [self._measured[text] for text in texts if text in self._measured]
        rows = known if len(known) == len(texts) else self._tokenizer.ids(texts)
        width = padded(max(map(len, rows)), self._longest)
        ids = np.full((len(rows), width), self._facts.pad_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        return ids, mask


def padded(tokens: int, longest: int | None) -> int:
    """A number of tokens, rounded up so that there are few different ones, to the model's longest input at most."""
    step = FINE_STEP if tokens <= FINE_TOKENS else COARSE_STEP
    rounded = -(-tokens // step) * step
    return rounded if longest is None else max(tokens, min(rounded, longest))


def longest_input(tokenizer: Path) -> int | None:
    """The number of tokens after which a tokenizer's file has texts cut off; None when it does not say. Reads only its beginning."""
    with tokenizer.open(encoding="utf-8") as file:
        _, found, rest = file.read(HEAD_CHARS).partition(TRUNCATION)
    truncation = json.JSONDecoder().raw_decode(rest.lstrip())[0] if found else None
    return int(truncation["max_length"]) if truncation else None
