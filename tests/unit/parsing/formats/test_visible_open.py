"""Ways of hiding and showing text that OpenDocument and RTF have."""

import pytest

from parsing.visibility.verdict import MARKED, OFF_PAGE, SAME_COLOUR, TINY
from tests import looks
from tests.looks import SEEN, WHITE, Place, Way
from tests.unit.parsing.formats.conftest import Read


def span(properties: str, *, paragraph: str = "", body: str = "", more: str = "") -> Place:
    """An ODT with a span of these text properties."""
    styles = looks.open_style("T", "text", f"<style:text-properties {properties}/>") + looks.open_style(
        "P", "paragraph", paragraph
    )
    return looks.open_file("text", looks.OPEN_TEXT % (body or looks.SPAN), styles + more)


HEADER = (
    '<office:automatic-styles>{style}</office:automatic-styles><office:master-styles><style:master-page style:name="M">'
    '<style:header><text:p text:style-name="P">%s</text:p></style:header></style:master-page></office:master-styles>'
)
WHITE_P = looks.open_style("P", "paragraph", '<style:text-properties fo:color="#ffffff"/>')
WHITE_SPAN = 'fo:color="#ffffff"'
FRAME = (
    '<text:p><draw:frame draw:style-name="G" svg:width="9cm" svg:height="1cm" %s>'
    "<draw:text-box>%s</draw:text-box></draw:frame></text:p>"
)
PAGE = (
    '<office:automatic-styles><style:page-layout style:name="L"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29cm"/>'
    '</style:page-layout></office:automatic-styles><office:master-styles><style:master-page style:name="M" style:page-layout-name="L"/>'
    "</office:master-styles>"
)
SPAN_ONLY = '<text:p><text:span text:style-name="T">{text}</text:span></text:p>'
NO_FILL = looks.open_style("N", "graphic", '<style:graphic-properties draw:fill="none"/>')
EMPTY_FORMAT = '<number:text-style style:name="F"/>' + looks.open_style(
    "C", "table-cell", "", 'style:data-style-name="F"'
)
TEXT_FORMAT = EMPTY_FORMAT.replace("/>", "><number:text-content/></number:text-style>", 1)
SHEET_CELL = ("", '<table:table-cell table:style-name="C">')

OPEN: dict[str, Way] = {
    "not displayed": (span('text:display="none"'), WHITE, MARKED),
    "a hidden section": (
        span("", body='<text:section text:display="none"><text:p>{text}</text:p></text:section>'),
        WHITE,
        MARKED,
    ),
    "one point": (span('fo:font-size="1pt"'), WHITE, TINY),
    "a fraction of a millimetre": (span('fo:font-size="0.2mm"'), WHITE, TINY),
    "a percent of the usual": (span('fo:font-size="4%"'), WHITE, TINY),
    "squeezed": (span('style:text-scale="1%"'), WHITE, TINY),
    "lines without height": (span("", paragraph='<style:paragraph-properties fo:line-height="0.5pt"/>'), WHITE, TINY),
    "the window's own colour": (span(f'{WHITE_SPAN} style:use-window-font-color="true"'), WHITE, SEEN),
    "an outline": (span(f'{WHITE_SPAN} style:text-outline="true"'), WHITE, SEEN),
    "a shadow": (span(f'{WHITE_SPAN} fo:text-shadow="1pt 1pt"'), WHITE, SEEN),
    "a black part of a white paragraph": (
        span('fo:color="#000000"', paragraph='<style:text-properties fo:color="#ffffff"/>'),
        WHITE,
        SEEN,
    ),
    "a picture behind the paragraph": (
        span(
            WHITE_SPAN,
            paragraph='<style:paragraph-properties><style:background-image xlink="x"/></style:paragraph-properties>',
        ),
        WHITE,
        SEEN,
    ),
    "no picture behind the paragraph": (
        span(
            WHITE_SPAN, paragraph="<style:paragraph-properties><style:background-image/></style:paragraph-properties>"
        ),
        WHITE,
        SAME_COLOUR,
    ),
    "a section with a colour": (
        span(
            WHITE_SPAN,
            body='<text:section text:style-name="X"><text:p><text:span text:style-name="T">{text}</text:span></text:p></text:section>',
            more=looks.open_style("X", "section", '<style:section-properties fo:background-color="#203040"/>'),
        ),
        WHITE,
        SEEN,
    ),
    "a frame over something": (span(WHITE_SPAN, body=FRAME % ("", SPAN_ONLY)), WHITE, SEEN),
    "a frame with a colour": (
        span(
            WHITE_SPAN,
            body=FRAME % ("", SPAN_ONLY),
            more=looks.open_style("G", "graphic", '<style:graphic-properties fo:background-color="#fefefe"/>'),
        ),
        WHITE,
        SAME_COLOUR,
    ),
    "a frame off the page": (
        looks.open_file(
            "text",
            looks.OPEN_TEXT % (FRAME % ('svg:x="-40cm" svg:y="1cm"', "<text:p>{text}</text:p>")),
            "",
            common=PAGE,
        ),
        WHITE,
        OFF_PAGE,
    ),
    "a header": (
        looks.open_file("text", looks.OPEN_TEXT % "", "", common=(HEADER % "{text}").replace("{style}", WHITE_P)),
        WHITE,
        SAME_COLOUR,
    ),
    "a style that only headers have": (
        looks.open_file(
            "text",
            looks.OPEN_TEXT % '<text:p text:style-name="P">{text}</text:p>',
            looks.open_style("P", "paragraph", '<style:text-properties fo:color="#000000"/>'),
            common=(HEADER % "x").replace("{style}", WHITE_P),
        ),
        WHITE,
        SEEN,
    ),
    "a cell of an empty format": (
        looks.open_file("spreadsheet", looks.OPEN_SHEET % SHEET_CELL, EMPTY_FORMAT),
        WHITE,
        MARKED,
    ),
    "a cell of a format for text": (
        looks.open_file("spreadsheet", looks.OPEN_SHEET % SHEET_CELL, TEXT_FORMAT),
        WHITE,
        SEEN,
    ),
    "a cell with conditions": (
        looks.open_file(
            "spreadsheet",
            looks.OPEN_SHEET % SHEET_CELL,
            looks.open_style(
                "C", "table-cell", '<style:text-properties fo:color="#ffffff"/><style:map style:condition="x"/>'
            ),
        ),
        WHITE,
        SEEN,
    ),
    "left of the slide": (
        looks.open_file(
            "presentation",
            looks.OPEN_SLIDE % looks.open_frame("N", "<text:p>{text}</text:p>", x="-20cm"),
            NO_FILL,
            common=PAGE,
        ),
        WHITE,
        OFF_PAGE,
    ),
    "a gradient behind": (
        looks.open_file(
            "presentation",
            looks.OPEN_SLIDE % looks.open_frame("G"),
            looks.T + looks.open_style("G", "graphic", '<style:graphic-properties draw:fill="gradient"/>'),
        ),
        WHITE,
        SEEN,
    ),
    "a picture behind": (
        looks.open_file(
            "presentation",
            looks.OPEN_SLIDE % (looks.open_frame().replace("draw:text-box", "draw:image") + looks.open_frame("N")),
            looks.T + NO_FILL,
        ),
        WHITE,
        SEEN,
    ),
    "a dark master": (
        looks.open_file(
            "presentation",
            looks.OPEN_SLIDE % looks.open_frame("N"),
            looks.T + NO_FILL,
            common="<office:automatic-styles>"
            + looks.open_style(
                "D", "drawing-page", '<style:drawing-page-properties draw:fill="solid" draw:fill-color="#203040"/>'
            )
            + "</office:automatic-styles><office:master-styles>"
            + '<style:master-page style:name="M" draw:style-name="D"/></office:master-styles>',
        ),
        WHITE,
        SEEN,
    ),
}


