"""The socket events of Chainlit, behind one gate: who connects, from where, as which session – and again at every event."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import structlog
from socketio.exceptions import ConnectionRefusedError as Refused
from starlette.requests import cookie_parser

from chat import turns
from chat.messages import canonical_uuid
from chat.services import services
from core.access import Principal
from core.context import current_principal
from core.errors import FootnoteError, NotAuthenticated, new_reference
from db import threads
from web.origin import is_same_origin
from web.tokens import token_of

log = structlog.get_logger(__name__)

Event = Callable[..., Awaitable[Any]]
_theirs: dict[str, Event] = {}

REPLACED = frozenset({"connect", "disconnect", "connection_successful", "client_message", "edit_message", "stop"})
KEPT = frozenset({"clear_session"})
CLOSED = frozenset(
    {
        "message_favorite",
        "fetch_favorites",
        "window_message",
        "audio_start",
        "audio_chunk",
        "audio_end",
        "chat_settings_change",
        "chat_settings_edit",
    }
)


def harden(sio: Any) -> None:
    """Replace Chainlit's event handlers. Events in none of the lists above are closed too."""
    if not _theirs:
        _theirs.update(sio.handlers["/"])
    sio.eio.transports = ["websocket"]  # polling would be a second door without the checks of the first
    sio.handlers["/"] = {
        "connect": connect,
        "disconnect": disconnect,
        "connection_successful": _gated(turns.on_connected(_theirs["connection_successful"])),
        "client_message": _gated(turns.on_client_message),
        "edit_message": _gated(turns.on_edit_message),
        "stop": _gated(turns.on_stop),
        # Not gated: it only marks the page's own session, and the page is gone before an answer of the database would come.
        "clear_session": _theirs["clear_session"],
    }


async def connect(sid: str, environ: dict[str, Any], auth: object = None) -> Any:
    """Let a signed-in person's page open a socket; refuse everything else."""
    if not is_same_origin(environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST"), services().settings.public_url):
        raise _refused("This page is not part of this server.")
    checked = _checked(auth)
    principal = await _authenticated(environ)
    current_principal.set(principal)
    checked["threadId"] = await _reachable(principal, checked["threadId"])
    try:
        answer = await _theirs["connect"](sid, environ, checked)
    except FootnoteError as error:
        raise _refused(error.message) from error
    services().connections.add(sid, principal)
    return answer


def _refused(reason: str) -> Refused:
    log.info("socket.refused", reason=reason)
    return Refused(reason)


def _checked(auth: object) -> dict[str, Any]:
    """What the page says of itself, less what it may not choose.

    The session id names a folder on disk, so nothing but a UUID will do; profiles, environments and other clients are not in use.
    """
    if not isinstance(auth, Mapping):
        raise _refused("This page is out of date. Reload it.")
    session_id = canonical_uuid(auth.get("sessionId"))
    if session_id is None:
        raise _refused("This page is out of date. Reload it.")
    return {
        "sessionId": session_id,
        "threadId": auth.get("threadId") or None,
        "clientType": "webapp",
        "userEnv": None,
        "chatProfile": None,
    }


async def _reachable(principal: Principal, named: object) -> str | None:
    """The conversation that the page's address names, if it is the person's or nobody's.

    Anything else becomes a conversation that does not exist: a foreign address, a mistyped one and a deleted one look the same, and
    Chainlit answers all of them with "not found" and a new chat.
    """
    if named is None:
        return None
    thread_id = canonical_uuid(named)
    if thread_id is None:
        return str(uuid4())
    async with services().database.reader() as session:
        owner_id = await threads.owner(session, UUID(thread_id))
    return thread_id if owner_id in (None, principal.user_id) else str(uuid4())


async def _authenticated(environ: Mapping[str, Any]) -> Principal:
    token = token_of(cookie_parser(environ.get("HTTP_COOKIE", "")))
    try:
        if token is None:
            raise NotAuthenticated("Sign in first.")
        return await services().accounts.authenticate(token, kind="browser")
    except FootnoteError as error:
        raise _refused(error.message) from error


async def disconnect(sid: str, reason: object = None) -> None:
    """A socket has closed; its session is kept a while for a page that comes back."""
    del reason
    current_principal.set(services().connections.remove(sid))
    await asyncio.sleep(0)  # let a clear_session that came just before it run
    await _theirs["disconnect"](sid)


def _gated(handler: Event) -> Event:
    """Run a handler for the person of the socket, if their sign-in still stands; say what went wrong, but only what may be said."""

    async def run(sid: str, *payload: Any) -> None:
        known = services().connections.principal_of(sid)
        try:
            if known is None or known.session_id is None:
                raise NotAuthenticated("Sign in first.")
            current_principal.set(await services().accounts.principal_of_session(known.session_id))
            await handler(sid, *payload)
        except NotAuthenticated:
            await cut_off([sid])
        except FootnoteError as error:
            await turns.tell(sid, error.message)
        except Exception:
            reference = new_reference()
            log.exception("socket.failed", reference=reference)
            await turns.tell(sid, f"Something went wrong (reference {reference}).")

    return run


async def cut_off(sids: list[str]) -> None:
    """Close sockets whose sign-in has ended. Their pages reload, and so come to the sign-in page."""
    from chainlit.server import sio

    for sid in sids:
        await sio.emit("reload", {}, to=sid)
        await sio.disconnect(sid)


async def revoke(session_id: UUID) -> None:
    """A sign-in was ended: stop what it still does, and close its sockets."""
    services().runs.stop_session(session_id)
    await cut_off(services().connections.of_session(session_id))
