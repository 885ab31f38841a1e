"""Where the browser keeps its session token: Chainlit's cookie, cut into numbered pieces when it is long."""

from collections.abc import Mapping

COOKIE = "access_token"
_MOST_PIECES = 16


def token_of(cookies: Mapping[str, str]) -> str | None:
    """The session token of a request, or None."""
    if whole := cookies.get(COOKIE):
        return whole
    pieces = []
    for number in range(_MOST_PIECES):
        piece = cookies.get(f"{COOKIE}_{number}")
        if piece is None:
            break
        pieces.append(piece)
    return "".join(pieces) or None
