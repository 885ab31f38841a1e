"""Which messages are only a link."""

import pytest

from chat.offers import link_in


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("  https://example.org/a#part\n", "https://example.org/a"),
        ("<https://example.org/a>", "https://example.org/a"),
        ("(https://example.org/a)", "https://example.org/a"),
        ("HTTPS://Example.org/A", "https://example.org/A"),
        ("http://intranet.test:8080/x?y=1", "http://intranet.test:8080/x?y=1"),
        ("https://example.org/a_(b)", "https://example.org/a_(b)"),
    ],
)
def test_a_link(text: str, address: str) -> None:
    found = link_in(text)
    assert found is not None
    assert found.text == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What does https://example.org say?",
        "https://example.org/a https://example.org/b",
        "example.org",
        "ftp://example.org/a",
        "https://jo:secret@example.org/",
        "https://",
        "<>",
        "<https://example.org/a",
        "https://example.org/a\nWhat is this?",
    ],
)
def test_no_link(text: str) -> None:
    assert link_in(text) is None
