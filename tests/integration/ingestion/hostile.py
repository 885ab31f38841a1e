"""Files made to hurt, small on disk."""

import io
import zipfile
import zlib

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
