"""Which addresses are one place, which are public, and which proxies are believed."""

import pytest

from core.addresses import as_peers, is_public, is_within, networks_of, place_of


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_a_place(address: str, place: str) -> None:
    assert place_of(address) == place


def test_a_list_of_proxies() -> None:
    networks = networks_of(" 10.0.0.7, 172.16.0.0/12 ,fd00::/8,::1, ")
    assert [str(network) for network in networks] == ["10.0.0.7/32", "172.16.0.0/12", "fd00::/8", "::1/128"]
    assert as_peers(networks)[4:] == ["::ffff:a00:7/128", "::ffff:ac10:0/108"]
    assert as_peers(networks_of("none")) == []


@pytest.mark.parametrize(
    "text", ["proxy", "*", "10.0.0", "10.0.0.1/33", "10.0.0.7/8", "fd00::1/8", "10.0.0.1:80", "a, none"]
)
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="“" + text.split(",")[0].replace("*", r"\*")):
        networks_of(text)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::"],
)
def test_a_public_address(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "0.0.0.0", "10.1.2.3", "172.31.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1"),
        *("192.0.2.1", "198.18.0.1", "192.0.0.9", "192.88.99.1", "168.63.129.16", "224.0.0.1", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "fe80::1%eth0", "fec0::1", "fd00::1", "ff02::1", "2001:db8::1", "3fff::1"),
        *("::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::"),
        *("2001:0:7f00:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "", "localhost", "8.8.8.8.8", "0x7f.1"),
    ],
)
def test_no_public_address(address: str) -> None:
    """The last of Teredo's is a public server with a loopback client behind it."""
    assert not is_public(address)


@pytest.mark.parametrize(
    ("address", "is_in"),
    [
        ("10.0.0.7", True),
        ("::ffff:10.0.0.7", True),
        ("10.1.0.1", False),
        ("fd00::1", True),
        ("fd01::1", False),
        ("x", False),
    ],
)
def test_within_networks(address: str, is_in: bool) -> None:
    assert is_within(address, networks_of("10.0.0.0/16, fd00::/16")) is is_in
