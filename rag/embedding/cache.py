"""The folder of converted models: one folder per model and set of versions, written atomically, checked when read.

``<name>-<key>/`` holds whatever the conversion wrote and ``files.json`` with the SHA-256 of each file. What does not agree
with it is thrown away and made again.
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

LAYOUT = "1"  # of what the conversion writes; raise it with every change of that
_MADE_BY = ("openvino", "sentence-transformers", "transformers", "torch")
_LISTING = "files.json"
_DRAFT = ".draft-"
_ABANDONED_S = 3600.0


def cached(cache_dir: Path, name: str, source: str, make: Callable[[Path], None]) -> Path:
    """The folder of the model, made now if it is not there intact.

    Args:
        name: of the model, for people who look into the folder.
        source: folder or hub name that the model is loaded from.
        make: writes the files into the (empty) folder it is given.
    """
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name)
    folder = cache_dir / f"{stem}-{_key(source)}"
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


def _remove_older(kept: Path, stem: str) -> None:
    """Conversions of the same model by other versions, and drafts of processes that were killed."""
    older = re.compile(re.escape(stem) + r"-[0-9a-f]{16}")
    for path in kept.parent.iterdir():
        is_abandoned = path.name.startswith(_DRAFT) and time.time() - path.stat().st_mtime > _ABANDONED_S
        if is_abandoned or (path != kept and older.fullmatch(path.name)):
            shutil.rmtree(path, ignore_errors=True)


def _key(source: str) -> str:
    """Of the model's files (a folder) or its name (what the hub publishes under it later is not looked at), and of who converts."""
    parts = [LAYOUT, source, *(f"{name} {_version(name)}" for name in _MADE_BY)]
    folder = Path(source)
    if folder.is_dir():
        for path in sorted(folder.rglob("*")):
            found = path.stat()
            parts.append(f"{path.relative_to(folder)} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
