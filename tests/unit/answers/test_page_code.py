"""What the page shows as code or a formula is exactly what the check of citations takes for that, for any text."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from answers.linkifier import linkify
from rag.grounding.markdown import scan
from rag.grounding.markers import parse
from tests.page_parser import PageParser, page_parser
from tests.shown_code import (
    ANSWER_WORDS,
    CODE_MARKS,
    FORMULA_MARKS,
    NASTY,
    TABLE_MARKS,
    WORDS,
    normal,
    of_markdown_it,
    of_parts,
)

RUN = UUID("7d0a4e0e-5a0f-4f5c-9a53-0d4c4d2c7b11")
TEXTS = st.one_of(
    st.lists(st.sampled_from((*NASTY, *ANSWER_WORDS)), max_size=24),
    st.lists(st.sampled_from((*CODE_MARKS, *WORDS, "> ", "- ")), max_size=24),
    st.lists(st.sampled_from((*NASTY, *FORMULA_MARKS, *FORMULA_MARKS)), max_size=24),
    st.lists(st.sampled_from((*TABLE_MARKS, "`", "`", "\\", "\n", "\n", " ", "a", "> ", "- ")), max_size=24),
).map("".join)
# Where markdown-it goes its own way: tabs in boxes, a quote below an empty line of one, a table without bars in its second row, and two
# backslashes before a bar.
ITS_OWN_WAY = re.compile(r"\t|>[ ]*\n {4}|^[^\n]*\|[^\n]*\n[ >]*-+ *$|\\\\\|", re.MULTILINE)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageParser]:
    with page_parser(tmp_path_factory.mktemp("page")) as parser:
        yield parser


@settings(max_examples=1500, deadline=None)
@given(TEXTS)
@example("Everyone also gets ~~~ 900 days [1].")
@example("Everyone also gets ``` 900 days [1]\nand a yacht [1].")
@example("\n    Everyone gets 900 days [1].")
@example("- a\n  ~~~\n  b [1]\nc [1]")
@example("a\n1. 2. ~~~ b")
@example("`a\n`[1]`\nb`")
def test_the_page_shows_as_code_what_is_code_to_us(page: PageParser, text: str) -> None:
    assert normal(page.code(linkify(text, RUN))) == of_parts(scan(text))


LINKED = (
    "[x](https://e.vil)",
    "![x](https://e.vil)",
    "https://e.vil",
    "www.e.vil",
    "<https://e.vil>",
    "[x]: /e",
    "[x]",
    "$",
    "$",
    "x^2",
)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.sampled_from((*FORMULA_MARKS, *FORMULA_MARKS, *LINKED, "`", "|", "\n", " ", "- ", "> ")), max_size=24)
)
def test_nothing_leads_out_of_a_formula(page: PageParser, pieces: list[str]) -> None:
    assert page.links(linkify("".join(pieces), RUN)) == []


@settings(max_examples=1000, deadline=None)
@given(TEXTS)
def test_another_parser_reads_the_page_in_the_same_way(text: str) -> None:
    markdown = linkify(text, RUN)
    assume(not ITS_OWN_WAY.search(markdown))
    assume(not any(part.kind.is_formula for part in scan(text)))  # which it does not know
    assert of_markdown_it(markdown) == of_parts(scan(text))


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_code_is_the_same_once_the_markers_are_taken_out(text: str) -> None:
    """So no marker stands in code, and none was taken out of it."""
    marked = parse(text)
    taken = [marked.bare[run.start : run.end] for run in marked.runs if run.kind.is_code]
    whole = "".join(part.text if part.kind.is_code else " " * len(part.text) for part in scan(text))
    assert "".join("".join(taken).split()) == "".join(whole.split())


@pytest.mark.parametrize(
    "text",
    [
        "www.a.example `b`",
        "`a`https://b.example",
        "https://b.example`a`",
        "- https://b.example/`\n- `",
        "a@b.example``c``",
    ],
)
def test_an_address_is_shown_as_code_apart_from_code(page: PageParser, text: str) -> None:
    address = re.search(r"[\w:/@.]+\.example/?", text)
    assert address
    assert set(normal(page.code(linkify(text, RUN)))) - {("span", address[0])} == set(of_parts(scan(text)))


def test_what_is_written_below_code_without_an_end_is_no_code(page: PageParser) -> None:
    for text in ("```\na", "~~~~ py", "> ```\n> a", "- ~~~", "a\n\n    b"):
        below = f"{linkify(text, RUN)}\n\n*Stopped.*"
        assert page.code(below) == page.code(linkify(text, RUN))
