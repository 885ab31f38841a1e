"""Network addresses: lists of trusted proxies, and the place that counts as one client."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

NONE = "none"
_PLACE_BITS = 64  # of IPv6: the prefix that one household or machine gets
_MAPPED = int(IPv6Address("::ffff:0:0"))
_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL = IPv6Network("2000::/3")  # all that is given out for the internet
# What the standard library calls global and is not for everybody: protocols, relays, documentation, and Azure's own server in each machine.
_SPECIAL = [ip_network(name) for name in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20")]


def networks_of(text: str) -> list[Network]:
    """The networks of a list separated by commas: ``10.0.0.7, 10.1.0.0/16, fd00::/8``, or ``none``.

    Raises:
        ValueError: an entry is no address or network; the message names it.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [] if names == [NONE] else [_network(name) for name in names]


def _network(name: str) -> Network:
    try:
        loose = ip_network(name, strict=False)
    except ValueError as error:
        raise ValueError(f"“{name}” is no address (10.0.0.7) and no network (10.0.0.0/16)") from error
    if "/" in name and loose.network_address != ip_address(name.partition("/")[0]):
        raise ValueError(f"“{name}” should be {loose}, or one address without the slash")
    return loose


def as_peers(networks: list[Network]) -> list[str]:
    """The same networks as a socket may name them: one that listens on ``::`` calls 10.0.0.7 ``::ffff:10.0.0.7``."""
    mapped = [
        IPv6Network((_MAPPED | int(network.network_address), 96 + network.prefixlen))
        for network in networks
        if isinstance(network, IPv4Network)
    ]
    return [str(network) for network in [*networks, *mapped]]


def place_of(address: str) -> str:
    """What counts as one place: an IPv4 address, or the /64 of an IPv6 address; other texts as they are."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    host_bits = 128 - _PLACE_BITS
    return str(IPv6Network((int(parsed) >> host_bits << host_bits, _PLACE_BITS)))


def is_public(address: str) -> bool:
    """True for an address that anybody can reach over the internet; False for what is no address.

    An IPv6 address that stands for an IPv4 address (mapped, 6to4, NAT64, Teredo) is public only when that one is.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_for_everybody(one) for one in _meanings(parsed))


def is_within(address: str, networks: list[Network]) -> bool:
    """True when an address, or the IPv4 address that it is mapped from, is in one of the networks."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    plain = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped else parsed
    return any(plain in network for network in networks)


def _is_for_everybody(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL:
        return False
    is_special = any(address in network for network in _SPECIAL)
    return address.is_global and not address.is_multicast and not address.is_reserved and not is_special


def _meanings(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """What an address stands for."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address in _NAT64:
        return [IPv4Address(int(address) & 0xFFFF_FFFF)]
    if address.sixtofour:
        return [address, address.sixtofour]
    return [address, *(address.teredo or ())]
