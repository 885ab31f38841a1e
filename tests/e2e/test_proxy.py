"""Signing in through a proxy that is on another address: wrong passwords of some people, and everybody else."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import PASSWORD, Site, running

NAMED, NOT_NAMED = "127.0.0.2", "127.0.0.3"
FREE = 3
DOORS = ("/api/auth/token", "/login")


@pytest.fixture(scope="module")
def proxied(servers_dir: Path) -> Iterator[Site]:
    """A server behind a proxy."""
    settings = {"FOOTNOTE_TRUSTED_PROXIES": NAMED, "FOOTNOTE_LIMIT_LOGIN_ATTEMPTS": str(FREE)}
    with running(servers_dir / "proxied", **settings) as site:
        yield site


def sign_in(site: Site, door: str, proxy: str, client: str, username: str, password: str = PASSWORD) -> int:
    """The status of a try at a door, as a proxy passes it on for a client."""
    headers = {"origin": site.url, "x-forwarded-for": client}
    transport = httpx.HTTPTransport(local_address=proxy)
    with httpx.Client(transport=transport, base_url=site.url, headers=headers, timeout=60) as http:
        return http.post(door, data={"username": username, "password": password}).status_code


def test_wrong_passwords_shut_out_nobody_but_who_guesses(proxied: Site) -> None:
    for number, door in enumerate(DOORS):
        for _ in range(FREE):
            assert sign_in(proxied, door, NAMED, f"203.0.113.{number}", "admin", "wrong") == 401
        assert [sign_in(proxied, other, NAMED, f"203.0.113.{number}", "admin") for other in DOORS] == [429, 429]
        assert sign_in(proxied, door, NAMED, "198.51.100.1", "admin") == 200


def test_a_proxy_that_nobody_named_shuts_nobody_out_either(proxied: Site) -> None:
    for door in DOORS:
        for number in range(FREE):
            assert sign_in(proxied, door, NOT_NAMED, f"192.0.2.{number}", f"{door[1:4]}{number}", "wrong") == 401
        assert sign_in(proxied, door, NOT_NAMED, "192.0.2.99", "admin") == 200


def test_what_a_stranger_says_about_its_address_changes_nothing(proxied: Site) -> None:
    for number in range(FREE):
        assert sign_in(proxied, DOORS[0], "127.0.0.9", f"192.0.2.{number}", "admin", "wrong") == 401
    assert [sign_in(proxied, door, "127.0.0.9", "192.0.2.99", "admin", "wrong") for door in DOORS] == [429, 429]
