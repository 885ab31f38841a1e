"""Sentences that deny."""

import pytest

from rag.grounding.negation import denies


@pytest.mark.parametrize(
    "text",
    [
        "Leave is not paid.",
        "Leave isn’t paid.",
        "You cannot carry days over.",
        "Visitors never enter alone.",
        "Der Urlaub wird nicht bezahlt.",
        "Le congé ne sera pas payé.",
        "El permiso no es retribuido.",
    ],
)
def test_denial(text: str) -> None:
    assert denies(text)


@pytest.mark.parametrize(
    "text",
    ["Leave is paid.", "Not later than March.", "Not only directors approve it.", "At no cost.", "Nicht nur im Büro."],
)
def test_no_denial(text: str) -> None:
    assert not denies(text)
