"""Forms of letters that mean the same are the same when texts are compared."""

import time
import unicodedata

import pytest

from core.folded import folded
from rag.grounding.passage import figures, words_of
from rag.index.terms import document_terms, query_terms
from rag.terms import terms_of

WRITTEN = [
    ("K\u00fcn\u00addi\u00adgungs\u00adfrist", "Kündigungsfrist"),  # soft hyphens of web pages and Word
    ("SS\u00ad2541\u00ad03", "SS-2541-03"),
    ("maximum\u200b_retry\u200b_count", "maximum_retry_count"),
    ("The chief \ufb01nancial o\ufb03cer", "The chief financial officer"),
    ("Zoe\u0308 Ko\u0308hler", "Zoë Köhler"),  # as macOS writes it
    ("\uff21\uff22\uff23\uff0d\uff11\uff12\uff13", "ABC-123"),
    ("\uff76\uff9e\uff72\uff84\uff9e", "ガイド"),  # half widths
    ("\u2f00\u2f08", "\u4e00\u4eba"),  # Kangxi radicals
    ("\ufe8e\ufedf\ufecc\ufea4\ufeae", "العحر"[0:1] + "لعحر"),  # Arabic presentation forms
    ("25 \u33a1", "25 m2"),
    ("Word\ufeff", "Word"),
]


@pytest.mark.parametrize(("written", "usual"), WRITTEN)
def test_all_forms_of_a_word_are_found_by_it(written: str, usual: str) -> None:
    assert folded(written) == usual
    assert terms_of(written) == terms_of(usual)
    assert document_terms(written) == document_terms(usual)
    assert query_terms(written) == query_terms(usual)
    assert words_of(written) == words_of(usual)


def test_raised_digits_fractions_and_thai_vowels_stay() -> None:
    for text in ("420¹ euros", "10⁶", "1½ cups", "น้ำ", "نمی\u200cخواهم", "Ame\u0301lie"[:3] + "lie"):
        assert folded(text) == unicodedata.normalize("NFC", text)
    assert "4201" not in figures("420¹ euros")


def test_numbers_in_full_width_are_numbers() -> None:
    assert figures("\uff15\uff10\uff10円") == figures("500円")


@pytest.mark.parametrize("run", ["a\u0301\u0327\u0316", "\u00ad", "\ufb01", "\uff21", "\u0f71\u0f72", "é"])
def test_folding_takes_time_in_proportion(run: str) -> None:
    started = time.process_time()
    folded(run * 200_000)
    folded("a" + run[1:] * 200_000)
    assert time.process_time() - started < 10
