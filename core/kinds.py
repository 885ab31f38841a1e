"""Kinds of files as people name them (text, image, mail), for limits and filters. Told from the MIME type, never from a file's name."""

import re
from collections.abc import Iterable

DOCUMENT, SPREADSHEET, PRESENTATION, OTHER = "document", "spreadsheet", "presentation", "other"
KINDS = ("pdf", DOCUMENT, SPREADSHEET, PRESENTATION, "web", "text", "data", "email", "image")

_KIND_OF = {
    "application/pdf": "pdf",
    "application/msword": DOCUMENT,
    "application/x-ole-storage": DOCUMENT,  # an old office file; which one, its reader finds out
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
}


def kind_of(mime_type: str) -> str:
    """One of KINDS, or ``other``."""
    if mime_type.startswith("image/"):
        return "image"
    if mime_type in _KIND_OF:
        return _KIND_OF[mime_type]
    return next((kind for part, kind in _OFFICE.items() if part in mime_type), OTHER)


def names_of(text: str) -> list[str]:
    """``pdf, image`` → its names."""
    return [name for part in text.split(",") if (name := part.strip())]


def sizes_of(text: str) -> dict[str, int]:
    """``image=20MB, text=500KB`` → bytes by name.

    Raises:
        ValueError: it is not of that form.
    """
    found = {}
    for entry in names_of(text):
        match = re.fullmatch(r"(\w+)\s*=\s*(\d+)\s*([KMG]?)B?", entry, re.IGNORECASE)
        if match is None:
            raise ValueError(f"“{entry}” is not of the form image=20MB")
        found[match[1]] = int(match[2]) * 1024 ** "_KMG".index(match[3].upper() or "_")
    return found


def require_kinds(names: Iterable[str]) -> None:
    """Raise ValueError for a name that is none of KINDS."""
    for name in names:
        if name not in KINDS:
            raise ValueError(f"“{name}” is no kind of file; there are {', '.join(KINDS)}")
