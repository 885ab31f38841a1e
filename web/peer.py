"""Who is at the other end of the connection: the proxy, where ``scope["client"]`` names whom the proxy forwards for."""

from ipaddress import IPv6Address, ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from core.addresses import Network

_KEY = "footnote.peer"


class Peers:
    """Notes the peer of a request, before anything of what it says about others is believed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_KEY] = (scope.get("client") or (None,))[0]
        await self.app(scope, receive, send)


def is_from(scope: Scope, networks: list[Network]) -> bool:
    """True when the peer is in one of the networks; False where nobody has noted the peer."""
    try:
        address = ip_address(scope.get(_KEY) or "")
    except ValueError:
        return False
    address = (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
    return any(address in network for network in networks)
