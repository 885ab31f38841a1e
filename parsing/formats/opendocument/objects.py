"""Charts, formulas and other objects of OpenDocument files are files of their own within the file: put where they are shown.

Runs in a child process only.
"""

from lxml import etree  # type: ignore[import-untyped]

from parsing import formula
from parsing.formats.ooxml.package import Archive
from parsing.formats.opendocument import visibility as open_hidden
from parsing.formats.opendocument.visibility import HiddenStyles
from parsing.visibility import Hidden

OBJECT = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}object"
PARAGRAPH = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p"
HREF = "{http://www.w3.org/1999/xlink}href"
FORMULA = "{http://www.w3.org/1998/Math/MathML}math"


def put_in(opened: Archive, content: etree._Element) -> list[Hidden]:
    """Fill each object with what its own file shows: a chart's titles and table, a formula's signs. Each is put in once.

    Returns:
        What they hide.
    """
    taken: set[str] = set()
    hidden: list[Hidden] = []
    for holder in list(content.iter(OBJECT)):
        name = f"{holder.get(HREF, '').removeprefix('./').rstrip('/')}/content.xml"
        tree = opened.xml_or_none(name) if name not in taken else None
        taken.add(name)
        if tree is not None:
            hidden += open_hidden.take_out(tree, HiddenStyles(tree))
            holder.append(_spelled(tree) if tree.tag == FORMULA else tree)
    return hidden


def _spelled(tree: etree._Element) -> etree._Element:
    paragraph = etree.Element(PARAGRAPH)
    paragraph.text = formula.signs(tree)
    return paragraph
