"""A file of four times the size takes four times as long to read, of whatever kind and shape it is, and not sixteen times."""

import gc
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from parsing import registry
from parsing.parser_input import InMemoryFile
from parsing.sections import TextBlock, cut
from parsing.sniff.mime import (
    CSV,
    DOC,
    DOCX,
    EML,
    EPUB,
    HTML,
    JSON,
    MARKDOWN,
    MBOX,
    MSG,
    ODP,
    ODS,
    ODT,
    PDF,
    PPT,
    PPTX,
    RTF,
    SOURCE,
    TEXT,
    XLSX,
    XML,
)
from tests import documents, looks, office
from tests.unit.parsing.formats.conftest import Read

TIMES = 4
MOST_GROWTH = 9.0  # of the computing time; four is linear, sixteen squared
UNNOTICED_S = 0.02
ATTEMPTS = 4  # a busy machine is slow now and then, a squared reader always

pytestmark = pytest.mark.no_cover  # it would be measured with

Make = Callable[[int], bytes]

WHITE_RUN = '<w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>unseen </w:t></w:r><w:r><w:t>seen </w:t></w:r>'
WORD_ROW = f"<w:tr>{'<w:tc><w:p><w:r><w:t>words</w:t></w:r></w:p></w:tc>' * 3}</w:tr>"
FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "https://example.org/a"</w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>there</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
)
RAISED = '<w:r><w:t>10</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>6</w:t></w:r>'
DELETED = "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
OPEN_LIST = "<text:list><text:list-item><text:p>words</text:p></text:list-item></text:list>"
DEEP_LIST = "<text:list><text:list-item>" * 40 + "</text:list-item></text:list>" * 40
HIDDEN_SPAN = "<span style='display:none'>secret words</span>Some words here. "


def word(body: str) -> bytes:
    """A Word file with this in the place of its paragraphs."""

    def change(name: str, content: bytes) -> bytes:
        if name != "word/document.xml":
            return content
        start, end = content.index(b"<w:p>"), content.rindex(b"</w:p>") + len(b"</w:p>")
        return content[:start] + body.encode() + content[end:]

    return office.rezipped(documents.word(["Text."]), change)


def sheet(rows: int) -> bytes:
    """A workbook of so many rows."""
    return office.workbook(Rota=[["Name", "Days"], *(["Ann", number] for number in range(rows))])


def slides(count: int) -> bytes:
    """So many slides."""

    def fill(show: object) -> None:
        for number in range(count):
            slide = show.slides.add_slide(show.slide_layouts[1])  # type: ignore[attr-defined]
            slide.shapes.title.text = f"Slide {number}"
            slide.placeholders[1].text = "Some words."

    return office.presentation(fill)


def white(place: looks.Place) -> bytes:
    """A file with white text on white."""
    return place("words", looks.WHITE)[1]


def white_slide(shapes: str) -> bytes:
    """A slide of these shapes."""
    return white(looks.slide(shapes))


def open_white(kind: str, body: str) -> bytes:
    """An OpenDocument file with white spans."""
    return white(looks.open_file(kind, body, looks.T))


OPEN_ROW = f"<table:table-row>{f'<table:table-cell>{looks.SPAN}</table:table-cell>' * 3}</table:table-row>"
STYLED = b"<html><style>.tab{display:none}.tab.active{display:block}p:nth-child(2n+1)>b{color:#fff}</style>"

