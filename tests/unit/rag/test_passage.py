"""Sources taken apart: words, numbers, positions."""

import pytest

from rag.grounding.passage import Passage, figures, missing_figures, words_of
from tests.chunks import sources


@pytest.mark.parametrize(
    ("claim", "source", "missing"),
    [
        ("It costs 1,200 euros", "It costs 1200 euros", set()),
        ("It costs 1200 euros", "Es kostet 1.200,00 Euro", set()),
        ("It takes 25 days", "It takes twenty-five days", set()),
        ("It takes 16 weeks", "It takes sixteen weeks", set()),
        ("On 5 March", "On 05 March", set()),
        ("In FY2018", "In 2018", set()),
        ("It takes 26 days", "It takes 25 days", {"26"}),
        ("It costs 3.5 euros", "It costs 35 euros", {"3.5"}),
    ],
)
def test_numbers_are_compared_by_value(claim: str, source: str, missing: set[str]) -> None:
    assert missing_figures(claim, figures(source)) == missing


def test_a_run_of_words_is_found_with_its_lines() -> None:
    (source,) = sources("Alpha beta gamma. Delta **epsilon** zeta. Eta theta.")
    passage = Passage(source)
    assert passage.find(words_of("delta epsilon")) == (1, 1)
    assert passage.find(words_of("gamma delta")) == (0, 1)
    assert passage.find(words_of("elta epsilon")) is None


def test_spans_are_offsets_into_the_section() -> None:
    (source,) = sources("Alpha beta. Gamma delta.", start=1000)
    span = Passage(source).span(1, 1)
    assert (span.start, span.end) == (1012, 1024)
