"""A conversation as a PDF with footnotes, set by Typst in fonts that come as packages. No text of a conversation is markup to Typst."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from pathlib import Path
from typing import Any

from conversations.sharing import fonts
from conversations.sharing.document import Document, Entry, Reference
from conversations.sharing.nodes import Node
from core.errors import Invalid
from rag.tables.chart import chart_svg
from rag.types import Chart

TEMPLATE = Path(__file__).with_name("conversation.typ")
PROGRAM = Path(__file__).with_name("typesetting.py")
MOST_CHARACTERS = 300_000  # more takes a core for longer than a person waits
WITHIN_S = 90.0
TOO_LONG = "This conversation is too long for a PDF. Download it as Markdown instead."
_ROLES = {"user": "Question", "assistant": "Answer"}

_CHART_COLOURS = {
    "var(--ink)": "#1b1f24",
    "var(--faint)": "#8b949e",
    "var(--mark)": "#2563eb",
}  # Typst knows no variables
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"  # a title keeps its own direction of writing


async def pdf_of(document: Document) -> bytes:
    """The PDF; made in a process of its own, in seconds.

    Raises:
        Invalid: it is too long, or takes too long.
    """
    if sum(len(entry.text) for entry in document.entries) > MOST_CHARACTERS:
        raise Invalid(TOO_LONG)
    data = await asyncio.to_thread(lambda: json.dumps(_Shown().document(document)).encode())
    moment = str(int(document.taken_at.timestamp()))
    return await _typeset(data, str(TEMPLATE), moment, *map(str, fonts.FOLDERS))


async def _typeset(data: bytes, *arguments: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(PROGRAM), *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            written, complaint = await process.communicate(data)
    except TimeoutError as error:
        raise Invalid(TOO_LONG) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"Typst ended with {process.returncode}: {complaint.decode(errors='replace')[-2000:]}")
    return written


class _Shown:
    """The data of the template; remembers which footnotes it had, and which characters no font has."""

    def __init__(self) -> None:
        self._noted: set[int] = set()
        self._missing: Counter[str] = Counter()
        self._printable = fonts.replacer(self._missing)

    def document(self, document: Document) -> dict[str, Any]:
        text = "".join([document.title, *(entry.text for entry in document.entries)])
        return {
            "title": self._printable(document.title),
            "rtl": fonts.is_right_to_left(document.title),
            "about": f"Exported from Footnote on {document.taken_at:%Y-%m-%d, %H:%M} UTC.",
            "fonts": fonts.families_for(text),
            "entries": [self._entry(entry) for entry in document.entries],
            "sources": [self._reference(one.reference) for one in document.footnotes],
            "missing": _said(self._missing),
        }

    def _entry(self, entry: Entry) -> dict[str, Any]:
        return {
            "role": entry.role,
            "heading": f"{_ROLES[entry.role]} · {entry.at:%Y-%m-%d, %H:%M} UTC",
            "blocks": [self._node(node) for node in entry.blocks],
            "note": self._printable(entry.note),
            "nearest": [self._reference(one) for one in entry.nearest],
            "chart": _chart(entry.chart),
            "chart-title": self._printable(entry.chart.title) if entry.chart else "",
        }

    def _node(self, node: Node) -> dict[str, Any]:
        is_first = node.kind == "cite" and node.number not in self._noted
        self._noted |= {node.number} if is_first else set()
        return {
            "kind": node.kind,
            "text": self._printable(node.text),
            "number": node.number,
            "first": is_first,
            "children": [self._node(child) for child in node.children],
            "rtl": fonts.is_right_to_left(_words(node)),
        }

    def _reference(self, reference: Reference) -> dict[str, Any]:
        title = self._printable(reference.title)
        if fonts.is_right_to_left(title):
            title = f"{_ISOLATE}{title}{_END_ISOLATE}"
        return {
            "text": f"{title}, {self._printable(reference.place)}" if reference.place else title,
            "path": self._printable(" › ".join(reference.path)),
            "url": reference.url,
        }


def _words(node: Node) -> str:
    return node.text + "".join(_words(child) for child in node.children[:3])  # enough to know the direction


def _chart(chart: Chart | None) -> str | None:
    if chart is None:
        return None
    svg = chart_svg(chart.points, chart.title, chart.unit)
    for variable, colour in _CHART_COLOURS.items():
        svg = svg.replace(variable, colour)
    return svg


def _said(missing: Counter[str]) -> str:
    """What could not be printed, in a sentence; empty when everything could."""
    if not missing:
        return ""
    scripts = ", ".join(f"{script} ({count})" for script, count in missing.most_common(6))
    return (
        f"{missing.total():,} characters of this conversation are not printed, because there is no font for them here: {scripts}."
        " Each is shown as �. The Markdown and JSON exports have all characters."
    )
