"""Snippets: the words around what a search found."""

import pytest

from conversations.snippets import AFTER, BEFORE, snippet

RUN = "0b7c9a1e-7c5c-4a73-8ce5-0f6f1f0a5d3c"
MARKDOWN = rf"**Soup** on Mondays [\[1\]](/cite/{RUN}/1), see [plan\_a.pdf](/cite/{RUN}/2#passage)"


@pytest.mark.parametrize(
    ("message", "search", "shown"),
    [
        ("The office opens at nine.", "nine", "The office opens at nine."),
        (MARKDOWN, "mondays", "Soup on Mondays, see plan_a.pdf"),
        ("Das Büro öffnet um neun.", "buro", "Das Büro öffnet um neun."),
        ("Nothing of it", "zeppelin", "Nothing of it"),
        ("| Office | Opens |\n|---|:--:|\n| Porto | ten |\n- a - b", "porto", "Office Opens Porto ten - a - b"),
        ("", "x", ""),
    ],
)  # fmt: skip
def test_markdown_is_left_out(message: str, search: str, shown: str) -> None:
    assert snippet(message, search) == shown


@pytest.mark.parametrize(
    ("word", "search"), [("Elternzeit", "eltern"), ("Überstunden", "uberst"), ("ประกันสังคม", "ประกัน")]
)
def test_a_long_message_is_cut_around_the_word(word: str, search: str) -> None:
    piece = snippet(f"{'vorher ä ' * 500}{word}{' nachher' * 500}", search)
    assert word in piece
    assert piece.index(word) <= BEFORE + 1
    assert len(piece) <= BEFORE + AFTER + 2
    assert piece.startswith("…")
    assert piece.endswith("…")


def test_many_brackets_take_no_time() -> None:
    for text in ("[" * 50_000, r"\[" * 50_000, "[a](" * 25_000):
        snippet(text, "x")
