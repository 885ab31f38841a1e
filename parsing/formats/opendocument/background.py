"""What is behind the text of an OpenDocument file: cells, tables, sections, shapes, slides and pages."""

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.opendocument.namespaces import CALCEXT, DRAW, FO, OFFICE, PRESENTATION, STYLE, SVG, TABLE, TEXT
from parsing.formats.opendocument.styles import Name, Styles, colour_of, has_picture
from parsing.visibility.colour import WHITE, Colour
from parsing.visibility.geometry import Box, Painted, behind, meet, points

HOLDERS = {
    f"{TEXT}section": ("section", TEXT),
    f"{TABLE}table": ("table", TABLE),
    f"{TABLE}table-row": ("table-row", TABLE),
}
CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
SHAPES = tuple(
    DRAW + name for name in ("frame", "custom-shape", "rect", "circle", "ellipse", "polygon", "path", "caption")
)
RECTANGLES = (f"{DRAW}frame", f"{DRAW}rect", f"{DRAW}caption")
PICTURES = tuple(DRAW + name for name in ("image", "object", "object-ole", "plugin", "floating-frame"))

MOST_HOLDERS = 1000  # sections, tables and rows that are remembered; those around a paragraph are among the last

Things = tuple[dict[etree._Element, int], list[Painted | None]]  # the order of shapes, and what they paint


