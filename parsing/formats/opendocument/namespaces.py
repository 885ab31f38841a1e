"""Namespaces of OpenDocument, as lxml writes them before a name."""

_START = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TEXT, STYLE, TABLE, DRAW = (
    f"{{{_START}{name}:1.0}}" for name in ("office", "text", "style", "table", "drawing")
)
NUMBER, PRESENTATION = (f"{{{_START}{name}:1.0}}" for name in ("datastyle", "presentation"))
FO, SVG = (f"{{{_START}{name}-compatible:1.0}}" for name in ("xsl-fo", "svg"))
LOEXT = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}"
CALCEXT = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
XLINK = "{http://www.w3.org/1999/xlink}"
