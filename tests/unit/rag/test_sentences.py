"""Cutting text into sentences."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.grounding.markdown import scan
from rag.grounding.markdown_parts import CodeSpans, non_prose_runs
from rag.grounding.markers import parse
from rag.grounding.sentences import MAX_CHARS, split, split_answer
from tests.shown_code import NASTY

MARKDOWN = """# Vacation policy

Dr. Smith, the CEO of Acme Inc., grants 3.5 weeks, e.g. in June. Ask first! "Really?" Yes.
A wrapped line
goes on here.

- First item. It has two sentences.
- Second item
  on two lines
1. Numbered item

| Country | Days |
|---------|------|
| Spain   | 22   |

```python
a = b[0]. c
d
```
"""


def texts(text: str) -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in split(text)]


def kinds(text: str) -> list[str]:
    return [sentence.kind for sentence in split(text)]


def test_markdown_is_cut_at_its_structure() -> None:
    assert texts(MARKDOWN) == [
        "# Vacation policy",
        "Dr. Smith, the CEO of Acme Inc., grants 3.5 weeks, e.g. in June.",
        "Ask first!",
        '"Really?"',
        "Yes.",
        "A wrapped line\ngoes on here.",
        "First item.",
        "It has two sentences.",
        "Second item\n  on two lines",
        "Numbered item",
        "| Country | Days |",
        "| Spain   | 22   |",
        "a = b[0]. c\nd",
    ]


def test_kinds_tell_what_a_sentence_is() -> None:
    prose, item, row = ["prose"] * 5, ["item"] * 4, ["row"] * 2
    assert kinds(MARKDOWN) == ["heading", *prose, *item, *row, "code"]


@pytest.mark.parametrize(
    "text",
    [
        "He met Mr. Jones.",
        "See Fig. 3 for details.",
        "Version 3.11.2 is out.",
        "It costs approx. 5 euros.",
        "J. R. R. Tolkien wrote it.",
        "In the U.S. it is so.",
        "Made by Acme Ltd. in 1990.",
    ],
)
def test_abbreviations_end_no_sentence(text: str) -> None:
    assert texts(text) == [text]


def test_sentences_without_spaces_between_words() -> None:
    assert texts("这是第一句。这是第二句！最后") == ["这是第一句。", "这是第二句！", "最后"]


def test_table_rows_may_lack_their_last_bar() -> None:
    assert kinds("| a | b\n|---|---\n| 1 | 2\nProse.") == ["row", "row", "prose"]


def test_a_title_without_a_mark_is_not_part_of_the_sentence_below() -> None:
    page = "Vacation policy\nFull-time employees receive 25 days of paid vacation\nper year. They may carry\nFive over."
    assert texts(page) == [
        "Vacation policy",
        "Full-time employees receive 25 days of paid vacation\nper year.",
        "They may carry\nFive over.",
    ]


def test_a_run_without_an_end_is_cut_at_a_space() -> None:
    pieces = texts("word " * 300)
    assert len(pieces) == 4
    assert all(len(piece) <= MAX_CHARS and piece.startswith("word") and piece.endswith("word") for piece in pieces)


def test_a_run_without_spaces_is_cut_anyway() -> None:
    assert [len(piece) for piece in texts("ก" * 1000)] == [400, 400, 200]


@given(st.text(alphabet=st.sampled_from("aB1 .!?\n-*|#`[]()。\t")) | st.text())
def test_sentences_are_in_order_and_hold_all_words_once(text: str) -> None:
    found = split(text)
    assert all(0 <= sentence.start < sentence.end <= len(text) for sentence in found)
    assert all(left.end <= right.start for left, right in pairwise(found))
    assert all(part == part.strip() for part in texts(text))


@given(st.lists(st.sampled_from(["Alpha beta.", "Gamma!", "Delta epsilon?", "Zeta."]), min_size=1, max_size=6))
def test_prose_is_cut_at_every_full_stop(parts: list[str]) -> None:
    assert texts(" ".join(parts)) == parts


def test_titles_without_marks_are_headings_and_no_sentences() -> None:
    """As the text layer of a PDF has them: nothing but a short line before a new start."""
    text = (
        "Leave\n2.1 Annual leave\nEvery employee receives twenty-eight days of paid annual leave per year. It is\nagreed early.\n"
        "2.2 Parental leave\nParental leave lasts sixteen weeks at full pay for every parent."
    )
    found = [(sentence.kind, text[sentence.start : sentence.end]) for sentence in split(text)]
    assert [words for kind, words in found if kind == "heading"] == ["Leave", "2.1 Annual leave", "2.2 Parental leave"]
    assert ("prose", "It is\nagreed early.") in found


def test_code_of_a_document_stands_between_fences_wherever_they_are_indented() -> None:
    """A chunk may begin inside a list, and text that a parser indented is no code."""
    text = "First this.\n\n      Second this.\n\n        ```py\n        a = 1. b\n        ```\n\n       > ~~~\n       > c\n"
    assert [(sentence.kind, text[sentence.start : sentence.end].split()) for sentence in split(text)] == [
        ("prose", ["First", "this."]),
        ("prose", ["Second", "this."]),
        ("code", ["a", "=", "1.", "b"]),
        ("code", [">", "c"]),
    ]


@given(st.lists(st.sampled_from(NASTY), max_size=20).map("".join))
def test_no_sentence_of_an_answer_begins_or_ends_inside_code(text: str) -> None:
    marked = parse(text)
    code = CodeSpans(marked.runs)
    for sentence in split_answer(marked.bare, marked.runs):
        assert code.end(sentence.start) == sentence.start
        assert code.end(sentence.end) == sentence.end


def test_in_an_answer_only_what_the_page_shows_as_a_heading_is_one() -> None:
    text = "# One\nShort title\nA much longer line that begins anew below it.\n\t# no heading\n\n| a | b |\n|---|---|\n| c | d |"
    found = [
        (sentence.kind, text[sentence.start : sentence.end])
        for sentence in split_answer(text, non_prose_runs(scan(text)))
    ]
    assert found == [
        ("heading", "# One"),
        ("prose", "Short title"),
        ("prose", "A much longer line that begins anew below it."),
        ("prose", "# no heading"),
        ("header", "| a | b |"),
        ("row", "| c | d |"),
    ]
