"""Pages within a page, whose source stands in it (``<iframe srcdoc>``): read in their place. Runs in a child process only."""

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.html import tree, visibility
from parsing.formats.html.fields import become
from parsing.visibility.verdict import Verdict

MOST_DEPTH = 3  # pages in each other


def spell(root: etree._Element, hidden: list[Verdict]) -> None:
    """Put what such pages show into the page; what they hide goes to ``hidden``."""
    within = list(root.iter("iframe"))
    for _ in range(MOST_DEPTH):
        within = [inner for frame in within for inner in _opened(frame, hidden)]


def _opened(frame: etree._Element, hidden: list[Verdict]) -> list[etree._Element]:
    """Make a frame a box with what its page shows. Returns the frames in that."""
    source = frame.get("srcdoc", "")
    become(frame, "div", "")
    if not source.strip():
        return []
    text, unseen = visibility.shown(source)
    hidden += unseen
    page = tree.parse(text)
    body = page.find("body") if page is not None else None
    if body is not None:
        frame.append(body)
        body.tag, body.tail = "div", None
    return list(frame.iter("iframe"))
