"""Kinds of files as people name them (text, image, email), for limits and filters. From the MIME type, never from a file's name."""

from collections.abc import Iterable

DOCUMENT, SPREADSHEET, PRESENTATION, OTHER = "document", "spreadsheet", "presentation", "other"
KINDS = ("pdf", DOCUMENT, SPREADSHEET, PRESENTATION, "web", "text", "data", "email", "image")

_KIND_OF = {
    "application/pdf": "pdf",
    "application/msword": DOCUMENT,
    "application/x-ole-storage": DOCUMENT,  # an old office file of any kind; its parser finds out which
    "application/rtf": DOCUMENT,
    "text/rtf": DOCUMENT,
    "application/epub+zip": DOCUMENT,
    "application/vnd.ms-excel": SPREADSHEET,
    "text/csv": SPREADSHEET,
    "text/tab-separated-values": SPREADSHEET,
    "application/vnd.ms-powerpoint": PRESENTATION,
    "text/html": "web",
    "application/xhtml+xml": "web",
    "text/plain": "text",
    "text/markdown": "text",
    "text/x-source": "text",
    "application/json": "data",
    "application/x-ndjson": "data",
    "application/xml": "data",
    "text/xml": "data",
    "message/rfc822": "email",
    "application/mbox": "email",
    "application/vnd.ms-outlook": "email",
}
_OFFICE = {
    "wordprocessingml": DOCUMENT,
    "opendocument.text": DOCUMENT,
    "spreadsheetml": SPREADSHEET,
    "opendocument.spreadsheet": SPREADSHEET,
    "presentationml": PRESENTATION,
    "opendocument.presentation": PRESENTATION,
    "opendocument.graphics": PRESENTATION,
}


def kind_of(mime_type: str) -> str:
    """One of KINDS, or ``other``."""
    if mime_type.startswith("image/"):
        return "image"
    if mime_type in _KIND_OF:
        return _KIND_OF[mime_type]
    return next((kind for part, kind in _OFFICE.items() if part in mime_type), OTHER)


def names_of(text: str) -> list[str]:
    """The names of a list separated by commas: ``pdf, image``."""
    return [name for part in text.split(",") if (name := part.strip())]


def require_kinds(names: Iterable[str]) -> None:
    """Raise ValueError for a name that is not in KINDS."""
    for name in names:
        if name not in KINDS:
            raise ValueError(f"“{name}” is no kind of file; there are {', '.join(KINDS)}")
