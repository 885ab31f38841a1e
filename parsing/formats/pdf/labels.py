"""What a PDF calls its pages: ``iv``, ``A-3``, or 2 for the sixth page of the file (ISO 32000-2, 12.4.2)."""

import ctypes

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from core.places import label_locator
from parsing.types import PAGE, Block, block_around

MOST_BYTES = 400


def labelled(document: pdfium.PdfDocument, page: int, text: str) -> tuple[Block, ...]:
    """A block around the text of a page (1-based) with what the file calls it; none where that is its number."""
    locator = label_locator(_label(document, page - 1), page, len(document))
    return block_around(PAGE, text, locator) if locator else ()


def _label(document: pdfium.PdfDocument, index: int) -> str:
    """The label as it is stored; empty where there is none, or one too long to be one."""
    size = pdfium_c.FPDF_GetPageLabel(document, index, None, 0)
    if not 2 < size <= MOST_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium_c.FPDF_GetPageLabel(document, index, buffer, size)
    return buffer.raw[:size].decode("utf-16-le", "ignore").rstrip("\0")
