"""Whether one of our own pages caused a request: browsers also send cookies with requests that other sites' pages cause.

An origin is scheme, host and port (RFC 6454). ``tests/origins.py`` explains the rule case by case.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address

import httpx
import structlog
from starlette.datastructures import Headers
from starlette.types import Scope

from core.errors import NotPermitted
from web.address import as_logged

log = structlog.get_logger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_AS_SENT = re.compile(r"https?://[^\s/?#@\\]+", re.ASCII | re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """An origin: host in lower case (IDNA, IPv6 in its short form), port always a number, also the default one."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Origin | None":
        """The origin of an ``http`` or ``https`` URL; None when it has none."""
        try:
            parts = httpx.URL(url)
            host = parts.raw_host.decode()
            if ":" in host:
                host = IPv6Address(host).compressed
        except (httpx.InvalidURL, ValueError):
            return None
        if parts.scheme not in _PORTS or not host:
            return None
        return cls(parts.scheme, host, _PORTS[parts.scheme] if parts.port is None else parts.port)


def is_own(scope: Scope, public_url: str | None) -> bool:
    """True when the browser says that a page of this server caused the request or opens the socket.

    ``Origin`` decides. Without it, ``Sec-Fetch-Site: same-origin`` is accepted; without both, the request is not ours.
    """
    headers = Headers(scope=scope)
    if origins := headers.getlist("origin"):
        return len(origins) == 1 and _is_ours(origins[0], headers.getlist("host"), scope, public_url)
    return headers.getlist("sec-fetch-site") == ["same-origin"]


def _is_ours(sent: str, hosts: list[str], scope: Scope, public_url: str | None) -> bool:
    """Compare an origin with the public URL if one is set, else with the host that the request was sent to.

    A proxy that ends TLS hides the page's scheme, so ``https`` is trusted. ``http`` is not when the request came by TLS.
    """
    origin = Origin.of(sent) if _AS_SENT.fullmatch(sent) else None
    if origin is None:
        return False
    if public_url:
        return origin == Origin.of(public_url)
    if origin.scheme == "http" and scope.get("scheme") in ("https", "wss"):
        return False
    target = f"{origin.scheme}://{hosts[0]}" if len(hosts) == 1 else ""
    return bool(_AS_SENT.fullmatch(target)) and origin == Origin.of(target)


def require_own(scope: Scope, public_url: str | None) -> None:
    """Raise NotPermitted for a request that changes something, unless one of our own pages caused it."""
    if scope["method"] in SAFE_METHODS or is_own(scope, public_url):
        return
    headers = Headers(scope=scope)
    log.warning("origin.refused", path=as_logged(scope["path"]), origin=headers.get("origin"), host=headers.get("host"))
    where = f" Open Footnote at {public_url}." if public_url else ""
    raise NotPermitted(f"This request did not come from one of Footnote's own pages.{where}")
