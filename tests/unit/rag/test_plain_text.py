"""Quoting a document's sentence inside an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.grounding.markers import numbers_in
from rag.grounding.plain_text import plain_text


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("See [the policy](https://example.org/a_(b)) now.", "prose", "See the policy now."),
        ("![logo](http://evil.example/x.png) Hello", "prose", "logo Hello"),
        ("**Bold** and *soft* and `code`.", "prose", "Bold and soft and code."),
        ("snake_case_name stays", "prose", "snake_case_name stays"),
        ("Proven before [12], and again.[3, 4]", "prose", "Proven before, and again."),
        ("Line one\nline two", "prose", "Line one line two"),
        ("inter-\nnational", "prose", "inter-national"),
        ("<b>Hi</b> <img src=x onerror=alert(1)> there", "prose", "Hi there"),
        ("| Spain  | 22 |", "row", "Spain | 22"),
        ("| Spain  | 22", "row", "Spain | 22"),
        ("> > Quoted", "prose", "Quoted"),
        ("5 < 6 and 7 > 3", "prose", "5 < 6 and 7 > 3"),
    ],
)
def test_plain(text: str, kind: str, expected: str) -> None:
    assert plain_text(text, kind) == expected


@given(st.text(alphabet=st.sampled_from("ab1[](){}!*_`<>|# \n^【】,")) | st.text())
def test_a_documents_own_numbers_never_look_like_citations(text: str) -> None:
    assert "\n" not in plain_text(text)
    assert numbers_in(plain_text(text)) == []
