"""Charts, formulas and other objects of OpenDocument files are files of their own within the file: put where they are shown.

Runs in a child process only.
"""

from lxml import etree  # type: ignore[import-untyped]

from parsing import formula
from parsing.formats.ooxml.package import Archive
from parsing.formats.opendocument.namespaces import DRAW, TEXT, XLINK
from parsing.formats.opendocument.visibility import HiddenStyles, take_out
from parsing.visibility.verdict import Verdict

OBJECT, PARAGRAPH, HREF = f"{DRAW}object", f"{TEXT}p", f"{XLINK}href"
FORMULA = "{http://www.w3.org/1998/Math/MathML}math"


def put_in(opened: Archive, content: etree._Element) -> list[Verdict]:
    """Fill each object with what its own file shows: a chart's titles and table, a formula's signs. Each is put in once.

    Returns:
        What they hide.
    """
    taken: set[str] = set()
    hidden: list[Verdict] = []
    for holder in list(content.iter(OBJECT)):
        name = f"{holder.get(HREF, '').removeprefix('./').rstrip('/')}/content.xml"
        tree = opened.xml_or_none(name) if name not in taken else None
        taken.add(name)
        if tree is not None:
            hidden += take_out(tree, HiddenStyles(tree))
            holder.append(_spelled(tree) if tree.tag == FORMULA else tree)
    return hidden


def _spelled(tree: etree._Element) -> etree._Element:
    paragraph = etree.Element(PARAGRAPH)
    paragraph.text = formula.signs(tree)
    return paragraph
