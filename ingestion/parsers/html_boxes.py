"""Boxes that unstructured takes for decoration and leaves out with all that they hold, though a page shows them: made plain ones.

What stands in ``<form>`` is the whole page on many sites, a table or a listing stands in ``<figure>``, and beside ``<main>`` there is text
too. Navigation, buttons and what can be typed into stay left out. Runs in a child process only.
"""

import re

from ingestion.parsers import html_tree

PLAIN = dict.fromkeys(("details", "summary", "figure", "form", "main", "dialog"), "div") | {"label": "span"}
ANY = re.compile(rf"<(?:{'|'.join(PLAIN)})\b", re.IGNORECASE)


def plain(text: str) -> str:
    """A page with plain boxes; the very same text when it has no others."""
    root = html_tree.parse(text) if ANY.search(text) else None
    if root is None:
        return text
    for element in root.iter(*PLAIN):
        if element.tag != "dialog" or element.get("open") is not None:
            element.tag = PLAIN[element.tag]
    return html_tree.markup(root)
