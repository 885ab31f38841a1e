"""Network addresses: which proxies are believed, and which requests come from one place."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

NOBODY = "none"
_PLACE_BITS = 64  # what one household or machine is given of IPv6
_MAPPED = int(IPv6Address("::ffff:0:0"))


def networks_of(text: str) -> list[Network]:
    """The networks of a list with commas between: ``10.0.0.7, 10.1.0.0/16, fd00::/8``, or ``none``.

    Raises:
        ValueError: says what is no address or network.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [] if names == [NOBODY] else [_network(name) for name in names]


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
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    host_bits = 128 - _PLACE_BITS
    return str(IPv6Network((int(found) >> host_bits << host_bits, _PLACE_BITS)))
