"""A page of HTML as a tree, and back. Runs in a child process only."""

import re

from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html

from core.markup import without
from core.storable import storable

UNSEEN = ("script", "style", "head", "template", "noscript")
BEGINS = re.compile(rf"<(?:{'|'.join(UNSEEN)})\b|<!--", re.IGNORECASE)
ENDS = {"<!--": re.compile("-->")} | {f"<{name}": re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in UNSEEN}


def parse(text: str) -> etree._Element | None:
    """The root of a page; None when it has none."""
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True)
    try:
        return lxml_html.document_fromstring(storable(text).encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def markup(root: etree._Element) -> str:
    """The page that a tree stands for."""
    return str(lxml_html.tostring(root, encoding="unicode"))


def without_unseen(text: str, instead: str = "") -> str:
    """The source of a page without comments, and without what stands in elements that are never shown."""
    return without(text, BEGINS, ENDS, instead)
