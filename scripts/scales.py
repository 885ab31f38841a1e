"""Measures the bundled models on the pairs and writes their scales, after a change of the pairs or of a model.

Usage: python -m scripts.scales
"""

import json
from pathlib import Path
from typing import Any

from core.settings import EmbeddingSettings
from rag.embedding.build import build_embeddings
from rag.embedding.bundled import BUNDLED
from rag.embedding.pairs import measured

FILE = Path("rag/embedding/scales.json")
MODELS = Path("var/models")
DIGITS = 4


def main() -> None:
    """Writes the file, a map to a line."""
    scales = {}
    for setting in BUNDLED:
        embeddings = build_embeddings(EmbeddingSettings(model=setting), MODELS)
        scales[embeddings.name] = _rounded(measured(embeddings.embed).as_json())
        embeddings.close()
    FILE.write_text(_written(scales) + "\n")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(one) for one in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def _written(value: Any, depth: int = 0) -> str:
    if not isinstance(value, dict):
        return json.dumps(value)
    indent = " " * (depth + 1)
    lines = [f"{indent}{json.dumps(name)}: {_written(one, depth + 1)}" for name, one in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{' ' * depth}}}"


if __name__ == "__main__":
    main()
