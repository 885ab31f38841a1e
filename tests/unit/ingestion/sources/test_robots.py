"""``robots.txt``: groups, the longest match, wildcards, escapes, and texts that are made to be slow."""

from collections.abc import Callable
from concurrent.futures import Executor

import pytest

from ingestion.sources.robots import Rules, rules_of
from tests.growth import MOST_GROWTH, growth


@pytest.mark.parametrize(
    ("text", "path", "is_allowed"),
    [
        ("", "/", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: footnote\nDisallow: /b", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: FootNote\nDisallow: /b", "/b", False),
        ("User-agent: other\nUser-agent: Footnote\nDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/x", False),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", True),
        ("User-agent: *\nDisallow: /*?", "/x?y", False),
        ("User-agent: *\nDisallow: /a*b*c", "/a-b-c-d", False),
        ("User-agent: *\nDisallow: /a*b*c", "/a-c-b", True),
        ("User-agent: *\nDisallow: /exact$", "/exact", False),
        ("User-agent: *\nDisallow: /exact$", "/exactly", True),
        ("User-agent: *\nDisallow: /ä", "/%C3%A4/x", False),
        ("User-agent: *\nDisallow: /%c3%a4", "/%C3%A4/x", False),
        ("User-agent: *\nDisallow: /%7Eme", "/~me", False),
        ("User-agent: *\nDisallow: /a%2Fb", "/a/b", True),
        ("\ufeffUser-agent: * # all\r\nDisallow: /a # this\r\n", "/a", False),
        ("USER-AGENT:*\nDISALLOW:/a", "/a", False),
        ("Disallow: /a\nnonsense\n: :\nUser-agent: *\nSitemap: /x", "/a", True),
        ("User-agent: *\nDisallow: /a\nUser-agent: *\nDisallow: /b", "/b", False),
    ],
)
def test_what_may_be_read(text: str, path: str, is_allowed: bool) -> None:
    assert rules_of(text).allows(path) is is_allowed


@pytest.mark.parametrize(
    ("value", "delay_s"), [("2", 2), ("0.5", 0.5), ("900", 30), ("-1", 0), ("nan", 0), ("x", 0), ("inf", 30)]
)
def test_the_pause_that_a_site_wants(value: str, delay_s: float) -> None:
    assert rules_of(f"User-agent: *\nCrawl-delay: {value}").delay_s == delay_s


def test_no_rule_is_no_rule() -> None:
    assert rules_of("User-agent: *\n" * 1000) == Rules()


def stars(size: int) -> str:
    return f"User-agent: *\nDisallow: /{'a*' * (size // 2)}b$"


def escapes(size: int) -> str:
    return f"User-agent: *\nDisallow: /{'%' * size}"


def groups(size: int) -> str:
    return "User-agent: *\nAllow: /\n" * (size // 24)


def judged(text: str) -> bool:
    return rules_of(text).allows("/" + "a" * 1900)


@pytest.mark.parametrize("text_of", [stars, escapes, groups])
def test_made_to_be_slow(alone: Executor, text_of: Callable[[int], str]) -> None:
    assert alone.submit(growth, judged, text_of).result() < MOST_GROWTH
