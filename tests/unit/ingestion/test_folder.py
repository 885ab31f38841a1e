"""What is to be done with a folder, from its files and what is known of them."""

from collections.abc import Collection
from pathlib import Path
from uuid import UUID

import pytest

from ingestion.folders.plan import KnownFile, LocalFile, Plan, files_of, plan


def planned(
    files: dict[str, str],
    known: dict[str, str],
    others: Collection[str] = (),
    *,
    failed: Collection[str] = (),
    untouched: Collection[str] = (),
) -> Plan:
    """Title → content on both sides; ``others``: contents that other documents of the library have."""
    local = {LocalFile(Path(title), title): content for title, content in files.items()}
    rows = [KnownFile(ids(title), title, content, title not in failed) for title, content in known.items()]
    return plan(local, rows, {*known.values(), *others} & set(files.values()), untouched)


def ids(title: str) -> UUID:
    return UUID(int=sum(ord(letter) * 1000**locator for locator, letter in enumerate(title[:10])))


def titles(files: list[LocalFile]) -> list[str]:
    return [file.title for file in files]


def test_new_changed_gone_and_unchanged() -> None:
    made = planned({"a": "1", "b": "changed", "d": "new"}, {"a": "1", "b": "2", "c": "3"})
    assert titles(made.unchanged) == ["a"]
    assert [(file.title, document_id) for file, document_id in made.changed] == [("b", ids("b"))]
    assert titles(made.new) == ["d"]
    assert [one.title for one in made.gone] == ["c"]


def test_a_file_that_moved_keeps_its_document() -> None:
    made = planned({"new/a": "1"}, {"a": "1"})
    assert made.moved == {ids("a"): "new/a"}
    assert (made.new, made.gone, made.changed) == ([], [], [])


def test_two_files_may_change_places() -> None:
    made = planned({"a": "2", "b": "1"}, {"a": "1", "b": "2"})
    assert made.moved == {ids("a"): "b", ids("b"): "a"}
    assert (made.changed, made.gone) == ([], [])


def test_a_copy_of_a_known_file_is_no_second_document() -> None:
    made = planned({"a": "1", "b": "1"}, {"a": "1"})
    assert (titles(made.unchanged), titles(made.elsewhere), made.new) == (["a"], ["b"], [])
    assert titles(planned({"a": "1", "b": "1"}, {}).elsewhere) == ["b"]
    assert titles(planned({"a": "1"}, {}, ["1"]).elsewhere) == ["a"]


def test_the_original_may_go_while_its_copy_stays() -> None:
    made = planned({"b": "1"}, {"a": "1"})
    assert (made.moved, made.gone) == ({ids("a"): "b"}, [])


def test_a_file_that_became_a_copy_of_another_gives_its_document_up() -> None:
    made = planned({"a": "2", "b": "2"}, {"a": "1", "b": "2"})
    assert (titles(made.unchanged), titles(made.elsewhere)) == (["b"], ["a"])
    assert [one.title for one in made.gone] == ["a"]


def test_what_could_not_be_read_is_tried_again() -> None:
    made = planned({"a": "1"}, {"a": "1"}, failed=("a",))
    assert [file.title for file, _ in made.changed] == ["a"]


def test_what_could_not_be_looked_at_is_not_gone() -> None:
    made = planned({"a": "1"}, {"a": "1", "shut/b": "2", "c": "3", "d": "4"}, untouched=("shut/", "c"))
    assert [one.title for one in made.gone] == ["d"]


def test_hidden_files_are_left_out_and_titles_are_paths_below_the_folder(tmp_path: Path) -> None:
    for name in ("b.txt", "deep/a.txt", ".hidden", ".git/config", "deep/.x/y.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert titles(files_of(tmp_path).files) == ["b.txt", "deep/a.txt"]
    assert titles(files_of(tmp_path / "deep" / "a.txt").files) == ["a.txt"]


def test_names_that_look_the_same_are_told(tmp_path: Path) -> None:
    (tmp_path / "caf\u00e9.txt").write_text("one")
    (tmp_path / "cafe\u0301.txt").write_text("two")
    found = files_of(tmp_path)
    assert len(found.files) == 1
    assert "same name" in found.unreadable[0][1]


def test_a_folder_that_cannot_be_opened_below_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shut = tmp_path / "shut"
    shut.mkdir()
    (tmp_path / "a.txt").write_text("x")
    import os

    real = os.scandir

    def scandir(path: str) -> object:
        if Path(path) == shut:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = files_of(tmp_path)
    assert titles(found.files) == ["a.txt"]
    assert found.unreadable == [("shut/", "Permission denied")]
