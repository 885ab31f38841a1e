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
    ODS,
    ODT,
    PDF,
    PPT,
    PPTX,
    RTF,
    TEXT,
    XLSX,
    XML,
)
from tests import documents, office
from tests.unit.parsing.formats.conftest import Read

TIMES = 4
MOST_GROWTH = 9.0  # of the computing time; four is linear, sixteen squared
UNNOTICED_S = 0.02
ATTEMPTS = 4  # a busy machine is slow now and then, a squared reader always

Make = Callable[[int], bytes]

WHITE_RUN = '<w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>unseen </w:t></w:r><w:r><w:t>seen </w:t></w:r>'
WORD_ROW = f"<w:tr>{'<w:tc><w:p><w:r><w:t>words</w:t></w:r></w:p></w:tc>' * 3}</w:tr>"
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


SHAPES: dict[str, tuple[str, int, Make]] = {
    "paragraphs of text": (TEXT, 1000, lambda n: b"A line of words\nand more.\n\n" * n),
    "lines of text": (TEXT, 3000, lambda n: b"A line of words.\n" * n),
    "text of controls and zero widths": (TEXT, 3000, lambda n: "word\x0b \u200b\u200b\u200b ".encode() * n),
    "rows of CSV": (CSV, 1500, lambda n: b"a,b,c\n" + b"x,1,2\n" * n),
    "columns of CSV": (CSV, 6000, lambda n: b"\n".join(b",".join([b"%d"] * n) % (*range(n),) for _ in range(3))),
    "gaps in CSV": (CSV, 1000, lambda n: b"a,b,c\n\n1,2,3\n\n" * n),
    "paragraphs of HTML": (HTML, 300, lambda n: b"<html><body>" + b"<p>Some words here.</p>" * n),
    "rows of HTML": (HTML, 1000, lambda n: b"<html><body><table>" + b"<tr><td>Some</td><td>words</td></tr>" * n),
    "boxes in boxes of HTML": (HTML, 2000, lambda n: b"<html><body>" + b"<div><p>words" * n),
    "hidden words in a line of HTML": (HTML, 2000, lambda n: b"<html><body><p>" + HIDDEN_SPAN.encode() * n),
    "style rules": (HTML, 300, lambda n: b"<html><style>" + b".a{color:red}" * n + b"</style>" + b"<p class=a>words" * n),
    "lists of Markdown": (MARKDOWN, 400, lambda n: b"- item\n" * n),
    "marks of Markdown": (MARKDOWN, 500, lambda n: b"*a _b [c `d " * n),
    "records of JSON": (JSON, 1000, lambda n: b"[" + b",".join([b'{"a":1,"b":"words"}'] * n) + b"]"),
    "empty lists of JSON": (
        JSON, 3000, lambda n: b'["' + b"words " * 300 + b'",' + b",".join([b"[]"] * n) + b"]"
    ),
    "records of XML": (XML, 1000, lambda n: b"<r>" + b"<a><b>some</b><c>words</c></a>" * n + b"</r>"),
    "paragraphs of RTF": (RTF, 1500, lambda n: rb"{\rtf1\ansi " + rb"Some words here.\par " * n + b"}"),
    "groups of RTF": (RTF, 2500, lambda n: rb"{\rtf1\ansi " + rb"{\b Some {\v hid} words}" * n + b"}"),
    "paragraphs of old Word": (DOC, 2000, lambda n: office.old_word("Some words here.\r" * n)),
    "tables of old Word": (DOC, 2000, lambda n: office.old_word("Text.\rSome\x07words\x07\x07" * n + "End.\r")),
    "a cell of old Word": (DOC, 4000, lambda n: office.old_word("One\x07" + "Some words.\r" * n + "\x07\x07End.\r")),
    "fields of old Word": (DOC, 1500, lambda n: office.old_word("See \x13 PAGE \x14the page\x15.\r" * n)),
    "fields of old Word without an end": (DOC, 8000, lambda n: office.old_word("a \x13 b " * n)),
    "old slides": (PPT, 300, lambda n: office.old_slides(*[("Title", "Some words.")] * n)),
    "text of an old slide": (PPT, 10_000, lambda n: office.old_slides(("Title", "Some words. " * n))),
    "rows of Word": (DOCX, 200, lambda n: word(f"<w:tbl>{WORD_ROW * n}</w:tbl><w:p/>")),
    "runs of a Word paragraph": (DOCX, 2000, lambda n: word(f"<w:p>{'<w:r><w:t>words </w:t></w:r>' * n}</w:p>")),
    "white runs of a Word paragraph": (DOCX, 800, lambda n: word(f"<w:p>{WHITE_RUN * n}</w:p>")),
    "white paragraphs of a Word cell": (
        DOCX, 800, lambda n: word(f"<w:tbl><w:tr><w:tc>{f'<w:p>{WHITE_RUN}</w:p>' * n}</w:tc></w:tr></w:tbl><w:p/>")
    ),
    "rows of Excel": (XLSX, 800, sheet),
    "slides": (PPTX, 6, slides),
    "paragraphs of OpenDocument": (ODT, 1000, lambda n: office.open_text(["Some words."] * n, heading="H")),
    "rows of OpenDocument": (ODS, 500, lambda n: office.open_sheets(One=[["a", "b"], *[["x", "1"]] * n])),
    "chapters": (EPUB, 30, lambda n: office.book(["<h1>One</h1><p>Some words.</p>"] * n)),
    "lines of mail": (EML, 3000, lambda n: b"From: a@example.org\nSubject: x\n\n" + b"Some words.\n" * n),
    "messages": (MBOX, 80, lambda n: b"From a@example.org Mon Jul 20 01:01:07 2015\nFrom: a\nSubject: x\n\nwords\n" * n),
    "pages": (PDF, 5, lambda n: documents.pdf(["\n".join(["Some words here."] * 40)] * n)),
}  # fmt: skip


def cost_s(run: Callable[[], object]) -> float:
    """Computing time of a call."""
    gc.collect()
    gc.disable()  # it comes when it likes
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


def test_a_block_of_any_length_is_cut_in_linear_time() -> None:
    def cutting(chars: int) -> Callable[[], object]:
        text_blocks = [TextBlock("paragraph", "word " * (chars // 5))]
        return lambda: list(cut(text_blocks))

    assert growth(cutting(8_000_000), cutting(TIMES * 8_000_000)) < MOST_GROWTH


@pytest.mark.shared
@pytest.mark.parametrize("name", ["old-70k.doc", "old-110k.doc"])
def test_long_word_files_of_old_are_read_in_seconds(name: str, read: Read, shared_data: Path) -> None:
    data = (shared_data.parent / "cases" / "files" / name).read_bytes()
    sections = []
    assert cost_s(lambda: sections.extend(read(data, name))) < 5
    assert sum(len(section.text) for section in sections) > 65_000
    assert sections[0].text.startswith("Paragraph 1 of the report")
    assert sections[-1].text.endswith("The last sentence names the quay Kestrel-22.")
