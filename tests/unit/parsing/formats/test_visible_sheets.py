"""Ways of hiding and showing text that Excel has."""

import pytest

from parsing.visibility.verdict import INVISIBLE, MARKED, SAME_COLOUR, TINY
from tests import looks, office
from tests.looks import SEEN, WHITE, Look, Place, Way
from tests.unit.parsing.formats.conftest import Read

S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def cell(
    font: str = "", fill: str = '<patternFill patternType="none"/>', *, code: str = "", more: str = "", value: str = ""
) -> Place:
    """An XLSX with a cell of its own style in A2, as XML has it."""
    styles = (
        f'<styleSheet {S}><numFmts><numFmt numFmtId="170" formatCode="{code}"/></numFmts>'
        f'<fonts><font/><font><sz val="11"/>{font}</font></fonts><fills><fill/><fill>{fill}</fill></fills>'
        f'<cellXfs><xf/><xf fontId="1" fillId="1" numFmtId="{"170" if code else "0"}"/></cellXfs></styleSheet>'
    )
    shown = value or "<is><t>{text}</t></is>"

    def make(text: str, _: Look) -> tuple[str, bytes]:
        def change(name: str, content: bytes) -> bytes:
            if name == "xl/styles.xml":
                return styles.encode()
            if name == "xl/worksheets/sheet1.xml":
                rows = (
                    f'<row r="1"><c r="A1" t="inlineStr"><is><t>{looks.BESIDE}</t></is></c></row>'
                    f'<row r="2"><c r="A2" s="1" t="inlineStr">{shown.replace("{text}", text)}</c></row>'
                )
                return f"<worksheet {S}><sheetData>{rows}</sheetData>{more}</worksheet>".encode()
            return content

        return "rota.xlsx", office.rezipped(office.workbook(Rota=[["x"]]), change)

    return make


WHITE_FONT = '<color rgb="FFFFFFFF"/>'
SHEETS: dict[str, Way] = {
    "white of the theme": (cell('<color theme="0"/>'), WHITE, SAME_COLOUR),
    "white of the theme, a little darker": (cell('<color theme="0" tint="-0.05"/>'), WHITE, SAME_COLOUR),
    "white of the theme, darker": (cell('<color theme="0" tint="-0.5"/>'), WHITE, SEEN),
    "black of the theme": (cell('<color theme="1"/>'), WHITE, SEEN),
    "black of the theme, nearly white": (cell('<color theme="1" tint="0.96"/>'), WHITE, SAME_COLOUR),
    "white by its number": (cell('<color indexed="9"/>'), WHITE, SAME_COLOUR),
    "black by its number": (cell('<color indexed="8"/>'), WHITE, SEEN),
    "the system's own": (cell('<color indexed="64"/>'), WHITE, SEEN),
    "automatic": (cell('<color auto="1"/>'), WHITE, SEEN),
    "a gradient": (cell(WHITE_FONT, "<gradientFill/>"), WHITE, SEEN),
    "a pattern": (cell(WHITE_FONT, '<patternFill patternType="gray125"/>'), WHITE, SEEN),
    "a dark fill of the theme": (
        cell(WHITE_FONT, '<patternFill patternType="solid"><fgColor theme="3"/></patternFill>'),
        WHITE,
        SEEN,
    ),
    "a light fill of the theme": (
        cell(WHITE_FONT, '<patternFill patternType="solid"><fgColor theme="4" tint="0.95"/></patternFill>'),
        WHITE,
        SAME_COLOUR,
    ),
    "a dark fill by its number": (
        cell(WHITE_FONT, '<patternFill patternType="solid"><fgColor indexed="18"/></patternFill>'),
        WHITE,
        SEEN,
    ),
    "a fill that is not solid": (
        cell(WHITE_FONT, '<patternFill patternType="none"><fgColor rgb="FF000000"/></patternFill>'),
        WHITE,
        SAME_COLOUR,
    ),
    "conditions for the cell": (cell(WHITE_FONT, more='<conditionalFormatting sqref="C1 A1:A9"/>'), WHITE, SEEN),
    "conditions for others": (cell(WHITE_FONT, more='<conditionalFormatting sqref="B1:B9 A3"/>'), WHITE, SAME_COLOUR),
    "conditions for who knows what": (cell(WHITE_FONT, more="<conditionalFormatting/>"), WHITE, SEEN),
    "a picture under the sheet": (cell(WHITE_FONT, more="<picture/>"), WHITE, SEEN),
    "a format that shows nothing": (cell(code=";;;"), WHITE, MARKED),
    "a format that shows no text": (cell(code="0.00;-0.00;0;"), WHITE, MARKED),
    "a format that shows empty quotes": (cell(code="0;0;0;&quot;&quot;"), WHITE, MARKED),
    "a format that shows text": (cell(code=";;;@"), WHITE, SEEN),
    "a format of numbers": (cell(code=";;"), WHITE, SEEN),
    "a format that writes white": (cell(code="0;0;0;[White]@"), WHITE, SAME_COLOUR),
    "a format that writes red": (cell(WHITE_FONT, code="0;0;0;[Red]@"), WHITE, SEEN),
    "a white part": (
        cell(value=f"<is><r><rPr>{WHITE_FONT}</rPr><t>{{text}}</t></r><r><t> seen</t></r></is>"),
        WHITE,
        SAME_COLOUR,
    ),
    "a black part of a white cell": (
        cell(WHITE_FONT, value='<is><r><rPr><sz val="9"/></rPr><t>{text}</t></r></is>'),
        WHITE,
        SEEN,
    ),
    "a plain part of a white cell": (
        cell(WHITE_FONT, value='<is><r><t>{text}</t></r><r><rPr><color rgb="FF000000"/></rPr><t> seen</t></r></is>'),
        WHITE,
        SAME_COLOUR,
    ),
    "a tiny part": (cell(value='<is><r><rPr><sz val="1"/></rPr><t>{text}</t></r></is>'), WHITE, TINY),
}


