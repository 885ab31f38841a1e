"""Addresses beside the words that lead there, and raised characters as text."""

import pytest

from parsing.links import address_of, beside
from parsing.raised import raised


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("https://forms.example.org/claim-88", "https://forms.example.org/claim-88"),
        ("mailto:claims@example.org?subject=Claim", "claims@example.org"),
        ("MAILTO:jo%20ann@example.org", "jo ann@example.org"),
        ("tel:+49301234", "+49301234"),
        ("Annex%20B.pdf", "Annex%20B.pdf"),
        ("#below", ""),
        ("javascript:alert(1)", ""),
        ("JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://example.org/" + "a" * 600, ""),
        ("", ""),
    ],
)
def test_addresses(target: str, address: str) -> None:
    assert address_of(target) == address


@pytest.mark.parametrize(
    ("text", "target", "shown"),
    [
        ("the form", "https://a.example.org/b", "the form (https://a.example.org/b)"),
        ("the form ", "https://a.example.org/b", "the form (https://a.example.org/b)"),
        ("www.example.org", "https://www.example.org/", "www.example.org"),
        ("See https://example.org for more", "https://example.org", "See https://example.org for more"),
        ("claims@example.org", "mailto:claims@example.org", "claims@example.org"),
        ("", "https://a.example.org/b", "https://a.example.org/b"),
        ("below", "#below", "below"),
    ],
)
def test_an_address_stands_beside_the_words_that_do_not_say_it(text: str, target: str, shown: str) -> None:
    assert beside(text, target) == shown


@pytest.mark.parametrize(
    ("before", "above", "shown"),
    [("10", "6", "⁶"), ("x 10", "-3", "⁻³"), ("420", "1", " ¹"), ("1.10", "6", " ⁶"), ("m", "2", "²"), ("1", "st", "st"), ("a", "n", "ⁿ"),
     ("420", "1,2", " ¹,²"), ("word", "*", "*"), ("", "2", "²"), ("x", " 2 ", "² ")],
)  # fmt: skip
def test_raised_numbers(before: str, above: str, shown: str) -> None:
    assert raised(above, before) == shown
