"""Which addresses may be named, and their one form."""

import pytest

from core.errors import Invalid
from ingestion.sources.addresses import LONGEST, address_of


@pytest.mark.parametrize(
    ("text", "kept", "title"),
    [
        ("https://Example.org", "https://example.org/", "example.org"),
        (" http://example.org:80/a/#part ", "http://example.org/a/", "example.org/a"),
        ("https://example.org:8443/a?b=1", "https://example.org:8443/a?b=1", "example.org:8443/a?b=1"),
        ("https://exämple.org/ä b", "https://xn--exmple-cua.org/%C3%A4%20b", "xn--exmple-cua.org/ä b"),
        ("http://[2606:4700::1111]:8080/", "http://[2606:4700::1111]:8080/", "[2606:4700::1111]:8080"),
        ("http://example.org\\@intranet.test/", None, None),
    ],
)
def test_one_form(text: str, kept: str | None, title: str | None) -> None:
    if kept is None:
        with pytest.raises(Invalid):
            address_of(text)
        return
    address = address_of(text)
    assert (address.text, address.title) == (kept, title)
    assert address_of(address.text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "//example.org/a",
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "unix:///run/x.sock",
        "http:///a",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://:secret@example.org/",
        "http://example.org:0/",
        "http://example.org:25/",
        "http://example.org:99999/",
        "http://example.org:6x/",
        "http://exam\nple.org/",
        "http://exam\x00ple.org/",
        "http://ex ample.org/",
        "http://example.org/" + "a" * LONGEST,
        "http://[::1/",
    ],
)
def test_no_address_of_a_page(text: str) -> None:
    with pytest.raises(Invalid):
        address_of(text)


@pytest.mark.parametrize(
    ("reference", "to"),
    [
        ("c", "https://example.org/a/c"),
        ("../c#x", "https://example.org/c"),
        ("/c?d", "https://example.org/c?d"),
        ("//other.org/c", "https://other.org/c"),
        ("?e", "https://example.org/a/b?e"),
    ],
)
def test_where_a_link_leads(reference: str, to: str) -> None:
    assert address_of("https://example.org/a/b").joined(reference).text == to
