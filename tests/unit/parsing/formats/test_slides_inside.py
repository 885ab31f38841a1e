"""Slides and sheets: pictures, links, numbers of lists, struck-out and raised characters, files of other programs."""

import io
from typing import Any

import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.drawing.image import Image as SheetImage
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet
from pptx.enum.shapes import PROG_ID
from pptx.util import Inches

from parsing.formats.images.embedded import EmbeddedPictures
from tests import office, scans
from tests.unit.parsing.formats.conftest import Read

PLAN = scans.png(scans.drawn(["Close valve V-17 first."]))


def slide(fill: Any) -> bytes:
    """A presentation with one slide that a function fills; it gets the slide and a box."""

    def both(show: Any) -> None:
        made = show.slides.add_slide(show.slide_layouts[6])
        fill(made, made.shapes.add_textbox(0, 0, Inches(4), Inches(2)).text_frame)

    return office.presentation(both)


def test_slides_that_are_pictures(read: Read) -> None:
    def fill(made: Any, _: Any) -> None:
        picture = made.shapes.add_picture(io.BytesIO(PLAN), 0, 0)
        picture._element.nvPicPr.cNvPr.set("descr", "Plan of the boiler")
        made.shapes.add_picture(io.BytesIO(PLAN), 0, 0)._element.nvPicPr.cNvPr.set("descr", "plan.png")

    (section,) = read(slide(fill))
    assert section.text.startswith("Plan of the boiler\n\nClose valve V-17")
    assert section.text.count("V-17") == 1
    assert section.page == 1


def test_a_picture_that_is_all_of_two_slides_is_read_on_both(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EmbeddedPictures, "text", lambda *_: "Close valve V-17 first.")

    def fill(show: Any) -> None:
        for words in ("", "The plan again:", ""):
            made = show.slides.add_slide(show.slide_layouts[6])
            made.shapes.add_picture(io.BytesIO(PLAN), 0, 0)._element.nvPicPr.cNvPr.set("descr", "")
            made.shapes.add_textbox(0, 0, Inches(4), Inches(2)).text_frame.text = words

    texts = [section.text for section in read(office.presentation(fill))]
    assert texts == ["Close valve V-17 first.", "The plan again:", "Close valve V-17 first."]


def test_links_of_slides(read: Read) -> None:
    def fill(made: Any, frame: Any) -> None:
        run = frame.paragraphs[0].add_run()
        run.text, run.hyperlink.address = "the form", "https://forms.example.org/7"
        box = made.shapes.add_textbox(0, Inches(3), Inches(4), Inches(1))
        box.text_frame.text = "Click here"
        box.click_action.hyperlink.address = "mailto:claims@example.org"

    assert read(slide(fill))[0].text == "the form (https://forms.example.org/7)\n\nClick here\n\nclaims@example.org"


@pytest.mark.parametrize(
    ("kinds", "labels"),
    [
        (["arabicPeriod"] * 3, ["1. x", "2. x", "3. x"]),
        (["alphaLcParenBoth", "alphaLcParenBoth"], ["(a) x", "(b) x"]),
        (["romanUcPeriod", None, "romanUcPeriod"], ["I. x", "x", "I. x"]),
    ],
)
def test_numbers_of_lists(read: Read, kinds: list[str | None], labels: list[str]) -> None:
    def fill(_: Any, frame: Any) -> None:
        for number, kind in enumerate(kinds):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.text = "x"
            if kind:
                properties = paragraph._p.get_or_add_pPr()
                properties.append(
                    properties.makeelement(
                        "{http://schemas.openxmlformats.org/drawingml/2006/main}buAutoNum", {"type": kind}
                    )
                )

    assert read(slide(fill))[0].text.split("\n") == labels


def test_struck_out_and_raised_runs(read: Read) -> None:
    def fill(_: Any, frame: Any) -> None:
        for text, name, value in (
            ("Price: ", "", ""),
            ("120 euros", "strike", "sngStrike"),
            (" 95 euros, 10", "", ""),
            ("6", "baseline", "30000"),
        ):
            run = frame.paragraphs[0].add_run()
            run.text = text
            if name:
                run._r.get_or_add_rPr().set(name, value)

    (section,) = read(slide(fill))
    assert " ".join(section.text.split()) == "Price: 95 euros, 10⁶"
    assert section.hidden == "Hidden text was left out (struck out): “120 euros”"


def test_workbooks_in_slides_come_after_them(read: Read) -> None:
    def fill(made: Any, frame: Any) -> None:
        frame.text = "Our offer:"
        made.shapes.add_ole_object(io.BytesIO(office.workbook(Prices=[["Press", 48200]])), PROG_ID.XLSX, 0, 0)

    first, second = read(slide(fill))
    assert first.text == "Our offer:"
    assert second.text == "Prices\nPress | 48200"
    assert (second.page, second.number, second.path[-1]) == (None, 2, "Prices")
    assert (first.warning, second.warning) == (None, None)


def test_pictures_on_sheets(read: Read) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["A1"] = "Plan of the boiler room"
        sheet.add_image(SheetImage(io.BytesIO(PLAN)), "A3")

    text = "\n".join(section.text for section in read(office.workbook(Plan=fill)))
    assert "V-17" in text
    assert text.startswith("Plan\nPlan of the boiler room")


def test_struck_out_cells_and_parts_of_cells(read: Read) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["Item", "Price of today", "kept"])
        sheet["B1"].font = Font(strike=True)
        sheet["A2"] = CellRichText("was ", TextBlock(InlineFont(strike=True), "120 euros"), " now 95")

    (section,) = read(office.workbook(One=fill))
    assert section.text == "One\nItem | kept\nwas now 95"
    assert "struck out" in str(section.hidden)


def test_raised_parts_of_cells(read: Read) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["A1"] = CellRichText("10", TextBlock(InlineFont(vertAlign="superscript"), "6"), " units")

    assert read(office.workbook(One=fill))[0].text == "One\n10⁶ units"
