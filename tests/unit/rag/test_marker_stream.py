"""Invented numbers never pass, however the answer comes in pieces."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.grounding.marker_stream import MarkerFilter
from rag.grounding.markers import canonical, numbers_in, parse, render

KNOWN = frozenset([1, 2, 12])


def filtered(*pieces: str) -> str:
    passing = MarkerFilter(KNOWN)
    return "".join(passing.feed(piece) for piece in pieces) + passing.flush()


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("Paid leave [1]. The moon [9].", "Paid leave [1]. The moon."),
        ("Both [1, 9] and [9][2].", "Both [1] and[2]."),
        ("A range [1-3]; another [7–9].", "A range [1][2]; another."),
        ("Odd 【2†source】 and [Source: 9] and [^12].", "Odd [2] and and [12]."),
        (r"Escaped \[9\] and \[1\].", "Escaped and [1]."),
        ("A link [9](http://evil.example/x) or [1](http://evil.example/y).", "A link or [1]."),
        ("`list[9]` stays [9].", "`list[9]` stays."),
        ("```\nx = a[9]\n```\nDone [9]", "```\nx = a[9]\n```\nDone"),
        ("The year [2019] and [a9] and [see] stay.", "The year [2019] and [a9] and [see] stay."),
        ("It is so [unsupported] [1].", "It is so [1]."),
        ("Cut off [9", "Cut off"),
        ("Cut off [source", "Cut off"),
        ("Nested [2 [9]] is none.", "Nested [2…] is none."),
        ("An open [ bracket [", "An open [ bracket"),
    ],
)
def test_what_passes(answer: str, shown: str) -> None:
    assert filtered(answer) == shown
    assert filtered(*answer) == shown


CRUMBS = (
    *(
        "[",
        "]",
        "9",
        "1",
        "[9]",
        " [1, 9]",
        "【2",
        "†x",
        "】",
        "(",
        ")",
        "](http://x)",
        "^",
        "\\",
        "[Sour",
        "ces: ",
        "…",
    ),
    *("`", "```", "~~~", "\n", "\n\n", "a", " ", ",", "-", "[unsupp", "orted]"),
)
PIECES = st.lists(
    st.one_of(st.sampled_from(CRUMBS), st.text(alphabet="ab .[]019,`\n-^(\\", max_size=6)),
    max_size=25,
)


@given(PIECES)
@example(["[4 [9", "]", "]"])
@example(["[2", "[unsupported]", "]"])
@example(["`", "x", "\n\n[9", "]`"])
def test_pieces_make_no_difference(pieces: list[str]) -> None:
    whole = "".join(pieces)
    assert filtered(*pieces) == filtered(*whole) == filtered(whole)


@given(PIECES)
def test_only_numbers_of_sources_pass(pieces: list[str]) -> None:
    shown = filtered("".join(pieces))
    assert set(numbers_in(shown)) <= KNOWN
    assert "[unsupported]" not in parse(shown).bare or "`" in shown or "~" in shown


@given(PIECES)
def test_the_stream_shows_what_the_whole_says(pieces: list[str]) -> None:
    """Taken apart and put together again with the known numbers, an answer is what was streamed of it."""
    whole = "".join(pieces)
    marked = parse(whole)
    insertions: dict[int, str] = {}
    for marker in marked.markers:
        known = [number for number in marker.numbers if number in KNOWN]
        insertions[marker.position] = insertions.get(marker.position, "") + canonical(marker.space, known)
    assert filtered(*pieces) == render(marked.bare, insertions)


def test_words_are_not_held_back() -> None:
    passing = MarkerFilter(KNOWN)
    assert passing.feed("Paid leave") == "Paid leave"
    assert passing.feed(" [") == ""
    assert passing.feed("see below] and") == " [see below] and"
    assert passing.feed(" [1") == ""
    assert passing.feed("].") == " [1]."