SHAPES: dict[str, tuple[str, int, Make]] = {
    "paragraphs of text": (TEXT, 1000, lambda n: b"A line of words\nand more.\n\n" * n),
    "lines of text": (TEXT, 3000, lambda n: b"A line of words.\n" * n),
    "text of controls and zero widths": (TEXT, 3000, lambda n: "word\x0b \u200b\u200b\u200b ".encode() * n),
    "rows of CSV": (CSV, 1500, lambda n: b"a,b,c\n" + b"x,1,2\n" * n),
    "columns of CSV": (CSV, 6000, lambda n: b"\n".join(b",".join([b"%d"] * n) % (*range(n),) for _ in range(3))),
    "columns with long names in CSV": (
        CSV, 1000, lambda n: b"\n".join([b",".join(b"name_of_column_%d" % i for i in range(n)), *[b",".join([b"1"] * n)] * 3])
    ),
    "rows of a wide CSV": (
        CSV, 60, lambda n: b"\n".join([b",".join(b"name_of_column_%d" % i for i in range(60)), *[b",".join([b"1"] * 60)] * n])
    ),
    "lines of a source": (SOURCE, 3000, lambda n: b"def count():\n    return 1\n\n" * n),
    "a line of a source": (SOURCE, 20_000, lambda n: b"count(1);" * n),
    "events": (TEXT, 600, lambda n: b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nSUMMARY:x\nDESCRIPTION:y\n z\nEND:VEVENT\n" * n),
    "lines of an event": (TEXT, 3000, lambda n: b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + b"BEGIN:X\nCOMMENT:y\n" * n),
    "cards": (TEXT, 600, lambda n: b"BEGIN:VCARD\nFN:x\nNOTE;QUOTED-PRINTABLE:y=\n z=\n\nEND:VCARD\n" * n),
    "a folded card": (TEXT, 3000, lambda n: b"BEGIN:VCARD\nNOTE;QUOTED-PRINTABLE:y" + b"z=\n" * n),
    "cues": (TEXT, 1500, lambda n: b"".join(b"%d\n00:00:01,000 --> 00:00:02,000\nsome words\n\n" % i for i in range(n))),
    "rows cut by tabs": (TEXT, 1500, lambda n: b"a\tb\n" + b"x\t1\n" * n),
    "notes of Markdown": (MARKDOWN, 150, lambda n: b"".join(b"word[^%d]\n\n[^%d]: note\n\n" % (i, i) for i in range(n))),
    "dollars of Markdown": (MARKDOWN, 600, lambda n: b"$ a $$ b $c " * n),
    "links of Markdown": (MARKDOWN, 300, lambda n: b"[word](https://example.org) " * n),
    "roots of XML": (XML, 1000, lambda n: b"<?xml version='1.0'?><a><b>words</b></a>" * n),
    "ampersands of XML": (XML, 3000, lambda n: b"<?xml version='1.0'?><a>" + b"a & b &nbsp; " * n + b"</a>"),
    "cut XML": (XML, 1000, lambda n: b"<?xml version='1.0'?><r>" + b"<a><b>some</b></a>" * n + b"<c"),
    "paragraphs of a book in XML": (
        XML, 1000, lambda n: b"<book><title>x</title><para>words</para>" + b"<para>some <b>words</b></para>" * n + b"</book>"
    ),
    "rows of a workbook in XML": (
        XML, 500, lambda n: b"<Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'><Worksheet><Table>"
        + b"<Row><Cell><Data>x</Data></Cell></Row>" * n + b"</Table></Worksheet></Workbook>"
    ),
    "labels of a drawing": (
        XML, 800, lambda n: b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<text>a<tspan y='1'>b</tspan></text>" * n + b"</svg>"
    ),
    "cells of a notebook": (
        JSON, 600, lambda n: b'{"nbformat":4,"cells":[' + b",".join([b'{"cell_type":"code","source":["x\\n","y"]}'] * n) + b"]}"
    ),
    "gaps in CSV": (CSV, 1000, lambda n: b"a,b,c\n\n1,2,3\n\n" * n),
    "paragraphs of HTML": (HTML, 300, lambda n: b"<html><body>" + b"<p>Some words here.</p>" * n),
    "rows of HTML": (HTML, 1000, lambda n: b"<html><body><table>" + b"<tr><td>Some</td><td>words</td></tr>" * n),
    "boxes in boxes of HTML": (HTML, 2000, lambda n: b"<html><body>" + b"<div><p>words" * n),
    "hidden words in a line of HTML": (HTML, 700, lambda n: b"<html><body><p>" + HIDDEN_SPAN.encode() * n),
    # each rule holds for each element, until the page has taken all its steps: what is more costs no more
    "style rules": (HTML, 1000, lambda n: b"<html><style>" + b".a{color:red}" * n + b"</style>" + b"<p class=a>words" * n),
    "tabs of HTML": (HTML, 100, lambda n: STYLED + b"<div class=tab><b>Some</b> words</div><p><b>more</b></p>" * n),
    "classes of an HTML element": (
        HTML, 3000, lambda n: STYLED + b"<p class='" + b" ".join(b"c%d" % i for i in range(n)) + b"'>words"
    ),
    "white words in a line of HTML": (HTML, 500, lambda n: STYLED + b"<p><i>seen</i>" + b"<b style='color:#fff'>words</b> and " * n),
    "style rules of classes": (
        HTML, 200, lambda n: b"<html><style>" + b"".join(b".c%d .x{color:#fff}" % i for i in range(n)) + b"</style>" + b"<p>words" * n
    ),
    "cells of HTML that span": (
        HTML, 300, lambda n: b"<html><body><table>" + b"<tr><td rowspan=0 colspan=1000>Some<td rowspan=9>words<td>here" * n
    ),
    "tables in a table of HTML": (HTML, 300, lambda n: b"<html><table><tr><td>" + b"<table><tr><td>Some<td>words</table>" * n),
    "tables in tables of HTML": (HTML, 400, lambda n: b"<html>" + b"<table><tr><td>a<td>" * n),
    "links of HTML": (HTML, 1000, lambda n: b"<html><p>" + b"<a href='https://example.org/page'>Some words</a>. " * n),
    "line ends of HTML": (HTML, 700, lambda n: b"<html><p>" + b"words<br><br>and<sup>1</sup> <del>no</del> <input value=x>" * n),
    "pictures in addresses": (HTML, 400, lambda n: b"<html><p>" + b"<img src='data:image/png;base64,iVBORw0KGgo='>words" * n),
    "pictures without an end": (HTML, 3000, lambda n: b"<html><p>words " + b"data:image/png;base64;" * n),
    "pages in a page": (HTML, 200, lambda n: b"<html><p>" + b"<iframe srcdoc='&lt;p&gt;words &lt;b&gt;more'></iframe>" * n),
    "lists of Markdown": (MARKDOWN, 400, lambda n: b"- item\n" * n),
    "marks of Markdown": (MARKDOWN, 500, lambda n: b"*a _b [c `d " * n),
    "records of JSON": (JSON, 1000, lambda n: b"[" + b",".join([b'{"a":1,"b":"words"}'] * n) + b"]"),
    "empty lists of JSON": (
        JSON, 3000, lambda n: b'["' + b"words " * 300 + b'",' + b",".join([b"[]"] * n) + b"]"
    ),
    "records of XML": (XML, 1000, lambda n: b"<r>" + b"<a><b>some</b><c>words</c></a>" * n + b"</r>"),
    "paragraphs of RTF": (RTF, 1500, lambda n: rb"{\rtf1\ansi " + rb"Some words here.\par " * n + b"}"),
    "groups of RTF": (RTF, 2500, lambda n: rb"{\rtf1\ansi " + rb"{\b Some {\v hid} words}" * n + b"}"),
    "notes of RTF": (RTF, 1500, lambda n: rb"{\rtf1\ansi " + rb"Some{\footnote words} here.\par " * n + b"}"),
    "notes in notes of RTF": (RTF, 300, lambda n: rb"{\rtf1\ansi Some " + rb"{\footnote words " * n),
    "links of RTF": (RTF, 400, lambda n: rb'{\rtf1\ansi ' + rb'{\field{\*\fldinst HYPERLINK "http://a/b"}{\fldrslt words}}' * n + b"}"),
    "paragraphs of old Word": (DOC, 2000, lambda n: office.old_word("Some words here.\r" * n)),
    "tables of old Word": (DOC, 2000, lambda n: office.old_word("Text.\rSome\x07words\x07\x07" * n + "End.\r")),
    "a cell of old Word": (DOC, 4000, lambda n: office.old_word("One\x07" + "Some words.\r" * n + "\x07\x07End.\r")),
    "fields of old Word": (DOC, 1500, lambda n: office.old_word("See \x13 PAGE \x14the page\x15.\r" * n)),
    "fields of old Word without an end": (DOC, 8000, lambda n: office.old_word("a \x13 b " * n)),
    "old slides": (PPT, 300, lambda n: office.old_slides(*[("Title", "Some words.")] * n)),
    "text of an old slide": (PPT, 10_000, lambda n: office.old_slides(("Title", "Some words. " * n))),
    "rows of Word": (DOCX, 200, lambda n: word(f"<w:tbl>{WORD_ROW * n}</w:tbl><w:p/>")),
    "runs of a Word paragraph": (DOCX, 700, lambda n: word(f"<w:p>{'<w:r><w:t>words </w:t></w:r>' * n}</w:p>")),
    "white runs of a Word paragraph": (DOCX, 250, lambda n: word(f"<w:p>{WHITE_RUN * n}</w:p>")),
    "white paragraphs of a Word cell": (
        DOCX, 250, lambda n: word(f"<w:tbl><w:tr><w:tc>{f'<w:p>{WHITE_RUN}</w:p>' * n}</w:tc></w:tr></w:tbl><w:p/>")
    ),
    "white cells of a Word row": (
        DOCX, 250, lambda n: word(f"<w:tbl><w:tr>{f'<w:tc><w:p>{WHITE_RUN}</w:p></w:tc>' * n}</w:tr></w:tbl><w:p/>")
    ),
    "white runs around boxes of Word": (
        DOCX, 100, lambda n: white(looks.word(f"<w:p>{(WHITE_RUN + looks.word_box('<w:p>' + WHITE_RUN + '</w:p>')[5:-6]) * n}</w:p>"))
    ),
    "numbered, linked and raised runs of Word": (DOCX, 100, lambda n: word(f"<w:p>{FIELD}{RAISED}</w:p>" * n)),
    "fields of a Word paragraph": (DOCX, 200, lambda n: word(f"<w:p>{(FIELD + RAISED + DELETED) * n}</w:p>")),
    "fields of Word without an end": (DOCX, 400, lambda n: word(f"<w:p>{FIELD[: FIELD.rindex('<w:r>')] * n}</w:p>")),
    "objects of Word without a file": (DOCX, 800, lambda n: word(f"<w:p><w:r><w:t>words</w:t>{'<w:object/>' * n}</w:r></w:p>")),
    "rows of Excel": (XLSX, 800, sheet),
    "formulas of Excel": (XLSX, 500, lambda n: office.workbook(Rota=[[number, f"=A{number}+1"] for number in range(1, n)])),
    "columns of Excel": (XLSX, 500, lambda n: office.workbook(Rota=[[f"column {one}" for one in range(n)], *[[*range(n)]] * 4])),
    "slides": (PPTX, 6, slides),
    "white words of a slide": (PPTX, 300, lambda n: white_slide(looks.shape(looks.SLIDE_TEXT * n))),
    "white shapes of a slide": (PPTX, 100, lambda n: white_slide(looks.shape(looks.SLIDE_TEXT) * n)),
    "lists of OpenDocument": (ODT, 500, lambda n: open_white("text", looks.OPEN_TEXT % (OPEN_LIST * n))),
    "lists in lists of OpenDocument": (ODT, 300, lambda n: open_white("text", looks.OPEN_TEXT % (DEEP_LIST * n))),
    "paragraphs of OpenDocument": (ODT, 1000, lambda n: office.open_text(["Some words."] * n, heading="H")),
    "white paragraphs of OpenDocument": (ODT, 500, lambda n: open_white("text", looks.OPEN_TEXT % (looks.SPAN * n))),
    "white rows of OpenDocument": (
        ODT, 200, lambda n: open_white("text", looks.OPEN_TEXT % f"<table:table>{OPEN_ROW * n}</table:table>")
    ),
    "white shapes of OpenDocument": (ODP, 100, lambda n: open_white("presentation", looks.OPEN_SLIDE % (looks.open_frame() * n))),
    "rows of OpenDocument": (ODS, 500, lambda n: office.open_sheets(One=[["a", "b"], *[["x", "1"]] * n])),
    "chapters": (EPUB, 30, lambda n: office.book(["<h1>One</h1><p>Some words.</p>"] * n)),
    "lines of mail": (EML, 3000, lambda n: b"From: a@example.org\nSubject: x\n\n" + b"Some words.\n" * n),
    "packed rich text": (MSG, 3000, lambda n: office.outlook_rich(rb"{\rtf1\ansi " + rb"Some words. " * n + b"}")),
    "a page in rich text": (
        MSG, 1000, lambda n: office.outlook_rich(rb"{\rtf1\ansi\fromhtml1 " + rb"{\*\htmltag0 <p>}Some \'e4 words" * n + b"}")
    ),
    "messages": (MBOX, 80, lambda n: b"From a@example.org Mon Jul 20 01:01:07 2015\nFrom: a\nSubject: x\n\nwords\n" * n),
    "pages": (PDF, 5, lambda n: documents.pdf(["\n".join(["Some words here."] * 40)] * n)),
}  # fmt: skip


def cost_s(run: Callable[[], object]) -> float:
    """Computing time of a call."""
    gc.disable()  # it comes when it likes, and looks through all that was ever imported
    try:
        started = time.process_time()
        run()
        return time.process_time() - started
    finally:
        gc.enable()


def growth(small: Callable[[], object], large: Callable[[], object]) -> float:
    """How many times as long the large one takes; the best of some attempts, as soon as it is good enough."""
    best = float("inf")
    for _ in range(ATTEMPTS):
        large_s = cost_s(large)
        best = min(best, large_s / max(cost_s(small), UNNOTICED_S / TIMES))
        if large_s < UNNOTICED_S or best < MOST_GROWTH:
            break
    return best


@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_size(shape: str, read: Read) -> None:
    mime_type, size, make = SHAPES[shape]

    def reading(data: bytes) -> Callable[[], object]:
        return lambda: list(registry.parse(InMemoryFile(data), mime_type, lambda *_: None))

    assert growth(reading(make(size)), reading(make(TIMES * size))) < MOST_GROWTH


def test_squared_time_is_told() -> None:
    """What looks through the rest of its file from each of its places, over one of the smallest files."""
    _, size, make = SHAPES["hidden words in a line of HTML"]

    def looking(count: int) -> Callable[[], object]:
        data = make(count)
        return lambda: [data.count(b"<", place) for place in range(0, len(data), 64)]

    assert growth(looking(size), looking(TIMES * size)) >= MOST_GROWTH


def test_a_block_of_any_length_is_cut_in_linear_time() -> None:
    def cutting(chars: int) -> Callable[[], object]:
        text_blocks = [TextBlock("paragraph", "word " * (chars // 5))]
        return lambda: list(cut(text_blocks))

    assert growth(cutting(1_000_000), cutting(TIMES * 1_000_000)) < MOST_GROWTH


@pytest.mark.shared
@pytest.mark.parametrize("name", ["old-70k.doc", "old-110k.doc"])
def test_long_word_files_of_old_are_read_in_seconds(name: str, read: Read, shared_data: Path) -> None:
    data = (shared_data.parent / "cases" / "files" / name).read_bytes()
    sections = []
    assert cost_s(lambda: sections.extend(read(data, name))) < 5
    assert sum(len(section.text) for section in sections) > 65_000
    assert sections[0].text.startswith("Paragraph 1 of the report")
    assert sections[-1].text.endswith("The last sentence names the quay Kestrel-22.")
