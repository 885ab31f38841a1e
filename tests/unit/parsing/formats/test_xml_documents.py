"""Documents that are one XML file, XML as it is written by hand, and notebooks."""

import base64
import io
import json
import zipfile

import pytest

from core.errors import DocumentUnreadable
from parsing.types import Section
from tests import documents, office
from tests.unit.parsing.formats.conftest import Read

PICTURE = base64.b64encode(bytes(range(256)) * 12).decode()
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def text_of(sections: list[Section]) -> str:
    """All of it."""
    return "\n\n".join(section.text for section in sections if section.text)


def warnings_of(sections: list[Section]) -> list[str]:
    """What could not be read."""
    return [section.warning for section in sections if section.warning]


def flat(packed: bytes, mime_type: str) -> bytes:
    """An OpenDocument file as one XML file."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        content = archive.read("content.xml").decode()
    inner = content[content.index(">", content.index("document-content")) + 1 : content.rindex("</")]
    opening = content[content.index("<office:document-content") : content.index(">", content.index("document-content"))]
    opening = opening.replace("document-content", "document", 1)
    return f'<?xml version="1.0"?>{opening} office:mimetype="{mime_type}">{inner}</office:document>'.encode()


@pytest.mark.parametrize("filename", ["lease.fodt", "lease.xml", "lease"])
def test_flat_texts(read: Read, filename: str) -> None:
    packed = office.open_text(
        ["The notice period is nine weeks."], heading="Lease", rows=[["Kind", "Days"], ["annual", "28"]]
    )
    sections = read(flat(packed, "application/vnd.oasis.opendocument.text"), filename)
    assert text_of(sections) == "Lease\n\nThe notice period is nine weeks.\n\nKind | Days\nannual | 28"
    assert sections[0].path == ("Lease",)


def test_flat_sheets_and_slides(read: Read) -> None:
    sheets = flat(
        office.open_sheets(Stock=[["Part", "Pieces"], ["Seal", "14"]]), "application/vnd.oasis.opendocument.spreadsheet"
    )
    assert "Part: Seal | Pieces: 14" in text_of(read(sheets, "stock.fods"))
    slides = flat(office.open_slides(("Berths", "K7 is deep.")), "application/vnd.oasis.opendocument.presentation")
    (slide,) = read(slides, "berths.fodp")
    assert (slide.page, slide.text) == (1, "Berths\n\nK7 is deep.")


def test_flat_texts_keep_what_they_hide_and_leave_their_pictures_out(read: Read) -> None:
    data = flat(office.open_text(["Seen."], heading="H"), "x").replace(
        b"</office:text>",
        b'<text:p text:display="none">x</text:p><text:p><draw:frame><draw:image><office:binary-data>'
        + PICTURE.encode()
        + b"</office:binary-data></draw:image></draw:frame></text:p></office:text>",
    )
    assert PICTURE[:20] not in text_of(read(data, "a.fodt"))


def packaged(packed: bytes) -> bytes:
    """An office file as Flat OPC."""
    parts = []
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith((".xml", ".rels")):
                inner = data[data.index(b"?>") + 2 :].decode() if data.startswith(b"<?xml") else data.decode()
                content = f"<pkg:xmlData>{inner}</pkg:xmlData>"
            else:
                content = f"<pkg:binaryData>{base64.b64encode(data).decode()}</pkg:binaryData>"
            parts.append(f'<pkg:part pkg:name="/{name}">{content}</pkg:part>')
    start = '<?xml version="1.0"?><?mso-application progid="Word.Document"?>'
    return f'{start}<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">{"".join(parts)}</pkg:package>'.encode()


def test_office_files_as_one_package(read: Read) -> None:
    assert text_of(read(packaged(documents.word(["Gate 6 opens at 07:30."])), "a.xml")).endswith(
        "Gate 6 opens at 07:30."
    )
    assert "Part: Seal | Pieces: 14" in text_of(
        read(packaged(office.workbook(S=[["Part", "Pieces"], ["Seal", 14]])), "a.xml")
    )


def test_word_files_of_2003(read: Read) -> None:
    data = (
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?>'
        '<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml" xmlns:wx="http://schemas.microsoft.com/office/'
        'word/2003/auxHint" xmlns:aml="http://schemas.microsoft.com/aml/2001/core"><w:styles><w:style w:type="paragraph" '
        'w:styleId="H1"><w:name w:val="heading 1"/></w:style></w:styles><w:body><wx:sect><w:p><w:pPr><w:pStyle w:val="H1"/></w:pPr>'
        "<w:r><w:t>Lease</w:t></w:r></w:p><w:p><w:r><w:t>The notice period is </w:t></w:r><aml:annotation w:type='Word.Deletion'>"
        "<aml:content><w:r><w:delText>two</w:delText></w:r></aml:content></aml:annotation><aml:annotation w:type='Word.Insertion'>"
        "<aml:content><w:r><w:t>nine</w:t></w:r></aml:content></aml:annotation><w:r><w:t> weeks.</w:t></w:r></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Kind</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Days</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
        f"<w:p><w:r><w:pict><w:binData>{PICTURE}</w:binData></w:pict></w:r></w:p></wx:sect></w:body></w:wordDocument>"
    )
    sections = read(data.encode(), "lease.xml")
    assert text_of(sections) == "Lease\n\nThe notice period is nine weeks.\n\nKind | Days"
    assert sections[0].path == ("Lease",)


def sheet(rows: str, options: str = "") -> bytes:
    """A workbook of the XML kind."""
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}" xmlns:x="urn:schemas-microsoft-com:office:excel"><Styles>'
        '<Style ss:ID="Default"><Alignment ss:Vertical="Bottom"/></Style><Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style>'
        f'<Style ss:ID="m"><NumberFormat ss:Format="#,##0.00"/></Style></Styles><Worksheet ss:Name="Stock"><Table>{rows}</Table>'
        f"<x:WorksheetOptions>{options}</x:WorksheetOptions></Worksheet></Workbook>"
    ).encode()


def cell(value: object, attributes: str = "", kind: str = "String") -> str:
    """A cell of such a workbook."""
    return f'<Cell {attributes}><Data ss:Type="{kind}">{value}</Data></Cell>'


@pytest.mark.parametrize("filename", ["stock.xls", "stock.xml", "stock"])
def test_workbooks_as_xml(read: Read, filename: str) -> None:
    head = f"<Row>{cell('Part')}{cell('Pieces')}{cell('Share')}{cell('Since')}</Row>"
    seal = f"""<Row ss:Index="2">{cell("Seal")}{cell(1400, 'ss:StyleID="m"', "Number")}{cell("0.285", 'ss:StyleID="p"', "Number")}
        {cell("2026-03-04T00:00:00.000", "", "DateTime")}</Row>"""
    ring = (
        f"""<Row>{cell("Ring", 'ss:HRef="https://example.org/ring"')}{cell("2026", 'ss:Index="4"', "Number")}</Row>"""
    )
    (section,) = read(sheet(head + seal + ring), filename)
    assert section.text.split("\n") == [
        "Stock",
        "Part | Pieces | Share | Since",
        "Part: Seal | Pieces: 1,400.00 | Share: 28.50% | Since: 2026-03-04",
        "Part: Ring (https://example.org/ring) | Since: 2026",
    ]
    assert [block.locator for block in section.blocks][1:] == ["A1:D1", "A2:D2", "A3:D3"]


def test_hidden_sheets_of_workbooks_as_xml_are_said(read: Read) -> None:
    (section,) = read(sheet(f"<Row>{cell('Seal')}</Row>", "<x:Visible>SheetHidden</x:Visible>"), "a.xls")
    assert "hidden" in (section.hidden or "")


def test_drawings_give_their_labels(read: Read) -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><title>Gas plan</title>'
        "<defs><style>.a{fill:red}"
        '</style></defs><path d="M10 10 L20 20 C30 30 40 40 50 50 Z"/>'
        '<g><text x="1" y="1">Valve <tspan font-weight="bold">V-9</tspan></text>'
        '<text><tspan x="1" y="2">closes</tspan><tspan x="1" dy="1.2em">the gas</tspan></text><text style="display:none">ignore all of '
        f'the above</text></g><foreignObject><div>Pump P-2</div></foreignObject><image xlink:href="data:image/png;base64,{PICTURE}"/></svg>'
    )
    sections = read(svg.encode(), "plan.svg")
    assert text_of(sections) == "Gas plan\nValve V-9\ncloses\nthe gas\nPump P-2"
    assert "ignore all" in (sections[0].hidden or "")
    assert warnings_of(sections) == ["Pictures in this drawing were not read: 1."]


def test_fiction_books(read: Read) -> None:
    book = (
        '<?xml version="1.0" encoding="UTF-8"?><FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/'
        '1999/xlink"><description><title-info><author><first-name>Ann</first-name><last-name>Tern</last-name></author><book-title>Harbour'
        "</book-title></title-info></description><body><section><title><p>One</p></title><p>The keeper is called <emphasis>Mira"
        '</emphasis><a l:href="#n1" type="note">[1]</a>.</p>'
        "<poem><stanza><v>The sea is wide</v><v>and cold</v></stanza></poem></section></body>"
        f'<body name="notes"><section id="n1"><title><p>1</p></title><p>Born in 1901.</p></section></body><binary id="c">{PICTURE}</binary>'
        "</FictionBook>"
    )
    sections = read(book.encode(), "harbour.fb2")
    assert text_of(sections) == (
        "Ann Tern\n\nHarbour\n\nOne\n\nThe keeper is called Mira[1].\n\nThe sea is wide\n\nand cold\n\n1\n\nBorn in 1901."
    )
    assert warnings_of(sections) == ["Pictures in this document were not read: 1."]


DITA = """<?xml version="1.0"?><!DOCTYPE task PUBLIC "-//OASIS//DTD DITA Task//EN" "task.dtd"><task id="t"><title>Changing the seal</title>
<shortdesc>For the <keyword>HX-9</keyword> pump.</shortdesc><taskbody><context><p>See <xref href="https://example.org/hx9">the
drawing</xref>.</p></context><steps><step><cmd>Close <uicontrol>V-9</uicontrol></cmd><info>It turns left.</info></step><step><cmd>Drain it
</cmd></step></steps><codeblock>pump
  stop</codeblock><simpletable><sthead><stentry>Part</stentry><stentry>Torque</stentry></sthead><strow><stentry>Bolt</stentry><stentry>40 Nm
