"""Files inside a PDF are read by the reader of their kind, under their names; what is not read is named."""

import pypdfium2 as pdfium

from parsing.formats.pdf import attachments
from parsing.formats.pdf.attachments import TOO_DEEP, TOO_LARGE, TOO_MANY
from parsing.sandbox.page_by_page import ATTACHED, PageByPage
from parsing.sandbox.parent import ChildLost, Patience
from parsing.types import Section
from tests import documents as files
from tests.unit.parsing.formats.conftest import Read
from tests.unit.parsing.formats.pdf_files import stream, with_objects

COVER = "For the best experience, open this PDF portfolio in Acrobat X or Adobe Reader X, or later."


def portfolio(*inner: tuple[str, bytes], cover: str = COVER) -> bytes:
    """A PDF with files in its catalog."""
    names = b"".join(b"(%s) NEXT%d " % (name.encode(), 2 * index) for index, (name, _) in enumerate(inner))
    objects = []
    for index, (name, data) in enumerate(inner):
        spec = b"<< /Type /Filespec /F (%s) /UF (%s) /EF << /F NEXT%d >> >>"
        objects += [
            spec % (name.encode(), name.encode(), 2 * index + 1),
            stream(data, b"/Type /EmbeddedFile /Params << /Size %d >>" % len(data)),
        ]
    catalog = b"/Names << /EmbeddedFiles << /Names [%s] >> >>" % names
    return with_objects(files.pdf([cover]), objects, catalog=catalog)


def named(sections: list[Section], name: str) -> list[Section]:
    """Those of a file inside."""
    return [section for section in sections if section.path[:1] == (name,)]


def test_every_file_of_a_portfolio_is_read(read: Read) -> None:
    sections = read(
        portfolio(
            ("guarantee.pdf", files.pdf(["The guarantee for the conveyor belt is 66 months.", "Second page"])),
            ("prices.csv", b"Item,Price\nPress HX-9,48200\nPump,300\n"),
            ("mail.eml", b"From: a@example.org\nSubject: Crane\n\nThe inspection is on 17 June.\n"),
            ("notes.txt", "Schlüssel bei Frau Öz.".encode()),
        )
    )
    assert [section.number for section in sections] == list(range(1, len(sections) + 1))
    assert " ".join(sections[0].text.split()) == COVER
    assert sections[1].text.splitlines() == ["Attached files:", "guarantee.pdf", "prices.csv", "mail.eml", "notes.txt"]
    assert "66 months" in named(sections, "guarantee.pdf")[0].text
    assert [section.blocks[0].locator for section in named(sections, "guarantee.pdf")] == ["page 1", "page 2"]
    assert all(section.page is None and section.width is None for section in sections[1:])
    assert "Item: Press HX-9 | Price: 48200" in named(sections, "prices.csv")[0].text
    assert "17 June" in named(sections, "mail.eml")[0].text
    assert "Öz" in named(sections, "notes.txt")[0].text


def test_a_file_on_a_page_is_read(read: Read) -> None:
    annotation = b"<< /Type /Annot /Subtype /FileAttachment /Rect [72 600 90 620] /FS NEXT1 >>"
    spec = b"<< /Type /Filespec /F (berths.txt) /EF << /F NEXT2 >> >>"
    data = stream(b"Berth K-7 is 14.2 metres deep.", b"/Type /EmbeddedFile")
    pdf = with_objects(files.pdf(["See the pin."]), [annotation, spec, data], page=b"/Annots [NEXT0] ")
    (section,) = named(read(pdf), "berths.txt")
    assert section.text == "Berth K-7 is 14.2 metres deep."


def test_a_cover_without_words_is_no_empty_file(read: Read) -> None:
    sections = read(portfolio(("a.txt", b"Berth K-7 is 14.2 metres deep."), cover=""))
    assert "14.2" in sections[-1].text


def test_what_cannot_be_read_is_named(read: Read) -> None:
    sections = read(portfolio(("broken.pdf", b"%PDF-1.4 nothing"), ("tool.exe", b"MZ\x90\x00" + bytes(60))))
    warnings = [section.warning or "" for section in sections[2:]]
    assert len(warnings) == 2
    assert warnings[0].startswith("broken.pdf: ")
    assert warnings[1].startswith("tool.exe: ")


def test_too_many_files(read: Read) -> None:
    most = attachments.MOST_FILES
    sections = read(portfolio(*((f"{number}.txt", b"Some words here.") for number in range(most + 2))))
    assert [section.warning for section in sections if section.warning] == [f"{most}.txt: {TOO_MANY}"]
    assert [section.path[0] for section in sections if section.path] == [f"{number}.txt" for number in range(most + 1)]


def test_too_large_files() -> None:
    attached = attachments.AttachedFiles()
    attached._left_bytes = 10
    with pdfium.PdfDocument(portfolio(("a.txt", b"Some words here."), ("b.txt", b"words"))) as document:
        made = list(attached.sections(document, 2, lambda *_: iter([Section(number=1, text="words")])))
    assert [section.warning for section in made] == [None, f"a.txt: {TOO_LARGE}", None]


def test_a_pdf_in_a_pdf_in_a_pdf_ends_somewhere(read: Read) -> None:
    data = files.pdf(["The innermost"])
    for depth in range(6):
        data = portfolio((f"{depth}.pdf", data), cover=f"Cover {depth}")
    sections = read(data)
    assert any("Cover 2" in section.text for section in sections)
    assert not any("innermost" in section.text for section in sections)
    assert any(TOO_DEEP in (section.warning or "") for section in sections)


def test_a_child_that_ends_over_an_attached_file_is_told() -> None:
    progress = PageByPage("application/pdf", Patience(100, 10), 100, 10)
    progress.opened(1)
    progress.read(Section(number=1, page=1, text="Cover"), 1)
    assert list(progress.lose(ChildLost("Too slow.", "it takes too long", "x"))) == []
    progress.read(Section(number=2, text="Attached files:\na.xlsx"), 1)
    (section,) = progress.lose(ChildLost("Too slow.", "it takes too long", "x"))
    assert section.warning == ATTACHED.format(reason="it takes too long")
    assert progress.is_through
