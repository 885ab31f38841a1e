"""The folder of converted models: one folder per model and set of versions, written atomically, checked when read.

``<name>-<key>/`` holds the files of the conversion and ``files.json`` with the SHA-256 of each. A folder that does not match
its ``files.json`` is deleted and made again.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

LAYOUT = "3"  # of the converted files; raise it whenever that changes
_MADE_BY = ("openvino", "sentence-transformers", "transformers", "torch")
_LISTING = "files.json"
_DRAFT = ".draft-"
_ABANDONED_S = 3600.0
_ODD = re.compile(r"[^A-Za-z0-9._-]+")  # characters not used in folder names
_KEY = re.compile(r"[0-9a-f]{16}")


def cached(cache_dir: Path, name: str, source: str, make: Callable[[Path], None]) -> Path:
    """The folder of the converted model; converts it when the folder is missing or damaged.

    Args:
        name: name of the model, for people who look into the folder.
        source: folder or hub name from which the model is loaded.
        make: writes the files into an empty folder.
    """
    stem = _ODD.sub("-", name)
    folder = cache_dir / f"{stem}-{key_of(source)}"
    if folder.is_dir():
        if _is_intact(folder):
            return folder
        log.warning("embeddings.cache_damaged", folder=folder.name)
        shutil.rmtree(folder, ignore_errors=True)
    cache_dir.mkdir(parents=True, exist_ok=True)
    _make(folder, make)
    _remove_older(folder, stem)
    return folder


def _make(folder: Path, make: Callable[[Path], None]) -> None:
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=folder.parent))
    try:
        make(draft)
        _write_listing(draft)
        try:
            draft.rename(folder)
        except OSError:  # another process was faster
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_listing(folder: Path) -> None:
    sums = {path.name: _sha256(path) for path in sorted(folder.iterdir())}
    with (folder / _LISTING).open("w") as file:
        json.dump(sums, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _is_intact(folder: Path) -> bool:
    try:
        sums = json.loads((folder / _LISTING).read_text())
        return bool(sums) and all(_sha256(folder / name) == expected for name, expected in sums.items())
    except (OSError, ValueError, AttributeError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove_older(current: Path, stem: str) -> None:
    """Removes conversions of the same model by other versions, and drafts of killed processes."""
    for path in current.parent.iterdir():
        is_abandoned = path.name.startswith(_DRAFT) and time.time() - path.stat().st_mtime > _ABANDONED_S
        if is_abandoned or (path != current and _is_of(path.name, stem)):
            shutil.rmtree(path, ignore_errors=True)


def _is_of(name: str, stem: str) -> bool:
    return name.startswith(f"{stem}-") and _KEY.fullmatch(name, len(stem) + 1) is not None


def key_of(source: str) -> str:
    """The cache key: from the model's files or its hub name (later uploads are not noticed), and the converting packages."""
    parts = [LAYOUT, source, *(f"{name} {_version(name)}" for name in _MADE_BY)]
    place = Path(source)
    for path in sorted(place.rglob("*")) if place.is_dir() else [place] * place.is_file():
        stat = path.stat()
        parts.append(f"{path.relative_to(place)} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
