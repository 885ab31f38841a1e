"""Addresses in sitemaps and pages, and texts that are made to be slow."""

import gzip
from collections.abc import Callable
from concurrent.futures import Executor

import pytest

from ingestion.sources.addresses import address_of
from ingestion.sources.links import MOST_BYTES, in_page, in_sitemap, sitemap_kind, text_of
from tests.growth import MOST_GROWTH, growth

HERE = address_of("https://example.org/docs/index.html")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('<?xml version="1.0"?>\n<urlset xmlns="x"><url/></urlset>', "urlset"),
        ("<sm:urlset xmlns:sm='x'>", "urlset"),
        ("<!-- made by hand -->\n<sitemapindex>", "sitemapindex"),
        ("<!doctype html><p>urlset", None),
        ("", None),
    ],
)
def test_what_a_list_is(text: str, kind: str | None) -> None:
    assert sitemap_kind(text) == kind


def test_the_addresses_of_a_sitemap() -> None:
    places = [
        "https://example.org/a?x=1&amp;y=2",
        " https://example.org/b\n",
        "https://other.org/c",
        "http://example.org/d",
        "x",
    ]
    text = "<urlset>" + "".join(f"<url><loc>{place}</loc></url>" for place in places)
    text += "<url><sm:loc><![CDATA[ https://example.org/e ]]></sm:loc></url>"
    assert [one.text for one in in_sitemap(text, HERE)] == [
        "https://example.org/a?x=1&y=2",
        "https://example.org/b",
        "https://example.org/e",
    ]


@pytest.mark.parametrize(
    ("anchor", "to"),
    [
        ('<a href="a.html">', "https://example.org/docs/a.html"),
        ("<A class='x' HREF='a.html#part'>", "https://example.org/docs/a.html"),
        ("<a href=a.html>", "https://example.org/docs/a.html"),
        ('<a\n  href = "/docs/b?x=1&amp;y=2">', "https://example.org/docs/b?x=1&y=2"),
        ('<a href="../up.html">', None),
        ('<a href="https://other.org/docs/">', None),
        ('<a href="http://example.org/docs/a">', None),
        ('<a href="javascript:alert(1)">', None),
        ('<a href="mailto:jo@example.org">', None),
        ('<a href="https://jo:secret@example.org/docs/a">', None),
        ('<a data-href="a.html">', None),
        ('<abbr href="a.html">', None),
        ("<a>", None),
        ('<a href="a.html"', None),
    ],
)
def test_the_links_of_a_page(anchor: str, to: str | None) -> None:
    found = [one.text for one in in_page(f"<p>{anchor}There</a>", HERE, HERE.folder)]
    assert found == ([to] if to else [])


def test_a_packed_list_and_one_that_bursts() -> None:
    assert text_of(gzip.compress(b"<urlset>")) == "<urlset>"
    assert len(text_of(gzip.compress(bytes(20 * MOST_BYTES)))) <= MOST_BYTES
    assert text_of(b"\x1f\x8bnothing") == ""
    assert text_of(b"\xff\xfeurl") == "\ufffd\ufffdurl"


def anchors(size: int) -> str:
    return "<a " * (size // 3)


def targets(size: int) -> str:
    return "<a" + " href " * (size // 6) + ">"


def spaces(size: int) -> str:
    return "<a href" + " " * size + ">"


def places(size: int) -> str:
    return "<loc>" + " " * size + "<loc>" * (size // 5)


def all_of(text: str) -> int:
    return len([*in_page(text, HERE, HERE.folder), *in_sitemap(text, HERE)])


@pytest.mark.parametrize("text_of_size", [anchors, targets, spaces, places])
def test_made_to_be_slow(alone: Executor, text_of_size: Callable[[int], str]) -> None:
    assert alone.submit(growth, all_of, text_of_size).result() < MOST_GROWTH
