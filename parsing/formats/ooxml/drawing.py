"""Charts and diagrams of office files: what they say in words and numbers. Runs in a child process only."""

from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

from parsing.sections import TextBlock

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
KINDS = ("chart", "diagramData")  # of parts, as the file names them


def text_blocks(tree: etree._Element) -> Iterator[TextBlock]:
    """Texts of a diagram or of a chart's titles, and the names and values that a chart shows."""
    for paragraph in tree.iter(f"{A}p"):
        yield TextBlock("paragraph", text_of(paragraph))
    for series in tree.iter("{*}ser"):
        name = " ".join(value.text or "" for value in series.findall("{*}tx//{*}v"))
        labels, values = (
            [point.text or "" for point in series.findall(f"{{*}}{kind}//{{*}}v")] for kind in ("cat", "val")
        )
        points = (f"{label}: {value}" for label, value in zip(labels, values, strict=False))
        yield TextBlock("table", "\n".join([name, *points]).strip())


def text_of(paragraph: etree._Element) -> str:
    """The characters of a paragraph of DrawingML."""
    return "".join(
        "\n" if run.tag == f"{A}br" else run.text or "" for run in paragraph.iter(f"{A}t", f"{A}br", M_TEXT)
    ).strip()
