"""The colours of a theme, and those that drawings make of them: a colour of the theme, lighter or darker, or half transparent."""

from collections.abc import Callable, Mapping

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.namespaces import A
from parsing.formats.ooxml.package import Archive
from parsing.visibility.colour import Colour

# What office programs use when a file has no theme.
OFFICE = {
    "dk1": "000000",
    "lt1": "FFFFFF",
    "dk2": "44546A",
    "lt2": "E7E6E6",
    "accent1": "4472C4",
    "accent2": "ED7D31",
    "accent3": "A5A5A5",
    "accent4": "FFC000",
    "accent5": "5B9BD5",
    "accent6": "70AD47",
    "hlink": "0563C1",
    "folHlink": "954F72",
}
ROLES = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}  # unless a slide or a document maps them otherwise
SYSTEM = {"window": "FFFFFF", "windowText": "000000"}
SHORT = {"dk": "dark", "lt": "light", "med": "medium"}
FILLS = ("noFill", "solidFill", "gradFill", "blipFill", "pattFill", "grpFill")
WHOLE = 100_000  # how DrawingML writes one


class Theme:
    """The colours of one document.

    Args:
        part: the theme; None when there is none.
        roles: what ``bg1``, ``tx1`` and so on stand for, where it is not the usual.
    """

    def __init__(self, part: etree._Element | None = None, roles: Mapping[str, str] | None = None) -> None:
        listed = next(part.iter(f"{A}clrScheme"), None) if part is not None else None
        own = (
            {name: _plain(one[0]) for one in listed if len(one) and (name := etree.QName(one).localname)}
            if listed is not None
            else {}
        )
        self._colours = {name: Colour.from_hex(digits) for name, digits in OFFICE.items()} | own
        self._roles = ROLES | dict(roles or {})
        fills = part.find(f".//{A}bgFillStyleLst") if part is not None else None
        self._backgrounds = list(fills) if fills is not None else []

    def named(self, name: str) -> Colour | None:
        """A colour by its name in the theme or by its role; None when there is none of this name."""
        return self._colours.get(self._roles.get(name, name))

    def colour(self, fill: etree._Element | None) -> Colour | None:
        """The one colour of a fill, or of what names a colour; None for pictures, gradients and patterns."""
        if fill is None or etree.QName(fill).localname in ("gradFill", "blipFill", "pattFill", "grpFill", "noFill"):
            return None
        named = next((child for child in fill if isinstance(child.tag, str)), None)
        if named is None:
            return None
        found = self.named(named.get("val", "")) if named.tag == f"{A}schemeClr" else _plain(named)
        for change in named:
            found = _changed(found, change) if found is not None else None
        return found

    def background(self, reference: etree._Element) -> Colour | None:
        """The colour of a background of the theme (``bgRef``); None when it is a picture or a gradient."""
        number = int(reference.get("idx", "")) - 1001 if reference.get("idx", "").isdigit() else -1
        fill = self._backgrounds[number] if 0 <= number < len(self._backgrounds) else None
        if fill is None or fill.tag != f"{A}solidFill":
            return self.colour(reference) if not self._backgrounds else None
        own = next(iter(fill), None)
        is_taken_over = own is not None and own.get("val") == "phClr" and len(own) == 0
        return self.colour(reference if is_taken_over else fill)


def theme_of(opened: Archive, part: str, roles: Mapping[str, str] | None = None) -> Theme:
    """The theme that a part points to."""
    target = next((target for _, kind, target in opened.related(part) if kind == "theme"), "")
    return Theme(opened.xml_or_none(target) if target else None, roles)


def fill_of(properties: etree._Element | None) -> etree._Element | None:
    """How a shape, a cell or a run is filled; None when nothing is said of it."""
    found = properties if properties is not None else ()
    return next(
        (child for child in found if isinstance(child.tag, str) and etree.QName(child).localname in FILLS), None
    )


def _plain(element: etree._Element) -> Colour | None:
    """A colour that needs no theme."""
    kind, value = etree.QName(element).localname, element.get("val", "")
    if kind == "srgbClr":
        return Colour.from_hex(value)
    if kind == "sysClr":
        return Colour.from_hex(element.get("lastClr") or SYSTEM.get(value, ""))
    if kind == "prstClr":
        short = next((start for start in SHORT if value.startswith(start) and value[len(start) :][:1].isupper()), "")
        return Colour.from_css(SHORT.get(short, "") + value[len(short) :])
    if kind == "scrgbClr":
        return Colour.from_light(*(_share(element, part) or 0.0 for part in "rgb"))
    return None


def _changed(colour: Colour, change: etree._Element) -> Colour | None:
    """A colour after one change; None for a change that is not known."""
    kind, share = etree.QName(change).localname, _share(change, "val")
    if share is None:
        return None
    changes: dict[str, Callable[[], Colour]] = {
        "alpha": lambda: colour.with_alpha(share),
        "lumMod": lambda: colour.with_light(lambda light: light * share),
        "lumOff": lambda: colour.with_light(lambda light: light + share),
        "shade": lambda: Colour.from_light(*(part * share for part in colour.light)).with_alpha(colour.alpha),
        "tint": lambda: Colour.from_light(*(part * share + 1 - share for part in colour.light)).with_alpha(
            colour.alpha
        ),
    }
    return changes[kind]() if kind in changes else None


def _share(element: etree._Element, name: str) -> float | None:
    """A number of thousandths of a percent, or of percent with their sign, as a part of one."""
    value = element.get(name, "")
    try:
        return float(value.removesuffix("%")) / 100 if value.endswith("%") else float(value) / WHOLE
    except ValueError:
        return None
