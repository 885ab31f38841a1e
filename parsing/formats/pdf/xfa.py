"""XFA forms: pages that Adobe's programs alone make from XML. Their PDF page says only so; what was filled in is in the XML."""

import ctypes
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from lxml import etree  # type: ignore[import-untyped]

MOST_BYTES = 20 * 1024**2
LONGEST_VALUE = 20_000
LONGEST_WORD = 1000  # a longer run without a space is a picture or a signature in base64
DATA = "{http://www.xfa.org/schema/xfa-data/1.0/}data"
RICH_TEXT = "{http://www.w3.org/1999/xhtml}"
XFA_NOTICE = "please wait"  # what such a form says to all other programs


def is_placeholder(document: pdfium.PdfDocument, first_page: str) -> bool:
    """True when the page of a form stands for pages that are made from its XML: the form says so, or its only page does.

    Args:
        first_page: its text.
    """
    if len(document) > 1:
        return False
    kind = document.get_formtype()
    if kind == pdfium_c.FORMTYPE_XFA_FULL:  # it says /NeedsRendering
        return True
    return kind == pdfium_c.FORMTYPE_XFA_FOREGROUND and XFA_NOTICE in first_page[:300].casefold()


def values(document: pdfium.PdfDocument) -> str:
    """What was filled in, a line for each field: its caption, or else its name, and the value. Empty when nothing was."""
    tree = _tree(document)
    if tree is None:
        return ""
    captions = _captions(tree)
    lines = (f"{captions.get(name, name)}: {value}" for data in tree.iter(DATA) for name, value in _leaves(data))
    return "\n".join(lines)


def _leaves(data: etree._Element) -> Iterator[tuple[str, str]]:
    for element in data.iterdescendants("*"):
        if element.tag.startswith(RICH_TEXT):
            continue
        is_leaf = all(str(child.tag).startswith(RICH_TEXT) for child in element)
        words = "".join(element.itertext()).split() if is_leaf else []
        value = " ".join(words)
        if value and len(value) <= LONGEST_VALUE and len(max(words, key=len)) <= LONGEST_WORD:
            yield etree.QName(element).localname, value


def _captions(tree: etree._Element) -> dict[str, str]:
    """What stands beside each field, by its name."""
    found: dict[str, str] = {}
    for caption in tree.iter("{*}caption"):
        field = caption.getparent()
        name = None if field is None else field.get("name")
        text = " ".join("".join(caption.itertext()).split()).rstrip(" :")
        if name and text and len(text) < LONGEST_WORD:
            found.setdefault(name, text)
    return found


def _tree(document: pdfium.PdfDocument) -> etree._Element | None:
    """The packets of a form, which are one XML document; a form may also have it whole."""
    parts: list[bytes] = []
    left = MOST_BYTES
    for index in range(max(pdfium_c.FPDF_GetXFAPacketCount(document), 0)):
        part = _packet(document, index, left)
        left -= len(part)
        parts.append(part)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        return etree.fromstring(b"".join(parts), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _packet(document: pdfium.PdfDocument, index: int, most_bytes: int) -> bytes:
    size = ctypes.c_ulong()
    if not pdfium_c.FPDF_GetXFAPacketContent(document, index, None, 0, size) or not 0 < size.value <= most_bytes:
        return b""
    buffer = ctypes.create_string_buffer(size.value)
    pdfium_c.FPDF_GetXFAPacketContent(document, index, buffer, size.value, size)
    return buffer.raw