class Backgrounds:
    """Tells the colour behind paragraphs.

    Args:
        styles: those of the text.
        master: those of the file's ``styles.xml`` alone, which name pages and master slides.
        part: that part; None when there is none.
    """

    def __init__(self, styles: Styles, master: Styles, part: etree._Element | None) -> None:
        self._styles = styles
        self._master = master
        layouts = list(part.iter(f"{STYLE}page-layout")) if part is not None else []
        self._layouts = {one.get(f"{STYLE}name"): one.find(f"{STYLE}page-layout-properties") for one in layouts}
        pages = part.iter(f"{STYLE}master-page") if part is not None else ()
        self._masters = {one.get(f"{STYLE}name"): one for one in pages}
        self._paper = self._of_pages()
        self._slide_of = lru_cache(1)(self._things)
        self._holder = lru_cache(MOST_HOLDERS)(self._of_holder)

    def behind(self, paragraph: etree._Element) -> Colour | None:
        """The colour behind a paragraph that has none of its own; None when it cannot be told."""
        return next((colour for colour in self._around(paragraph) if colour is None or colour.is_seen), WHITE)

    def is_beside(self, shape: etree._Element) -> bool:
        """True for a shape beside its slide or its page."""
        box, page = _box(shape), next(shape.iterancestors(f"{DRAW}page"), None)
        size = self._size_pt(page)
        if box is None or size is None:
            return False
        if page is None and shape.get(f"{TEXT}anchor-type") != "page":  # placed from some point of the page
            return not meet(box, (-size[0], -size[1], *size))
        return not meet(box, (0.0, 0.0, *size))

    def _around(self, paragraph: etree._Element) -> Iterator[Colour | None]:
        for element in paragraph.iterancestors():
            if element.tag in CELLS:
                yield self._styles.background(("table-cell", element.get(f"{TABLE}style-name", "")), "table-cell")
            elif element.tag in HOLDERS:
                yield self._holder(element)
            elif element.tag in SHAPES:
                yield self._surface(element)
                yield self._under(element)
            elif element.tag in (f"{OFFICE}annotation", f"{PRESENTATION}notes"):
                yield None
        yield self._paper

    def _of_holder(self, element: etree._Element) -> Colour | None:
        """The colour of a section, a table or a row; None when conditions may give its cells others."""
        family, namespace = HOLDERS[element.tag]
        colour = self._styles.background((family, element.get(f"{namespace}style-name", "")), family)
        is_conditional = element.find(f"{CALCEXT}conditional-formats") is not None
        return None if is_conditional and colour is not None and not colour.is_seen else colour

    def _surface(self, shape: etree._Element) -> Colour | None:
        """The colour of a shape, transparent when it has none; None when it cannot be told."""
        if any(child.tag in PICTURES for child in shape):
            return None
        names = names_of(shape)
        fill, colour, plain, opacity = (
            self._styles.first(names, "graphic", key)
            for key in (f"{DRAW}fill", f"{DRAW}fill-color", f"{FO}background-color", f"{DRAW}opacity")
        )
        if fill == "solid":
            found = colour_of(colour)
            percent = opacity.removesuffix("%")
            return found.with_alpha(float(percent) / 100 if percent.isdigit() else 1.0) if found else None
        if fill in ("", "none"):
            is_box = bool(fill) or shape.tag == f"{DRAW}frame"
            return colour_of(plain) if is_box else None
        return None

    def _under(self, shape: etree._Element) -> Colour | None:
        """What is behind a shape without a colour: other shapes of its slide, or the slide."""
        page = next(shape.iterancestors(f"{DRAW}page"), None)
        if page is None:
            return None
        order, painted = self._slide_of(page)
        return behind(_box(shape), painted[: order.get(shape)], self._of_slide(page))

    def _things(self, page: etree._Element) -> Things:
        """The shapes of a slide, those of its master first, each in front of those before it; None for those without a surface."""
        master = self._masters.get(page.get(f"{DRAW}master-page-name"))
        drawn = (
            [shape for shape in master.iter(*SHAPES) if not shape.get(f"{PRESENTATION}class")]
            if master is not None
            else []
        )
        shapes = [*drawn, *page.iter(*SHAPES)]
        painted: list[Painted | None] = []
        for shape in shapes:
            colour = self._surface(shape)
            is_plain = colour is not None and colour.alpha == 1 and shape.tag in RECTANGLES
            is_seen = colour is None or colour.is_seen
            painted.append(Painted(_box(shape), colour if is_plain else None) if is_seen else None)
        return {shape: number for number, shape in enumerate(shapes)}, painted

    def _of_slide(self, page: etree._Element) -> Colour | None:
        master = self._masters.get(page.get(f"{DRAW}master-page-name"))
        for styles, element in ((self._styles, page), (self._master, master)):
            name = element.get(f"{DRAW}style-name", "") if element is not None else ""
            fill, colour = (
                styles.value(("drawing-page", name), "drawing-page", DRAW + key) for key in ("fill", "fill-color")
            )
            if fill not in ("", "none"):
                return colour_of(colour) if fill == "solid" else None
        return WHITE

    def _of_pages(self) -> Colour | None:
        """The colour of all pages; None when they have several, or pictures."""
        found: set[Colour | None] = set()
        for layout in self._layouts.values():
            if layout is None:
                continue
            colour = colour_of(layout.get(f"{FO}background-color", ""))
            is_picture = has_picture(layout)
            is_plain = layout.get(f"{DRAW}fill", "none") in ("none", "solid")
            found.add((colour if colour is None or colour.is_seen else WHITE) if is_plain and not is_picture else None)
        return found.pop() if len(found) == 1 else (None if found else WHITE)

    def _size_pt(self, page: etree._Element | None) -> tuple[float, float] | None:
        """Width and height of a slide, or of the pages when they all have the same."""
        masters = self._masters.values() if page is None else [self._masters.get(page.get(f"{DRAW}master-page-name"))]
        layouts = [self._layouts.get(one.get(f"{STYLE}page-layout-name")) for one in masters if one is not None]
        sizes = {
            (points(one.get(f"{FO}page-width", "")), points(one.get(f"{FO}page-height", "")))
            for one in layouts
            if one is not None
        }
        width, height = sizes.pop() if len(sizes) == 1 else (None, None)
        return (width, height) if width and height else None


def names_of(shape: etree._Element) -> list[Name]:
    """The styles of a shape."""
    named = (
        (family, shape.get(f"{space}style-name", ""))
        for family, space in (("presentation", PRESENTATION), ("graphic", DRAW))
    )
    return [name for name in named if name[1]] or [("graphic", "")]


def _box(shape: etree._Element) -> Box | None:
    """Where a shape stands, in points; None when it does not say, or is turned."""
    if shape.get(f"{DRAW}transform"):
        return None
    x, y, width, height = (points(shape.get(f"{SVG}{name}", "")) for name in ("x", "y", "width", "height"))
    if x is None or y is None or width is None or height is None:
        return None
    return x, y, x + width, y + height
