"""Passages to rectangles."""

import io

from PIL import Image

from ingestion.documents.highlights import boxes_of, draw
from ingestion.types import Box
from rag.types import Span

# "one two" on the first line, "three" on the second, "four" in another column beside the second
WORDS = [
    [0, 3, 0.10, 0.10, 0.15, 0.12],
    [4, 7, 0.16, 0.101, 0.21, 0.121],
    [8, 13, 0.10, 0.13, 0.20, 0.15],
    [14, 18, 0.60, 0.13, 0.68, 0.15],
]


def test_words_of_a_line_are_one_rectangle() -> None:
    assert boxes_of(WORDS, [Span(start=0, end=13)]) == [
        Box(l=0.10, t=0.10, r=0.21, b=0.121),
        Box(l=0.10, t=0.13, r=0.20, b=0.15),
    ]


def test_other_columns_are_not_bridged() -> None:
    assert len(boxes_of(WORDS, [Span(start=8, end=18)])) == 2


def test_a_word_that_is_touched_counts() -> None:
    assert boxes_of(WORDS, [Span(start=6, end=7)]) == [Box(l=0.16, t=0.101, r=0.21, b=0.121)]
    assert boxes_of(WORDS, [Span(start=3, end=4), Span(start=7, end=8)]) == []


def test_several_runs() -> None:
    assert len(boxes_of(WORDS, [Span(start=0, end=1), Span(start=15, end=16)])) == 2


def test_upright_lines() -> None:
    words = [[0, 5, 0.5, 0.10, 0.52, 0.20], [6, 8, 0.5, 0.21, 0.52, 0.225], [9, 15, 0.47, 0.10, 0.49, 0.22]]
    assert boxes_of(words, [Span(start=0, end=15)]) == [
        Box(l=0.5, t=0.10, r=0.52, b=0.225),
        Box(l=0.47, t=0.10, r=0.49, b=0.22),
    ]


def test_nothing_is_marked_without_words() -> None:
    assert boxes_of([], [Span(start=0, end=9)]) == []


def test_marks_leave_the_text_dark() -> None:
    page = Image.new("RGB", (200, 100), "white")
    page.putpixel((50, 50), (0, 0, 0))
    png = io.BytesIO()
    page.save(png, "PNG")
    marked = Image.open(io.BytesIO(draw(png.getvalue(), [Box(l=0.2, t=0.4, r=0.3, b=0.6)])))
    assert marked.getpixel((50, 50)) == (0, 0, 0)
    assert marked.getpixel((52, 50)) == (255, 226, 100)
    assert marked.getpixel((150, 50)) == (255, 255, 255)
