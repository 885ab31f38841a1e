"""Receives a dropped file, in place of Chainlit's route: streamed to disk, size-limited, its type detected from its bytes."""

import asyncio
import errno
from pathlib import Path
from uuid import uuid4

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chat.services import services
from core.access import Principal
from core.context import require_principal
from core.errors import NotFound, StorageFull, TooLarge
from ingestion.documents.incoming import judge, title_of
from ingestion.documents.quotas import Headroom
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES
from web.multipart import IncomingFile, declared_bytes, open_upload

log = structlog.get_logger(__name__)

_WINDOW_S = 60
_FLUSH_BYTES = 512 * 1024
_LOOK_EVERY_S, _LOOKS = 0.1, 50
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


async def receive_file(request: Request) -> Response:
    """``POST /project/file?session_id=…``: store one file for the person's next message.

    Raises:
        NotFound: the chat session is not this person's.
        TooLarge, QuotaExceeded, UnsupportedType, Invalid, LimitExceeded, StorageFull: the file cannot be taken.
    """
    session = await _own_session(request.query_params.get("session_id", ""))
    settings, principal = services().shared.settings, require_principal()
    await services().shared.limiter.hit(
        f"chat-upload:{principal.user_id}", settings.limit.uploads_per_minute, _WINDOW_S
    )
    unsent = _unsent(principal)
    if len(unsent) >= settings.upload.max_files * 2:
        raise TooLarge(f"Send what is attached first: at most {settings.upload.max_files} files fit into one message.")
    declared = declared_bytes(request.headers)
    headroom = (await services().shared.ingestion.headroom(principal, declared)).less(sum(unsent))
    headroom.require_size(declared)
    upload = await open_upload(request)
    name = title_of(upload.filename)
    file_id = str(uuid4())
    path: Path = session.files_dir / file_id
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        size_bytes = await _store(upload, path, headroom)
        mime_type = await asyncio.to_thread(_judge, path, size_bytes, name, headroom)
    except BaseException as error:
        await asyncio.shield(asyncio.to_thread(path.unlink, missing_ok=True))
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise StorageFull("There is no room left to store files.") from error
        raise
    session.files[file_id] = {"id": file_id, "path": path, "name": name, "type": mime_type, "size": size_bytes}
    return JSONResponse({"id": file_id})


def _unsent(principal: Principal) -> list[int]:
    """Sizes in bytes of the files that lie in all open pages of a person, attached and not sent."""
    from chainlit.session import ws_sessions_id

    own = (
        session for session in ws_sessions_id.values() if session.user and session.user.identifier == principal.username
    )
    return [int(file["size"]) for session in own for file in session.files.values() if Path(file["path"]).exists()]


async def _own_session(session_id: str):  # type: ignore[no-untyped-def]  # Chainlit's WebsocketSession
    """The session of the person's page. The socket of one that was just opened may still be connecting; it is waited for."""
    from chainlit.session import WebsocketSession

    session = WebsocketSession.get_by_id(session_id)
    for _ in range(_LOOKS if session is None and session_id else 0):
        await asyncio.sleep(_LOOK_EVERY_S)
        if session := WebsocketSession.get_by_id(session_id):
            break
    if session is None or session.user is None or session.user.identifier != require_principal().username:
        raise NotFound("This page has lost its connection. Reload it and add the file again.")
    return session


async def _store(upload: IncomingFile, path: Path, headroom: Headroom) -> int:
    """Write the file to ``path``; returns its size. Raises as soon as it is too large."""
    size_bytes, pending = 0, bytearray()
    with path.open("wb") as target:
        async for piece in upload.content:
            pending += piece
            size_bytes += len(piece)
            headroom.require_size(size_bytes)
            if len(pending) >= _FLUSH_BYTES:
                await asyncio.to_thread(target.write, bytes(pending))
                pending.clear()
        await asyncio.to_thread(target.write, bytes(pending))
    return size_bytes


def _judge(path: Path, size_bytes: int, name: str, headroom: Headroom) -> str:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(0, size_bytes - TAIL_BYTES))
        return judge(head, file.read(), name, size_bytes, headroom)
