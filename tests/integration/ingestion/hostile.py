"""Files made to hurt, small on disk."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from itertools import chain, repeat

import openpyxl
import pypdf

from tests import documents as files


def flate_bomb() -> bytes:
    """A PDF of some 100 KB whose one page draws 120 MB of text."""
    packer = zlib.compressobj(9)
    line = b"(All work and no play makes Jack a dull boy) Tj\n" * 20_000
    packed = packer.compress(b"BT /F1 1 Tf 10 10 Td\n")
    packed += b"".join(packer.compress(line) for _ in range(120)) + packer.compress(b"ET") + packer.flush()
    content = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)
    return files._file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            content,
        ]
    )


def encrypted_pdf() -> bytes:
    """A PDF with a password."""
    whole = files._file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 0 /Kids [] >>",
            b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (b"11" * 32, b"22" * 32),
        ]
    )
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 3 0 R /ID [<00> <00>]")


def cyclic_pdf() -> bytes:
    """A PDF whose pages hold themselves."""
    return files._file(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [2 0 R] /Parent 2 0 R >>"]
    )


def rewritten_docx(document_xml: bytes) -> bytes:
    """A DOCX with this as its text."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(files.word(["Text."]))) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            is_text = entry.filename == "word/document.xml"
            target.writestr(entry.filename, document_xml if is_text else source.read(entry.filename))
    return out.getvalue()


def zip_bomb_docx() -> bytes:
    """A DOCX of some 30 KB that unpacks to 20 MB."""
    return rewritten_docx(b"<w:document>" + b" " * 20_000_000 + b"</w:document>")


def billion_laughs_docx() -> bytes:
    """A DOCX whose XML grows without end."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    xml = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "ha">{entities}]><d>&l11;</d>'
    return rewritten_docx(xml.encode())


def deep_html() -> bytes:
    """HTML with 50,000 boxes in each other."""
    return b"<!doctype html><body>" + b"<div>" * 50_000 + b"deep" + b"</div>" * 50_000


def text_bomb_pdf(operations: int, *, readable_pages: int = 0) -> bytes:
    """A PDF whose last page draws so many pieces of text, after some that can be read: 19 million take 200 KB here and 6 GB in pdfium."""
    packer = zlib.compressobj(9)
    lines = 20_000
    piece = b"(a) Tj\n" * lines
    packed = packer.compress(b"BT /F1 1 Tf 10 10 Td\n")
    packed += b"".join(packer.compress(piece) for _ in range(operations // lines)) + packer.compress(b"ET")
    return pdf_of([*(_shows(f"Page {n + 1} is fine") for n in range(readable_pages)), packed + packer.flush()])


def pdf_of(streams: list[bytes], *, resources: bytes = b"", more: tuple[bytes, ...] = ()) -> bytes:
    """A PDF of pages with these packed contents; ``more`` are objects from number 4 + 2 × pages on."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for stream in streams:
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> %s >> >>" % (len(objects), resources)
        )
        kids.append(len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    return files._file([*objects, *more])


def forms_bomb_pdf(depth: int = 12) -> bytes:
    """A PDF of 2 KB that draws ten forms, each of which draws ten forms, each of which …"""
    first = 4 + 2
    forms = []
    for level in range(depth):
        inner = b"/F Do\n" * 10 if level < depth - 1 else b"BT /F1 9 Tf (bomb) Tj ET"
        forms.append(
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> /XObject << /F %d 0 R >> >> "
            b"/Length %d >>\nstream\n%s\nendstream" % (first + level + 1, len(inner), inner)
        )
    return pdf_of([zlib.compress(b"/F Do")], resources=b"/XObject << /F %d 0 R >>" % first, more=tuple(forms))


def locked_pdf(algorithm: str, *, user_password: str = "secret") -> bytes:
    """A readable PDF under a password: RC4-128, AES-128 or AES-256. Without a user's one it opens."""
    writer = pypdf.PdfWriter(io.BytesIO(files.HANDBOOK))
    writer.encrypt(user_password, "owner", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pages_without_number_pdf() -> bytes:
    """A PDF that claims two thousand million pages."""
    return files.pdf(["One page"]).replace(b"/Count 1", b"/Count 2000000000")


def zipped(source: bytes, name: str, pieces: Iterable[bytes]) -> bytes:
    """An office file with one of its parts replaced by something that never is whole in memory."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry.filename))
        with new.open(name, "w", force_zip64=True) as part:
            for piece in pieces:
                part.write(piece)
    return out.getvalue()


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MIB = 1024**2


def paragraphs_bomb_docx(unpacked_bytes: int = 320 * MIB) -> bytes:
    """A DOCX of less than a megabyte with millions of paragraphs."""
    piece = b"<w:p><w:r><w:t>All work and no play</w:t></w:r></w:p>" * 20_000
    times = unpacked_bytes // len(piece)
    start = f'<w:document xmlns:w="{W}"><w:body>'.encode()
    whole = chain([start], repeat(piece, times), [b"</w:body></w:document>"])
    return zipped(files.word(["Text."]), "word/document.xml", whole)


def one_node_docx(unpacked_bytes: int = 320 * MIB) -> bytes:
    """A DOCX with one endless word."""
    start = f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>'.encode()
    whole = chain([start], repeat(b"a" * MIB, unpacked_bytes // MIB), [b"</w:t></w:r></w:p></w:body></w:document>"])
    return zipped(files.word(["Text."]), "word/document.xml", whole)


def lying_docx() -> bytes:
    """A DOCX that unpacks to 200 MB and says that it is 1 KB."""
    whole = paragraphs_bomb_docx(200 * MIB)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        size = archive.getinfo("word/document.xml").file_size
    return whole.replace(struct.pack("<I", size), struct.pack("<I", 1024))


def workbook() -> bytes:
    """A small XLSX."""
    book = openpyxl.Workbook()
    book.active.append(["Station", "Terns"])  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rows_bomb_xlsx(unpacked_bytes: int = 320 * MIB) -> bytes:
    """An XLSX of less than a megabyte with millions of rows."""
    row = b'<row><c t="inlineStr"><is><t>All work and no play</t></is></c></row>' * 10_000
    start = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    whole = chain([start], repeat(row, unpacked_bytes // len(row)), [b"</sheetData></worksheet>"])
    return zipped(workbook(), "xl/worksheets/sheet1.xml", whole)


def billion_laughs_xml() -> bytes:
    """XML that grows without end."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "ha">{entities}]><d>&l11;</d>'.encode()


def huge_png(side: int = 30_000) -> bytes:
    """A PNG of some 100 KB with 900 million points."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = b"\0" * (side // 8 + 1)
    packed = b"".join(packer.compress(row * 100) for _ in range(side // 100)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def endless_tiff() -> bytes:
    """A TIFF whose page comes after itself."""
    entries = [(256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 200), (279, 4, 1, 64)]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I", 8)
    return head.ljust(200, b"\0") + b"\x80" * 64


def _shows(text: str) -> bytes:
    return zlib.compress(f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode())
