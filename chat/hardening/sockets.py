"""Guards Chainlit's socket events: who connects, from which page, as which session; the sign-in is checked at every event."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import structlog
from socketio.exceptions import ConnectionRefusedError as Refused
from starlette.requests import HTTPConnection

from chat import handlers
from chat.errors import sentence
from chat.messages import canonical_uuid
from chat.refusals import give_back
from chat.services import services
from core.access import Principal
from core.context import current_principal
from core.errors import FootnoteError, NotAuthenticated
from web.credentials import cookie_token

log = structlog.get_logger(__name__)

MOST_PAGES = 50  # of one person in one process

Event = Callable[..., Awaitable[Any]]
_chainlit_handlers: dict[str, Event] = {}

REPLACED = frozenset({"connect", "disconnect", "connection_successful", "client_message", "edit_message", "stop"})
UNCHANGED = frozenset({"clear_session"})
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
    """Replace Chainlit's event handlers. Events in none of the lists above have no handler either."""
    if not _chainlit_handlers:
        _chainlit_handlers.update(sio.handlers["/"])
    sio.eio.transports = ["websocket"]  # polling would be a second way in, without these checks
    sio.handlers["/"] = {
        "connect": connect,
        "disconnect": disconnect,
        "connection_successful": _gated(handlers.on_connected(_chainlit_handlers["connection_successful"])),
        "client_message": _gated(handlers.on_client_message),
        "edit_message": _gated(handlers.on_edit_message),
        "stop": _gated(handlers.on_stop),
        # Not gated: it only marks the page's own session, and the page is closed before the database could answer.
        "clear_session": _chainlit_handlers["clear_session"],
    }


async def connect(sid: str, environ: dict[str, Any], auth: object = None) -> Any:
    """Let a page of a signed-in person open a socket; refuse everything else. The guard has checked the page's origin."""
    checked = _checked(auth)
    principal = await _authenticated(environ)
    current_principal.set(principal)
    if services().connections.count_of(principal.user_id) >= MOST_PAGES:
        raise _refused("Too many pages are open. Close some of them and reload this one.")
    checked["threadId"] = await _reachable(principal, checked["threadId"])
    try:
        accepted = await _chainlit_handlers["connect"](sid, environ, checked)
    except FootnoteError as error:
        raise _refused(error.message) from error
    services().connections.add(sid, principal)
    return accepted


def _refused(reason: str) -> Refused:
    log.info("socket.refused", reason=reason)
    return Refused(reason)


def _checked(auth: object) -> dict[str, Any]:
    """The page's connection parameters, without those that it may not choose.

    The session id names a folder on disk, so it must be a UUID; profiles, environments and other clients are not in use.
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


async def _reachable(principal: Principal, requested: object) -> str | None:
    """The conversation of the page's address, if it is the person's or does not exist yet.

    Anything else becomes the id of a conversation that does not exist: a foreign address, a mistyped one and a deleted one look the
    same, and Chainlit answers all of them with "not found" and a new chat.
    """
    if requested is None:
        return None
    thread_id = canonical_uuid(requested)
    if thread_id is None:
        return str(uuid4())
    owner_id = await services().shared.conversations.owner(UUID(thread_id))
    return thread_id if owner_id in (None, principal.user_id) else str(uuid4())


async def _authenticated(environ: Mapping[str, Any]) -> Principal:
    token = cookie_token(HTTPConnection(environ["asgi.scope"]))
    try:
        if token is None:
            raise NotAuthenticated("Sign in first.")
        return await services().shared.accounts.authenticate(token, kind="browser")
    except FootnoteError as error:
        raise _refused(error.message) from error


async def disconnect(sid: str, reason: object = None) -> None:
    """A socket has closed; Chainlit keeps its session a while for a page that reconnects."""
    del reason
    current_principal.set(services().connections.remove(sid))
    await asyncio.sleep(0)  # let a clear_session that came just before run first
    await _chainlit_handlers["disconnect"](sid)


def _gated(handler: Event) -> Event:
    """Run a handler for the person of the socket, if their sign-in is still open; show errors without internal details."""

    async def run(sid: str, *payload: Any) -> None:
        known = services().connections.principal_of(sid)
        try:
            if known is None or known.session_id is None:
                raise NotAuthenticated("Sign in first.")
            current_principal.set(await services().shared.accounts.principal_of_session(known.session_id))
            await handler(sid, *payload)
        except NotAuthenticated:
            await give_back(sid, payload[0] if payload else None)
            await cut_off([sid])
        except Exception as error:
            await handlers.show_error(sid, sentence(error, "socket.failed"))

    return run


async def cut_off(sids: list[str]) -> None:
    """Close sockets whose sign-in has ended. Their pages reload, which leads to the sign-in page."""
    from chainlit.server import sio

    for sid in sids:
        await sio.emit("reload", {}, to=sid)
        await sio.disconnect(sid)


async def revoke(session_id: UUID) -> None:
    """Stop the replies of a sign-in that has ended, and close its sockets."""
    services().reply_tasks.stop_session(session_id)
    services().shared.runs.live.stop_session(session_id)
    await cut_off(services().connections.of_session(session_id))
