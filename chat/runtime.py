"""The chat's background work: listening for ended sign-ins, and graceful shutdown."""

import asyncio
import contextlib
import shutil
from uuid import UUID

import structlog
from chainlit.context import init_ws_context
from chainlit.session import ws_sessions_id, ws_sessions_sid

from accounts import REVOKED_CHANNEL
from chat.hardening import sockets
from chat.language import words_of
from chat.services import ChatServices
from core.closing import cancelled
from core.retry import forever
from web.server.connections import Connection, connection_of

log = structlog.get_logger(__name__)

_RETRY_S = 2.0
_FLUSH_S = 10.0
_SILENCE_S = (
    60.0  # how long one read waits: the client's own timeout is for answers, and there may be no sign-out for hours
)
_LISTENER_END_S = 5.0


class ChatRuntime:
    """Starts, drains and closes the chat with its host app."""

    def __init__(self, services: ChatServices) -> None:
        self._services = services
        self._listener: asyncio.Task[None] | None = None
        services.data_layer.on_write_error = self.report_unsaved

    async def start(self) -> None:
        """Start listening; delete files that pages of an earlier process left behind."""
        await asyncio.to_thread(self._drop_leftovers)
        self._listener = asyncio.create_task(self._listen(), name="ended sign-ins")

    def _drop_leftovers(self) -> None:
        for folder in (self._services.shared.settings.var_dir / "uploads").iterdir():
            shutil.rmtree(folder, ignore_errors=True)

    async def _listen(self) -> None:
        # A missed notice is safe: every message checks the sign-in's row anyway; open pages only close later.
        await forever("sessions.listener_lost", self._receive, _RETRY_S)

    async def _receive(self) -> None:
        async with self._services.shared.redis.pubsub() as channel:
            await channel.subscribe(REVOKED_CHANNEL)
            while True:
                message = await channel.get_message(ignore_subscribe_messages=True, timeout=_SILENCE_S)
                if message:
                    await self._revoke(message["data"])

    async def _revoke(self, data: bytes | str) -> None:
        try:
            session_id = UUID(data.decode() if isinstance(data, bytes) else data)
            await sockets.revoke(session_id)
        except Exception:
            log.exception("sessions.revocation_failed")

    async def report_unsaved(self, thread_id: str, reference: str) -> None:
        """Show on every page of a thread that something could not be stored."""
        for session in list(ws_sessions_id.values()):
            if session.thread_id == thread_id:
                sentence = f"This conversation could not be saved completely (reference {reference})."
                await init_ws_context(session).emitter.send_toast(words_of(session).told(sentence), "error")

    async def drain(self, timeout_s: float) -> None:
        """Take no more questions, give replies ``timeout_s`` seconds to finish, store the unfinished ones, flush writes."""
        await self._services.reply_tasks.drain(timeout_s)
        await self._services.viewers.close()
        self._services.naming.cancel()
        await self._services.naming.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FLUSH_S):
                await self.flush()

    def is_busy(self, thread_id: str) -> bool:
        """True while a reply of this thread runs or waits."""
        return self._services.reply_tasks.is_busy(thread_id)

    @property
    def is_writing(self) -> bool:
        """True while a reply is written for any page."""
        return self._services.reply_tasks.is_writing_any

    def busy(self) -> set[Connection]:
        """The connections of the pages on which an answer is being written."""
        from chainlit.server import sio

        return {
            connection
            for sid in self._services.connections.all()
            if self._is_shown_an_answer(sid) and (connection := connection_of(sio.get_environ(sid)["asgi.scope"]))
        }

    def _is_shown_an_answer(self, sid: str) -> bool:
        session = ws_sessions_sid.get(sid)
        return session is not None and (self.is_busy(session.thread_id) or self._services.viewers.has(session.id))

    @property
    def connections(self) -> int:
        """Number of open sockets."""
        return len(self._services.connections.all())

    async def flush(self) -> None:
        """Wait until everything so far is stored."""
        await self._services.data_layer.flush()

    async def close(self) -> None:
        """Stop listening, close open sockets."""
        if self._listener:
            await cancelled("the listener for ended sign-ins", self._listener, _LISTENER_END_S)
        from chainlit.server import sio

        for sid in self._services.connections.all():
            await sio.disconnect(sid)
