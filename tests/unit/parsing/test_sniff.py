"""What a file is, whatever it is called."""

import io
import zipfile

import pytest

from core.errors import Invalid, UnsupportedType
from parsing.sniff import mime
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from tests import documents as files
from tests import office


def named(data: bytes, filename: str) -> str:
    """The type of a whole file."""
    return sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], filename)


def archive(*names: str) -> bytes:
    """A zip with these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in names:
            target.writestr(name, "x" * 10_000)
    return out.getvalue()


MESSAGE = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Terns\r\n\r\nThey are back."
NOTES = b"<!-- a note of the editor -->\n" * 40
BIG_SHEET = office.zipped({f"docProps/{n:05}-{'x' * 60}.xml": b"" for n in range(900)} | {"xl/workbook.xml": b"<w/>"})


@pytest.mark.parametrize(
    ("data", "filename", "mime_type"),
    [
        (files.HANDBOOK, "handbook.pdf", mime.PDF),
        (files.HANDBOOK, "handbook.docx", mime.PDF),
        (b"junk before it\n" + files.HANDBOOK, "handbook.txt", mime.PDF),
        (files.word(["Text"]), "report.docx", mime.DOCX),
        (files.word(["Text"]), "report.pdf", mime.DOCX),
        (archive("a.bin", "b.bin", "word/document.xml"), "late.docx", mime.DOCX),
        (archive("word/document.xml", "word/embeddings/xl/workbook.xml"), "inner.xlsx", mime.DOCX),
        (office.workbook(One=[["a"]]), "sheet.docx", mime.XLSX),
        (BIG_SHEET, "sheet", mime.XLSX),
        (office.presentation(lambda _: None), "slides", mime.PPTX),
        (office.open_text(["Text"], heading="H"), "text.docx", mime.ODT),
        (office.open_sheets(One=[["a"]]), "sheet", mime.ODS),
        (office.open_slides(("a", "b")), "slides", mime.ODP),
        (office.book(["<p>Text</p>"]), "book.zip", mime.EPUB),
        (
            office.zipped({"mimetype": b"application/vnd.oasis.opendocument.graphics", "content.xml": b"<x/>"}),
            "a.odg",
            mime.ODG,
        ),
        (office.old_word("Text"), "a.bin", mime.DOC),
        (office.old_slides(("a", "b")), "a.doc", mime.PPT),
        (office.outlook({0x37: "Terns"}), "a.doc", mime.MSG),
        (office.ole({"Other": bytes(5000)}), "a.xls", mime.XLS),
        (office.ole({"Other": bytes(5000)}), "a.bin", mime.OLE),
        (b"{\\rtf1\\ansi Text}", "a.doc", mime.RTF),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a.pdf", mime.PNG),
        (b"\xff\xd8\xff\xe0" + bytes(100), "a.txt", mime.JPEG),
        (b"GIF89a" + bytes(100), "a", mime.GIF),
        (b"BM" + bytes(100), "a", mime.BMP),
        (b"BMW builds cars.", "a", mime.TEXT),
        (b"II*\0" + bytes(100), "a", mime.TIFF),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), "IMG_1.jpg", mime.HEIC),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1" + bytes(100), "a", mime.AVIF),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(100), "a", mime.WEBP),
        (MESSAGE, "a.txt", mime.EML),
        (b"From a@example.org Mon Jul 20 01:01:07 2015\n" + MESSAGE, "a", mime.MBOX),
        (b"Subject: minutes", "a.eml", mime.EML),
        (b"To: do\nFrom: here\n\nA list.", "a.txt", mime.TEXT),
        (b"<!DOCTYPE html><p>Hi</p>", "page.html", mime.HTML),
        (b"\xef\xbb\xbf \n<!-- a --><HTML lang='en'>", "page.txt", mime.HTML),
        ("<html>\n".encode("utf-16"), "page", mime.HTML),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html>", "page", mime.HTML),
        (b"<p>A part of a page</p>", "page.htm", mime.HTML),
        (b"<table><tr><td>1", "export.xls", mime.HTML),
        (b"<?xml version='1.0'?><birds/>", "a.txt", mime.XML),
        ("<?xml version='1.0'?><birds/>".encode("utf-16"), "a", mime.XML),
        (b"<birds><tern/></birds>", "a.xml", mime.XML),
        (b"<!-- drawn by hand -->\n<svg xmlns='x'><text>Tern</text></svg>", "tern.svg", mime.XML),
        (NOTES + b"<!DOCTYPE html><p>Hi</p>", "page", mime.HTML),
        (NOTES + b"<div>Hi</div>", "page.html", mime.HTML),
        (NOTES + b"# Terns\n\nThey fly.", "README.md", mime.MARKDOWN),
        (NOTES + b"<p align='center'>Terns</p>\n\nThey fly.", "README.md", mime.MARKDOWN),
        (NOTES + b"Terns fly.", "terns.txt", mime.TEXT),
        (NOTES + b"# Terns\n\n<!-- figure --><div>Tern</div>", "README.md", mime.MARKDOWN),
        (b"<!-- " + b"no end in sight " * 600, "LICENSE.md", mime.MARKDOWN),
        (b"<!-- " + b"no end in sight " * 600, "page.html", mime.HTML),
        (b"<!-- " + b"no end in sight " * 600, "notes.txt", mime.TEXT),
        (b"<div align='center'>\n<img src='x'>\n</div>\n\n# Terns", "README.md", mime.MARKDOWN),
        (b"<table><tr><td>x</td></tr></table>\n\n# Terns", "README.md", mime.MARKDOWN),
        (b"<p align='center'>Terns</p>\n\n# Terns", "README.markdown", mime.MARKDOWN),
        (b"<!-- a -->\n<div>Terns</div>\nThey fly.", "terns.txt", mime.TEXT),
        (b"<meta name='x'>\n# Terns", "terns.md", mime.MARKDOWN),
        (b"<title>Terns</title>\n# Terns", "terns.md", mime.MARKDOWN),
        (b"---\ntitle: Terns\nfrom: x\n---\n# Terns", "terns.md", mime.MARKDOWN),
        (b"From: Ann\nTo: Bo\nSubject: Terns\nDate: May\n\n# Terns", "terns.md", mime.MARKDOWN),
        (b"Received: by x\nFrom: Ann\nTo: Bo\nSubject: Terns\n\nHi", "terns.md", mime.EML),
        (b'{"a": 1}\n\nis an example.', "terns.md", mime.MARKDOWN),
        (b"<template><div/></template>", "Tern.vue", mime.SOURCE),
        (b"<!doctype html><?php echo 1 ?>", "tern.php", mime.SOURCE),
        (b"<!-- saved -->\n<!DOCTYPE html><html><body>x", "tern.py", mime.HTML),
        (b"<!DOCTYPE html><html><body># Terns", "tern.md", mime.HTML),
        (b"<?xml version='1.0'?><terns/>", "terns.md", mime.XML),
        (b"bird:\n  tern: 1", "terns.yaml", mime.SOURCE),
        (b"From: a\nTo: b\nSubject: c\nDate: d", "mail.yml", mime.SOURCE),
        (b"all:\n\tcount terns", "Makefile", mime.SOURCE),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><text>Tern</text></svg>', "tern.svg", mime.XML),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><text>Tern</text></svg>', "tern", mime.XML),
        (b"<topic id='x'><title>Tern</title></topic>", "tern.dita", mime.XML),
        (b"<b>bold</b> words", "tern.txt", mime.TEXT),
        (b'{"bird": "tern"}', "a", mime.JSON),
        (b"[1, 2]", "a.json", mime.JSON),
        (b"[1] Ibid.", "a.txt", mime.TEXT),
        (b"a;b\n1;2", "a.csv", mime.CSV),
        (b"a\tb\n1\t2", "a.TSV", mime.CSV),
        (b"a\tb\n1\t2", "a.xls", mime.CSV),
        (b"# Title", "README.MD", mime.MARKDOWN),
        (b"# Title", "README", mime.TEXT),
        (b"namespace eval ::tern {\n    mcset de Bird Vogel\n}", "de.msg", mime.TEXT),
        (b"\x78\x9f\x3e\x22\x01\x00\x01\x07", "winmail.dat", mime.EML),
        (b"plain", "page.html", mime.TEXT),
        ("Grüße".encode("latin-1"), "a.txt", mime.TEXT),
        ("日本語のテキスト".encode("shift_jis"), "a.txt", mime.TEXT),
        ("Dogs are the best".encode("utf-16-le"), "a.txt", mime.TEXT),
        ("日本語のテキストです。\n犬が好き。".encode("utf-16-be"), "a.txt", mime.TEXT),
        ("Собаки лучше всех\n".encode("utf-16-le"), "a.txt", mime.TEXT),
        ("Dogs are the best".encode("utf-32"), "a.txt", mime.TEXT),
        ("é".encode()[:1] + b" cut", "a.txt", mime.TEXT),
    ],
)
def test_content_decides(data: bytes, filename: str, mime_type: str) -> None:
    assert named(data, filename) == mime_type


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x7fELF" + bytes(100), "a program"),
        (b"MZ" + bytes(100), "a program"),
        (b"ID3\x03\0" + bytes(100), "an audio file"),
        (b"\0\0\0\x18ftypmp42" + bytes(100), "a video"),
        (b"8BPS\0\1" + bytes(100), "Save it as PNG or JPEG"),
        (b"\x1f\x8b\x08" + bytes(100), "an archive"),
        (archive("holiday.jpg"), "an archive"),
        (archive("xl/workbook.bin"), "Save it as .xlsx"),
        (archive("Index/Document.iwa", "Metadata/Properties.plist"), "Apple Pages, Numbers or Keynote document.*PDF"),
        (archive("FixedDocSeq.fdseq", "_rels/.rels"), "XPS document.*PDF"),
        (archive("visio/document.xml"), "Visio drawing.*PDF"),
        (office.zipped({"mimetype": b"application/vnd.oasis.opendocument.chart"}), "OpenDocument file of a kind.*PDF"),
        (b"%!PS-Adobe-3.0", "cannot be read"),
        (bytes(range(256)) * 20, "cannot be read"),
        (b"text with a NUL \x00 in it", "cannot be read"),
    ],
)
@pytest.mark.parametrize("filename", ["a.pdf", "a.txt", "a.docx"])
def test_the_rest_is_refused(data: bytes, reason: str, filename: str) -> None:
    with pytest.raises(UnsupportedType, match=reason):
        named(data, filename)


@pytest.mark.parametrize("filename", ["a.pdf", "a.docx", "a.odt", "a.png"])
def test_plain_text_is_no_document_of_another_kind(filename: str) -> None:
    with pytest.raises(UnsupportedType, match="damaged"):
        named(b"This is not a zip file!", filename)


def test_an_archive_still_arriving_may_be_a_word_file() -> None:
    assert sniff(archive("a.bin")[:HEAD_BYTES], b"", "a.docx") == mime.DOCX


@pytest.mark.parametrize(
    ("filename", "kind", "advice"),
    [
        ("note.pages", "Apple Pages", "Word"),
        ("stock.numbers", "Apple Numbers", "Excel"),
        ("talk.key", "Apple Keynote", "PowerPoint"),
    ],
)
def test_documents_of_apple_are_named_with_what_helps(filename: str, kind: str, advice: str) -> None:
    with pytest.raises(UnsupportedType, match=f"This is an {kind} document.*PDF or {advice}") as raised:
        named(archive("Index/Document.iwa"), filename)
    assert "npack" not in raised.value.message


def test_nothing_is_nothing() -> None:
    with pytest.raises(Invalid):
        named(b"", "a.pdf")
