"""What the server and its child processes say to each other: msgpack messages, each after its length."""

import asyncio
import socket
import struct
from typing import Any

import msgpack

LENGTH = struct.Struct(">I")
LARGEST_FRAME = 64 * 1024**2  # a picture of a page; sections are far smaller, see ``parsing.sandbox.wire``

QUICK_BYTES = 256 * 1024  # unpacked in a millisecond or two; larger ones in a thread


class ConnectionEnded(Exception):
    """The other side is gone."""


def pack(message: dict[str, Any]) -> bytes:
    """A message with its length in front."""
    body: bytes = msgpack.packb(message)
    return LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> dict[str, Any]:
    """The message in a frame's body. Raises ConnectionEnded when it makes no sense."""
    try:
        message = msgpack.unpackb(body, strict_map_key=False)
    except (ValueError, msgpack.UnpackException) as error:
        raise ConnectionEnded("the message makes no sense") from error
    if not isinstance(message, dict):
        raise ConnectionEnded("the message makes no sense")
    return message


def receive(connection: socket.socket) -> dict[str, Any]:
    """Wait for the next message. Raises ConnectionEnded."""
    return unpack(_receive_bytes(connection, _checked(LENGTH.unpack(_receive_bytes(connection, LENGTH.size))[0])))


async def read(reader: asyncio.StreamReader) -> dict[str, Any]:
    """Wait for the next message without blocking the event loop. Raises ConnectionEnded."""
    try:
        length = _checked(LENGTH.unpack(await reader.readexactly(LENGTH.size))[0])
        body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, OSError) as error:
        raise ConnectionEnded("the other side is gone") from error
    return unpack(body) if length <= QUICK_BYTES else await asyncio.to_thread(unpack, body)


def _receive_bytes(connection: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        piece = connection.recv(min(count - len(data), 1024**2))
        if not piece:
            raise ConnectionEnded("the other side is gone")
        data += piece
    return bytes(data)


def _checked(length: int) -> int:
    if length > LARGEST_FRAME:
        raise ConnectionEnded("the message is too large")
    return length
