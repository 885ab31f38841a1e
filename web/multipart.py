"""A streamed upload: one file of a multipart body, passed on piece by piece, never held in memory or spooled.

Fields must come before the file, because the file is already being stored when the rest of the body is read.
"""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers

from core.errors import Invalid
from web.body_limit import ENVELOPE_BYTES, declared_length

FIELD_BYTES = 1024
MOST_FIELDS = 20
FILE_FIELD = "file"


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that is still arriving.

    Attributes:
        fields: the text fields before it.
        content: its bytes; raises Invalid when the body is cut off, malformed, or has more parts after this file.
    """

    filename: str
    fields: dict[str, str]
    content: AsyncIterator[bytes]


class Parts:
    """Callbacks of the parser: collects fields, queues the file's pieces, refuses everything else.

    Args:
        takes_fields_after: fields may follow the file; they are dropped.

    Attributes:
        pieces: file bytes that are parsed but not passed on yet, from at most one network read.
    """

    def __init__(self, *, takes_fields_after: bool = False) -> None:
        self._takes_fields_after = takes_fields_after
        self._is_after = False
        self.fields: dict[str, str] = {}
        self.filename: str | None = None
        self.pieces: deque[bytes] = deque()
        self.is_ended = False
        self._header = b""
        self._value = b""
        self._disposition = b""
        self._field: str | None = None
        self._text = bytearray()

    def on_part_begin(self) -> None:
        """A part starts."""
        if self.filename is not None and not self._takes_fields_after:
            raise Invalid("Send one file per request, as the last part of the form.")
        self._is_after = self.filename is not None
        self._disposition = b""

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        """A piece of a header's name."""
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        """A piece of a header's value."""
        self._value += data[start:end]

    def on_header_end(self) -> None:
        """One header is complete."""
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def on_headers_finished(self) -> None:
        """The part's headers are complete: it is the file or a field."""
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode(errors="replace")
        if b"filename" in options:
            if self._is_after:
                raise Invalid("Send one file per request.")
            if name != FILE_FIELD:
                raise Invalid(f"The file must be in the field “{FILE_FIELD}”.")
            path = options[b"filename"].decode(errors="replace")
            self.filename = path.replace("\\", "/").rpartition("/")[2]  # some clients send the whole path
        elif not name or len(self.fields) >= MOST_FIELDS:
            raise Invalid("The form has parts without a name, or too many of them.")
        self._field, self._text = name, bytearray()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Bytes of the current part."""
        if self.filename is not None and not self._is_after:
            self.pieces.append(data[start:end])
        elif len(self._text) + end - start > FIELD_BYTES:
            raise Invalid("A field of the form is too long.")
        else:
            self._text += data[start:end]

    def on_part_end(self) -> None:
        """The part is complete."""
        if self.filename is None and self._field is not None:
            self.fields[self._field] = self._text.decode(errors="replace")

    def on_end(self) -> None:
        """The closing boundary was read."""
        self.is_ended = True

    def callbacks(self) -> Any:
        """The ``on_…`` methods by name, as the parser takes them."""
        return {name: getattr(self, name) for name in dir(self) if name.startswith("on_")}


def boundary_of(request: Request) -> bytes:
    """The boundary in ``Content-Type``. Raises Invalid when the body is not ``multipart/form-data``."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary: bytes | None = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise Invalid("Send the file as multipart/form-data.")
    return boundary


def declared_bytes(headers: Headers) -> int:
    """The least size of the file by the declared length: without what a form may add at most; 0 when nothing is declared."""
    return max(0, declared_length(headers) - ENVELOPE_BYTES)


async def open_upload(request: Request, *, takes_fields_after: bool = False) -> IncomingFile:
    """Read a form up to the start of its file.

    Args:
        takes_fields_after: fields may follow the file; they are dropped.

    Raises:
        Invalid: not a form, malformed, or without a file.
    """
    parts = Parts(takes_fields_after=takes_fields_after)
    try:
        parser = MultipartParser(boundary_of(request), parts.callbacks())
    except FormParserError as error:
        raise Invalid("The form could not be read.") from error
    stream = request.stream()
    async for data in stream:
        feed(parser, data)
        if parts.filename is not None:
            return IncomingFile(parts.filename, parts.fields, content_of(stream, parser, parts))
    raise Invalid(f"There is no file in the field “{FILE_FIELD}”.")


async def content_of(stream: AsyncIterator[bytes], parser: MultipartParser, parts: Parts) -> AsyncIterator[bytes]:
    """The file's bytes. The network is read again only after all pieces are taken, which is the backpressure."""
    while parts.pieces:
        yield parts.pieces.popleft()
    async for data in stream:
        feed(parser, data)
        while parts.pieces:
            yield parts.pieces.popleft()
    if not parts.is_ended:
        raise Invalid("The upload ended before the file was complete.")


def feed(parser: MultipartParser, data: bytes) -> None:
    """Parse the bytes of one network read. Raises Invalid."""
    try:
        parser.write(data)
    except FormParserError as error:
        raise Invalid("The form could not be read.") from error
