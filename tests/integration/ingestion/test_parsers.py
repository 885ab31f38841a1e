"""Text formats through a child process: what stands in a file, under which headings."""

import io
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from parsing.sandbox.sandbox import Sandbox
from parsing.sniff.mime import DOCX, HTML, MARKDOWN, TEXT
from parsing.types import Section

Read = Callable[[bytes, str], "list[Section]"]
FILLER = "Terns breed on the northern island, and the wardens count them twice a week. " * 30


@pytest.fixture
def read(sandbox: Sandbox, stored: Callable[[bytes], Path]) -> Callable[..., object]:
    """Parses bytes of a type."""

    async def parse(data: bytes, mime_type: str) -> list[Section]:
        return [section async for section in sandbox.parse(stored(data), mime_type)]

    return parse


def blocks(section: Section) -> list[tuple[str, str]]:
    """Kind and text of each block."""
    return [(block.kind, section.text[block.start : block.end]) for block in section.blocks]


async def test_markdown(read: Callable[..., object]) -> None:
    text = f"""---
title: "Field guide"
tags: [birds]
---
Opening words.

## Terns

{FILLER}

### Nests

- on gravel
- on the roof

| place | pairs |
|-------|-------|
| roof  | 12    |

{FILLER}

```python
def count():
    return 12
```

## Gulls

{FILLER}
"""
    first, second, third = await read(text.encode(), MARKDOWN)  # type: ignore[misc]
    assert first.path == ("Field guide",)
    assert second.path == ("Field guide", "Terns", "Nests")
    assert third.path == ("Field guide", "Gulls")
    assert "tags: [birds]" in first.text  # front matter says what the text is about
    assert blocks(second) == [
        ("heading", "Nests"),
        ("list_item", "- on gravel"),
        ("list_item", "- on the roof"),
        ("table", "place | pairs\nroof | 12"),
        ("paragraph", FILLER.strip()),
        ("code", "def count():\n    return 12"),
    ]
    assert all(section.page is None and section.words == () for section in (first, second, third))


async def test_markdown_is_cut_as_commonmark_says(read: Callable[..., object]) -> None:
    text = """<div align="center">

# Terns

</div>

<details>
<summary>Where they nest</summary>

On **gravel**, and:

- on the roof
  - above the kitchen

| place | pairs |
|---|---|
| roof | 12 |

</details>

```html
<details>
```
"""
    (section,) = await read(text.encode(), MARKDOWN)  # type: ignore[misc]
    assert section.path == ("Terns",)
    assert blocks(section) == [
        ("heading", "Terns"),
        ("paragraph", "Where they nest"),
        ("paragraph", "On gravel, and:"),
        ("list_item", "- on the roof"),
        ("list_item", "- above the kitchen"),
        ("table", "place | pairs\nroof | 12"),
        ("code", "<details>"),
    ]


async def test_html(read: Callable[..., object]) -> None:
    page = """<!doctype html><html><head><title>x</title><style>p {color: red}</style></head><body>
    <h1>Observatory</h1><p>Founded in <b>1897</b> on a rock.</p><script>alert("no")</script>
    <ol><li>First</li><li>Second</li></ol><table><tr><th>Year<th>Pairs<tr><td>2024<td>31</table></body></html>"""
    (section,) = await read(page.encode(), HTML)  # type: ignore[misc]
    assert section.path == ("Observatory",)
    assert "Founded in 1897 on a rock." in section.text
    assert "Year | Pairs\n2024 | 31" in section.text
    assert "alert" not in section.text
    assert "color" not in section.text


@pytest.mark.parametrize(
    "name", ["article", "details", "dialog open", "fieldset", "figure", "form", "main", "section", "x-card"]
)
@pytest.mark.parametrize(
    "inside", ["{}", "<p>{}</p>", "<div>{}</div> and a tail", "<table><tr><td>{}</td></tr></table>"]
)
async def test_what_a_page_shows_in_a_box_is_read(read: Callable[..., object], name: str, inside: str) -> None:
    box = f"<{name}>{inside.format('On which roof they nest')}</{name.split()[0]}>"
    (section,) = await read(f"<html><body><p>Before it.</p>{box}<p>After it.</p></body></html>".encode(), HTML)  # type: ignore[misc]
    text = section.text
    assert text.index("Before it.") < text.index("On which roof they nest") < text.index("After it.")


