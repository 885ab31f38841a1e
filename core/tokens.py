"""Signed tokens that name a sign-in. A token alone proves nothing: the sign-in's row decides (``accounts``).

The claims are those of Chainlit's own cookie, so that one function reads both.
"""

from datetime import UTC, datetime
from uuid import UUID

import jwt

from core.errors import NotAuthenticated

ALGORITHM = "HS256"


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
    """The sign-in that a token names.

    Raises:
        NotAuthenticated: not signed with this secret by this algorithm, expired or without an expiry, or naming no
            sign-in.
    """
    try:
        claims = jwt.decode(token, secret, algorithms=[ALGORITHM], options={"require": ["exp"]})
        return UUID(claims["metadata"]["session_id"])
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotAuthenticated("Please sign in again.") from error
