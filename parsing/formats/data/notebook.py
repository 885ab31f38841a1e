"""Notebooks (Jupyter): texts, code and what it printed, cell by cell. Runs in a child process only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from parsing.formats.data.encoded import readable
from parsing.formats.html.markdown import markdown_blocks
from parsing.formats.html.reader import html_text_blocks
from parsing.sections import TextBlock, sections_of
from parsing.types import Section

PICTURES = "image/"
TEXTS = ("text/markdown", "text/html", "text/plain")  # of one result, the best first
PICTURES_NOT_READ = "Pictures among the results of this notebook were not read: {count}."
ERROR = "Error: "


def is_notebook(value: object) -> TypeGuard[dict[str, Any]]:
    """True for what has the cells of one, in version 4 or the one before."""
    return (
        isinstance(value, dict)
        and "nbformat" in value
        and any(isinstance(value.get(key), list) for key in ("cells", "worksheets"))
    )


def sections(value: Mapping[str, Any]) -> Iterator[Section]:
    """Its cells in order; pictures are counted."""
    cells = [cell for cell in _cells(value) if isinstance(cell, dict)]
    pictures = sum(_pictures(cell) for cell in cells)
    number = 0
    for section in sections_of(block for place, cell in enumerate(cells, start=1) for block in _blocks(cell, place)):
        number = section.number
        yield section
    if pictures:
        yield Section(number=number + 1, text="", warning=PICTURES_NOT_READ.format(count=pictures))


def _cells(value: Mapping[str, Any]) -> Sequence[Any]:
    if isinstance(value.get("cells"), list):
        return value["cells"]  # type: ignore[no-any-return]
    return [cell for sheet in value["worksheets"] if isinstance(sheet, dict) for cell in sheet.get("cells") or ()]


def _blocks(cell: Mapping[str, Any], place: int) -> Iterator[TextBlock]:
    text, kind = _text(cell.get("source", cell.get("input", ""))), cell.get("cell_type")
    locator = f"cell {place}"
    if kind == "markdown":
        yield from (replace(block, locator=block.locator or locator) for block in markdown_blocks(readable(text)))
    elif kind == "heading":  # of version 3
        yield TextBlock("heading", text, cell["level"] if isinstance(cell.get("level"), int) else 1)
    else:
        yield TextBlock("code" if kind == "code" else "paragraph", text, locator=locator)
    for output in _outputs(cell):
        yield from (replace(block, locator=locator) for block in _output(output))


def _outputs(cell: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    outputs = cell.get("outputs")
    return [output for output in outputs if isinstance(output, dict)] if isinstance(outputs, list) else []


def _output(output: Mapping[str, Any]) -> Iterator[TextBlock]:
    if output.get("output_type") in ("error", "pyerr"):
        yield TextBlock("paragraph", f"{ERROR}{output.get('ename', '')}: {output.get('evalue', '')}")
        return
    data = _data(output)
    best = next((kind for kind in TEXTS if kind in data), None)
    if best is None:
        yield TextBlock("code", readable(_text(output.get("text", ""))))
    elif best == "text/plain":
        if not any(kind.startswith(PICTURES) for kind in data):  # beside a picture it only names the picture's object
            yield TextBlock("code", readable(_text(data[best])))
    else:
        read = html_text_blocks if best == "text/html" else markdown_blocks
        yield from read(readable(_text(data[best])))


def _data(output: Mapping[str, Any]) -> Mapping[str, Any]:
    data = output.get("data")
    if isinstance(data, dict):
        return data
    of_old = {
        "html": "text/html",
        "text": "text/plain",
        "png": "image/png",
        "jpeg": "image/jpeg",
        "svg": "image/svg+xml",
    }
    is_stream = output.get("output_type") == "stream"
    return {} if is_stream else {name: output[key] for key, name in of_old.items() if key in output}


def _pictures(cell: Mapping[str, Any]) -> int:
    """Pictures among its results, and those pasted into its text."""
    attachments = cell.get("attachments")
    pasted = len(attachments) if isinstance(attachments, dict) else 0
    return pasted + sum(any(kind.startswith(PICTURES) for kind in _data(output)) for output in _outputs(cell))


def _text(value: object) -> str:
    """A text, or a list of its lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""
