"""Converted models on disk: made once, made whole, made again when damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.embedding.cache import cached

Make = Callable[[Path], None]


class Making:
    """Writes a file and counts how often."""

    def __init__(self, text: str = "weights") -> None:
        self.text = text
        self.count = 0

    def __call__(self, draft: Path) -> None:
        self.count += 1
        (draft / "model.bin").write_text(self.text)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with a model in it."""
    folder = tmp_path / "source"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "model.safetensors").write_text("original")
    (folder / "1_Pooling" / "config.json").write_text("{}")
    return folder


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_it_is_made_once(tmp_path: Path, source: Path) -> None:
    making = Making()
    first = cached(tmp_path / "models", "My model/v1", str(source), making)
    assert first == cached(tmp_path / "models", "My model/v1", str(source), making)
    assert making.count == 1
    assert (first / "model.bin").read_text() == "weights"
    assert first.name.startswith("My-model-v1-")


@pytest.mark.parametrize("damage", ["other", "", None])
def test_what_is_damaged_is_made_again(tmp_path: Path, source: Path, damage: str | None) -> None:
    making = Making()
    folder = cached(tmp_path / "models", "model", str(source), making)
    if damage is None:
        (folder / "model.bin").unlink()
    else:
        (folder / "model.bin").write_text(damage)
    assert (cached(tmp_path / "models", "model", str(source), making) / "model.bin").read_text() == "weights"
    assert making.count == 2


@pytest.mark.parametrize("listing", ["", "{}", "[]", "not json"])
def test_a_listing_cut_off_by_a_crash_counts_as_damage(tmp_path: Path, source: Path, listing: str) -> None:
    making = Making()
    folder = cached(tmp_path / "models", "model", str(source), making)
    (folder / "files.json").write_text(listing)
    cached(tmp_path / "models", "model", str(source), making)
    assert making.count == 2


def test_nothing_half_made_is_left(tmp_path: Path, source: Path) -> None:
    def breaks(draft: Path) -> None:
        (draft / "model.bin").write_text("half")
        raise RuntimeError("out of disk")

    with pytest.raises(RuntimeError, match="out of disk"):
        cached(tmp_path / "models", "model", str(source), breaks)
    assert _names(tmp_path / "models") == set()


def test_another_model_in_the_same_place_is_converted_too(tmp_path: Path, source: Path) -> None:
    making = Making()
    before = cached(tmp_path / "models", "model", str(source), making)
    (source / "model.safetensors").write_text("a finer one")
    after = cached(tmp_path / "models", "model", str(source), making)
    assert making.count == 2
    assert _names(tmp_path / "models") == {after.name}, "what it replaces is removed"
    assert before != after


def test_models_of_other_names_are_kept(tmp_path: Path, source: Path) -> None:
    models = tmp_path / "models"
    kept = [cached(models, name, f"hub/{name}", Making()) for name in ("model", "model-v2", "model-v2-large")]
    assert _names(models) == {folder.name for folder in kept}


def test_when_two_processes_convert_the_first_one_counts(tmp_path: Path, source: Path) -> None:
    models = tmp_path / "models"
    slow, fast = Making("slow"), Making("fast")

    def overtaken(draft: Path) -> None:
        slow(draft)
        cached(models, "model", str(source), fast)

    folder = cached(models, "model", str(source), overtaken)
    assert (folder / "model.bin").read_text() == "fast"
    assert _names(models) == {folder.name}
