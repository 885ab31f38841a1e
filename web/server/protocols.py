"""uvicorn's protocols with deadlines: h11 and websockets wait for ever for the rest of what they were sent."""

import asyncio
import json
from typing import Any, cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from core.errors import new_reference
from web.errors import error_body, sentence_for
from web.server.connections import STATE_KEY, Connection, Connections, Known, Phase

HEAD_S = 10.0  # until the head of a request is complete
REST_S = 10.0  # for the rest of a body that nobody reads, after the response
UNREAD_S = 60.0  # in which the client has to read something of a response that waits for it
EARLY_BYTES = 64 * 1024  # that a socket may send before it is accepted
SOCKET_BYTES = 1_000_000  # of one message; engine.io takes no more either


class UnreadTimer:
    """Closes a connection whose client has read nothing for ``UNREAD_S`` seconds, though something waits to be sent to it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
        self._loop = loop
        self._transport = transport
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Writing is paused. Safe to call again."""
        if self._timer is None:
            self._look_again()

    def end(self) -> None:
        """Writing goes on, or the connection is closed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_again(self) -> None:
        self._timer = self._loop.call_later(UNREAD_S, self._look, self._transport.get_write_buffer_size())

    def _look(self, unsent_bytes: int) -> None:
        if self._transport.get_write_buffer_size() >= unsent_bytes:
            self._transport.abort()
        else:
            self._look_again()


class HttpProtocol(H11Protocol):
    """HTTP/1.1 over a connection that is counted and that ends when a request takes too long to arrive."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._all = connections
        self._connection: Connection | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: UnreadTimer | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place, or close at once when there is none."""
        super().connection_made(transport)
        self._unread = UnreadTimer(self.loop, transport)
        self._connection = self._all.admit(transport)
        if self._connection is None:
            transport.abort()
            return
        self.app_state = {**self.app_state, STATE_KEY: Known(self._all, self._connection)}
        self._follow()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self._end_deadline()
        if self._unread is not None:
            self._unread.end()
        if self._connection is not None:
            self._all.leave(self._connection)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client reads more slowly than the response is made."""
        super().pause_writing()
        self._follow()

    def resume_writing(self) -> None:
        """The client has read."""
        super().resume_writing()
        self._follow()

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request."""
        if self._connection is None:
            return
        super().data_received(data)
        self._follow()

    def on_response_complete(self) -> None:
        """A response is on its way; the next request may come."""
        super().on_response_complete()
        self._follow()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over, with its place."""
        self._end_deadline()
        if self._connection is not None:
            self._connection.phase = Phase.SENDING
        super().handle_websocket_upgrade(event)

    def _follow(self) -> None:
        """Set the phase, and the deadline of what is still missing."""
        if self._connection is None or self._unread is None:
            return
        if self._is_unread():
            self._end_deadline()
            self._unread.begin()
            self._connection.phase = Phase.UNREAD
            return
        self._unread.end()
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            self._end_deadline()
        elif self.cycle is None or self.cycle.response_complete:
            self._connection.phase = Phase.IDLE
            self._begin_deadline(REST_S if self.conn.their_state is h11.SEND_BODY else HEAD_S)
        else:
            self._connection.phase = Phase.SENDING if self.cycle.more_body else Phase.SERVED
            self._end_deadline()

    def _is_unread(self) -> bool:
        return self.flow.write_paused or (self.transport.is_closing() and self.transport.get_write_buffer_size() > 0)

    def _begin_deadline(self, seconds: float) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def send_400_response(self, msg: str) -> None:
        """Say in our shape that this is no HTTP request."""
        del msg
        body = json.dumps(error_body(sentence_for(400), reference=new_reference()), ensure_ascii=False).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
        ]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (
                h11.Response(status_code=400, headers=headers, reason=STATUS_PHRASES[400]),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class SocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket that may send next to nothing before it is accepted."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        super().__init__(config, server_state, app_state)
        self._known = cast("Known | None", app_state.get(STATE_KEY))
        self._early_bytes = 0
        self._unread: UnreadTimer | None = None

    @property
    def known(self) -> Connection | None:
        """The connection that it came over."""
        return self._known.connection if self._known is not None else None

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        if self._unread is not None:
            self._unread.end()
        if self._known is not None:
            self._known.connections.leave(self._known.connection)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client reads more slowly than the socket sends."""
        super().pause_writing()
        self._unread = self._unread or UnreadTimer(self.loop, self.transport)
        self._unread.begin()

    def resume_writing(self) -> None:
        """The client has read."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.end()

    def send_receive_event_to_app(self) -> None:
        """Hand a message on; one that is no text, though it says so, ends the socket without a stack trace in the log."""
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            self.frames = []
            self.conn.send_close(1007)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    def data_received(self, data: bytes) -> None:
        """Take bytes of the socket."""
        if not self.handshake_complete:
            self._early_bytes += len(data)
            if self._early_bytes > EARLY_BYTES:
                self.transport.abort()
                return
        elif self._known is not None:
            self._known.connection.phase = Phase.SERVED
        super().data_received(data)


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
