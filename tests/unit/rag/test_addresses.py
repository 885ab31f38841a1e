"""Addresses stand for the words by which people ask for them, and for nothing else."""

import pytest

from rag.addresses import stood_for, with_addresses
from rag.terms import terms_of


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is the e-mail address for claims?", "Write to us about claims: claims@example.org"),
        ("Wie lautet die E-Mail-Adresse der Buchhaltung?", "Buchhaltung: rechnung@beispiel.de, Zimmer 4"),
        ("Quel est le numéro de téléphone de l'accueil ?", "Accueil, bâtiment B : +33 1 23 45 67 89"),
        ("What is the phone number of the harbour office?", "Harbour office, pier 3, (040) 555-0199"),
        ("Where is the link to the claim form?", "Claim form: https://forms.example.org/claim-88"),
        ("索赔的电子邮件地址是什么？", "索赔请寄 claims@example.org。"),
    ],
)
def test_an_address_counts_as_what_is_asked_for(question: str, text: str) -> None:
    asked, terms = terms_of(question), terms_of(text)
    more = with_addresses(asked, text, terms)
    assert len(more & asked) > len(terms & asked)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "What is the e-mail address of the mayor?",
            "Write to us about claims: claims@example.org",
        ),  # no word in common
        ("What is the e-mail address for claims?", "Claims are filed by letter, within 14 days."),  # no address
        (
            "How many claims were filed in 2025?",
            "In 2025, 1,204 claims were filed; write to claims@example.org.",
        ),  # not asked for
        (
            "What is the phone number for claims?",
            "Claims of 12,000.50 euros and more are decided on 2026-03-04.",
        ),  # no phone number
    ],
)
def test_it_counts_as_nothing_else(question: str, text: str) -> None:
    asked, terms = terms_of(question), terms_of(text)
    assert with_addresses(asked, text, terms) == terms


def test_only_words_of_the_question_are_taken() -> None:
    assert stood_for(terms_of("Which e-mail?"), "a@b.example") <= terms_of("Which e-mail?")
