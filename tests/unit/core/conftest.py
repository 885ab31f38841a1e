"""A working directory of its own, for the files that settings are read from."""

from pathlib import Path
from typing import Protocol

import pytest


class Write(Protocol):
    """Writes a file of the working directory, ``footnote.toml`` unless it is named."""

    def __call__(self, text: str, name: str = ...) -> Path:
        """Its path."""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes ``footnote.toml`` into an otherwise empty working directory."""
    monkeypatch.chdir(tmp_path)

    def written(text: str, name: str = "footnote.toml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return written
