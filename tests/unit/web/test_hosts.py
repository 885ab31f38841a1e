"""The names under which Footnote is used: no page of another site can sign in by giving its own name this server's address."""

import pytest
from pydantic import ValidationError

from core.settings import Settings
from web.hosts import is_served

PUBLIC = {"public_url": "https://fn.example.org"}
NAMED = {"allowed_hosts": "fn.example.org, Inside.Example.org"}
OWN = "192.0.2.7"


def settings_of(**values: str) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("port", ["", ":8000"])
@pytest.mark.parametrize(
    ("host", "alone", "public", "named"),
    [
        ("localhost", True, True, True),
        ("fn.localhost", True, True, True),
        ("127.0.0.1", True, True, True),
        ("[::1]", True, True, True),
        (OWN, True, True, True),
        (f"[::ffff:{OWN}]", True, True, True),
        ("198.51.100.1", True, False, False),
        ("[2001:db8::1]", True, False, False),
        ("footnote", True, True, False),
        ("NAS.local", True, True, False),
        ("fn.home.arpa", True, True, False),
        ("fn.example.org", False, True, True),
        ("FN.Example.ORG.", False, True, True),
        ("inside.example.org", False, False, True),
        ("rebind.evil.example", False, False, False),
        ("fn.example.org.evil.example", False, False, False),
        ("evil.example#localhost", False, False, False),
        ("127.0.0.1.evil.example", False, False, False),
        ("localhost.evil.example", False, False, False),
        ("2130706433.evil.example", False, False, False),
        ("a b", False, False, False),
        ("user@localhost", False, False, False),
    ],
)
def test_which_names_are_served(host: str, alone: bool, public: bool, named: bool, port: str) -> None:
    served = [is_served(host + port, OWN, settings_of(**values)) for values in ({}, PUBLIC, NAMED)]
    assert served == [alone, public, named]


def test_no_name_at_all_is_none() -> None:
    assert not is_served("", OWN, settings_of())


@pytest.mark.parametrize("value", ["https://fn.example.org", "fn.example.org:8000", "a b", "*"])
def test_a_host_that_is_none_stops_the_start(value: str) -> None:
    with pytest.raises(ValidationError, match="is no name of a host"):
        settings_of(allowed_hosts=value)


def test_an_https_address_makes_cookies_secure() -> None:
    assert settings_of(**PUBLIC).cookies_are_secure
    assert not settings_of(public_url="http://fn.example.org").cookies_are_secure
    assert not settings_of().cookies_are_secure
