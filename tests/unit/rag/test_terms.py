"""Words as the search sees them."""

import mmh3
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.index.terms import document_terms, query_terms
from rag.terms import terms_of

TYPOGRAPHY = st.sampled_from("\xa0«·»‐–—‘’“”„•…²½")
# Of the languages of Europe, Vietnamese, Greek, Cyrillic, Armenian, Hebrew and Arabic.
LETTERS = (
    st.characters(max_codepoint=0x17F)
    | st.sampled_from("ƠơƯưȘșȚțǍǎ")
    | st.characters(min_codepoint=0x1EA0, max_codepoint=0x1EF9)
    | st.characters(min_codepoint=0x370, max_codepoint=0x6FF, categories=["L", "N", "Z"])
)


def ids_of(text: str) -> frozenset[int]:
    """The terms of a text as the engine numbers them."""
    return frozenset(abs(mmh3.hash(term)) for term in terms_of(text))


def test_inflections_are_one_term_and_stop_words_none() -> None:
    assert terms_of("the vacations of employees") == terms_of("vacation employee") == {"vacat", "employe"}


@given(st.text(LETTERS | TYPOGRAPHY, max_size=80))
@example("Don’t say “no” to Łódź, İstanbul, Straße, Nº 5, x² or ﬁne")
def test_a_text_has_the_terms_that_are_stored(text: str) -> None:
    """Our words, hashed, are what the engine's encoder makes of the text."""
    assert ids_of(text) == frozenset(document_terms(text))


@pytest.mark.parametrize("number", ["25", "2024", "27001"])
def test_numbers_are_terms(number: str) -> None:
    assert terms_of(number)


def test_accents_do_not_matter() -> None:
    assert terms_of("resume") == terms_of("Résumé")


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("学习", "我是中国人，我喜欢学习"),
        ("検索", "日本語のテキストを検索する"),
        ("ประเทศไทย", "ฉันรักประเทศไทยและการเรียนรู้"),
    ],
)
def test_scripts_without_spaces_are_cut_into_words(part: str, text: str) -> None:
    assert terms_of(part) & terms_of(text)
    assert ids_of(text) == frozenset(document_terms(text))


def test_numbers_between_such_scripts_are_kept() -> None:
    assert ids_of("2024") <= frozenset(document_terms("我们在2024年开始"))


def test_stop_words_alone_give_nothing() -> None:
    assert query_terms("the of and") == {}


def test_a_question_that_says_a_word_twice_wants_it_more() -> None:
    (title,) = ids_of("title")
    asked = query_terms("What is the title of an article, and do titles say what it is about?")
    assert asked[title] == 2.0
    assert sorted(asked.values()) == [1.0, 1.0, 2.0]  # say, articl, titl
    assert frozenset(asked) == ids_of("say article title")


def test_words_of_unspaced_scripts_are_counted_too() -> None:
    assert 2.0 in query_terms("ประเทศไทยและประเทศลาว").values()
