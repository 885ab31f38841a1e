"""What stands on a slide of PowerPoint and nobody sees: hidden or beside it, in the colour of what is behind, transparent, tiny."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml import drawing
from parsing.formats.ooxml.namespaces import A, P
from parsing.formats.ooxml.package import Archive
from parsing.formats.ooxml.pptx_shapes import Parts, box_of, kind_of, painted, surface
from parsing.formats.ooxml.theme import Theme, fill_of, theme_of
from parsing.visibility.colour import WHITE, Colour
from parsing.visibility.geometry import behind, meet
from parsing.visibility.verdict import Look

ON = ("1", "true")
FLAT_EMU = 12_700  # a point
TEXT_STYLES = {"title": "titleStyle", "body": "bodyStyle"}
OTHER_STYLE = "otherStyle"
CELL = f"{A}tc"


@dataclass(frozen=True, slots=True)
class Presentation:
    """What all slides share: their size in EMU, and the styles of text in boxes; None when the file does not say."""

    size: tuple[int, int] | None = None
    text_style: etree._Element | None = None


class Slide:
    """Tells why shapes and runs of one slide are not seen.

    Args:
        parts: the slide, its layout and its master.
    """

    def __init__(self, presentation: Presentation, parts: Parts, theme: Theme) -> None:
        self._presentation = presentation
        self._parts = parts
        self._theme = theme
        self._paper = self._colour_of_paper()
        things = painted(parts, theme)
        self._painted = [thing for _, thing in things]
        self._order = {shape: number for number, (shape, _) in enumerate(things)}  # in which they are painted
        self._judged: etree._Element | None = None  # the last shape that a run was asked about
        self._behind_it: Colour | None = None

    def how(self, shape: etree._Element) -> str:
        """Why a shape is not seen; empty when it is."""
        properties = next(shape.iter(f"{P}cNvPr"), None)
        box, size = box_of(shape, self._parts), self._presentation.size
        body = shape.find(f"{P}txBody/{A}bodyPr")
        is_cut = body is not None and body.get("vertOverflow") == "clip"
        return Look(
            is_marked=properties is not None and properties.get("hidden") in ON,
            is_outside=box is not None and size is not None and not meet(box, (0, 0, *size)),
            is_covered=is_cut and box is not None and box[3] - box[1] <= FLAT_EMU,
        ).how()

    def how_run(self, shape: etree._Element, run: etree._Element) -> str:
        """Why a run of text of a shape is not seen; empty when it is."""
        layers = list(self._layers(shape, run))
        colour = drawing.colour_of(layers, self._theme)
        return Look(
            size_pt=drawing.size_pt(layers, shape.find(f"{P}txBody/{A}bodyPr")),
            colour=colour,
            behind=self._behind(shape, run) if colour else None,
        ).how()

    def _layers(self, shape: etree._Element, run: etree._Element) -> Iterator[etree._Element]:
        """Properties of a run, nearest first: its own, those of its level in the shape, in its placeholders, in the master."""
        yield from run.iterfind(f"{A}rPr")
        level = f"{A}lvl{_level(run) + 1}pPr"
        if (cell := next(run.iterancestors(CELL), None)) is not None:
            yield from cell.iterfind(f"{A}txBody/{A}lstStyle/{level}/{A}defRPr")
            return  # the style of the table may give it any colour
        for one in self._parts.line_of(shape):
            yield from one.iterfind(f"{P}txBody/{A}lstStyle/{level}/{A}defRPr")
            yield from one.iterfind(f"{P}style/{A}fontRef")
        kind = kind_of(shape)
        if kind is not None:
            styles = self._parts.parts[-1].find(f"{P}txStyles/{P}{TEXT_STYLES.get(kind, OTHER_STYLE)}")
        else:
            styles = self._presentation.text_style
        yield from styles.iterfind(f"{level}/{A}defRPr") if styles is not None else ()

    def _behind(self, shape: etree._Element, run: etree._Element) -> Colour | None:
        """The colour behind a run; None when it cannot be told."""
        marked = run.find(f"{A}rPr/{A}highlight")
        if marked is not None:
            return self._theme.colour(marked)
        if (cell := next(run.iterancestors(CELL), None)) is not None:
            return self._theme.colour(fill_of(cell.find(f"{A}tcPr")))
        if shape is not self._judged:
            self._judged, self._behind_it = shape, self._behind_shape(shape)
        return self._behind_it

    def _behind_shape(self, shape: etree._Element) -> Colour | None:
        """The colour behind the text of a shape."""
        own = surface(shape, self._parts, self._theme)
        if own is None or own.is_seen:
            return own if own is not None and own.alpha == 1 else None
        before = self._painted[: self._order.get(shape)]
        return behind(box_of(shape, self._parts), before, self._paper)

    def _colour_of_paper(self) -> Colour | None:
        """The colour of the slide itself; None when it cannot be told."""
        background = next((one for part in self._parts.parts if (one := part.find(f"{P}cSld/{P}bg")) is not None), None)
        if background is None:
            return WHITE
        reference = background.find(f"{P}bgRef")
        if reference is not None:
            return self._theme.background(reference)
        return self._theme.colour(fill_of(background.find(f"{P}bgPr")))


def _level(run: etree._Element) -> int:
    """How deep the paragraph of a run is in a list."""
    properties = next((one.find(f"{A}pPr") for one in run.iterancestors(f"{A}p")), None)
    said = properties.get("lvl", "0") if properties is not None else "0"
    return int(said) if said.isdigit() else 0


def slide_of(opened: Archive, name: str, tree: etree._Element, presentation: Presentation) -> Slide:
    """What is needed of a slide's part, its layout, its master and its theme."""
    parts, part = [tree], name
    for kind in ("slideLayout", "slideMaster"):
        target = next((target for _, one, target in opened.related(part) if one == kind), "")
        found = opened.xml_or_none(target) if target else None
        if found is None:
            break
        parts.append(found)
        part = target
    mapped = next((one for each in parts for one in each.iter(f"{A}overrideClrMapping", f"{P}clrMap")), None)
    return Slide(
        presentation, Parts(parts), theme_of(opened, part, dict(mapped.attrib) if mapped is not None else None)
    )


def presentation_of(main: etree._Element | None) -> Presentation:
    """What the main part says of all slides."""
    found = main.find(f"{P}sldSz") if main is not None else None
    style = main.find(f"{P}defaultTextStyle") if main is not None else None
    try:
        size = (int(found.get("cx", "")), int(found.get("cy", ""))) if found is not None else None
    except ValueError:
        size = None
    return Presentation(size, style)
