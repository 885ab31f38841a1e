"""Word documents: what stands where, in whatever part of the file it is kept."""

import io
from collections.abc import Callable

import docx
import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from parsing.types import Section
from pptx.chart.data import CategoryChartData
from pptx.chart.xmlwriter import ChartXmlWriter
from pptx.enum.chart import XL_CHART_TYPE

from core.errors import DocumentUnreadable
from tests import documents as files
from tests import office

Read = Callable[..., list[Section]]
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DRAWING, DIAGRAM = (f"http://schemas.openxmlformats.org/drawingml/2006/{name}" for name in ("main", "diagram"))
CHART = 'c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id'
BOX = (
    "<w:p {ns}><w:r><w:t>Beside the box.</w:t></w:r><w:r><mc:AlternateContent "
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="wps"><w:drawing><w:txbxContent>'
    "<w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent></w:drawing></mc:Choice>"
    "<mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback>"
    "</mc:AlternateContent></w:r></w:p>"
)


def saved(document: docx.document.Document) -> bytes:
    """Its bytes."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def added(document: docx.document.Document, xml: str) -> None:
    """A paragraph from its XML."""
    document.element.body.insert(0, parse_xml(xml.replace("{ns}", nsdecls("w"))))


def blocks(section: Section) -> list[tuple[str, str]]:
    """Kind and text of each block."""
    return [(block.kind, section.text[block.start : block.end]) for block in section.blocks]


def test_margins_stand_once_around_the_text(read: Read) -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Larkspur Observatory"
    document.sections[0].footer.paragraphs[0].text = "Confidential"
    document.add_paragraph("The text.")
    (section,) = read(saved(document))
    assert section.text == "Larkspur Observatory\n\nThe text.\n\nConfidential"


def test_text_boxes_are_read_once_and_in_their_place(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph("After it.")
    added(document, BOX)
    (section,) = read(saved(document))
    assert section.text == "Beside the box.\n\nIn the box.\n\nAfter it."


def test_charts_and_diagrams_are_read_in_their_place(read: Read) -> None:
    data = CategoryChartData()
    data.categories = ["2023", "2024"]
    data.add_series("Pairs of terns", (12, 31))
    chart = ChartXmlWriter(XL_CHART_TYPE.COLUMN_CLUSTERED, data).xml.encode()
    diagram = f'<d:dataModel xmlns:d="{DIAGRAM}" xmlns:a="{DRAWING}"><a:p><a:r><a:t>Egg, then tern</a:t></a:r></a:p></d:dataModel>'
    document = docx.Document()
    document.add_paragraph("After them.")
    for name, kind, blob in (
        ("diagramData", f'd:relIds xmlns:d="{DIAGRAM}" r:dm', diagram.encode()),
        ("chart", CHART, chart),
    ):
        part = Part(PackURI(f"/word/{name}1.xml"), "application/xml", blob, document.part.package)
        rel_id = document.part.relate_to(part, f"{RELATED}/{name}")
        added(
            document,
            f'<w:p {{ns}} xmlns:r="{RELATED}"><w:r><w:t>A {name}:</w:t><w:drawing><{kind}="{rel_id}"/></w:drawing></w:r></w:p>',
        )
    (section,) = read(saved(document))
    assert blocks(section) == [
        ("paragraph", "A chart:"),
        ("table", "Pairs of terns\n2023: 12\n2024: 31"),
        ("paragraph", "A diagramData:"),
        ("paragraph", "Egg, then tern"),
        ("paragraph", "After them."),
    ]


def test_comments_stand_below_their_paragraph(read: Read) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Terns nest here.")
    document.add_paragraph("More.")
    document.add_comment(paragraph.runs, text="Since when?", author="Ann")
    (section,) = read(saved(document))
    assert section.text == "Terns nest here.\n\nComment by Ann: Since when?\n\nMore."


def test_footnotes_stand_below_their_paragraph(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph("More.")
    added(document, '<w:p {ns}><w:r><w:t>Terns nest here.</w:t><w:footnoteReference w:id="2"/></w:r></w:p>')
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    notes = (
        f'<w:footnotes xmlns:w="{namespace}"><w:footnote w:id="2"><w:p><w:r><w:t>Counted in May.</w:t></w:r></w:p>'
        "</w:footnote></w:footnotes>"
    )

    def change(name: str, content: bytes) -> bytes:
        if name != "word/_rels/document.xml.rels":
            return content
        link = f'<Relationship Id="rIdN" Type="{relation}" Target="footnotes.xml"/></Relationships>'
        return content.replace(b"</Relationships>", link.encode())

    data = office.rezipped(saved(document), change, {"word/footnotes.xml": notes.encode()})
    (section,) = read(data)
    assert section.text == "Terns nest here.\n\nNote 1: Counted in May.\n\nMore."


def test_numbers_of_headings_and_lists_are_printed(read: Read) -> None:
    document = docx.Document()
    for words in ("ask", "wait"):
        document.add_paragraph(words, style="List Number")
    document.add_paragraph("pack", style="List Bullet")
    (section,) = read(saved(document))
    assert blocks(section) == [("list_item", "1. ask"), ("list_item", "2. wait"), ("list_item", "- pack")]


def test_numbered_headings_count_their_levels(read: Read) -> None:
    level = '<w:lvl w:ilvl="{0}"><w:start w:val="1"/><w:numFmt w:val="{1}"/><w:lvlText w:val="{2}"/></w:lvl>'
    numbering = (
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{level.format(0, "upperRoman", "%1.")}'
        f"{level.format(1, 'decimal', '%1.%2')}</w:abstractNum>"
    )
    document = docx.Document()
    root = document.part.numbering_part.element
    root.insert(0, parse_xml(numbering))
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for words, depth in (("Leave", 0), ("Annual", 1), ("Sick", 1), ("Travel", 0), ("Trains", 1)):
        paragraph = document.add_heading(words, level=depth + 1)
        mark = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{depth}"/><w:numId w:val="77"/></w:numPr>'
        paragraph._p.get_or_add_pPr().append(parse_xml(mark))
    (section,) = read(saved(document))
    assert section.text.split("\n\n") == ["I. Leave", "I.1 Annual", "I.2 Sick", "II. Travel", "II.1 Trains"]
    assert all(kind == "heading" for kind, _ in blocks(section))


def test_merged_and_nested_cells(read: Read) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for row, words in zip(table.rows, (("Kind", "Days", "Note"), ("annual", "28", "x"), ("", "30", "y")), strict=True):
        for cell, word in zip(row.cells, words, strict=True):
            cell.text = word
    table.cell(1, 0).merge(table.cell(2, 0))
    inner = table.cell(1, 2).add_table(rows=1, cols=2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "in", "side"
    (section,) = read(saved(document))
    assert section.text == "Kind | Days | Note\nannual | 28 | x in | side\nannual | 30 | y"


def test_a_table_of_one_column_is_a_frame(read: Read) -> None:
    document = docx.Document()
    document.add_table(rows=1, cols=1).cell(0, 0).text = "Framed words."
    (section,) = read(saved(document))
    assert blocks(section) == [("paragraph", "Framed words.")]


def test_what_was_deleted_is_not_read(read: Read) -> None:
    document = docx.Document()
    added(
        document,
        "<w:p {ns}><w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t> and new</w:t></w:r></w:ins><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>",
    )
    assert read(saved(document))[0].text == "Kept and new"


def test_macros_templates_and_the_strict_kind(read: Read) -> None:
    data = files.word(["Everyone has 28 days."], heading="Leave")
    ordinary = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    macro = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    changed = office.rezipped(data, lambda _, content: content.replace(ordinary, macro))
    for made in (changed, office.strict(data)):
        (section,) = read(made)
        assert section.path == ("Leave",)
        assert section.text == "Leave\n\nEveryone has 28 days."


@pytest.mark.parametrize("lost", ["word/styles.xml", "word/numbering.xml", "word/_rels/document.xml.rels"])
def test_parts_that_are_missing_are_done_without(read: Read, lost: str) -> None:
    data = office.rezipped(files.word(["Text."]), lambda name, content: None if name == lost else content)
    assert "Text." in read(data)[0].text


def test_a_document_without_its_text_is_damaged(read: Read) -> None:
    with pytest.raises(DocumentUnreadable, match="Word file is damaged"):
        read(office.rezipped(files.word(["Text."]), lambda _, content: content[: len(content) // 2]))
