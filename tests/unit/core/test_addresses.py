"""Which addresses are one place, and which proxies are believed."""

import pytest

from core.addresses import as_peers, networks_of, place_of


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
