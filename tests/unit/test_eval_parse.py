"""The score of the zoo: what counts as right."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evals.parse import Outcome, judged, report
from parsing.types import Block, Section

FILE: dict[str, Any] = {
    "kind": "pdf",
    "path": "a.pdf",
    "expected": "text",
    "phrases": [{"phrase": "Two  Terns", "page": 2}],
}


def sections(*texts: str) -> list[Section]:
    """A page for each text."""
    return [Section(number=number, page=number, text=text) for number, text in enumerate(texts, start=1)]


def test_phrases_are_looked_for_without_white_space_on_their_page() -> None:
    right = judged(FILE, sections("one", "the two\nterns"), None, 0)
    assert (right.is_right, right.pages, right.pages_right, right.problem) == (True, 1, 1, "")
    moved = judged(FILE, sections("two terns", "none"), None, 0)
    assert (moved.is_right, moved.pages_right) == (True, 0)
    lost = judged(FILE, sections("one"), None, 0)
    assert (lost.is_right, lost.problem) == (False, "not found: Two  Terns")
    assert judged(FILE, [], "This PDF is damaged.", 0).problem == "This PDF is damaged."


@pytest.mark.parametrize(
    ("row", "is_right"),
    [
        ("Kind: Two Terns | Note: red, small", True),
        ("Two Terns | red, small", True),
        ("red, small | Two Terns", False),
        ("Two Terns | blue", False),
    ],
)
def test_a_phrase_over_two_cells_is_looked_for_in_one_row(row: str, is_right: bool) -> None:
    file = {**FILE, "phrases": [{"phrase": "two terns; red, small"}]}
    text = f"{row}\nOther | Row"
    table = Section(number=1, text=text, blocks=(Block(kind="table", start=0, end=len(text)),))
    assert judged(file, [table], None, 0).is_right is is_right
    assert not judged(file, [table.model_copy(update={"blocks": ()})], None, 0).is_right


def test_what_should_fail_must_not_come_out_empty() -> None:
    broken = {**FILE, "expected": "error", "phrases": []}
    assert judged(broken, [], "This PDF is damaged.", 0).is_right
    assert not judged(broken, sections("  "), None, 0).is_right
    assert judged({**broken, "text_allowed": "some text"}, sections("Some text"), None, 0).is_right


@pytest.mark.parametrize(("right", "pages_right", "is_met"), [(99, 99, True), (98, 99, False), (99, 98, False)])
def test_the_figure_comes_last(capsys: pytest.CaptureFixture[str], right: int, pages_right: int, is_met: bool) -> None:
    outcomes = [
        Outcome(
            "pdf",
            f"{number}.pdf",
            False,
            number < right,
            1,
            int(number < pages_right),
            "" if number < right else "lost",
            0.1,
        )
        for number in range(100)
    ]
    assert report([*outcomes, Outcome("pdf", "z.pdf", True, True, 0, 0, "", 0.1)]) is (is_met)
    shown = capsys.readouterr().out.splitlines()
    assert shown[-1].startswith(
        f"right {(right + 1) / 1.01:.1f} % of 101 (target 99), pages right {pages_right}.0 % (target 99)"
    )
    assert shown[-1].endswith("honest failures 1/1")
    assert any(line == f"missed: {right}.pdf: lost" for line in shown)


def test_without_the_files_it_says_so(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "evals.parse", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert ended.returncode == 2
    assert "not part of the repository" in ended.stderr
