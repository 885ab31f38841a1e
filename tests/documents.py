"""Small real files, made by the test that wants them."""

import io
import textwrap
from collections.abc import Sequence

import docx

_LINE_PT, _TOP_PT, _LEFT_PT = 16, 740, 72


def pdf(pages: Sequence[str], *, rotate: int = 0) -> bytes:
    """A PDF of US-letter pages with a text layer (Helvetica 12, wrapped at 80 characters).

    Args:
        pages: text of each page, Latin-1.
        rotate: degrees by which a viewer turns each page.
    """
    objects: list[bytes] = [
        b"",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    kids = []
    for page in pages:
        stream = _stream(page)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        content = len(objects)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Rotate %d /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (rotate, content)
        )
        kids.append(len(objects))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    return _file(objects)


def drawn(streams: Sequence[bytes], *, has_layer: bool = False) -> bytes:
    """A PDF of US-letter pages, each drawn by operators of its own. ``/F1`` is Helvetica, ``/Clear`` sets the opacity to zero.

    Args:
        has_layer: ``/Layer`` names a layer that is switched off.
    """
    layer = b"/OCProperties << /OCGs [5 0 R] /D << /OFF [5 0 R] >> >>" if has_layer else b""
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % layer,
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /ExtGState /ca 0 /CA 0 >>",
        b"<< /Type /OCG /Name (Layer) >>",
    ]
    kids = []
    for stream in streams:
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> "
            b"/ExtGState << /Clear 4 0 R >> /Properties << /Layer 5 0 R >> >> >>" % len(objects)
        )
        kids.append(len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    return _file(objects)


def _stream(text: str) -> bytes:
    lines = [line for paragraph in text.splitlines() for line in (textwrap.wrap(paragraph, 80) or [""])]
    shown = [f"({_escape(line)}) Tj 0 -{_LINE_PT} Td" for line in lines]
    return f"BT /F1 12 Tf {_LEFT_PT} {_TOP_PT} Td\n{chr(10).join(shown)}\nET".encode("cp1252")


def _escape(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(objects: Sequence[bytes]) -> bytes:
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def word(paragraphs: Sequence[str], *, heading: str = "Report") -> bytes:
    """A DOCX with a heading and paragraphs."""
    document = docx.Document()
    document.add_heading(heading, level=1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


HANDBOOK_PAGES = (
    "Employee handbook of Larkspur Observatory\n\nThis handbook explains how we work together. It is reviewed every spring "
    "by the people team and approved by the director.",
    "Leave\n\nEvery employee receives twenty-eight days of paid annual leave per year. Unused days may be carried over "
    "until the end of March. Requests are made in the calendar at least two weeks ahead.\n\nParental leave lasts "
    "sixteen weeks at full pay for every parent, and may be split into three parts.",
    "Travel\n\nTrain journeys are booked in second class. Flights need the approval of the head of department. "
    "Receipts are handed in within thirty days; the travel desk pays them back by the end of the next month.",
)
HANDBOOK = pdf(HANDBOOK_PAGES)
