"""The way a dropped file comes in, in place of Chainlit's route: streamed to disk, counted, and judged by its bytes."""

import asyncio
import errno
from pathlib import Path
from uuid import uuid4

import structlog
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from chat.services import services
from core.context import require_principal
from core.errors import Invalid, NotFound, StorageFull, TooLarge
from core.rate_limit import RateLimiter
from ingestion.documents.incoming import judge
from ingestion.documents.quotas import Headroom
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES

log = structlog.get_logger(__name__)

_WINDOW_S = 60
_MOST_NAME_CHARS = 255
_FLUSH_BYTES = 512 * 1024
_ENVELOPE_BYTES = 64 * 1024
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class _FilePart:
    """Parser callbacks: takes the bytes of the part named ``file`` and drops every other part."""

    def __init__(self) -> None:
        self.filename: str | None = None
        self.pending = bytearray()
        self.is_complete = False
        self._headers: list[list[bytes]] = []
        self._is_file = False

    def on_part_begin(self) -> None:
        self._headers, self._is_file = [[b"", b""]], False

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._headers[-1][0] += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._headers[-1][1] += data[start:end]

    def on_header_end(self) -> None:
        self._headers.append([b"", b""])

    def on_headers_finished(self) -> None:
        disposition = next((value for name, value in self._headers if name.lower() == b"content-disposition"), b"")
        _, options = parse_options_header(disposition)
        if options.get(b"name") == b"file" and b"filename" in options and self.filename is None:
            self.filename = options[b"filename"].decode(errors="replace")
            self._is_file = True

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self.pending += data[start:end]

    def on_end(self) -> None:
        self.is_complete = True

    def parser(self, content_type: str) -> MultipartParser:
        """A parser for a request of this content type; Invalid when it is no form."""
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise Invalid("This is not an upload.")
        names = [name for name in dir(self) if name.startswith("on_")]
        return MultipartParser(options[b"boundary"], {name: getattr(self, name) for name in names})  # type: ignore[arg-type]


async def receive_file(request: Request) -> Response:
    """``POST /project/file?session_id=…``: keep one file for the person's next message.

    Raises:
        NotFound: the chat session is not this person's.
        TooLarge, QuotaExceeded, UnsupportedType, Invalid, LimitExceeded, StorageFull.
    """
    session = _own_session(request.query_params.get("session_id", ""))
    limits, principal = services().settings, require_principal()
    await RateLimiter(services().redis).hit(
        f"chat-upload:{principal.user_id}", limits.limit.uploads_per_minute, _WINDOW_S
    )
    if len(session.files) >= limits.upload.max_files * 2:
        raise TooLarge(f"Send what is attached first: at most {limits.upload.max_files} files fit into one message.")
    headroom = await services().ingestion.headroom(principal, _declared_bytes(request))
    file_id = str(uuid4())
    path: Path = session.files_dir / file_id
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        name, size_bytes = await _store(request, path, headroom)
        mime_type = await asyncio.to_thread(_judge, path, size_bytes, name, headroom)
    except BaseException as error:
        await asyncio.shield(asyncio.to_thread(path.unlink, missing_ok=True))
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise StorageFull("There is no room left to store files.") from error
        raise
    session.files[file_id] = {"id": file_id, "path": path, "name": name, "type": mime_type, "size": size_bytes}
    return JSONResponse({"id": file_id})


def _own_session(session_id: str):  # type: ignore[no-untyped-def]  # Chainlit's WebsocketSession
    from chainlit.session import WebsocketSession

    session = WebsocketSession.get_by_id(session_id)
    if session is None or session.user is None or session.user.identifier != require_principal().username:
        raise NotFound("This page has lost its connection. Reload it and add the file again.")
    return session


def _declared_bytes(request: Request) -> int:
    """The least that the file has, when all that the form adds to it is taken off; 0 when nothing is declared."""
    declared = request.headers.get("content-length", "")
    return max(0, int(declared) - _ENVELOPE_BYTES) if declared.isdigit() else 0


async def _store(request: Request, path: Path, headroom: Headroom) -> tuple[str, int]:
    """Write the file part to ``path``; returns its name and size. Raises as soon as it is too large."""
    part = _FilePart()
    parser = part.parser(request.headers.get("content-type", ""))
    size_bytes = 0
    with path.open("wb") as target:
        try:
            async for data in request.stream():
                parser.write(data)
                size_bytes += await _flush(part, target.write, at_least=_FLUSH_BYTES)
                headroom.require_size(size_bytes + len(part.pending))
        except (FormParserError, ClientDisconnect) as error:
            raise Invalid("The upload was cut off. Try again.") from error
        size_bytes += await _flush(part, target.write, at_least=1)
    if part.filename is None or not part.is_complete:
        raise Invalid("The upload was cut off. Try again.")
    return _plain_name(part.filename), size_bytes


async def _flush(part: _FilePart, write, at_least: int) -> int:  # type: ignore[no-untyped-def]
    if len(part.pending) < at_least:
        return 0
    data = bytes(part.pending)
    part.pending.clear()
    await asyncio.to_thread(write, data)
    return len(data)


def _judge(path: Path, size_bytes: int, name: str, headroom: Headroom) -> str:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(0, size_bytes - TAIL_BYTES))
        return judge(head, file.read(), name, size_bytes, headroom)


def _plain_name(filename: str) -> str:
    """The last part of the name, without control characters; what a person may read, never a path."""
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable()).strip()[-_MOST_NAME_CHARS:] or "document"
