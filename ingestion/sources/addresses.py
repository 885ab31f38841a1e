"""Addresses of pages: which may be named, and the one form in which they are kept."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

import httpx

from core.errors import Invalid
from core.storable import storable

LONGEST = 2000  # characters
NOT_AN_ADDRESS = "This is no address of a page; it begins with https:// or http://."
WITH_CREDENTIALS = "An address must not contain a name or a password."
ODD_PORT = "Pages are read at the ports 80 and 443 and from 1024 to 65535 alone."
_HOST = re.compile(rb"[a-z0-9._-]+|[0-9a-f:.]+")
_PORTS = {"http": 80, "https": 443}
_LAST_PORT = 65535
_FIRST_FREE_PORT = (
    1024  # below are mail, databases of old and other services that must not be spoken to as if they were pages
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address that may be asked for.

    Attributes:
        text: the whole, without its fragment; the host in lower case, and in ASCII as it is resolved.
        target: path and query, as sent.
    """

    text: str
    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """Host, and the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def title(self) -> str:
        """Host, path and query as people read them, to be the title of a document."""
        return storable(f"{self.authority}{unquote(self.target)}").rstrip("/")

    @property
    def folder(self) -> str:
        """The address up to the last slash of its path."""
        path = self.target.partition("?")[0]
        return self.origin + path[: path.rindex("/") + 1]

    def joined(self, reference: str) -> "Address":
        """Where a link of this page leads. Raises Invalid as :func:`address_of`."""
        try:
            return address_of(str(httpx.URL(self.text).join(reference.strip())))
        except (httpx.InvalidURL, ValueError) as error:
            raise Invalid(NOT_AN_ADDRESS) from error


def address_of(text: str) -> Address:
    """An address as somebody wrote it.

    Raises:
        Invalid: it is none of http or https, has credentials or an odd port, or is too long.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise Invalid(f"An address may have {LONGEST} characters.")
    try:
        url = httpx.URL(text)
        port = url.port
    except (httpx.InvalidURL, ValueError) as error:
        raise Invalid(NOT_AN_ADDRESS) from error
    if url.scheme not in _PORTS or not _HOST.fullmatch(url.raw_host):
        raise Invalid(NOT_AN_ADDRESS)
    if url.userinfo:
        raise Invalid(WITH_CREDENTIALS)
    port = _PORTS[url.scheme] if port is None else port
    if port not in _PORTS.values() and not _FIRST_FREE_PORT <= port <= _LAST_PORT:
        raise Invalid(ODD_PORT)
    target = url.raw_path.decode("ascii") or "/"
    bare = Address("", url.scheme, url.raw_host.decode("ascii"), port, target)
    return Address(bare.origin + target, bare.scheme, bare.host, port, target)
