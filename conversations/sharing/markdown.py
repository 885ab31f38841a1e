"""A conversation as Markdown with footnotes, as GitHub, Pandoc and most editors read them."""

from collections.abc import Iterator

from answers.apart import footnoted
from answers.transcript import escape, escape_sentence
from conversations.sharing.document import Document, Entry, Reference
from rag.types import Chart

YOU, FOOTNOTE = "Question", "Answer"


def markdown_of(document: Document) -> str:
    """The whole document. CPU work: reads every answer."""
    blocks = [f"# {escape(document.title)}", f"*Exported from Footnote on {document.taken_at:%Y-%m-%d, %H:%M} UTC.*"]
    for entry in document.entries:
        blocks += _entry(entry)
    if document.footnotes:
        blocks.append("## Sources")
        blocks.append("\n".join(f"{one.number}. {_reference(one.reference)}" for one in document.footnotes))
        blocks.append("\n".join(f"[^{one.number}]: {_reference(one.reference)}" for one in document.footnotes))
    return "\n\n".join(blocks) + "\n"


def _entry(entry: Entry) -> Iterator[str]:
    yield f"## {YOU if entry.role == 'user' else FOOTNOTE}"
    if entry.role == "user":
        yield "\n".join(f"> {escape(line)}".rstrip() for line in entry.text.strip().splitlines())
    elif entry.is_markdown:
        yield entry.text.strip()
    elif entry.text:
        yield footnoted(entry.text, entry.labels)
    if entry.chart:
        yield _table(entry.chart)
    if entry.nearest:
        lines = [f"- {_reference(one)}" for one in entry.nearest]
        yield "\n".join(["These documents come nearest:", "", *lines])
    if entry.note:
        yield f"*{escape_sentence(entry.note)}*"


def _reference(reference: Reference) -> str:
    words = escape(reference.text)
    link = f"[{words}]({reference.url})" if reference.url else words
    return f"{link} ({escape(' › '.join(reference.path))})" if reference.path else link


def _table(chart: Chart) -> str:
    unit = f" ({escape(chart.unit)})" if chart.unit else ""
    rows = [f"| {escape(label)} | {value:g} |" for label, value in chart.points]
    return "\n".join([f"| {escape(chart.title)} | Value{unit} |", "|---|---:|", *rows])
