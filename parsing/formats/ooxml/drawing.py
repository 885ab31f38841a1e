"""Drawings of office files: what charts and diagrams say in words and numbers, and how the letters of a box look.

Runs in a child process only.
"""

from collections.abc import Iterator, Sequence

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.namespaces import A
from parsing.formats.ooxml.theme import WHOLE, Theme, fill_of
from parsing.sections import HIDDEN, TextBlock
from parsing.visibility.colour import TRANSPARENT, Colour
from parsing.visibility.verdict import Look

M_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
PER_PT = 100  # how DrawingML writes a point of type
KINDS = ("chart", "chartEx", "diagramData")  # of parts, as the file names them


def text_blocks(tree: etree._Element) -> Iterator[TextBlock]:
    """Texts of a diagram or of a chart's titles, and the names and values that a chart shows. First, what is not seen of them."""
    yield from take_out(tree, Theme())
    for paragraph in tree.iter(f"{A}p"):
        yield TextBlock("paragraph", text_of(paragraph))
    for series in tree.iter("{*}ser"):
        name = " ".join(value.text or "" for value in series.findall("{*}tx//{*}v"))
        labels, values = (
            [point.text or "" for point in series.findall(f"{{*}}{kind}//{{*}}v")] for kind in ("cat", "val")
        )
        points = (f"{label}: {value}" for label, value in zip(labels, values, strict=False))
        yield TextBlock("table", "\n".join([name, *points]).strip())
    for data in tree.iter(f"{CX}data"):  # of the newer kinds of charts
        columns = [[point.text or "" for point in level.iter(f"{CX}pt")] for level in data.iter(f"{CX}lvl")]
        yield TextBlock("table", "\n".join(": ".join(row) for row in zip(*columns, strict=False)))


def text_of(paragraph: etree._Element) -> str:
    """The characters of a paragraph of DrawingML."""
    return "".join(
        "\n" if run.tag == f"{A}br" else run.text or "" for run in paragraph.iter(f"{A}t", f"{A}br", M_TEXT)
    ).strip()


def colour_of(layers: Sequence[etree._Element], theme: Theme) -> Colour | None:
    """The colour of letters; None when it cannot be told, or when an outline, a shadow or a link's own colour shows them.

    Args:
        layers: properties of a run (``rPr`` and what it inherits), nearest first.
    """
    for layer in layers:
        outline = layer.find(f"{A}ln")
        is_drawn = outline is not None and fill_of(outline) is not None and outline.find(f"{A}noFill") is None
        if is_drawn or layer.find(f"{A}effectLst/*") is not None or layer.find(f"{A}hlinkClick") is not None:
            return None
        if layer.tag == f"{A}fontRef":
            if len(layer):
                return theme.colour(layer)
        elif (fill := fill_of(layer)) is not None:
            return TRANSPARENT if fill.tag == f"{A}noFill" else theme.colour(fill)
    return None


def size_pt(layers: Sequence[etree._Element], body: etree._Element | None) -> float | None:
    """The size of letters, made smaller where the box says so (``bodyPr``); None when nothing is said."""
    size = next((said for layer in layers if (said := layer.get("sz", "")).isdigit()), "")
    fitted = body.find(f"{A}normAutofit") if body is not None else None
    scale = fitted.get("fontScale", "") if fitted is not None else ""
    return int(size) / PER_PT * (int(scale) / WHOLE if scale.isdigit() else 1.0) if size else None


def take_out(tree: etree._Element, theme: Theme) -> Iterator[TextBlock]:
    """Remove runs of boxes that are not seen, by what they and their boxes say of themselves; what they said."""
    for run in list(tree.iter(f"{A}r")):
        layers = run.findall(f"{A}rPr")
        box = next(run.iterancestors("{*}sp"), None)
        colour = colour_of(layers, theme)
        behind = theme.colour(fill_of(box.find("{*}spPr"))) if colour and box is not None else None
        body = box.find("{*}txBody/{*}bodyPr") if box is not None else None
        is_plain = behind is not None and behind.alpha == 1
        how = Look(size_pt=size_pt(layers, body), colour=colour, behind=behind if is_plain else None).how()
        if how:
            yield TextBlock(HIDDEN, "".join(text.text or "" for text in run.iter(f"{A}t")), locator=how)
            run.getparent().remove(run)