def rich(body: str, head: str = "") -> Place:
    """An RTF; the first colour is white, the second dark."""
    colours = r"{\colortbl;\red255\green255\blue255;\red32\green48\blue64;}"
    return lambda text, _: (
        "memo.rtf",
        rf"{{\rtf1\ansi{colours}{head} {looks.BESIDE}\par {body.replace('TEXT', text)}\par}}".encode(),
    )


RICH: dict[str, Way] = {
    "hidden": (rich(r"{\v TEXT}"), WHITE, MARKED),
    "hidden and shown again": (rich(r"\v \v0 TEXT"), WHITE, SEEN),
    "hidden up to the plain": (rich(r"\v \plain TEXT"), WHITE, SEEN),
    "one point": (rich(r"{\fs2 TEXT}"), WHITE, TINY),
    "ten points": (rich(r"{\fs20 TEXT}"), WHITE, SEEN),
    "squeezed": (rich(r"{\charscalex1 TEXT}"), WHITE, TINY),
    "white": (rich(r"{\cf1 TEXT}"), WHITE, SAME_COLOUR),
    "white up to the end of its group": (rich(r"{\cf1 }TEXT"), WHITE, SEEN),
    "a colour that is not there": (rich(r"{\cf9 TEXT}"), WHITE, SEEN),
    "white in a shaded table": (rich(r"\trowd\clcbpat2\cellx9000\pard\intbl{\cf1 TEXT}\cell\row\pard"), WHITE, SEEN),
    "white beside a shaded table": (
        rich(r"\trowd\clcbpat2\cellx9000\pard\intbl x\cell\row\pard{\cf1 TEXT}"),
        WHITE,
        SAME_COLOUR,
    ),
    "white on the page's own colour": (rich(r"{\cf1 TEXT}", r"{\*\background{\shp}}"), WHITE, SEEN),
    "a hidden style": (rich("TEXT", r"{\stylesheet{\s9\v\cf1 Secret style name;}}"), WHITE, SEEN),
}


@pytest.mark.parametrize("way", OPEN)
def test_what_opendocument_hides_and_shows(read: Read, way: str) -> None:
    looks.judge(read, OPEN[way])


@pytest.mark.parametrize("way", RICH)
def test_what_rtf_hides_and_shows(read: Read, way: str) -> None:
    looks.judge(read, RICH[way])


def test_hidden_escapes_of_rich_text_are_left_out(read: Read) -> None:
    data = rb"{\rtf1\ansi Seen text here\par {\v secret \u8364? and \'e4 more}\par}"
    (section,) = read(data, "memo.rtf")
    assert section.text.strip() == "Seen text here"
    assert section.hidden == "Hidden text was left out (marked as hidden): “secret €? and ä more”"
