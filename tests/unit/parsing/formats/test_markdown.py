"""Markdown: what stands before, below and behind its words."""

import pytest

from parsing.types import Section
from tests.unit.parsing.formats.conftest import Read


def text_of(sections: list[Section]) -> str:
    """All of it."""
    return "\n\n".join(section.text for section in sections)


@pytest.mark.parametrize(
    ("front", "text"),
    [
        (
            "---\ntitle: Travel\nowner: Petra Dahl\ntags: [a, b]\n---\n\n# Travel\n",
            "owner: Petra Dahl\ntags: [a, b]\n\nTravel",
        ),
        ('---\ntitle: "Travel"\nreviewers:\n  - Bo\n---\nWords.', "Travel\n\nreviewers:\n  - Bo\n\nWords."),
        ("+++\ntitle = 'Travel'\nowner = 'Petra'\n+++\n\nWords.", "Travel\n\nowner = 'Petra'\n\nWords."),
        ("---\nowner: Petra\n# remark\n...\nWords.", "owner: Petra\n\nWords."),
        ("---\nowner: Petra\n---\n", "owner: Petra"),
    ],
    ids=["same", "list", "toml", "dots", "alone"],
)
def test_front_matter_is_read(read: Read, front: str, text: str) -> None:
    assert text_of(read(front.encode(), "travel.md")) == text


def test_a_line_at_the_beginning_is_no_front_matter(read: Read) -> None:
    assert text_of(read(b"---\nJust words\n---\n\nMore.", "a.md")) == "Just words\n\nMore."


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Second class[^rail].\n\n[^rail]: First-class", "Second class.\n\nNote rail: First-class"),
        ("It cost 420[^1] euros.\n\nMore.\n\n[^1]: https://example.org/x", "It cost 420 euros.\n\nNote 1: https://example.org/x\n\nMore."),
        ("- one[^a]\n- two\n\n[^a]: A long\n    note\n\n    of two\n\nEnd.", "- one\n\n- two\n\nNote a: A long note of two\n\nEnd."),
        ("Words[^none].", "Words[^none]."),
        ("Words.\n\n[^lone]: Nobody asked", "Words.\n\nNote lone: Nobody asked"),
        ("Both[^b] here[^b].\n\n[^a]: A\n[^b]: B", "Both here.\n\nNote b: B\n\nNote a: A"),
        ("| a | b |\n|---|---|\n| x[^t] | y |\n\n[^t]: Table note", "a | b\nx | y\n\nNote t: Table note"),
        ("```\n[^c]: code\n```", "[^c]: code"),
    ],
)  # fmt: skip
def test_notes_stand_below_what_they_belong_to(read: Read, source: str, text: str) -> None:
    assert text_of(read(source.encode(), "a.md")) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("See the [form](https://example.org/T-17).", "See the form (https://example.org/T-17)."),
        ("Ask [the desk](mailto:desk@example.org)!", "Ask the desk (desk@example.org)!"),
        ("[by name][f]\n\n[f]: https://example.org/f 'x'", "by name (https://example.org/f)"),
        (
            "<https://example.org> and [https://example.org](https://example.org)",
            "https://example.org and https://example.org",
        ),
        ("[up](#top) and [rules](rules.md)", "up and rules (rules.md)"),
        ("[**bold** one](https://example.org/b)", "bold one (https://example.org/b)"),
        ("![A tern](tern.png) flies", "A tern flies"),
    ],
)
def test_addresses_stand_behind_their_words(read: Read, source: str, text: str) -> None:
    assert text_of(read(source.encode(), "a.md")) == text


@pytest.mark.parametrize(
    "formula",
    ["$$E_{max} = 0.35 \\cdot d_{km}$$", "$a_1 * b * c_2$", "$\\{x\\}$", "$$\na = b\n= c\n$$", "$$ x_1 *y* $$"],
)
def test_formulas_stay_as_they_are_written(read: Read, formula: str) -> None:
    text = text_of(read(f"The range is\n\n{formula}\n\nin all.".encode(), "a.md"))
    assert " ".join(formula.split()) in text


def test_prices_are_no_formulas(read: Read) -> None:
    assert text_of(read(b"It is $5 *now* and $6 *then*.", "a.md")) == "It is $5 now and $6 then."


def test_tasks_keep_their_boxes(read: Read) -> None:
    assert text_of(read(b"- [x] passport\n- [ ] visa", "a.md")) == "- [x] passport\n\n- [ ] visa"


@pytest.mark.parametrize(
    "banner",
    [
        "<!-- made by hand -->",
        "<div align='center'>\n<h1>Terns</h1>\n</div>",
        "<p align='center'>\n  <img src='x.png' alt='x'>\n</p>",
        "<table><tr><td>Terns</td></tr></table>",
        "<!-- a -->\n<!-- b -->\n<br>",
        "```yaml\na: 1\n```",
        "<title>Terns</title>",
        "<!-- " + "long " * 3000 + "-->",
    ],
)
def test_files_that_begin_with_a_banner_are_markdown(read: Read, banner: str) -> None:
    sections = read(
        f"{banner}\n\n# Terns\n\nThey *nest* in May.\n\n| Kind | Pairs |\n|---|---|\n| Arctic | 12 |\n".encode(),
        "README.md",
    )
    text = text_of(sections)
    assert "They nest in May." in text
    assert "Kind | Pairs\nArctic | 12" in text
    headings = [
        section.text[block.start : block.end]
        for section in sections
        for block in section.blocks
        if block.kind == "heading"
    ]
    assert headings[-1] == "Terns"
