"""Chooses the engine of a local model: OpenVINO on the CPU, PyTorch on a GPU or for models that OpenVINO cannot run.

PyTorch takes seconds to import and hundreds of megabytes of memory. With OpenVINO it is needed once per model: a separate process
converts the model, checks the result against the original and ends; every later start reads the converted files.
"""

import ctypes
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import structlog

from core.errors import StartupFailed
from rag.embedding import cache
from rag.embedding.port import Engine

log = structlog.get_logger(__name__)

Backend = Literal["auto", "openvino", "torch"]

MODEL_NOT_LOADED = "The embedding model {name!r} (FOOTNOTE_EMBEDDING_MODEL) could not be loaded."
NO_SUCH_MODEL, NOT_CONVERTIBLE = 3, 4  # exit statuses of the converting process
_REFUSED = "refused.txt"  # written instead of a converted model: the reason why there is none


class ConversionFailed(Exception):
    """The converting process failed; the next start tries again."""


def open_engine(source: str, name: str, backend: Backend, threads: int, cache_dir: Path | None) -> Engine:
    """Opens the fastest engine that this machine has for the model. Blocks, for some seconds when it must convert the model.

    Args:
        source: folder or hub name of a sentence-transformers model.
        cache_dir: folder for converted models; None converts every time.

    Raises:
        StartupFailed: there is no such model, or the configured engine cannot run it.
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
    """Converts in a separate process, so that PyTorch leaves memory when it ends; writes the reason when the model is not convertible."""
    log.info("embeddings.converting", model=name)
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "rag.embedding.conversion", _absolute(source), str(draft.resolve())]
    process = subprocess.run(
        command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
    )
    reason = (process.stderr.strip().splitlines() or [f"the conversion ended with {process.returncode}"])[-1]
    if process.returncode == NO_SUCH_MODEL:
        raise StartupFailed(MODEL_NOT_LOADED.format(name=name))
    if process.returncode == NOT_CONVERTIBLE:
        for path in draft.iterdir():
            path.unlink()
        (draft / _REFUSED).write_text(reason)
    elif process.returncode != 0:
        raise ConversionFailed(reason)


def _absolute(source: str) -> str:
    return str(Path(source).resolve()) if Path(source).exists() else source


def _has_gpu() -> bool:
    """True when the CUDA driver has a device; PyTorch is imported only then."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    if cuda.cuInit(0) != 0 or cuda.cuDeviceGetCount(ctypes.byref(count)) != 0 or count.value == 0:
        return False
    import torch

    return torch.cuda.is_available()  # False for a PyTorch built without CUDA
