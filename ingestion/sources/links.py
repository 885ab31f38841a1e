"""Addresses in sitemaps and pages, found by linear scans of bounded text.

No parser runs here: what comes from outside is parsed in child processes.
"""

import html
import re
import zlib
from collections.abc import Iterator

from core.errors import Invalid
from ingestion.sources.addresses import Address, address_of

MOST_BYTES = 4 * 1024 * 1024  # of a list or page that is looked through
_SITEMAP_HEAD = 2_000  # characters in which a sitemap says that it is one
_SITEMAP = re.compile(r"<(?:[a-z0-9]{1,20}:)?(urlset|sitemapindex)[\s>]", re.IGNORECASE)
_PLACE = re.compile(r"<(?:[a-z0-9]{1,20}:)?loc>\s*+(?:<!\[CDATA\[\s*+)?([^<>\s\]]++)", re.IGNORECASE)
_ANCHOR = re.compile(r"<a\s[^<>]*+>", re.IGNORECASE)
_TARGET = re.compile(r"""\shref\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'<>]++)""", re.IGNORECASE)
_GZIP = b"\x1f\x8b"
_GZIP_OR_ZLIB = 47  # wbits


def text_of(content: bytes) -> str:
    """The beginning of a list of addresses as text; it may be packed, as ``sitemap.xml.gz`` is."""
    if content.startswith(_GZIP):
        try:
            content = zlib.decompressobj(_GZIP_OR_ZLIB).decompress(content, MOST_BYTES)
        except zlib.error:
            content = b""
    return content[:MOST_BYTES].decode("utf-8", "replace")


def sitemap_kind(text: str) -> str | None:
    """``urlset`` for a sitemap, ``sitemapindex`` for a list of sitemaps, None for anything else."""
    found = _SITEMAP.search(text[:_SITEMAP_HEAD])
    return found[1].lower() if found else None


def in_sitemap(text: str, address: Address) -> Iterator[Address]:
    """The addresses of a sitemap that are on its own site, in its order; others are not its to name."""
    for found in _PLACE.finditer(text):
        try:
            one = address_of(html.unescape(found[1]))
        except Invalid:
            continue
        if one.origin == address.origin:
            yield one


def in_page(text: str, address: Address, folder: str) -> Iterator[Address]:
    """The links of a page that lead below a folder (``https://example.org/handbook/``), in its order."""
    for anchor in _ANCHOR.finditer(text):
        target = _TARGET.search(anchor[0])
        if target is None:
            continue
        try:
            one = address.joined(html.unescape(target[1].strip("\"'")))
        except Invalid:
            continue
        if one.text.startswith(folder):
            yield one
