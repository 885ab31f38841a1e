"""Word 2003 XML: made the Word file that it would be today. Runs in a child process only."""

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.data.flat import zipped
from parsing.formats.ooxml.namespaces import W

OLD = "{http://schemas.microsoft.com/office/word/2003/wordml}"
DELETED = ("Word.Deletion", "Word.Comment.Start", "Word.Comment.End", "Word.Bookmark.Start", "Word.Bookmark.End")
MAIN = "word/document.xml"
RELATED = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rStyles" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>'
)


def is_word(root: etree._Element) -> bool:
    """True for a document that Word 2003 saved as XML."""
    return root.tag == f"{OLD}wordDocument" and root.find(f"{OLD}body") is not None


def as_docx(root: etree._Element) -> bytes:
    """Its text and styles as today's Word file; what was deleted is left out."""
    document = etree.Element(f"{W}document")
    body = etree.SubElement(document, f"{W}body")
    _fill(body, root.find(f"{OLD}body"))
    styles = etree.Element(f"{W}styles")
    if (old := root.find(f"{OLD}styles")) is not None:
        _fill(styles, old)
    parts = {MAIN: etree.tostring(document), "word/styles.xml": etree.tostring(styles)}
    return zipped({**parts, "word/_rels/document.xml.rels": RELATED.encode()})


def _fill(target: etree._Element, source: etree._Element) -> None:
    """Put what an element holds into another, under today's names. Wrappers of other namespaces fall away, their inside stays."""
    open_elements = [(target, iter(source))]
    while open_elements:
        into, children = open_elements[-1]
        child = next(children, None)
        if child is None:
            open_elements.pop()
        elif not isinstance(child.tag, str) or child.get(f"{OLD}type") in DELETED or child.tag == f"{OLD}binData":
            continue
        elif child.tag.startswith(OLD):
            made = etree.SubElement(into, _today(child.tag))
            made.attrib.update({_today(name): value for name, value in child.attrib.items()})
            made.text = child.text
            open_elements.append((made, iter(child)))
        else:
            open_elements.append((into, iter(child)))


def _today(name: str) -> str:
    return name.replace(OLD, W)
