"""Code is found in a text that comes in pieces as it is in the whole."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.grounding.code_spans import CodeSplitter

# What the splitter does, as one expression for a whole text.
CODE = re.compile(r"(`{3,}|~{3,}).*?(?:\1|\Z)|(?<!`)(`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)\2(?!`)", re.DOTALL)
TEXTS = st.lists(st.sampled_from(["`", "``", "```", "~", "~~~", "a", " ", "\n", "\n\n", "\n \n", "[1]"]), max_size=25)


def code_of(pieces: list[str]) -> list[str]:
    """The runs of code, adjacent pieces of one run joined, each with the place where it begins."""
    splitter = CodeSplitter()
    parts = [part for piece in pieces for part in splitter.feed(piece)] + splitter.feed("", is_last=True)
    assert "".join(text for text, _ in parts) == "".join(pieces)
    return _marked(parts)


def _marked(parts: list[tuple[str, bool]]) -> list[str]:
    return ["".join(char if is_code else "." for text, is_code in parts for char in text)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a `b[1]` c", "..`b[1]`.."),
        ("a ``b ` c`` d", "..``b ` c``.."),
        ("a ` b\n\nc` d", "............"[: len("a ` b\n\nc` d")]),
        ("```\nx\n```\ny", "```\nx\n```.."),
        ("~~~ open", "~~~ open"),
        ("~~gone~~", "........"),
    ],
)
def test_code(text: str, code: str) -> None:
    assert code_of([text]) == [code]


@given(TEXTS)
def test_pieces_make_no_difference(pieces: list[str]) -> None:
    whole = "".join(pieces)
    expected = []
    last = 0
    for match in CODE.finditer(whole):
        expected += [(whole[last : match.start()], False), (match[0], True)]
        last = match.end()
    expected.append((whole[last:], False))
    assert code_of([whole]) == _marked(expected)
    assert code_of(pieces) == code_of(list(whole)) == code_of([whole])


def test_text_before_a_backtick_is_not_held_back() -> None:
    splitter = CodeSplitter()
    assert splitter.feed("Run `make") == [("Run ", False)]
    assert splitter.feed(" all` now") == [("`make all`", True), (" now", False)]
