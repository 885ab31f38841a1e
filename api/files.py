"""Headers of original files: only harmless types are shown in the browser, all others are downloads."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from ingestion.types import DocumentView

PDF = "application/pdf"
INLINE = frozenset({PDF, "image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"})
ODD = re.compile(r"[^A-Za-z0-9._ ()-]")  # replaced in names for old clients
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")  # no file has more bytes than that
# No sandbox: some browsers' PDF viewers do not start in one, and a declared PDF is never run as a page.
CSP_PDF = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
CSP = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``start`` to ``stop`` (exclusive) of ``size_bytes``."""

    start: int
    stop: int
    size_bytes: int

    @property
    def length(self) -> int:
        """Number of bytes."""
        return self.stop - self.start


def disposition(title: str, is_inline: bool) -> str:
    """``Content-Disposition`` with the real name, and a plain ASCII one for old clients (RFC 6266, RFC 5987)."""
    plain = ODD.sub("_", title.encode("ascii", "replace").decode()) or "document"
    kind = "inline" if is_inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(title, safe='')}"


def file_headers(document: DocumentView, *, is_download: bool) -> dict[str, str]:
    """Headers of an original file."""
    is_inline = document.mime_type in INLINE and not is_download
    return {
        "Content-Disposition": disposition(document.title, is_inline),
        "Content-Security-Policy": CSP_PDF if document.mime_type == PDF and is_inline else CSP,
        "Accept-Ranges": "bytes",
        "ETag": f'"{document.id}.{document.version}"',
        "Cache-Control": "private, no-cache",
    }


def content_type(document: DocumentView) -> str:
    """The type to declare: never one that a browser would run."""
    if document.mime_type not in INLINE:
        return "application/octet-stream"
    return "text/plain; charset=utf-8" if document.mime_type == "text/plain" else document.mime_type


def requested_range(header: str | None, size_bytes: int) -> ByteRange | None:
    """The byte range of a ``Range`` header; None for the whole file (also for several ranges, which RFC 9110 allows)."""
    match = RANGE.fullmatch(header or "")
    if not match or match[0] == "bytes=-" or size_bytes == 0:
        return None
    first, last = match.groups()
    if not first:
        return ByteRange(max(0, size_bytes - int(last)), size_bytes, size_bytes)
    stop = min(int(last) + 1, size_bytes) if last else size_bytes
    return ByteRange(int(first), stop, size_bytes)
