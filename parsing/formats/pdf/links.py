"""Addresses that a PDF page links to and does not show. Runs in a child process only."""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from parsing.formats.pdf.annotations import NOT_SHOWN, annotations, rect_of
from parsing.formats.pdf.pieces import Box, Piece, rows_of, words_in_rows
from parsing.formats.pdf.text import box_on
from parsing.visibility.geometry import is_in, middle

MAIL = "mailto:"
NO_ADDRESS = ("javascript:", "data:")
LONGEST_ADDRESS = 500  # what is longer carries codes for its maker's eyes


@dataclass(frozen=True, slots=True)
class Link:
    """An address, and where on the page it can be clicked (fractions of the page as displayed)."""

    address: str
    box: Box | None


def links(document: pdfium.PdfDocument, page: pdfium.PdfPage) -> list[Link]:
    """Addresses in a page's link annotations; one that stands in several places, as over two lines, is named at the last of a run."""
    found: list[Link] = []
    for annotation in annotations(page):
        if pdfium_c.FPDFAnnot_GetSubtype(annotation) != pdfium_c.FPDF_ANNOT_LINK:
            continue
        address = "" if pdfium_c.FPDFAnnot_GetFlags(annotation) & NOT_SHOWN else _address(document, annotation)
        if address:
            if found and found[-1].address == address:
                found.pop()
            found.append(Link(address, box_on(page, rect_of(annotation))))
    return found


def with_links(pieces: Sequence[Piece], found: Sequence[Link]) -> list[Piece]:
    """Pieces with each address in brackets after the words that link to it, or at the end where there are none. Each is said once."""
    if not found:
        return list(pieces)
    shown = _squeezed("".join(piece.text for piece in pieces))
    rows = rows_of(pieces)
    after: dict[int, list[Link]] = {}
    for link in found:
        address = _squeezed(link.address)
        if address not in shown:
            shown += f"\n{address}"
            after.setdefault(_last_under(link.box, pieces, rows), []).append(link)
    return list(_added(pieces, after))


def _added(pieces: Sequence[Piece], after: dict[int, list[Link]]) -> Iterator[Piece]:
    for index, piece in enumerate(pieces):
        yield piece
        for link in after.get(index, ()):
            yield Piece(" ")
            yield Piece(f"({link.address})", link.box)
    for link in after.get(-1, ()):
        yield Piece("\n")
        yield Piece(link.address, link.box)


def _last_under(box: Box | None, pieces: Sequence[Piece], rows: dict[int, list[int]]) -> int:
    """The last word whose middle is in a box; -1 when none is."""
    if box is None:
        return -1
    near = words_in_rows(rows, box[1], box[3])
    return max((index for index in near if (at := pieces[index].box) and is_in(middle(at), box)), default=-1)


def _squeezed(text: str) -> str:
    """For comparison: what is shown of an address may have no scheme, and may be broken at a line's end."""
    bare = "".join(text.split()).casefold()
    for start in (MAIL, "https://", "http://", "www."):
        bare = bare.removeprefix(start)
    return bare.rstrip("/")


def _address(document: pdfium.PdfDocument, annotation: pdfium_c.FPDF_ANNOTATION) -> str:
    """Where a link leads outside the document; empty when it stays inside."""
    link = pdfium_c.FPDFAnnot_GetLink(annotation)
    action = link and pdfium_c.FPDFLink_GetAction(link)
    if not action or pdfium_c.FPDFAction_GetType(action) != pdfium_c.PDFACTION_URI:
        return ""
    size = pdfium_c.FPDFAction_GetURIPath(document, action, None, 0)
    if not 1 < size <= LONGEST_ADDRESS:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium_c.FPDFAction_GetURIPath(document, action, buffer, size)
    address = "".join(buffer.value.decode("utf-8", "replace").split())
    if address.casefold().startswith(NO_ADDRESS):
        return ""
    return address[len(MAIL) :].partition("?")[0] if address.casefold().startswith(MAIL) else address
