"""Answers as trees of nodes, and as Markdown apart from the chat."""

from collections.abc import Iterator

import pytest

from answers.apart import footnoted
from conversations.sharing import nodes
from conversations.sharing.nodes import Node


def flat(tree: tuple[Node, ...]) -> Iterator[Node]:
    for node in tree:
        yield node
        yield from flat(node.children)


def kinds(text: str, **numbers: int) -> list[tuple[str, str, int]]:
    labels = {int(name[1:]): number for name, number in numbers.items()}
    found = flat(nodes.of_answer(text, labels))
    return [(node.kind, node.text, node.number) for node in found if node.text or node.number or not node.children]


def test_citations_get_their_numbers_in_the_document() -> None:
    assert kinds("Yes. [1][2] No [3].", n1=7, n2=9) == [
        ("text", "Yes. ", 0),
        ("cite", "", 7),
        ("cite", "", 9),
        ("text", " No [3].", 0),
    ]


def test_a_remark_is_in_words_and_once_in_a_block() -> None:
    assert kinds("One. [partly] Two. [unsupported]") == [
        ("text", "One. Two. ", 0),
        ("remark", "(not supported by the sources)", 0),
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "[go](https://evil.test/)",
        "![x](https://evil.test/a.png)",
        "<script>x</script>",
        "[1](#cite-1)",
        "<https://evil.test/>",
        "[a]: https://evil.test/\n\n[a]",
    ],
)
def test_nothing_else_becomes_a_link_a_picture_or_html(hostile: str) -> None:
    found = {node.kind for node in flat(nodes.of_answer(hostile, {}))}
    assert found <= {"paragraph", "text", "code"}


def test_a_message_as_the_chat_shows_it_keeps_the_words_of_its_links() -> None:
    [paragraph] = nodes.of_markdown("*Hello* [there](https://evil.test/) ![x](/a.svg)")
    assert {node.kind for node in flat((paragraph,))} == {"paragraph", "emphasis", "text"}
    assert "".join(node.text for node in flat((paragraph,))) == "Hello there !x"


def test_blocks() -> None:
    text = "## A\n\n- one\n\n3. three\n\n> quote\n\n```\ncode\n```\n\n| a |\n|---|\n| 1 |\n\n---\n\n$$x^2$$"
    found = nodes.of_answer(text, {})
    assert [node.kind for node in found] == [
        "heading",
        "list",
        "numbered",
        "quote",
        "code_block",
        "table",
        "rule",
        "formula_block",
    ]
    assert (found[0].number, found[2].number) == (2, 3)
    assert [cell.number for row in found[5].children for cell in row.children] == [1, 0]
    assert found[7].text == "x^2"


def test_a_formula_in_a_line_is_told_from_code() -> None:
    assert kinds("$a_1$ and `b`") == [("formula", "a_1", 0), ("text", " and ", 0), ("code", "b", 0)]


def test_a_question_is_read_as_it_was_written() -> None:
    first, second = nodes.plain("# One\n*two*\n\n<b>")
    assert [(node.kind, node.text) for node in first.children] == [("text", "# One"), ("break", ""), ("text", "*two*")]
    assert [node.text for node in second.children] == ["<b>"]


def test_markdown_has_footnotes_and_remarks_in_words() -> None:
    markdown = footnoted("Yes. [1] Maybe [2]. [unsupported]\n\n[go](https://evil.test/) $x$", {1: 4})
    assert markdown.startswith("Yes. [^4] Maybe \\[2\\]. (not supported by the sources)")
    assert "\\[go]" in markdown
    assert "$x$" in markdown
