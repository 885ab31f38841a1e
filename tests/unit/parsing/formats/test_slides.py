"""Presentations: a slide is a page."""

from collections.abc import Callable
from typing import Any

import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm

from core.errors import DocumentUnreadable
from parsing.types import Section
from tests import office

Read = Callable[..., list[Section]]


def fill(shown: Any) -> None:
    """Three slides: texts out of order, a table with a chart, and nothing."""
    first = shown.slides.add_slide(shown.slide_layouts[5])
    for words, top in (("Second box", 12), ("First box", 6)):
        first.shapes.add_textbox(Cm(2), Cm(top), Cm(5), Cm(2)).text_frame.text = words
    group = first.shapes.add_group_shape()
    group.shapes.add_textbox(Cm(2), Cm(15), Cm(5), Cm(2)).text_frame.text = "Grouped"
    first.shapes.title.text = "Terns"
    first.notes_slide.notes_text_frame.text = "Speak slowly."

    second = shown.slides.add_slide(shown.slide_layouts[5])
    second.shapes.title.text = "Counts"
    table = second.shapes.add_table(2, 2, Cm(2), Cm(6), Cm(10), Cm(3)).table
    for row, cells in enumerate((("Bird", "Pairs"), ("tern", "12"))):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    data = CategoryChartData()
    data.categories = ["2023", "2024"]
    data.add_series("Pairs", (10, 12))
    second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(2), Cm(12), Cm(8), Cm(5), data)
    shown.slides.add_slide(shown.slide_layouts[6])


def test_slides_are_pages(read: Read) -> None:
    first, second, third = read(office.presentation(fill))
    assert [section.page for section in (first, second, third)] == [1, 2, 3]
    assert [section.number for section in (first, second, third)] == [1, 2, 3]
    assert first.path == ("Terns",)
    assert first.text == "Terns\n\nFirst box\n\nSecond box\n\nGrouped\n\nNotes: Speak slowly."
    assert first.blocks[0].kind == "heading"
    assert second.text == "Counts\n\nBird | Pairs\ntern | 12\n\nPairs\n2023: 10\n2024: 12"
    assert third.text == ""
    assert first.width is None


def test_slides_come_in_the_order_they_are_shown(read: Read) -> None:
    def swapped(shown: Any) -> None:
        fill(shown)
        ids = shown.slides._sldIdLst
        ids.append(ids[0])

    assert [section.path for section in read(office.presentation(swapped))] == [("Counts",), (), ("Terns",)]


def test_the_strict_kind_and_damaged_slides(read: Read) -> None:
    data = office.presentation(fill)
    assert read(office.strict(data))[0].text.startswith("Terns\n\nFirst box")
    broken = office.rezipped(data, lambda name, content: b"<broken" if name.endswith("slide1.xml") else content)
    sections = read(broken)
    assert [section.path for section in sections] == [(), ("Counts",), ()]
    assert sections[0].warning == "Slide 1 is damaged and could not be read."
    assert sections[1].warning is None


def test_open_document_slides(read: Read) -> None:
    first, second = read(office.open_slides(("Terns", "They are back."), ("Gulls", "They never left.")))
    assert (first.page, second.page) == (1, 2)
    assert first.path == ("Terns",)
    assert first.text == "Terns\n\nThey are back."


def test_old_slides(read: Read) -> None:
    first, second = read(office.old_slides(("Terns", "They are back."), ("Gülls", "They never left.")))
    assert (first.page, second.page) == (1, 2)
    assert (first.path, second.path) == (("Terns",), ("Gülls",))
    assert first.text == "Terns\n\nThey are back."


def test_a_presentation_without_slides_holds_no_text_and_is_not_damaged(read: Read) -> None:
    with pytest.raises(DocumentUnreadable, match="holds no text"):
        read(office.presentation(lambda _: None), "empty.pptx")
