"""What is seen and what is not, over all formats: the same colours in every place of every format that can set them."""

from collections.abc import Iterator

import pytest

from parsing.visibility.verdict import SAME_COLOUR
from tests import looks
from tests.looks import Look, Place
from tests.unit.parsing.formats.conftest import Read

DARK, ALMOST_DARK = "203040", "2A3A4A"
# Colours of text where nothing is painted behind it.
LOST_ON_PAPER = ("FFFFFF", "FEFEFE", "F0F0F0", "E7E7E7")
SEEN_ON_PAPER = ("E6E6E6", "D9D9D9", "FFFF00", "C0FFC0", "000000", DARK)
# Text and what is behind it.
LOST = ((DARK, DARK), (ALMOST_DARK, DARK), ("F0F0F0", "FFFFFF"), ("E8E8E8", "F4F4F4"), ("FF0000", "FF0808"))
SEEN = (
    ("FFFFFF", DARK),
    ("FEFEFE", "777777"),
    ("000000", "FFFFFF"),
    (DARK, "FFFFFF"),
    ("FFFFFF", "E0E0E0"),
    ("FFFF00", "FFFFFF"),
)

CELL = "<w:tbl><w:tblPr/><w:tr><w:tc><w:tcPr>%s</w:tcPr><w:p>%s</w:p></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>"
PLACES: dict[str, Place] = {
    "html text": looks.html('<p style="color:{colour};background-color:{behind}">{text}</p>'),
    "html ancestor": looks.html(
        '<div style="background:{behind}"><div><b style="color:{colour}">{text}</b></div></div>'
    ),
    "html class": looks.html('<p class="x">{text}</p>', ".x { color: {colour}; background: {behind} }"),
    "html compound": looks.html(
        '<div class="a b"><p>{text}</p></div>', ".a.b > p { color: {colour} } div.a { background-color: {behind} }"
    ),
    "html important": looks.html(
        '<p id=x style="color:#888">{text}</p>', "#x { color: {colour} !important; background: {behind} }"
    ),
    "html cell": looks.html("<table><tr><td bgcolor='{behind}'><font color='{colour}'>{text}</font></table>"),
    "html row": looks.html(
        "<table class=h><tr><td><p class=w>{text}</table>", "table.h > tbody td{background:{behind}} .w{color:{colour}}"
    ),
    "html body": looks.html("<p>{text}</p>", "body { background: {behind}; } body > p:last-child { color: {colour} }"),
    "html nested rule": looks.html(
        "<div class=o><p class=i>{text}</p></div>", ".o { background: {behind}; & .i { color: {colour} } }"
    ),
    "docx run": looks.word(f"<w:p>{looks.RUN % looks.WORD_SHADE}</w:p>"),
    "docx paragraph": looks.word(f"<w:p><w:pPr>{looks.WORD_SHADE}</w:pPr>{looks.WORD_PLAIN}</w:p>"),
    "docx style": looks.word(
        '<w:p><w:pPr><w:pStyle w:val="Child"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>',
        styles='<w:style w:type="paragraph" w:styleId="Child"><w:basedOn w:val="Base"/></w:style>'
        f'<w:style w:type="paragraph" w:styleId="Base"><w:pPr>{looks.WORD_SHADE}</w:pPr>'
        '<w:rPr><w:color w:val="{colour}"/></w:rPr></w:style>',
    ),
    "docx cell": looks.word(CELL % (looks.WORD_SHADE, looks.WORD_PLAIN)),
    "docx table": looks.word(
        (CELL % ("", looks.WORD_PLAIN)).replace("<w:tblPr/>", f"<w:tblPr>{looks.WORD_SHADE}</w:tblPr>"),
    ),
    "docx page": looks.word(
        f"<w:p>{looks.WORD_PLAIN}</w:p>",
        page='<w:background w:color="{fill}"/>',
        settings="<w:displayBackgroundShape/>",
    ),
    "pptx shape": looks.slide(looks.shape(looks.SLIDE_TEXT, fill="{fill}")),
    "pptx shape below": looks.slide(looks.shape(fill="{fill}") + looks.shape(looks.SLIDE_TEXT)),
    "pptx slide": looks.slide(looks.shape(looks.SLIDE_TEXT), background="{fill}"),
    "pptx list style": looks.slide(
        looks.shape("<a:p><a:r><a:t>{text}</a:t></a:r></a:p>", fill="{fill}").replace(
            "<a:lstStyle/>", "<a:lstStyle><a:lvl1pPr><a:defRPr>{colour}</a:defRPr></a:lvl1pPr></a:lstStyle>"
        )
    ),
    "xlsx cell": looks.sheet,
    "xls cell": looks.old_sheet,
    "odt span": looks.open_file(
        "text",
        looks.OPEN_TEXT % looks.SPAN,
        looks.open_style("T", "text", '<style:text-properties fo:color="{colour}" fo:background-color="{fill}"/>'),
    ),
    "odt paragraph": looks.open_file(
        "text",
        looks.OPEN_TEXT % looks.SPAN,
        looks.T + looks.open_style("P", "paragraph", '<style:paragraph-properties fo:background-color="{fill}"/>'),
    ),
    "odt based style": looks.open_file(
        "text",
        looks.OPEN_TEXT % '<text:p text:style-name="C">{text}</text:p>',
        looks.open_style("C", "paragraph", "", 'style:parent-style-name="B"')
        + looks.open_style(
            "B",
            "paragraph",
            '<style:paragraph-properties fo:background-color="{fill}"/><style:text-properties fo:color="{colour}"/>',
        ),
    ),
    "odt cell": looks.open_file(
        "text",
        looks.OPEN_TEXT % looks.OPEN_TABLE,
        looks.T + looks.open_style("C", "table-cell", '<style:table-cell-properties fo:background-color="{fill}"/>'),
    ),
    "odt page": looks.open_file(
        "text",
        looks.OPEN_TEXT % looks.SPAN,
        looks.T,
        common='<office:automatic-styles><style:page-layout style:name="L"><style:page-layout-properties fo:background-color="{fill}"/>'
        "</style:page-layout></office:automatic-styles>",
    ),
    "ods cell": looks.open_file(
        "spreadsheet",
        looks.OPEN_SHEET % ("", '<table:table-cell table:style-name="C">'),
        looks.open_style(
            "C",
            "table-cell",
            '<style:table-cell-properties fo:background-color="{fill}"/><style:text-properties fo:color="{colour}"/>',
        ),
    ),
    "ods column": looks.open_file(
        "spreadsheet",
        looks.OPEN_SHEET % ('<table:table-column table:default-cell-style-name="C"/>', "<table:table-cell>"),
        looks.open_style(
            "C",
            "table-cell",
            '<style:table-cell-properties fo:background-color="{fill}"/><style:text-properties fo:color="{colour}"/>',
        ),
    ),
    "odp shape": looks.open_file(
        "presentation",
        looks.OPEN_SLIDE % looks.open_frame("G"),
        looks.T
        + looks.open_style("G", "graphic", '<style:graphic-properties draw:fill="{solid}" draw:fill-color="{fill}"/>'),
    ),
    "odp shape below": looks.open_file(
        "presentation",
        looks.OPEN_SLIDE % (looks.open_frame("G", "") + looks.open_frame("N")),
        looks.T
        + looks.open_style("N", "graphic", '<style:graphic-properties draw:fill="none"/>')
        + looks.open_style("G", "graphic", '<style:graphic-properties draw:fill="{solid}" draw:fill-color="{fill}"/>'),
    ),
    "odp slide": looks.open_file(
        "presentation",
        looks.OPEN_SLIDE % looks.open_frame("N"),
        looks.T
        + looks.open_style("N", "graphic", '<style:graphic-properties draw:fill="none"/>')
        + looks.open_style(
            "S", "drawing-page", '<style:drawing-page-properties draw:fill="{solid}" draw:fill-color="{fill}"/>'
        ),
    ),
    "rtf letters": looks.rich("chcbpat"),
    "rtf highlight": looks.rich("highlight"),
    "rtf paragraph": looks.rich("cbpat", of_paragraph=True),
    "pdf rectangle": looks.pdf,
}


def cases() -> Iterator[tuple[Look, str]]:
    yield from ((Look(colour), SAME_COLOUR) for colour in LOST_ON_PAPER)
    yield from ((Look(colour), looks.SEEN) for colour in SEEN_ON_PAPER)
    yield from ((Look(*pair), SAME_COLOUR) for pair in LOST)
    yield from ((Look(*pair), looks.SEEN) for pair in SEEN)


@pytest.mark.parametrize("place", PLACES)
def test_colours_are_judged_alike_everywhere(read: Read, place: str) -> None:
    for look, how in cases():
        looks.judge(read, (PLACES[place], look, how))
