"""What of a provider's token is believed: its signature, and whom it is by, for and about."""

import base64
import hmac
import time
from typing import Any

import pytest
from joserfc import jwt as jose
from joserfc.jwk import RSAKey

from accounts.oidc import OidcProvider
from core.errors import NotAuthenticated
from core.settings import OidcSettings

ISSUER = "https://sso.example"
KEY, OTHER = (RSAKey.generate_key(2048, {"kid": "one"}) for _ in range(2))


@pytest.fixture
def provider() -> OidcProvider:
    found = OidcProvider(OidcSettings(issuer=ISSUER, client_id="footnote"), "s" * 32)
    found._keys, found._keys_at = {"keys": [KEY.as_dict(private=False)]}, time.monotonic()
    return found


def claims(**changes: Any) -> dict[str, Any]:
    present = int(time.time())
    known = {"iss": ISSUER, "aud": "footnote", "sub": "42", "nonce": "n", "iat": present, "exp": present + 60}
    return {name: value for name, value in (known | changes).items() if value is not None}


def signed(content: dict[str, Any], key: RSAKey = KEY) -> str:
    return jose.encode({"alg": "RS256", "kid": "one"}, content, key)


def with_shared_secret(secret: bytes) -> str:
    """By hand: no library signs this way."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=")
    text = f"{head}.{signed(claims()).split('.')[1]}"
    return f"{text}.{base64.urlsafe_b64encode(hmac.digest(secret, text.encode(), 'sha256')).decode().rstrip('=')}"


@pytest.mark.parametrize("more", [{}, {"aud": ["footnote", "other"], "azp": "footnote"}])
async def test_a_good_token(provider: OidcProvider, more: dict[str, Any]) -> None:
    assert (await provider._claims(signed(claims(**more)), "n"))["sub"] == "42"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": f"{ISSUER}/"},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": ["footnote", "other"], "azp": "other"},
        {"nonce": "another"},
        {"exp": int(time.time()) - 3600},
        *({name: None} for name in ("iss", "aud", "nonce", "sub", "exp", "iat")),
    ],
)
async def test_a_token_of_another_is_none(provider: OidcProvider, changes: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        await provider._claims(signed(claims(**changes)), "n")


async def test_a_token_that_the_provider_did_not_sign_is_none(provider: OidcProvider) -> None:
    forged = {
        "with another key": signed(claims(), OTHER),
        "with its public key as a shared secret": with_shared_secret(KEY.as_pem(private=False)),
        "without a signature": f"eyJhbGciOiJub25lIn0.{signed(claims()).split('.')[1]}.",
        "not a token": "a.b.c",
        "nothing": "",
    }
    for token in forged.values():
        with pytest.raises(NotAuthenticated):
            await provider._claims(token, "n")
