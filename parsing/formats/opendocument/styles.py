"""Styles of an OpenDocument file: what a style, those it is based on and its family's default say of a property."""

from collections.abc import Iterable, Sequence

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.opendocument.namespaces import FO, STYLE
from parsing.visibility.cascade import Cascade
from parsing.visibility.colour import TRANSPARENT, Colour

Name = tuple[str, str]  # family and name of a style


class Styles:
    """The styles of one file.

    Args:
        parts: those that define styles.
    """

    def __init__(self, parts: Sequence[etree._Element]) -> None:
        self._cascade: Cascade[Name, etree._Element] = Cascade(
            {_name(style): style for part in parts for style in part.iter(f"{STYLE}style")}, _base
        )
        defaults = (style for part in parts for style in part.iter(f"{STYLE}default-style"))
        self._defaults = {style.get(f"{STYLE}family", ""): style for style in defaults}
        self._known: dict[tuple[Name, str, str, bool], str] = {}

    def value(self, name: Name, kind: str, key: str, *, is_last: bool = False) -> str:
        """A property of a style; empty when nothing is said.

        Args:
            kind: of properties, like ``text`` or ``table-cell``.
            is_last: what the default of the family says counts too.
        """
        asked = (name, kind, key, is_last)
        if asked not in self._known:
            path = f"{STYLE}{kind}-properties"
            found = self._cascade.first(name, lambda style: _said(style, path, key))
            default = self._defaults.get(name[0]) if is_last and found is None else None
            self._known[asked] = found or (_said(default, path, key) if default is not None else None) or ""
        return self._known[asked]

    def first(self, names: Iterable[Name], kind: str, key: str) -> str:
        """The first that any of several styles says, the nearest first; else what the default of one of their families says."""
        listed = list(names)
        said = (self.value(name, kind, key, is_last=is_last) for is_last in (False, True) for name in listed)
        return next((one for one in said if one), "")

    def background(self, name: Name, kind: str) -> Colour | None:
        """The colour that a style paints, transparent for none; None for a picture, and where conditions choose another style."""
        for style in self._cascade.line(name):
            if style.find(f"{STYLE}map") is not None or has_picture(style.find(f"{STYLE}{kind}-properties")):
                return None
        return colour_of(self.value(name, kind, f"{FO}background-color", is_last=True))

    def attribute(self, name: Name, key: str) -> str:
        """What a style, or the nearest that it is based on, says in an attribute of its own; empty when none does."""
        return self._cascade.first(name, lambda style: style.get(key)) or ""

    def data_style(self, name: Name) -> str:
        """The name of the number format of a cell's style; empty when it has none."""
        return self._cascade.first(name, lambda style: style.get(f"{STYLE}data-style-name")) or ""


def colour_of(text: str) -> Colour | None:
    """A colour; transparent when nothing is said, None for what is no colour."""
    return TRANSPARENT if text in ("", "transparent", "none") else Colour.from_hex(text)


def has_picture(properties: etree._Element | None) -> bool:
    """True for properties with a picture as background; an empty element says that there is none."""
    image = properties.find(f"{STYLE}background-image") if properties is not None else None
    return image is not None and bool(image.attrib or len(image))


def _name(style: etree._Element) -> Name:
    return style.get(f"{STYLE}family", ""), style.get(f"{STYLE}name", "")


def _base(style: etree._Element) -> Name | None:
    name = style.get(f"{STYLE}parent-style-name")
    return (style.get(f"{STYLE}family", ""), name) if name else None


def _said(style: etree._Element, path: str, key: str) -> str | None:
    return next((one for properties in style.iterfind(path) if (one := properties.get(key))), None)
