"""The address of this server, as the client knows it."""

from fastapi import Request

from core.settings import Settings


def base_of(request: Request, settings: Settings) -> str:
    """``FOOTNOTE_PUBLIC_URL``, else the address that was asked; without a slash at its end."""
    return (settings.public_url or str(request.base_url)).rstrip("/")
