"""What reads text from outside in the server's own process takes time in proportion to it, whatever it is made of."""

from collections.abc import Callable

import pytest

from benchmarks.growth import ALPHABETS, LARGE, growth, growths
from benchmarks.text_work import SUBJECTS

MOST_PER_DOUBLING = (
    3.0  # a little more than ``make bench-growth`` allows: short texts are measured less well; squared is 4
)
SHARE = 0.0625  # of the long text of ``make bench-growth``, which takes a quarter of an hour: 4,000 characters
SLOWEST_S = 1.5  # for that on a busy machine; linear, but of such a factor, it is too slow as well


@pytest.mark.timeout(900)
@pytest.mark.no_cover  # it would be measured with
@pytest.mark.parametrize("name", SUBJECTS)
def test_time_is_linear(name: str) -> None:
    slow = [
        f"{one.per_doubling:.1f} times as long per doubling, {one.large_s:.1f} s for {one.alphabet!r}"
        for one in growths(name, share=SHARE)
        if one.per_doubling > MOST_PER_DOUBLING or one.large_s > SLOWEST_S
    ]
    assert slow == []


@pytest.mark.parametrize(
    "squared",
    [
        lambda text: sum((text[:place] * 8).count("x") for place in range(len(text))),
        lambda text: sum(len(text[place:].title()) for place in range(0, len(text), 2)),
    ],
)
def test_squared_time_is_told(squared: Callable[[str], object]) -> None:
    """With a text of the length that the functions above get."""
    assert growth(squared, "lower case", round(LARGE * SHARE)).per_doubling > MOST_PER_DOUBLING


def test_linear_time_is_told() -> None:
    assert (
        growth(lambda text: [ord(character) for character in text * 20], "lower case").per_doubling <= MOST_PER_DOUBLING
    )


def test_alphabets_are_many() -> None:
    assert len(set(ALPHABETS.values())) >= 40
