"""Which questions may have each other's answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.cache.likeness import is_same_matter, normalised
from evals.paraphrases import FILES, _rows

PAIRS = [(kind == "same", left, right) for name in FILES for kind, left, right in _rows(name)]
QUESTION = "How many days of paid vacation do employees receive in 2023?"


@pytest.mark.parametrize(
    ("left", "right", "is_same"),
    [
        ("What is it?", "  what is   it ", True),
        ("What is IT?", "What is it?", False),
        ("Ｗhat is １?", "What is 1?", True),
        ("What is 1?", "What is 2?", False),
    ],
)
def test_the_same_word_for_word(left: str, right: str, is_same: bool) -> None:
    assert (normalised(left) == normalised(right)) is is_same


@pytest.mark.parametrize(("is_same", "left", "right"), [pair for pair in PAIRS if not pair[0]])
def test_near_misses_are_kept_apart(is_same: bool, left: str, right: str) -> None:
    assert not is_same_matter(left, right)
    assert not is_same_matter(right, left)


def test_most_paraphrases_are_known() -> None:
    same = [is_same_matter(left, right) for is_same, left, right in PAIRS if is_same]
    assert sum(same) / len(same) >= 0.7


@pytest.mark.parametrize(
    "other",
    [
        "How many days of paid vacation do employees receive in 2022?",
        "How many days of paid vacation do employees receive?",
        "How many days of unpaid vacation do employees receive in 2023?",
        "How many days of paid vacation do employees not receive in 2023?",
        "How many days of paid vacation do contractors receive in 2023?",
        "How many weeks of paid vacation do employees receive in 2023?",
        "How many days of paid vacation do employees receive before 2023?",
        "How many days of paid vacation did employees receive in 2023?",
        "How long is the paid vacation that employees receive in 2023?",
    ],
)
def test_one_word_makes_another_question(other: str) -> None:
    assert not is_same_matter(QUESTION, other)


@given(st.text(max_size=60), st.text(max_size=60))
def test_it_takes_any_text_and_is_symmetrical(left: str, right: str) -> None:
    assert is_same_matter(left, right) == is_same_matter(right, left)
    assert is_same_matter(left, left)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_numbers_count(one: int, other: int) -> None:
    left, right = (f"What is the limit for {number} people in hall 7?" for number in (one, other))
    assert is_same_matter(left, right) == (one == other)


@given(st.sampled_from("äöüéàßñłøþ"), st.sampled_from("äöüéàßñłøþ"))
def test_letters_of_other_languages_count(one: str, other: str) -> None:
    assert is_same_matter(f"Wer hat das R{one}t gesehen?", f"Wer hat das R{other}t gesehen?") == (one == other)
