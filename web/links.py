"""Whole addresses, as people reach them, for what is passed on."""

from urllib.parse import urlsplit

from fastapi import Request

from core.settings import Settings


def whole_address(request: Request, settings: Settings, path: str) -> str:
    """The whole address of a path here: at the public URL if one is set, else where the request was sent to."""
    parts = urlsplit(settings.public_url or str(request.base_url))
    return f"{parts.scheme}://{parts.netloc}{path}"
