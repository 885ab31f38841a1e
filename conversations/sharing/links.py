"""The secret part of a shared link: a link's id, signed. It is not stored, so that a copy of the database opens no link."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac
from uuid import UUID

from core.errors import NotFound

_PURPOSE = b"footnote:share:"
_ID_BYTES, _MARK_BYTES = 16, 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def token_of(secret: str, share_id: UUID) -> str:
    """The token of a link: 43 letters, digits, ``-`` and ``_``.

    Args:
        secret: that of the installation.
    """
    mark = hmac(secret.encode(), _PURPOSE + share_id.bytes, sha256)[:_MARK_BYTES]
    return urlsafe_b64encode(share_id.bytes + mark).decode().rstrip("=")


def share_id_of(secret: str, token: str) -> UUID:
    """The id of the link with this token. Raises NotFound for a token that is not ours."""
    if not _TOKEN.fullmatch(token):
        raise NotFound("There is no such page.")
    share_id = UUID(bytes=urlsafe_b64decode(f"{token}=")[:_ID_BYTES])
    if not compare_digest(token, token_of(secret, share_id)):
        raise NotFound("There is no such page.")
    return share_id


def path_of(token: str) -> str:
    """The address of a shared conversation below that of the installation."""
    return f"/shared/{token}"