@pytest.mark.parametrize("way", SHEETS)
def test_what_excel_hides_and_shows(read: Read, way: str) -> None:
    looks.judge(read, SHEETS[way])


@pytest.mark.parametrize(
    ("letters", "fill", "how"),
    [
        (looks.solid("FEFEFE"), looks.solid("FFFFFF"), SAME_COLOUR),
        (looks.solid("FEFEFE"), looks.solid("203040"), SEEN),
        (looks.solid("FEFEFE"), "<a:noFill/>", SEEN),  # it lies over cells
        ("<a:noFill/>", "", INVISIBLE),
    ],
)
def test_boxes_of_a_sheet(read: Read, letters: str, fill: str, how: str) -> None:
    run = f"<a:r><a:rPr>{letters}</a:rPr><a:t>{looks.TEXT}</a:t></a:r>"
    box = f"<xdr:sp><xdr:spPr>{fill}</xdr:spPr><xdr:txBody><a:p>{run}</a:p></xdr:txBody></xdr:sp>"
    namespaces = f'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" {looks.A}'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing"
    added = {
        "xl/drawings/drawing1.xml": f"<xdr:wsDr {namespaces}>{box}</xdr:wsDr>",
        "xl/worksheets/_rels/sheet1.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{kind}" Target="../drawings/drawing1.xml"/></Relationships>',
    }
    book = office.rezipped(
        office.workbook(Rota=[["Terns"]]),
        lambda _, content: content,
        {name: text.encode() for name, text in added.items()},
    )
    sections = read(book, "rota.xlsx")
    assert (looks.TEXT in " ".join(one.text for one in sections)) == (how == SEEN)
    assert [one.hidden for one in sections if one.hidden] == (
        [f"Hidden text was left out ({how}): “{looks.TEXT}”"] if how else []
    )


def test_a_sheet_of_hidden_cells_alone_keeps_its_number(read: Read) -> None:
    import xlwt  # type: ignore[import-untyped]

    book = xlwt.Workbook()
    for name in ("One", "Two", "Three"):
        book.add_sheet(name).write(
            0, 0, f"Secret words of {name}", xlwt.easyxf("font: colour white" if name == "Two" else "")
        )
    sections = read(looks.saved(book), "rota.xls")
    assert [one.number for one in sections] == [1, 2, 3]
    assert [bool(one.hidden) for one in sections] == [False, True, False]