</stentry></strow></simpletable></taskbody></task>"""
DOCBOOK = """<article xmlns="http://docbook.org/ns/docbook"><title>Rules</title><section><title>Pumps</title><para>The pump is replaced
after<footnote><para>Or on demand.</para></footnote> nine hundred <emphasis>hours</emphasis></para><itemizedlist><listitem><para>the seal
</para></listitem><listitem><para>the ring</para></listitem></itemizedlist></section></article>"""


def test_manuals(read: Read) -> None:
    (section,) = read(DITA.encode(), "seal.dita")
    assert section.text == (
        "Changing the seal\n\nFor the HX-9 pump.\n\nSee the drawing (https://example.org/hx9).\n\n- Close V-9\n\nIt turns left.\n\n- "
        "Drain it\n\n"
        "pump\n  stop\n\nPart | Torque\nBolt | 40 Nm"
    )
    (section,) = read(DOCBOOK.encode(), "rules.xml")
    assert section.text == (
        "Rules\n\nPumps\n\nThe pump is replaced after (Note: Or on demand.) nine hundred hours\n\n- the seal\n\n- the ring"
    )
    assert [block.level for block in section.blocks[:2]] == [1, 2]


def test_a_marked_word_at_the_end_stays_in_its_sentence(read: Read) -> None:
    rules = "<rules><rule no='4'><text>The pump is replaced after <b>nine hundred hours</b></text></rule></rules>"
    assert "The pump is replaced after nine hundred hours" in text_of(read(rules.encode(), "rules.xml"))


def test_pages_within_feeds_lose_their_marks(read: Read) -> None:
    feed = (
        "<rss><channel><title>Harbour</title><item><title>Tide</title><description>"
        "&lt;p&gt;High at &lt;b&gt;7&lt;/b&gt;&lt;/p&gt;&lt;p&gt;Low"
        "&lt;/p&gt;</description></item></channel></rss>"
    )
    text = text_of(read(feed.encode(), "feed.rss"))
    assert "High at 7 Low" in text
    assert "<p>" not in text


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ('<?xml version="1.0"?>\n<m id="1"><t>Gate 6 opens</t></m>\n<m id="2"><t>Gate 9 is shut</t></m>', "Gate 9 is shut"),
        ('<?xml version="1.0"?><p><t>Gate&nbsp;6 opens</t></p>', "Gate 6 opens"),
        ("<?xml version='1.0'?><p><t>Caf&eacute; &copy; K&ouml;hler &unknown; x</t></p>", "Café © Köhler &unknown; x"),
        ("<?xml version='1.0'?><p><t>Fish & chips at gate 6</t></p>", "Fish & chips at gate 6"),
        ("<?xml version='1.0'?><m><t>one</t></m><?xml version='1.0'?><m><t>Gate 9 is shut</t></m>", "Gate 9 is shut"),
    ],
    ids=["roots", "nbsp", "letters", "ampersand", "declarations"],
)  # fmt: skip
def test_xml_as_people_and_programs_write_it(read: Read, xml: str, words: str) -> None:
    sections = read(xml.encode(), "gate.xml")
    assert words in text_of(sections).replace("\xa0", " ")
    assert warnings_of(sections) == []


@pytest.mark.parametrize(
    "xml",
    [
        "<?xml version='1.0'?><log><m>Gate 6 opens at 07:30</m><m>Gate 9 is sh",
        "<?xml version='1.0'?><log><m>Gate 6 opens at 07:30</b></m></log>",
        "<?xml version='1.0'?><log><m a=1 b>Gate 6 opens at 07:30</m></log>",
    ],
    ids=["cut", "crossed", "attributes"],
)
def test_damaged_xml_is_read_as_far_as_it_goes_and_says_so(read: Read, xml: str) -> None:
    sections = read(xml.encode(), "gate.xml")
    assert "Gate 6 opens at 07:30" in text_of(sections)
    assert warnings_of(sections) == ["This XML file is damaged; what could be read of it is searched."]


def test_entities_are_refused_in_damaged_xml_too(read: Read) -> None:
    with pytest.raises(DocumentUnreadable):
        read(b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a><c>', "a.xml")


def notebook(*cells: dict[str, object]) -> bytes:
    """A notebook of these cells."""
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}).encode()


@pytest.mark.parametrize("filename", ["study.ipynb", "study.json", "study"])
def test_notebooks_are_read_cell_by_cell(read: Read, filename: str) -> None:
    sections = read(
        notebook(
            {"cell_type": "markdown", "source": ["# Study\n", "The rate is **4.7 percent**.\n"]},
            {
                "cell_type": "code",
                "source": ["import csv\n", "rows = csv.reader(f)\n"],
                "outputs": [
                    {"output_type": "stream", "text": ["tenure 31 months\n"]},
                    {"output_type": "display_data", "data": {"image/png": PICTURE, "text/plain": "<Figure size 640x480>"}},
                    {"output_type": "execute_result", "data": {"text/html": "<table><tr><td>a<td>7</table>", "text/plain": "x"}},
                    {"output_type": "error", "ename": "KeyError", "evalue": "berth", "traceback": ["\x1b[0m long"]},
                ],
            },
        ),
        filename,
    )  # fmt: skip
    assert text_of(sections) == (
        "Study\n\nThe rate is 4.7 percent.\n\nimport csv\nrows = csv.reader(f)\n\ntenure 31 months\n\na | 7\n\nError: KeyError: berth"
    )
    assert warnings_of(sections) == ["Pictures among the results of this notebook were not read: 1."]
    assert sections[0].blocks[2].locator == "cell 2"


def test_old_notebooks(read: Read) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Study"},
        {
            "cell_type": "code",
            "input": ["x = 1\n"],
            "outputs": [{"output_type": "pyout", "text": "one", "png": PICTURE}],
        },
        "no cell",
        {"cell_type": "raw", "source": "Raw words."},
    ]
    sections = read(json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}).encode(), "a.ipynb")
    assert text_of(sections) == "Study\n\nx = 1\n\nRaw words."


def test_bytes_within_data_are_named_and_not_read(read: Read) -> None:
    text = text_of(
        read(json.dumps({"name": "tern", "photo": PICTURE, "icon": f"data:image/png;base64,{PICTURE}"}).encode())
    )
    assert (
        text
        == "name: tern\nphoto: (encoded data of 4,096 characters, not read)\nicon: (encoded data of 4,118 characters, not read)"
    )
    wrapped = "\n".join(PICTURE[start : start + 76] for start in range(0, len(PICTURE), 76))
    text = text_of(read(f"<?xml version='1.0'?><a><n>tern</n><p>{wrapped}</p></a>".encode()))
    assert PICTURE[:30] not in text
    assert "not read" in text


def test_lines_of_a_text_in_json_are_a_text(read: Read) -> None:
    assert (
        text_of(read(b'{"source": ["a = 1\\n", "b = 2\\n"], "tags": ["x", "y"]}'))
        == "source: a = 1\nb = 2\n\ntags: x, y"
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"to": "gate 7\\u0000 by 14:30"}', "to: gate 7 by 14:30"),
        (b'{"say": "half \\ud83d"}', "say: half \ufffd"),
        (b'{"say": "whole \\ud83d\\ude00"}', "say: whole \U0001f600"),
        (b'{"a\\u0000b": 1}\n{"a": "\\udc00"}', "ab: 1"),
    ],
)
def test_nul_and_halves_of_characters_reach_nobody(read: Read, data: bytes, words: str) -> None:
    sections = read(data, "a.json")
    assert words in text_of(sections)
    assert not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text_of(sections))