async def test_what_is_in_a_figure_keeps_its_kind_and_controls_are_left_out(read: Callable[..., object]) -> None:
    page = """<html><body><nav>Home</nav><form><label>Name of the bird</label> <select><option>Tern</select><button>Go</button>
    <figure><table><tr><th>Year<th>Pairs<tr><td>2024<td>31</table><figcaption>Table 1. Counts</figcaption></figure>
    <figure><pre><code>count()</code></pre></figure>
    <table><caption>Of <i>gulls</i></caption><tr><td>7</table></form><dialog>Accept all cookies?</dialog></body></html>"""
    (section,) = await read(page.encode(), HTML)  # type: ignore[misc]
    assert blocks(section) == [
        ("paragraph", "Name of the bird"),
        ("table", "Year | Pairs\n2024 | 31"),
        ("paragraph", "Table 1. Counts"),
        ("code", "count()"),
        ("paragraph", "Of gulls"),
        ("table", "7"),
    ]


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<math><mi>x</mi><mo>=</mo><mn>1</mn></math>", "x = 1"),
        ('<math alttext="y^2"><msup><mi>x</mi><mn>2</mn></msup></math>', "x 2"),
        (
            '<math><semantics><mi>x</mi><annotation encoding="application/x-tex">y_0</annotation></semantics></math>',
            "x",
        ),
    ],
)
async def test_formulas_of_a_page_are_read(read: Callable[..., object], formula: str, text: str) -> None:
    (section,) = await read(f"<html><body><p>Let {formula} be the count.</p></body></html>".encode(), HTML)  # type: ignore[misc]
    assert section.text == f"Let {text} be the count."


async def test_word(read: Callable[..., object]) -> None:
    document = docx.Document()
    document.add_heading("Handbook", level=1)
    document.add_paragraph("Short")  # looks like a title, is none
    document.add_paragraph(FILLER)
    document.add_heading("Leave", level=2)
    document.add_paragraph("Everyone has 28 days.")
    document.add_paragraph("ask early", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip(
        (cell for row in table.rows for cell in row.cells), ("Kind", "Days", "annual", "28"), strict=True
    ):
        cell.text = words
    out = io.BytesIO()
    document.save(out)

    first, second = await read(out.getvalue(), DOCX)  # type: ignore[misc]
    assert (first.path, second.path) == (("Handbook",), ("Handbook", "Leave"))
    assert ("paragraph", "Short") in blocks(first)
    assert blocks(second) == [
        ("heading", "Leave"),
        ("paragraph", "Everyone has 28 days."),
        ("list_item", "- ask early"),
        ("table", "Kind | Days\nannual | 28"),
    ]


async def test_text(read: Callable[..., object]) -> None:
    wrapped = "A paragraph that\nis broken into several lines,\nthree of them."
    german = "Grüße, süße Öde. Größer wird's nicht."
    text = "\n\n".join(["A SHORT LINE", wrapped, "- a point", "1. a number", german])
    (section,) = await read(text.encode("latin-1"), TEXT)  # type: ignore[misc]
    assert section.path == ()
    assert "heading" not in [block.kind for block in section.blocks]
    assert section.text.split("\n\n") == [
        "A SHORT LINE",
        "A paragraph that is broken into several lines, three of them.",
        "- a point",
        "1. a number",
        german,
    ]


async def test_long_texts_come_in_sections(read: Callable[..., object]) -> None:
    lines = [f"Line {number} of a long report about terns, gulls and other birds." for number in range(2000)]
    sections = await read("\n\n".join(lines).encode(), TEXT)  # type: ignore[misc]
    assert len(sections) > 10
    assert "\n\n".join(section.text for section in sections).split("\n\n") == lines
    assert [section.number for section in sections] == list(range(1, len(sections) + 1))
