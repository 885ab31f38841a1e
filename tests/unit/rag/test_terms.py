"""Words as the search sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.index.terms import document_terms, query_terms, term_ids


def test_inflections_are_one_term_and_stop_words_none() -> None:
    assert term_ids("the vacations of employees") == term_ids("vacation employee")


@given(st.text(st.characters(max_codepoint=127) | st.sampled_from("\xa0«·»‐–—‘’“”„•…é²"), max_size=80))
def test_plain_text_has_the_terms_that_are_stored(text: str) -> None:
    """The way that remembers words gives what the encoder gives for the whole text."""
    assert term_ids(text) == frozenset(document_terms(text))


@pytest.mark.parametrize("number", ["25", "2024", "27001"])
def test_numbers_are_terms(number: str) -> None:
    assert term_ids(number)


def test_accents_do_not_matter() -> None:
    assert term_ids("resume") == term_ids("Résumé")


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("学习", "我是中国人，我喜欢学习"),
        ("検索", "日本語のテキストを検索する"),
        ("ประเทศไทย", "ฉันรักประเทศไทยและการเรียนรู้"),
    ],
)
def test_scripts_without_spaces_are_cut_into_words(part: str, text: str) -> None:
    assert term_ids(part) & frozenset(document_terms(text))


def test_numbers_between_such_scripts_are_kept() -> None:
    assert term_ids("2024") <= frozenset(document_terms("我们在2024年开始"))


def test_stop_words_alone_give_nothing() -> None:
    assert query_terms("the of and") == {}


def test_a_question_that_says_a_word_twice_wants_it_more() -> None:
    (title,) = term_ids("title")
    asked = query_terms("What is the title of an article, and do titles say what it is about?")
    assert asked[title] == 2.0
    assert sorted(asked.values()) == [1.0, 1.0, 2.0]  # say, articl, titl
    assert frozenset(asked) == term_ids("say article title")


def test_words_of_unspaced_scripts_are_counted_too() -> None:
    assert 2.0 in query_terms("ประเทศไทยและประเทศลาว").values()
