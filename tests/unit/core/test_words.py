"""Texts in other languages: values, plural forms, and sentences that are recognised."""

import time

import pytest

from core.words import LANGUAGES, Catalogue, catalogue
from core.words.patterns import Patterns

ENTRIES: dict[str, str | dict[str, str]] = {
    "There is no such document.": "Dieses Dokument gibt es nicht.",
    "Page %(page)s could not be read: %(reason)s.": "Seite %(page)s konnte nicht gelesen werden: %(reason)s.",
    "The file is damaged.": "Die Datei ist beschädigt.",
    "Deleted “%(title)s”.": "„%(title)s“ gelöscht.",
    "Delete %(name)s": "%(name)s löschen",
    "%(count)s page": {"one": "%(count)s Seite", "other": "%(count)s Seiten"},
}
GERMAN = Catalogue("de", ENTRIES)


def test_a_text_gets_its_values_and_what_is_not_there_stays_english() -> None:
    assert GERMAN.text("Deleted “%(title)s”.", title="100 %(x)s") == "„100 %(x)s“ gelöscht."
    assert GERMAN.text("Nobody has translated %(what)s.", what="this") == "Nobody has translated this."
    assert (
        GERMAN.text("Page %(page)s could not be read: %(reason)s.", page=3)
        == "Seite 3 konnte nicht gelesen werden: %(reason)s."
    )


@pytest.mark.parametrize(("count", "said"), [(1, "1 Seite"), (0, "0 Seiten"), (2, "2 Seiten")])
def test_plural_forms_are_those_of_the_language(count: int, said: str) -> None:
    assert GERMAN.plural(count, "%(count)s page", "%(count)s pages") == said


def test_french_has_one_for_none_and_thai_has_no_plural() -> None:
    assert catalogue("fr").plural(0, "%(count)s file", "%(count)s files") == "0 fichier"
    assert catalogue("th").plural(2, "%(count)s file", "%(count)s files") == "2 ไฟล์"
    assert catalogue("en").plural(1, "%(count)s file", "%(count)s files") == "1 file"


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("There is no such document.", "Dieses Dokument gibt es nicht."),
        (
            "Page 3 could not be read: The file is damaged.",
            "Seite 3 konnte nicht gelesen werden: Die Datei ist beschädigt.",
        ),
        ("Deleted “a: b. c”.", "„a: b. c“ gelöscht."),
        ("The file is damaged. There is no such document.", "Die Datei ist beschädigt. Dieses Dokument gibt es nicht."),
        ("Delete it now", "Delete it now"),  # a label is nothing to recognise a sentence by
        ("Something else.", "Something else."),
        ("", ""),
    ],
)
def test_a_sentence_is_recognised_with_its_values(sentence: str, said: str) -> None:
    assert GERMAN.told(sentence) == said


def test_sentences_of_limits_and_quotas_are_german_throughout() -> None:
    german = catalogue("de")
    sentence = "You may ask 5 questions a minute. Please ask this one again in 12 seconds."
    assert (
        german.told(sentence)
        == "Sie dürfen 5 Fragen pro Minute stellen. Bitte stellen Sie diese in 12 Sekunden noch einmal."
    )
    assert "Word-Datei" in german.told("This Word file is damaged and cannot be opened.")


def test_recognising_takes_linear_time() -> None:
    patterns = Patterns(["a %(one)s b %(two)s c %(three)s d %(four)s e."])
    seconds = []
    for letters in (20_000, 80_000):
        started = time.perf_counter()
        assert patterns.match("a " + "b c d " * (letters // 6)) is None
        seconds.append(time.perf_counter() - started)
    assert seconds[1] < max(0.05, 12 * seconds[0])


def test_every_language_is_loaded() -> None:
    assert {catalogue(language).language for language in LANGUAGES} == set(LANGUAGES)
