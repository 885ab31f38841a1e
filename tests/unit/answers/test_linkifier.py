"""What stands in an answer becomes text, code or one of our own links, whatever it was meant to be."""

from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from answers.linkifier import Linkifier, linkify
from tests.rendered import rendered

RUN = UUID("7d0a4e0e-5a0f-4f5c-9a53-0d4c4d2c7b11")
ONE = rf"[\[1\]](/cite/{RUN}/1)"
TWO = rf"[\[2\]](/cite/{RUN}/2)"


@pytest.mark.parametrize(
    ("canonical", "markdown"),
    [
        ("Refunds take 5 days [1][2].", f"Refunds take 5 days {ONE}{TWO}."),
        ("Both [1, 2].", f"Both {ONE}{TWO}."),
        ("An array `a[1]` and [1]", f"An array `a[1]` and {ONE}"),
        ("```\na[1]\n\nb[2]\n```\n[1]", f"```\na[1]\n\nb[2]\n```\n{ONE}"),
        ("A stray ` tick [1]\n\nnext [1]", f"A stray \\` tick {ONE}\n\nnext {ONE}"),
        ("![x](http://evil/leak)", r"\!\[x](`http://evil/leak`)"),
        ("note:this and 10:30 and https://x", r"note\:this and 10:30 and `https://x`"),
        ("an open [", r"an open \["),
        ("See https://x.example/a?b=1.", "See `https://x.example/a?b=1`."),
        ("Write to desk@larkspur.example!", "Write to `desk@larkspur.example`!"),
        ("a < b && c &amp; d", r"a \< b && c \&amp; d"),
        ("It costs $5 and $10 [1].", rf"It costs \$5 and \$10 {ONE}."),
        (r"So \(a^2\) and $x_{[1]}$ hold [1].", f"So $a^2$ and $x_{{[1]}}$ hold {ONE}."),
        ("Then:\n\\[\nx\\,dx = 1\n\\]", "Then:\n$$\nx\\,dx = 1\n$$\n"),
        ("- so\n  $$y = 2$$.", "- so\n  $$\n  y = 2.\n  $$\n  "),
        ("**bold**, _it_\n\n- item\n\n| a | b |\n|---|---|\n", "**bold**, _it_\n\n- item\n\n| a | b |\n|---|---|\n"),
    ],
)
def test_linkify(canonical: str, markdown: str) -> None:
    assert linkify(canonical, RUN) == markdown


@pytest.mark.parametrize(
    "attack",
    [
        "[x](https://evil.example/?q=1)",
        "![x](https://evil.example/p.png)",
        "![1](https://evil.example/p.png)",
        "[9](https://evil.example)",
        "[x][1]\n\n[1]: https://evil.example",
        "[9]: https://evil.example\n\n[9]",
        "<https://evil.example>",
        "<img src=https://evil.example/p.png>",
        "<svg onload=alert(1)>",
        "<!-- x --> <script>1</script>",
        "www.evil.example",
        "https\\://evil.example",
        "https:/\\/evil.example",
        "\\https://evil.example",
        "https:&#47;/evil.example",
        "h&#116;tps://evil.example",
        "www\\.evil.example",
        "a\\@evil.example",
        "\\a@evil.example",
        "https://x``b`` https://evil.example",
        "`a`https://evil.example`b`",
        "text ``` open\n\n[x](https://evil.example)",
        "text ~~~ open\n\n[x](https://evil.example)",
        "```\ncode\n````\n[x](https://evil.example)",
        "  ~~~\n```\n~~~\n[x](https://evil.example)",
        "- ```\n```\n[x](https://evil.example)\n```\n",
        "a ` b\n`[x](https://evil.example)`",
        "| ` | [x](https://evil.example) ` |\n|---|---|\n| ` | [x](https://evil.example) ` |",
        "\\`[x](https://evil.example)`",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hi)",
        ":link[x]{href=https://evil.example}",
        ":::note\n[x](https://evil.example)\n:::",
        "[^1]: https://evil.example\n\ntext[^1]",
        "https://evil.example/\u202egnp.exe",
        "\r[x]: https://evil.example\r\r[x]",
    ],
)
def test_nothing_of_an_answer_is_a_link_an_image_or_markup(attack: str) -> None:
    page = rendered(linkify(f"It is so [1].\n{attack}", RUN, [1]))
    assert page.images == page.html == []
    assert {link for link in page.links if not link.startswith(f"/cite/{RUN}/")} == set()


MARKS = [*"[]()!<>`-|:*_#a\u00e9", "\\", "``", "```", "~~~", "//", "---", "1.", "https", "&#58;", ":n", "<b>"]
SPACES = ["\n", "\n\n", " ", "    ", "\t", "\r", "> ", "- ", "|-|\n", "\u200d"]
WHOLE = ["[1]", "[2]", "[x](https://e.vil)", "https://e.vil", "www.e.vil", "a@e.vil", "[unsupported]", "[x]: /e"]
NASTY = st.lists(st.sampled_from([*MARKS, *SPACES, *WHOLE]), max_size=30)


@settings(max_examples=400, deadline=None)
@given(NASTY)
def test_whatever_is_written_only_our_links_are_links(pieces: list[str]) -> None:
    page = rendered(linkify("".join(pieces), RUN, [1]))
    assert page.images == page.html == []
    assert set(page.links) <= {f"/cite/{RUN}/1", f"/answers/{RUN}#unsupported"}


def whole(text: str) -> str:
    """As it streams: a remark stands for its own sentence alone."""
    linkifier = Linkifier(RUN)
    return linkifier.feed(text) + linkifier.flush()


@settings(max_examples=300, deadline=None)
@given(NASTY)
@example(["https://e.vil", "a", "`", "`"])
def test_pieces_make_no_difference(pieces: list[str]) -> None:
    linkifier = Linkifier(RUN)
    streamed = "".join(linkifier.feed(piece) for piece in pieces) + linkifier.flush()
    assert streamed == whole("".join(pieces))


@settings(max_examples=200, deadline=None)
@given(NASTY)
def test_single_characters_make_no_difference(pieces: list[str]) -> None:
    text = "".join(pieces)
    linkifier = Linkifier(RUN)
    assert "".join(map(linkifier.feed, text)) + linkifier.flush() == whole(text)


def test_an_address_can_still_be_read() -> None:
    page = rendered(linkify("[more](https://evil.example/?q=secret)", RUN))
    assert page.text.strip() == "[more](https://evil.example/?q=secret)"


def test_half_a_marker_is_never_shown() -> None:
    linkifier = Linkifier(RUN)
    assert linkifier.feed("yes [1") == "yes "
    assert linkifier.feed("]") == ONE


def test_words_are_shown_as_they_come() -> None:
    linkifier = Linkifier(RUN)
    assert [linkifier.feed(piece) for piece in ("Train ", "journeys", " are")] == ["Train ", "", "journeys "]
