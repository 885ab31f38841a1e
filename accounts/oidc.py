"""Sign-in at an OpenID Connect provider: authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636, RFC 9207).

What the flow has to remember (state, nonce, verifier) travels in a signed cookie of the browser that began it.
"""

import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any, cast
from urllib.parse import quote, urlencode

import httpx
import jwt
import structlog
from joserfc import jwt as jose
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from accounts.identities import Identified
from core.errors import NotAuthenticated, UpstreamUnavailable
from core.settings import OidcSettings
from core.tokens import ALGORITHM

log = structlog.get_logger(__name__)

FLOW_S = 600  # of one sign-in, with whatever the provider asks
_AUDIENCE = "footnote:oidc"
_ALGORITHMS = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
]  # never a shared secret, never none
_FRESH_S = 3600
_KEYS_AGAIN_S = 60
_TIMEOUT_S = 10.0
_MOST_BYTES = 1_000_000
_CLOCKS_S = 60
_FAILED = "The sign-in was not completed. Please try again."
_AWAY = "The sign-in service does not answer as it should. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that has begun: where the browser goes, and the cookie that it brings back."""

    url: str
    cookie: str


class OidcProvider:
    """The provider of the settings.

    Args:
        secret: signs the cookie.
    """

    def __init__(self, settings: OidcSettings, secret: str) -> None:
        self._settings = settings
        self._secret = secret
        self._document: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._document_at = self._keys_at = float("-inf")

    @property
    def name(self) -> str:
        """What people call it."""
        return self._settings.name

    async def begin(self, redirect_uri: str) -> Begun:
        """Begin a sign-in. Raises UpstreamUnavailable."""
        document = await self._discovered()
        flow = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        challenge = base64.urlsafe_b64encode(sha256(flow["verifier"].encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": self._settings.scopes,
            "state": flow["state"],
            "nonce": flow["nonce"],
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        ends_at = datetime.now(UTC) + timedelta(seconds=FLOW_S)
        cookie = jwt.encode({**flow, "aud": _AUDIENCE, "exp": ends_at}, self._secret, algorithm=ALGORITHM)
        return Begun(_with_query(document["authorization_endpoint"], query), cookie)

    async def finish(self, cookie: str, answer: Mapping[str, str], redirect_uri: str) -> Identified:
        """The person whom the provider has signed in.

        Args:
            answer: the query of the address that the provider sent the browser to.

        Raises:
            NotAuthenticated: it is not the answer to this browser's sign-in, or the provider refused it.
            UpstreamUnavailable: the provider does not answer, or not as it should.
        """
        flow = self._flow(cookie)
        if not compare_digest(answer.get("state", "").encode(), str(flow["state"]).encode()):
            raise NotAuthenticated(_FAILED)
        if answer.get("iss", self._settings.issuer) != self._settings.issuer or not answer.get("code"):
            log.info("oidc.refused", error=answer.get("error", "")[:100])
            raise NotAuthenticated(_FAILED)
        id_token = await self._id_token(answer["code"], str(flow["verifier"]), redirect_uri)
        return self._person(await self._claims(id_token, str(flow["nonce"])), id_token)

    async def sign_out_url(self, id_token: str | None, back: str) -> str | None:
        """Where the browser signs out at the provider; None when it has no such address."""
        endpoint = (await self._discovered()).get("end_session_endpoint")
        if not endpoint:
            return None
        query = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back}
        return _with_query(endpoint, query | ({"id_token_hint": id_token} if id_token else {}))

    def _flow(self, cookie: str) -> dict[str, Any]:
        options: Any = {"require": ["exp", "state", "nonce", "verifier"]}
        try:
            return jwt.decode(cookie, self._secret, algorithms=[ALGORITHM], audience=_AUDIENCE, options=options)
        except jwt.InvalidTokenError as error:
            raise NotAuthenticated(_FAILED) from error

    async def _discovered(self) -> dict[str, Any]:
        if time.monotonic() - self._document_at > _FRESH_S:
            issuer = self._settings.issuer
            document = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if document.get("issuer") != issuer or not all(isinstance(document.get(name), str) for name in needed):
                log.error("oidc.discovery", issuer=issuer, found=str(document.get("issuer"))[:200])
                raise UpstreamUnavailable(_AWAY)
            self._document, self._document_at = document, time.monotonic()
        return self._document

    async def _id_token(self, code: str, verifier: str, redirect_uri: str) -> str:
        document = await self._discovered()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        form |= {"code_verifier": verifier, "client_id": self._settings.client_id}
        auth = None
        if self._settings.client_secret is not None:
            secret = self._settings.client_secret.get_secret_value()
            if "client_secret_basic" in document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
                auth = httpx.BasicAuth(quote(self._settings.client_id, safe=""), quote(secret, safe=""))
            else:
                form["client_secret"] = secret
        tokens = await self._ask("POST", document["token_endpoint"], data=form, auth=auth)
        if not isinstance(tokens.get("id_token"), str):
            log.warning("oidc.no_token", error=str(tokens.get("error", ""))[:100])
            raise NotAuthenticated(_FAILED)
        return str(tokens["id_token"])

    async def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        registry = jose.JWTClaimsRegistry(
            leeway=_CLOCKS_S,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        for is_again in (False, True):  # again: perhaps the provider has new keys
            keys = await self._key_set(is_again=is_again)
            try:
                claims: dict[str, Any] = jose.decode(
                    id_token, KeySet.import_key_set(cast(Any, keys)), algorithms=_ALGORITHMS
                ).claims
                registry.validate(claims)
            except (JoseError, ValueError, KeyError, TypeError) as error:
                log.warning("oidc.token_refused", error=repr(error)[:200])
                continue
            if claims.get("azp", self._settings.client_id) == self._settings.client_id:
                return claims
        raise NotAuthenticated(_FAILED)

    async def _key_set(self, *, is_again: bool) -> dict[str, Any]:
        if time.monotonic() - self._keys_at > (_KEYS_AGAIN_S if is_again else _FRESH_S):
            self._keys = await self._get((await self._discovered())["jwks_uri"])
            self._keys_at = time.monotonic()
        return self._keys

    def _person(self, claims: dict[str, Any], id_token: str) -> Identified:
        names = (claims.get(self._settings.username_claim), claims.get("email"), claims.get("name"), "person")
        groups = claims.get(self._settings.groups_claim)
        return Identified(
            issuer=self._settings.issuer,
            subject=str(claims["sub"]),
            username=next(name for name in names if isinstance(name, str) and name.strip()),
            groups=tuple(name for name in groups if isinstance(name, str)) if isinstance(groups, list) else (),
            id_token=id_token,
        )

    async def _get(self, url: str) -> dict[str, Any]:
        return await self._ask("GET", url)

    async def _ask(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        """The provider's answer as a JSON object. Raises UpstreamUnavailable."""
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
                response = await client.request(method, url, headers={"Accept": "application/json"}, **request)
            body = response.json() if len(response.content) <= _MOST_BYTES else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            log.warning("oidc.away", url=url, error=repr(error)[:200])
            raise UpstreamUnavailable(_AWAY, retry_after_s=10) from error
        if response.status_code >= 500 or not isinstance(body, dict):
            log.warning("oidc.away", url=url, status=response.status_code)
            raise UpstreamUnavailable(_AWAY, retry_after_s=10)
        return body


def _with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
