"""Chooses what computes the vectors of a local model: OpenVINO on the CPU, PyTorch on a GPU or for models that OpenVINO cannot run.

PyTorch takes seconds to import and hundreds of megabytes to keep. With OpenVINO it is needed once per model: a process of its
own converts the model, checks the result against the original and ends; every later start reads the converted files.
"""

import ctypes
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol

import structlog

from core.errors import StartupFailed
from rag.embedding import cache
from rag.embedding.language_coverage import TokenSpan

log = structlog.get_logger(__name__)

Backend = Literal["auto", "openvino", "torch"]

MODEL_NOT_LOADED = "The embedding model {name!r} (FOOTNOTE_EMBEDDING_MODEL) could not be loaded."
CHARACTERS_PER_TOKEN = 4
NO_SUCH_MODEL, NOT_CONVERTIBLE = 3, 4  # exit statuses of the converting process
_REFUSED = "refused.txt"  # in place of a converted model: why there can be none


class ConversionFailed(Exception):
    """The converting process broke down; the next start may have better luck."""


class Engine(Protocol):
    """A loaded model. It is used by one thread at a time.

    Attributes:
        kind: "openvino" or "torch", and on what.
    """

    kind: str

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector of length 1 per text, in order."""
        ...

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, at least about."""
        ...

    def tokens(self, text: str) -> list[TokenSpan] | None:
        """What its tokenizer makes of a text, as far as the model reads; None when it does not say. Safe from any thread."""
        ...


def open_engine(source: str, name: str, backend: Backend, threads: int, cache_dir: Path | None) -> Engine:
    """The fastest engine that this machine has for the model. Blocks; for some seconds where the model is converted first.

    Args:
        source: folder or hub name of a sentence-transformers model.
        cache_dir: where converted models are kept; None converts it anew.

    Raises:
        StartupFailed: there is no such model, or the engine that was asked for cannot run it.
    """
    if backend == "torch" or (backend == "auto" and (_has_gpu() or find_spec("openvino") is None)):
        return _torch(source, name, threads)
    if cache_dir is None:
        with tempfile.TemporaryDirectory(prefix="footnote-model-") as folder:
            return _openvino(source, name, backend, threads, Path(folder))
    return _openvino(source, name, backend, threads, cache_dir)


def _openvino(source: str, name: str, backend: Backend, threads: int, cache_dir: Path) -> Engine:
    try:
        folder = cache.cached(cache_dir, name, source, lambda draft: _convert(source, name, draft))
        if not (folder / _REFUSED).exists():
            from rag.embedding.openvino import OpenVinoEngine

            return OpenVinoEngine(folder, threads)
        reason = (folder / _REFUSED).read_text()
    except (ConversionFailed, RuntimeError, ImportError, OSError) as error:
        reason = str(error)
    if backend == "openvino":
        raise StartupFailed(f"OpenVINO cannot run the embedding model {name!r}: {reason}")
    log.warning("embeddings.without_openvino", model=name, reason=reason)
    return _torch(source, name, threads)


def _torch(source: str, name: str, threads: int) -> Engine:
    from rag.embedding.torch import TorchEngine, load_model

    try:
        return TorchEngine(load_model(source), threads)
    except (OSError, ValueError) as error:
        raise StartupFailed(MODEL_NOT_LOADED.format(name=name)) from error


def _convert(source: str, name: str, draft: Path) -> None:
    """Convert in a process of its own, which takes PyTorch with it when it ends; write down why where that cannot be."""
    log.info("embeddings.converting", model=name)
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-m", "rag.embedding.conversion", _absolute(source), str(draft.resolve())]
    ran = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    reason = (ran.stderr.strip().splitlines() or [f"the conversion ended with {ran.returncode}"])[-1]
    if ran.returncode == NO_SUCH_MODEL:
        raise StartupFailed(MODEL_NOT_LOADED.format(name=name))
    if ran.returncode == NOT_CONVERTIBLE:
        for path in draft.iterdir():
            path.unlink()
        (draft / _REFUSED).write_text(reason)
    elif ran.returncode != 0:
        raise ConversionFailed(reason)


def rough_lengths(texts: Sequence[str]) -> list[int]:
    """Tokens of each text by rule of thumb."""
    return [len(text) // CHARACTERS_PER_TOKEN for text in texts]


def _absolute(source: str) -> str:
    return str(Path(source).resolve()) if Path(source).is_dir() else source


def _has_gpu() -> bool:
    """True when the CUDA driver knows a device; asked without importing PyTorch."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    if cuda.cuInit(0) != 0 or cuda.cuDeviceGetCount(ctypes.byref(count)) != 0 or count.value == 0:
        return False
    import torch

    return torch.cuda.is_available()  # False for a PyTorch built without CUDA
