"""A page's socket, as far as it speaks as Chainlit's page does; anything else closes it, with one line in the log.

socket.io's own reader keeps binary attachments until as many are there as were announced (up to a thousand million), and writes a stack
trace for whatever it cannot read. The page sends text only.
"""

import asyncio

import structlog
from socketio.packet import ACK, CONNECT, DISCONNECT, EVENT, Packet
from starlette.types import Message, Receive, Send

log = structlog.get_logger(__name__)

CONNECT_S = 10.0  # from the handshake to the page's CONNECT, with which it says who it is
BEATS = frozenset({"1", "2", "3", "5", "6"})  # engine.io: close, ping, pong, upgrade, nothing
MESSAGE = "4"
CLOSED: Message = {"type": "websocket.disconnect", "code": 1008}


class NotUnderstood(ValueError):
    """The page would not send this."""


class PageSocket:
    """Receives for Chainlit what a page sends.

    Args:
        receive, send: the socket itself.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._connect_by: float | None = asyncio.get_running_loop().time() + CONNECT_S
        self._is_closed = False

    async def receive(self) -> Message:
        """The next message; the end of the socket in the place of what is not understood."""
        if self._is_closed:
            return CLOSED
        try:
            async with asyncio.timeout_at(self._connect_by):
                message = await self._receive()
            if message["type"] == "websocket.receive" and _kind_of(message.get("text")) == CONNECT:
                self._connect_by = None
        except (TimeoutError, NotUnderstood) as error:
            log.info("socket.cut_off", reason=str(error)[:100] or "no CONNECT")
            self._is_closed = True
            await self._send({"type": "websocket.close", "code": CLOSED["code"]})
            return CLOSED
        return message


def _kind_of(text: str | None) -> int | None:
    """The kind of socket.io's packet in a message of engine.io; None for a beat. Raises NotUnderstood."""
    if text in BEATS:
        return None
    if text is None or text[:1] != MESSAGE or text[1:2] not in {"0", "1", "2", "3"}:
        raise NotUnderstood("neither a beat nor a packet of text")
    try:
        packet = Packet(encoded_packet=text[1:])
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"no JSON: {error}") from error
    match packet.packet_type, packet.data:
        case (int(kind), None | dict()) if kind in (CONNECT, DISCONNECT):
            return kind
        case (int(kind), [str(), *_]) if kind == EVENT:
            return kind
        case (int(kind), list()) if kind == ACK:
            return kind
    raise NotUnderstood("a packet without its parts")
