"""A model run by sentence-transformers. Importing this module imports PyTorch."""

import os
from collections.abc import Sequence
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from transformers.utils import logging as transformers_logging

from rag.embedding.engine import rough_lengths
from rag.embedding.language_coverage import TokenSpan
from rag.embedding.openvino import token_spans_of
from rag.embedding.processor import has_bf16


def load_model(source: str, device: str | None = None) -> SentenceTransformer:
    """The model, on the GPU where there is one.

    Raises:
        OSError: there is no such model.
        ValueError: what is there is no model.
    """
    is_folder = Path(source).is_dir()
    if is_folder:  # read when the hub library is first used: a model on this machine is never looked up elsewhere
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    return SentenceTransformer(source, device=device, local_files_only=is_folder)


class TorchEngine:
    """Embeds with bfloat16 where the hardware multiplies it itself."""

    def __init__(self, model: SentenceTransformer, threads: int) -> None:
        self._model = model
        self._threads = threads
        self._has_bf16 = model.device.type == "cuda" or has_bf16()
        self.kind = f"torch on {model.device.type}"
        backend = getattr(model.tokenizer, "backend_tokenizer", None)
        # a copy: another thread may be setting how the first one pads
        self._tokenizer = Tokenizer.from_str(backend.to_str()) if backend is not None else None

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector of length 1 per text, in order."""
        if torch.get_num_threads() != self._threads:  # OpenMP keeps this per thread
            torch.set_num_threads(self._threads)
        with (
            torch.inference_mode(),
            torch.autocast(self._model.device.type, dtype=torch.bfloat16, enabled=self._has_bf16),
        ):
            vectors = self._model.encode(
                texts,
                batch_size=len(texts) or 1,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return [[float(value) for value in vector] for vector in vectors]

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, about: counting them would take as long here as it saves."""
        longest = self._model.max_seq_length or 512
        return [min(length, longest) for length in rough_lengths(texts)]

    def tokens(self, text: str) -> list[TokenSpan] | None:
        """What the tokenizer makes of a text; None for one that does not tell where its tokens stand."""
        return token_spans_of(self._tokenizer, text) if self._tokenizer is not None else None
