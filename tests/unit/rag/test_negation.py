"""Where a source says otherwise than a claim."""

import pytest

from rag.grounding.language.contrasts import contrast
from rag.grounding.language.lexicon import lexicon, likely_language
from rag.grounding.language.readings import Reading


def differs(claim: str, source: str) -> bool:
    lists = lexicon(likely_language(f"{claim} {source}"))
    return contrast(Reading(claim, lists), [Reading(source, lists)]) is not None


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Leave is not paid.", "Leave is paid."),
        ("Leave is paid.", "Leave isn’t paid."),
        ("You can carry days over.", "You cannot carry days over."),
        ("Visitors always enter alone.", "Visitors never enter alone."),
        ("Nobody approves expenses.", "A director approves expenses."),
        ("The office is open on Sundays.", "The office is closed on Sundays."),
        ("All trips are reimbursed.", "Some trips are reimbursed."),
        ("Visitors must wear a badge.", "Visitors may wear a badge."),
        ("Plan Alpha is cheaper than plan Beta.", "Plan Beta is cheaper than plan Alpha."),
        ("Der Urlaub wird bezahlt.", "Der Urlaub wird nicht bezahlt."),
        ("Hunde sind im Büro erlaubt.", "Hunde sind im Büro verboten."),
        ("Le congé sera payé.", "Le congé ne sera pas payé."),
        ("El permiso es retribuido.", "El permiso no es retribuido."),
    ],
)
def test_a_source_says_otherwise(claim: str, source: str) -> None:
    assert differs(claim, source)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Leave is paid.", "Leave is paid."),
        ("The office is not open on Sundays.", "The office is closed on Sundays."),
        ("Not only directors approve expenses.", "Directors approve expenses."),
        ("Leave lasts sixteen weeks.", "Leave lasts sixteen weeks and cannot be carried over."),
        ("Photography is forbidden.", "Photography is not allowed."),
        ("Some visitors wear a badge.", "All visitors wear a badge."),
        ("Nicht nur Direktoren genehmigen Reisen.", "Direktoren genehmigen Reisen."),
    ],
)
def test_a_source_agrees(claim: str, source: str) -> None:
    assert not differs(claim, source)
