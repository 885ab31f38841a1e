"""The language of a text, and when two texts surely differ in it."""

import csv
from importlib.resources import files

import pytest

from rag.embedding.language import are_different, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How long is the notice period for a tenant?", "en"),
        ("Wie lange ist die Frist für den Mieter?", "de"),
        ("Apple iPhone 15 的价格是多少？", "zh"),
        ("申請はいつまでに誰に提出しますか？", "ja"),
        ("ลาคลอดกี่วัน", "th"),
        ("Nghỉ thai sản được bao nhiêu ngày?", "vi"),
        ("PIP length", "la"),
        ("2024, 17.5 %", ""),
        ("", ""),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert language_of(text) == language


def test_what_is_unclear_is_not_taken_for_another_language() -> None:
    assert are_different("en", "de")
    assert are_different("th", "la")
    assert not are_different("de", "la")
    assert not are_different("la", "en")
    assert not are_different("", "th")


def test_no_text_of_the_pairs_is_taken_for_another_language() -> None:
    with (files("rag.embedding") / "pairs.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    wrong = [
        (row["language"], text)
        for row in rows
        for text in (row["question"], row["answer"], row["restated"], row["related"])
        if are_different(language_of(text), row["language"])
    ]
    assert not wrong
