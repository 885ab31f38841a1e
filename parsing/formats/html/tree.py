"""A page of HTML as a tree, and back. Runs in a child process only."""

from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html


def parse(text: str) -> etree._Element | None:
    """The root of a page; None when it has none."""
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True)
    try:
        return lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def markup(root: etree._Element) -> str:
    """The page that a tree stands for."""
    return str(lxml_html.tostring(root, encoding="unicode"))
