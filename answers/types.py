"""The view that opens when a footnote is clicked."""

from uuid import UUID

from core.values import Frozen
from rag.types import Span


class CitationView(Frozen):
    """A source of an answer run as its owner may see it now.

    Attributes:
        spans: the passage in the section's text: the supporting sentences when cited, else the whole chunk.
        quote: its text, runs joined by " … "; empty when the document was deleted.
        cited: False for a source that was found but that the checked answer does not cite (or not yet).
        support: strength of the check, 0 to 1, when cited.
        version: of the document, that was cited; ``is_earlier_version`` when it has been replaced since.
        locator: where it stands, when the format has no pages: ``Sheet1, A2:D15``.
        is_deleted: the document is gone; ``document_id`` is None and only its title is known.
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
