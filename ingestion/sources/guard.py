"""The network as pages are fetched from it: the address that is connected to is the one that was checked."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import httpcore

from core.addresses import Network, is_public, is_within
from core.errors import Invalid

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
NOT_PUBLIC = "This address leads into a network that is not public. Its pages are read only where the settings of Footnote name it."
NOT_FOUND = "There is no server of this name."
RESOLVED_WITHIN_S = 10.0
MOST_TRIED = 4  # addresses of one name


class AddressRefused(Invalid):
    """The name leads only to addresses that must not be connected to."""


class NameUnknown(Invalid):
    """The name leads to no address."""


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses and those of some networks alone.

    A name is resolved here, once for each connection, and the connection goes to a resolved address that was checked; whatever the name
    resolves to a moment later, nothing asks for it again.

    Args:
        networks: networks that may be connected to although they are not public.
        resolve: name and port → addresses.
    """

    def __init__(self, networks: Sequence[Network], resolve: Resolve | None = None) -> None:
        self._networks = list(networks)
        self._resolve = resolve or resolved
        self._wire = httpcore.AnyIOBackend()

    def allows(self, address: str) -> bool:
        """True for an address that may be connected to."""
        return is_public(address) or is_within(address, self._networks)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to a host.

        Raises:
            AddressRefused, NameUnknown: see there.
            httpcore.ConnectError, httpcore.ConnectTimeout: none of the addresses answers.
        """
        last: Exception = httpcore.ConnectError("no address")
        for address in (await self._checked(host, port))[:MOST_TRIED]:
            try:
                stream = await self._wire.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
                continue
            peer = stream.get_extra_info("server_addr")
            if peer is None or not self.allows(str(peer[0])):
                with suppress(Exception):
                    await stream.aclose()
                raise AddressRefused(NOT_PUBLIC)
            return stream
        raise last

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: no page is behind a socket of this machine."""
        del path, timeout, socket_options
        raise AddressRefused(NOT_PUBLIC)

    async def sleep(self, seconds: float) -> None:
        """See httpcore."""
        await asyncio.sleep(seconds)

    async def _checked(self, host: str, port: int) -> list[str]:
        try:
            async with asyncio.timeout(RESOLVED_WITHIN_S):
                found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            raise NameUnknown(NOT_FOUND) from error
        if not found:
            raise NameUnknown(NOT_FOUND)
        allowed = [address for address in dict.fromkeys(found) if self.allows(address)]
        if not allowed:
            raise AddressRefused(NOT_PUBLIC)
        return allowed


async def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, as this machine resolves it."""
    rows = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(row[4][0]) for row in rows]
