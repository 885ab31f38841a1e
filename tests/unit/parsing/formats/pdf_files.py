"""PDFs with more in them than text, put together by the test that wants them."""

from collections.abc import Sequence

from tests import documents as files

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def objects_of(pdf: bytes) -> list[bytes]:
    """The objects of a file of ``tests.documents``, in order."""
    body = pdf[pdf.index(b"1 0 obj") : pdf.index(b"xref\n")]
    return [part.split(b"obj\n", 1)[1] for part in body.split(b"\nendobj\n") if part.strip()]


def with_objects(pdf: bytes, more: Sequence[bytes], *, catalog: bytes = b"", page: bytes = b"") -> bytes:
    """The file with more objects; ``catalog`` and ``page`` (the last one) are added to its own, ``NEXT`` there is the first new one."""
    objects = objects_of(pdf)
    first = len(objects) + 1

    def numbered(entry: bytes) -> bytes:
        for index in reversed(range(len(more))):  # NEXT10 begins like NEXT1
            entry = entry.replace(b"NEXT%d" % index, b"%d 0 R" % (first + index))
        return entry

    objects[0] = objects[0].replace(b"/Type /Catalog", b"/Type /Catalog " + numbered(catalog))
    objects[-1] = objects[-1].replace(b"/Type /Page ", b"/Type /Page " + numbered(page))
    return files._file([*objects, *map(numbered, more)])


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def drawn(
    content: str, *, size: tuple[int, int] = (595, 842), more: Sequence[bytes] = (), resources: bytes = b""
) -> bytes:
    """A page drawn by operators. ``/F1`` is Helvetica; ``more`` are objects 6 and on."""
    return files._file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [5 0 R] >>",
            FONT,
            stream(content.encode("cp1252")),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> %s >> >>"
            % (*size, resources),
            *more,
        ]
    )


def line(x: float, y: float, words: str, size: float = 11) -> str:
    """Operators that write some words."""
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({escaped}) Tj ET\n"
