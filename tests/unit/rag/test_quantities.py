"""Numbers with their units, bounds and dates."""

import pytest

from rag.grounding.language.lexicon import lexicon
from rag.grounding.language.quantities import missing
from rag.grounding.language.readings import Reading


def agree(claim: str, source: str, language: str = "en") -> bool:
    left, right = (Reading(text, lexicon(language)).quantities for text in (claim, source))
    return not missing(left, right)


@pytest.mark.parametrize(
    ("claim", "source", "language"),
    [
        ("It lasts 28 days.", "It lasts four weeks.", "en"),
        ("A month.", "It lasts 30 days.", "en"),
        ("At 9 pm.", "Open until 21:00.", "en"),
        ("$1,200.50", "It costs 1200.5 dollars.", "en"),
        ("On 31 March.", "By March 31, 2024.", "en"),
        ("6 to 8 weeks", "six to eight weeks", "en"),
        ("25 Urlaubstage", "fünfundzwanzig Tage", "de"),
    ],
)
def test_equal_amounts_agree(claim: str, source: str, language: str) -> None:
    assert agree(claim, source, language)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("4 months", "4 weeks"),
        ("9 am", "9 pm"),
        ("31 May", "31 March"),
        ("12 euros", "12 dollars"),
        ("per year", "per month"),
    ],
)
def test_other_units_and_dates_do_not(claim: str, source: str) -> None:
    assert not agree(claim, source)


@pytest.mark.parametrize("text", ["9" * 5000, "² weeks", "१२ days", "1:2:3:4", "٣ أيام"])
def test_odd_numbers_are_read_without_an_error(text: str) -> None:
    assert isinstance(Reading(text, lexicon("en")).quantities, list)
