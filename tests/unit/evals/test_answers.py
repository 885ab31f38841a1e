"""How answers are judged without the product's own check."""

from evals.quoting import contains, runs
from evals.refusals import Refusals


def test_each_run_has_the_numbers_behind_it() -> None:
    answer = "Leave is paid. It is long. [1][2]\n- Visitors sign in [3] and the rest"
    assert list(runs(answer)) == [
        ("Leave is paid. It is long.", [1, 2]),
        ("\n- Visitors sign in", [3]),
        (" and the rest", []),
    ]


def test_words_stand_in_a_passage_in_order() -> None:
    assert contains("**Ask** the [People team](../people.md).", "Ask the People team.")
    assert not contains("Ask the People team.", "The team asks people.")
    assert not contains("Ask the People team.", "Ask the People team at 9.")


def test_precision_and_recall_of_refusals() -> None:
    found = Refusals(answerable=10, wrongly=("a",), unanswerable=4, rightly=("b", "c", "d"))
    assert (found.precision, found.recall, found.answered) == (0.75, 0.75, 0.9)
    assert Refusals(0, (), 0, ()).precision == 1.0
