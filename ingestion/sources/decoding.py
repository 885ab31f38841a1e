"""Takes the compression off a response, piece by piece, so that nothing bursts."""

import zlib
from collections.abc import AsyncGenerator, AsyncIterator

from core.errors import Invalid

PIECE_BYTES = 64 * 1024
_GZIP_OR_ZLIB = 47  # wbits: either, told by its first bytes
_PACKED = ("gzip", "x-gzip", "deflate")
UNKNOWN = "The page comes in a compression that was not asked for."
DAMAGED = "The page cannot be unpacked; it is damaged."


async def decoded(pieces: AsyncIterator[bytes], encoding: str) -> AsyncGenerator[bytes, None]:
    """The content of a response in pieces of at most ``PIECE_BYTES`` of what was packed.

    Args:
        encoding: the header ``Content-Encoding``.

    Raises:
        Invalid: an unknown encoding, several, or damaged content.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        async for piece in pieces:
            yield piece
        return
    if encoding not in _PACKED:
        raise Invalid(UNKNOWN)
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    async for piece in pieces:
        while piece and not unpacker.eof:
            yield _unpacked(unpacker, piece)
            piece = unpacker.unconsumed_tail
    if not unpacker.eof:
        raise Invalid(DAMAGED)


def _unpacked(unpacker: "zlib._Decompress", piece: bytes) -> bytes:
    try:
        return unpacker.decompress(piece, PIECE_BYTES)
    except zlib.error as error:
        raise Invalid(DAMAGED) from error
