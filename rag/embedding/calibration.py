"""The scale of a model: shipped for the bundled ones, else measured when the model is first loaded and kept beside the converted models."""

import json
import os
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import structlog

from core.cache import fingerprint as key_from
from rag.embedding.pairs import Embed, fingerprint, measured
from rag.embedding.scale import SimilarityScale

log = structlog.get_logger(__name__)

STEM = "similarity-"  # of the names of the files


def shipped(name: str) -> SimilarityScale | None:
    """The scale of a bundled model as it is used by default; None for another model."""
    stored = _shipped().get(name)
    scale = SimilarityScale.from_json(stored) if stored else None
    return scale if scale is not None and scale.pairs == fingerprint() else None


def kept(folder: Path | None, made_by: Sequence[object], embed: Embed) -> SimilarityScale:
    """The scale of a model; measured unless the folder has it.

    Args:
        folder: None keeps nothing.
        made_by: what the model's vectors depend on: its name, files, prompts.
        embed: makes vectors.
    """
    file = folder and folder / f"{STEM}{key_from(fingerprint(), *map(str, made_by))[:16]}.json"
    scale = _read(file) if file else None
    if scale is None:
        log.info("embeddings.measuring")
        scale = measured(embed)
        if file:
            _write(file, scale)
    return scale


def _read(file: Path) -> SimilarityScale | None:
    try:
        return SimilarityScale.from_json(json.loads(file.read_text()))
    except (OSError, ValueError):
        return None


def _write(file: Path, scale: SimilarityScale) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".draft-", delete=False) as draft:
        json.dump(scale.as_json(), draft)
    os.replace(draft.name, file)


@cache
def _shipped() -> dict[str, Any]:
    text = (files("rag.embedding") / "scales.json").read_text(encoding="utf-8")
    scales: dict[str, Any] = json.loads(text)
    return scales
