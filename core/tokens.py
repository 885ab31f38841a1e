"""Signed tokens with the id of a sign-in. A valid token is not enough: the sign-in's row decides (``accounts``).

Access tokens are for requests, refresh tokens for the next access token; the audience of a refresh token keeps the two apart.

The claims are those of Chainlit's own cookie, so that one function reads both.
"""

from datetime import UTC, datetime
from uuid import UUID

import jwt
from jwt.types import Options

from core.errors import NotAuthenticated

ALGORITHM = "HS256"
REFRESH = "footnote:refresh"
CHECKS: Options = {
    "require": ["exp"],
    # A token made "in the future" comes from a clock that was set back, or from another server's that is ahead; it proves no less.
    "verify_iat": False,
    "verify_nbf": False,
}


def sign_session(secret: str, *, session_id: UUID, username: str, kind: str, expires_at: datetime) -> str:
    """A token for a sign-in; ``kind`` is ``browser`` or ``api``."""
    claims = {
        "identifier": username,
        "display_name": username,
        "metadata": {"session_id": str(session_id), "kind": kind},
        "iat": datetime.now(UTC),
        "exp": expires_at,
    }
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def session_id_of(token: str, secret: str) -> UUID:
    """The id of the sign-in in a token.

    Raises:
        NotAuthenticated: not signed with this secret and algorithm, expired, or without an expiry or a sign-in.
    """
    try:
        claims = jwt.decode(token, secret, algorithms=[ALGORITHM], options=CHECKS)
        return UUID(claims["metadata"]["session_id"])
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotAuthenticated("Please sign in again.") from error


def sign_refresh(secret: str, *, session_id: UUID, number: int, expires_at: datetime) -> str:
    """The refresh token of a sign-in; ``number``: how often the sign-in was refreshed before."""
    claims = {"aud": REFRESH, "sub": str(session_id), "number": number, "exp": expires_at}
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def refresh_of(token: str, secret: str) -> tuple[UUID, int]:
    """The sign-in and the number in a refresh token.

    Raises:
        NotAuthenticated: not signed with this secret and algorithm, expired, or no refresh token.
    """
    try:
        claims = jwt.decode(token, secret, algorithms=[ALGORITHM], options=CHECKS, audience=REFRESH)
        return UUID(claims["sub"]), int(claims["number"])
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotAuthenticated("This refresh token is not valid. Sign in again.") from error
