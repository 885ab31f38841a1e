"""The names under which Footnote is used.

A page of another site can give its own name the address of this server (DNS rebinding): then the browser takes Footnote for a part of that
site, and ``Origin`` and ``Host`` agree. Only the name tells the two apart.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import Settings
from web.address import as_logged
from web.errors import error_response
from web.origin import Origin

log = structlog.get_logger(__name__)

PROBES = "/health/"  # load balancers ask under names of their own, and learn nothing
# Names that nobody can register: no other site can have them.
_NOBODYS = (*(".local", ".lan", ".home", ".home.arpa", ".internal", ".intranet", ".corp", ".private", ".svc"),)
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:/?#@\[\]\\]+)(?::\d{0,5})?", re.ASCII | re.IGNORECASE)


def is_served(host: str, own_address: str | None, settings: Settings) -> bool:
    """True when a request to this ``Host`` is answered.

    With ``FOOTNOTE_PUBLIC_URL`` or ``FOOTNOTE_ALLOWED_HOSTS``: their names, and this machine by ``localhost`` or the address that the
    connection came to. With neither: every address. Names that nobody can register (no dot, or an ending of private networks) are
    served too, unless ``FOOTNOTE_ALLOWED_HOSTS`` lists the names: proxies ask under the name of a container or a service.
    """
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = match[1].strip("[]").lower().removesuffix(".")
    named = _named(settings)
    if name in named or name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    if address is not None:
        return not named or address.is_loopback or address == _address(own_address or "")
    return not settings.allowed_hosts and ("." not in name or name.endswith(_NOBODYS))


def _named(settings: Settings) -> set[str]:
    """The names that settings give, in lower case."""
    public = Origin.of(settings.public_url) if settings.public_url else None
    return {*settings.allowed_host_names, *([public.host] if public else [])}


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(name)
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


class Hosts:
    """Answers 421 under names that are not Footnote's; sockets are refused."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(PROBES):
            return await self.app(scope, receive, send)
        settings: Settings = scope["app"].state.services.settings
        hosts = Headers(scope=scope).getlist("host")  # none: HTTP/1.0, which no browser speaks
        own = (scope.get("server") or (None,))[0]
        if all(is_served(host, own, settings) for host in hosts) and len(hosts) <= 1:
            return await self.app(scope, receive, send)
        log.warning("host.refused", host=hosts[0][:100], path=as_logged(scope["path"]))
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return None
        return await error_response(421, _sentence(settings))(scope, receive, send)


def _sentence(settings: Settings) -> str:
    if settings.public_url:
        return f"Footnote is not used under this name. Open it at {settings.public_url}."
    return "Footnote is not used under this name. Whoever runs it can allow the name: FOOTNOTE_PUBLIC_URL, FOOTNOTE_ALLOWED_HOSTS."
