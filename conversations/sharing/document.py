"""A conversation as a document: one sequence of footnotes through all answers, and texts as trees of nodes."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from conversations.sharing import nodes
from conversations.sharing.nodes import Node
from conversations.sharing.snapshot import NearestSource, Snapshot, SnapshotMessage, SnapshotSource
from rag.tables.chart import chart_svg
from rag.types import Chart


class Reference(NamedTuple):
    """What a reader is told about a source.

    Attributes:
        title: of the document, or that it is not open to the reader.
        place: where in the document, such as ``page 2``; may be empty.
        path: the headings above the passage, where they are known.
        url: opens the passage; None: the reader may not.
        is_hidden: nothing is told but that it is not open to the reader; the title says so.
    """

    title: str
    place: str = ""
    path: tuple[str, ...] = ()
    url: str | None = None
    is_hidden: bool = False

    @property
    def text(self) -> str:
        """Title and place: ``handbook.pdf, page 2``."""
        return f"{self.title}, {self.place}" if self.place else self.title


Describe = Callable[[UUID | None, SnapshotSource | NearestSource], Reference]
"""Of the answer run and one of its sources, what the reader is told."""


@dataclass(frozen=True, slots=True)
class Footnote:
    """A source under its number in the document."""

    number: int
    reference: Reference


@dataclass(frozen=True, slots=True)
class Entry:
    """A question or an answer.

    Attributes:
        blocks: the text.
        labels: number of a citation in the answer → its number in the document.
        footnotes: what the answer cites, by number in the document.
    """

    role: str
    at: datetime
    text: str
    is_markdown: bool
    blocks: tuple[Node, ...]
    note: str
    labels: Mapping[int, int]
    footnotes: tuple[Footnote, ...]
    nearest: tuple[Reference, ...]
    chart: Chart | None

    @property
    def chart_address(self) -> str:
        """The chart as an address that carries its SVG; empty without one."""
        if self.chart is None:
            return ""
        svg = chart_svg(self.chart.points, self.chart.title, self.chart.unit)
        return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Document:
    """A conversation for one reader. ``footnotes`` are all sources, by number."""

    title: str
    taken_at: datetime
    entries: tuple[Entry, ...]
    footnotes: tuple[Footnote, ...]


def document_of(snapshot: Snapshot, describe: Describe) -> Document:
    """The document of a snapshot. The same passage has the same number wherever it is cited."""
    known: dict[object, Footnote] = {}
    entries = tuple(_entry(message, known, describe) for message in snapshot.messages)
    return Document(snapshot.title, snapshot.taken_at, entries, tuple(known.values()))


def _entry(message: SnapshotMessage, known: dict[object, Footnote], describe: Describe) -> Entry:
    cited: dict[int, Footnote] = {}
    for source in message.sources:
        key = (source.document_id, source.version, source.chunk_id, source.spans, source.title)
        if key not in known:
            known[key] = Footnote(len(known) + 1, describe(message.answer_run_id, source))
        cited[source.number] = known[key]
    labels = {number: footnote.number for number, footnote in cited.items()}
    return Entry(
        role=message.role,
        at=message.at,
        text=message.text,
        is_markdown=message.is_markdown,
        blocks=_blocks(message, labels),
        note=message.note,
        labels=labels,
        footnotes=tuple(sorted(set(cited.values()), key=lambda footnote: footnote.number)),
        nearest=tuple(describe(message.answer_run_id, one) for one in message.nearest),
        chart=message.chart,
    )


def _blocks(message: SnapshotMessage, labels: Mapping[int, int]) -> tuple[Node, ...]:
    if message.role == "user":
        return nodes.plain(message.text)
    return nodes.of_markdown(message.text) if message.is_markdown else nodes.of_answer(message.text, labels)
