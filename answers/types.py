"""Footnotes of an answer, and the view that opens when one is clicked."""

from uuid import UUID

from core.values import Frozen
from rag.types import Span


class CitationView(Frozen):
    """A source of an answer run, with what its owner may see now.

    Attributes:
        spans: the passage in the section's text: the supporting sentences when cited, else the whole chunk.
        quote: the text of the spans, joined by " … "; empty when the document was deleted.
        cited: False for a source that the checked answer does not cite (or not yet).
        support: support score, 0 to 1, when cited.
        version: the cited version of the document.
        is_earlier_version: the document has a newer version.
        locator: position of the source when the format has no pages: ``Sheet1, A2:D15``.
        is_deleted: the document was deleted; ``document_id`` is None and only its title is known.
    """

    number: int
    document_id: UUID | None
    title: str
    section: int
    page: int | None = None
    locator: str | None = None
    version: int = 1
    is_earlier_version: bool = False
    spans: tuple[Span, ...] = ()
    quote: str = ""
    cited: bool = False
    support: float | None = None
    is_deleted: bool = False


class Footnote(Frozen):
    """A number of an answer and what it stands on, as its owner may see it now.

    Attributes:
        locator: how the file names the page; in formats without pages, the place: ``Sheet1, A2:D15``.
        quote: the supporting sentences; empty when the document was deleted or may no longer be seen.
    """

    number: int
    title: str
    page: int | None
    locator: str | None
    quote: str
