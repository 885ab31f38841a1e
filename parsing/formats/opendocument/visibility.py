"""What an OpenDocument file marks as hidden, or writes in the colour of the paper or without size."""

from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

from parsing.visibility import MARKED, SAME_COLOUR, TINY, Hidden

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
TEXT, STYLE, TABLE, DRAW = (f"{{{_NAMESPACE}{name}:1.0}}" for name in ("text", "style", "table", "drawing"))
FO = f"{{{_NAMESPACE}xsl-fo-compatible:1.0}}"
PRESENTATION = f"{{{_NAMESPACE}presentation:1.0}}"
ALWAYS = (f"{TEXT}hidden-text", f"{TEXT}hidden-paragraph")
MOST_BASES = 20
SMALLEST_PT = 1.0
WHITES = ("#ffffff",)
NONE = ("", "transparent")


class HiddenStyles:
    """Tells how text under a style is hidden.

    Args:
        parts: those that define styles.
    """

    def __init__(self, *parts: etree._Element | None) -> None:
        styles = [style for part in parts if part is not None for style in part.iter(f"{STYLE}style")]
        self._styles = {(style.get(f"{STYLE}family", ""), style.get(f"{STYLE}name", "")): style for style in styles}
        self._pages = [
            page
            for part in parts
            if part is not None
            for page in part.iter(f"{STYLE}page-layout-properties", f"{STYLE}drawing-page-properties")
        ]

    def how(self, element: etree._Element) -> str:
        """Why the text of an element is not seen; empty when it is, or when that cannot be told."""
        if element.tag in ALWAYS or element.get(f"{TEXT}display") == "none":
            return MARKED
        name = element.get(f"{TEXT}style-name", "")
        if not name:
            return ""
        family = "text" if element.tag == f"{TEXT}span" else "paragraph"
        display, colour, size, behind = (
            self._value(family, name, key)
            for key in (f"{TEXT}display", f"{FO}color", f"{FO}font-size", f"{FO}background-color")
        )
        if display == "none":
            return MARKED
        if size.endswith("pt") and _number(size[:-2]) <= SMALLEST_PT:
            return TINY
        is_lost = colour.lower() in WHITES and behind.lower() in (*NONE, *WHITES) and self._is_on_paper(element)
        return SAME_COLOUR if is_lost else ""

    def is_shown(self, element: etree._Element) -> bool:
        """False for sheets, rows and slides that are hidden."""
        if element.get(f"{TABLE}visibility", "visible") != "visible":
            return False
        if element.tag == f"{TABLE}table":
            return self._value("table", element.get(f"{TABLE}style-name", ""), f"{TABLE}display") != "false"
        if element.tag == f"{DRAW}page":
            return (
                self._value("drawing-page", element.get(f"{DRAW}style-name", ""), f"{PRESENTATION}visibility")
                != "hidden"
            )
        return True

    def _value(self, family: str, name: str, key: str) -> str:
        """A property of a style, or of those it is based on."""
        for _ in range(MOST_BASES):
            style = self._styles.get((family, name))
            if style is None:
                break
            if found := next((one for properties in style if (one := properties.get(key))), ""):
                return str(found)
            name = style.get(f"{STYLE}parent-style-name", "")
        return ""

    def _is_on_paper(self, element: etree._Element) -> bool:
        """True for text that has nothing coloured behind it: no shape, no cell or paragraph with a background."""
        if any(
            page.get(f"{FO}background-color", "transparent").lower() not in (*NONE, *WHITES) for page in self._pages
        ):
            return False
        for above in element.iterancestors():
            if above.tag.startswith(DRAW):
                return False
            family, key = (
                ("table-cell", f"{TABLE}style-name")
                if above.tag.startswith(TABLE)
                else ("paragraph", f"{TEXT}style-name")
            )
            behind = self._value(family, above.get(key, ""), f"{FO}background-color")
            if behind.lower() not in (*NONE, *WHITES):
                return False
        return True


def take_out(content: etree._Element, styles: HiddenStyles) -> Iterator[Hidden]:
    """Remove what is hidden; what it said."""
    for element in list(content.iter(*ALWAYS, f"{TEXT}section", f"{TEXT}span", f"{TEXT}p", f"{TEXT}h")):
        if not (how := styles.how(element)):
            continue
        words = element.get(f"{TEXT}string-value") or " ".join(" ".join(element.itertext()).split())
        for child in list(element):
            element.remove(child)
        element.text = ""
        if words:
            yield Hidden(words, how)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return SMALLEST_PT + 1
