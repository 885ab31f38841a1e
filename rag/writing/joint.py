"""Joins the continuation of an answer to its beginning: models like to repeat the last words, or forget the space."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from rag.models.pieces import Piece

LONGEST_REPEAT, LEAST_REPEAT = 200, 12  # characters
STOPS = ".!?…:;)]"


async def joined(pieces: AsyncGenerator[tuple[str, Piece]], beginning: str) -> AsyncGenerator[tuple[str, Piece], None]:
    """The pieces of (model, piece) without the words that end the beginning, which are held back until that is known."""
    held, is_joined = "", False
    async with aclosing(pieces):
        async for model, piece in pieces:
            if piece.kind == "retraction":
                held, is_joined = "", False
            if piece.kind == "answer" and not is_joined:
                held += piece.text
                is_joined = len(held) >= LONGEST_REPEAT
                if is_joined:
                    yield model, Piece("answer", joint(beginning, held))
                continue
            if piece.kind == "end" and not is_joined:
                yield model, Piece("answer", joint(beginning, held))
            yield model, piece


def joint(beginning: str, continuation: str) -> str:
    """The continuation as it is to be appended."""
    ending = beginning[-LONGEST_REPEAT:]
    for length in range(min(len(ending), len(continuation)), LEAST_REPEAT - 1, -1):
        if ending.endswith(continuation[:length]):
            return continuation[length:]
    is_apart = beginning[-1:].isspace() or beginning[-1:] not in STOPS or not continuation[:1].isalnum()
    return continuation if is_apart else f" {continuation}"
