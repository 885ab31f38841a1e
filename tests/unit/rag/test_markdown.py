"""Code, headings and tables are found in a text that comes in pieces as they are in the whole."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.grounding.markdown import Scanner, code_runs, literal, scan, without_code
from rag.grounding.markdown_parts import CodeSpans, Part, PartKind, non_prose_runs
from tests.shown_code import NASTY

PIECES = st.lists(st.sampled_from(NASTY), max_size=30)


def in_pieces(pieces: list[str]) -> list[Part]:
    scanner = Scanner()
    return [part for piece in pieces for part in scanner.feed(piece)] + scanner.feed("", is_last=True)


def code_in(text: str) -> list[str]:
    return [text[run.start : run.end] for run in code_runs(text)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a `b[1]` c", ["`b[1]`"]),
        ("a ``b ` c`` d", ["``b ` c``"]),
        ("`a``b`", ["`a``b`"]),
        ("`a\nb` c", ["`a\nb`"]),
        ("> `a\n> b` c", ["`a\n> b`"]),
        ("a `b\n   c` d", ["`b\n   c`"]),
        ("a ``` b ``` c", ["``` b ```"]),
        ("# `a` #", ["`a`"]),
        ("[`a`]: /b", ["`a`"]),
        ("<div>\n`a`\n</div>", ["`a`"]),
    ],
)
def test_code_within_a_line_ends_with_as_many_backticks_in_its_paragraph(text: str, code: list[str]) -> None:
    assert code_in(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "a ` b\n\nc` d",
        "- `a\n- b` c",
        "# `a\nb` c",
        "`a\n---\nb`",
        "`a\n> b`",
        "`a\n```",
        "a ~~~ b",
        "a ``` b",
        "``` `py",
    ],
)
def test_backticks_that_do_not_come_again_there_are_words(text: str) -> None:
    assert not [code for code in code_in(text) if not code.startswith("```")]


@pytest.mark.parametrize(
    ("text", "code"),
    [(r"a \`b` c", []), (r"a \\`b` c", ["`b`"]), (r"a \``b` c", ["`b`"]), (r"`a\` b", [r"`a\`"]), (r"\`a`b`", ["`b`"])],
)
def test_a_backslash_takes_a_backtick_its_meaning_but_not_inside_code(text: str, code: list[str]) -> None:
    assert code_in(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```\nx\n```\ny", ["```\n", "x\n", "```"]),
        ("```py\nx", ["```py\n", "x"]),
        ("~~~ `py\nx", ["~~~ `py\n", "x"]),
        ("````\n```\n````", ["````\n", "```\n", "````"]),
        ("```\n~~~\n``` x\n    ```\n   ```  ", ["```\n", "~~~\n``` x\n    ```\n   ", "```  "]),
        ("- ```\n  x\n  ```\ny", ["```\n", "  x\n  ", "```"]),
        ("1. a\n\n   ```\n   x\n\n   ```", ["```\n", "   x\n\n   ", "```"]),
        ("- ```\nx", ["```\n"]),
        ("> ```\n> x\ny", ["```\n", "> x\n"]),
        ("> ```\nx", ["```\n"]),
        ("a\n```\nx", ["```\n", "x"]),
    ],
)
def test_a_fence_begins_a_line_and_lasts_to_its_like_or_to_the_end_of_what_it_is_in(text: str, code: list[str]) -> None:
    assert code_in(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\n\n    x\n\n     y\nz", ["x\n\n     y\n"]),
        ("a\n\n\tx", ["x"]),
        ("-     x", ["x"]),
        ("- a\n\n      x", ["x"]),
        ("- a\n\n    x", []),
        ("a\n    x", []),
        ("a\n    ```\nx", []),
        ("\n    x", []),
    ],
)
def test_what_is_indented_by_four_columns_is_code_unless_it_continues_something(text: str, code: list[str]) -> None:
    """The page drops the space before a text, and with it the indentation of its first line."""
    assert code_in(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("|`a|b`|\n|-|-|", []),
        ("|`a|b`|\n|-|-|-|", ["`a|b`"]),
        ("`a|b`\n-|-\n`c|d`", []),
        ("|a|b|\n|-|-|\n|`c\\|d`|", [r"`c\|d`"]),
        ("a `b\n|`|c|\n|-|-|", []),
        ("`a|b` c", ["`a|b`"]),
        ("`a|b` c\n---", ["`a|b`"]),
    ],
)
def test_in_a_table_code_stays_in_its_cell(text: str, code: list[str]) -> None:
    assert code_in(text) == code


@settings(max_examples=400, deadline=None)
@given(PIECES)
@example(["`", "x", "\n\n", "`"])
def test_pieces_make_no_difference(pieces: list[str]) -> None:
    whole = "".join(pieces)
    expected = non_prose_runs(scan(whole)), "".join(part.text for part in scan(whole))
    for parts in (in_pieces(pieces), in_pieces(list(whole))):
        assert (non_prose_runs(parts), "".join(part.text for part in parts)) == expected


@settings(max_examples=300, deadline=None)
@given(PIECES)
def test_the_parts_are_the_text_with_plain_line_ends_and_without_what_nobody_sees(pieces: list[str]) -> None:
    text = "".join(pieces)
    shown = re.sub("\r\n?", "\n", text.replace("\u202a", ""))
    assert "".join(part.text for part in scan(text)) == shown


def test_text_before_a_backtick_is_not_held_back() -> None:
    scanner = Scanner()
    assert scanner.feed("Run `make") == [Part("Run ", PartKind.PROSE)]
    assert scanner.feed(" all` now") == [Part("`make all`", PartKind.SPAN), Part(" now", PartKind.PROSE)]


def test_items_are_shown_as_they_are_written() -> None:
    scanner = Scanner()
    assert scanner.feed("- O") == [Part("- ", PartKind.MARK), Part("O", PartKind.PROSE)]
    assert scanner.feed("ne\n1") == [Part("ne", PartKind.PROSE)]
    assert scanner.feed(". T") == [Part("\n1. ", PartKind.MARK), Part("T", PartKind.PROSE)]


def test_code_in_a_block_is_shown_as_it_is_written() -> None:
    scanner = Scanner()
    assert scanner.feed("```py\nx = ") == [Part("```py\n", PartKind.FENCE), Part("x = ", PartKind.BLOCK)]
    assert scanner.feed("1\n``") == [Part("1\n", PartKind.BLOCK)]
    assert scanner.feed("`\ny") == [Part("```", PartKind.FENCE), Part("\n", PartKind.MARK), Part("y", PartKind.PROSE)]


def test_headings_and_headers_are_known() -> None:
    text = "# One\ntwo\n\n|a|b|\n|-|-|\n|c|d|"
    found = [(run.kind, text[run.start : run.end]) for run in non_prose_runs(scan(text))]
    assert found == [(PartKind.HEADING, "# One"), (PartKind.HEADER, "a"), (PartKind.HEADER, "b")]


def test_deeper_marks_than_anybody_writes_are_words() -> None:
    assert scan("> " * 40 + "x")[-1] == Part("> " * 24 + "x", PartKind.PROSE)
    assert scan("- " * 40 + "x")[-1] == Part("- " * 24 + "x", PartKind.PROSE)


@pytest.mark.parametrize(("position", "end"), [(1, 1), (2, 2), (3, 5), (5, 5), (6, 6)])
def test_positions_inside_code(position: int, end: int) -> None:
    assert CodeSpans(code_runs("a `b` c")).end(position) == end


@settings(max_examples=300, deadline=None)
@given(PIECES)
def test_literal_words_and_a_text_without_code_hold_none(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert code_runs(literal(" ".join(text.split()))) == ()
    assert code_runs(without_code(text)) == ()


def test_a_text_without_code_says_the_same() -> None:
    text = "Run `a[1]` \\` now:\n\n```py\n  x\\y\n```\n"
    assert without_code(text) == "Run \\`a[1]\\` \\` now:\n\n\\`\\`\\`py\n x\\\\y\n\\`\\`\\`\n"
