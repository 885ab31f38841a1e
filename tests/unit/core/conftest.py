"""A working directory of its own, for the files that settings are read from."""

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes ``footnote.toml`` into an otherwise empty working directory."""
    monkeypatch.chdir(tmp_path)

    def written(text: str, name: str = "footnote.toml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return written
