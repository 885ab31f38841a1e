"""Signing in at a real provider of OpenID Connect, and at a proxy in front."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread
from sqlalchemy import select

from core.access import Role
from core.settings import OidcSettings, ProxySettings, Settings
from db import identities
from db.models import Identity
from tests.http.conftest import PASSWORD, House
from web.peer import Peers

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the provider's own

ALICE = User(
    sub="42", claims={"preferred_username": "Alice@Corp", "email": "a@corp", "groups": ["staff", "staff", "hr"]}
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_server_in_thread(user_claims=[ALICE]) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def settings(settings: Settings, issuer: str) -> Settings:
    oidc = OidcSettings(issuer=issuer, client_id="footnote", client_secret="secret", name="Keycloak")
    proxy = ProxySettings(user_header="X-Forwarded-User", groups_header="X-Groups")
    return settings.model_copy(update={"oidc": oidc, "proxy": proxy, "trusted_proxies": "10.0.0.0/8"})


async def begun(client: httpx.AsyncClient) -> str:
    """The provider's address that a sign-in leads to."""
    response = await client.get("/sso/login")
    assert response.status_code == 303
    return str(response.headers["location"])


async def answered(address: str, **form: str) -> str:
    """The address here that the provider sends the browser back to."""
    async with httpx.AsyncClient() as browser:
        response = await browser.post(address, data=form)
    assert response.status_code == 302
    return str(response.headers["location"])


async def test_who_is_signed_in_there_is_signed_in_here(house: House, issuer: str) -> None:
    async with house.visitor(Origin="http://test") as client:
        address = await begun(client)
        query = parse_qs(urlsplit(address).query)
        assert address.startswith(issuer)
        assert (query["code_challenge_method"], query["redirect_uri"]) == (["S256"], ["http://test/sso/callback"])
        assert query["nonce"] != query["state"]
        back = await answered(address, sub="42")
        response = await client.get(back)
        assert (response.status_code, response.headers["location"]) == (303, "/")
        cookies = response.headers.get_list("set-cookie")
        assert all("httponly" in cookie.lower() and "samesite=lax" in cookie.lower() for cookie in cookies)
        me = (await client.get("/api/auth/me")).json()
        assert (me["username"], me["role"]) == ("alice@corp", "user")
        async with house.database.reader() as session:
            row = (await session.scalars(select(Identity))).one()
            assert (row.issuer, row.subject) == (issuer, "42")
            assert await identities.groups_of(session, row.user_id) == ["hr", "staff"]
        out = (await client.post("/api/sso/logout")).json()["url"]
        hint = parse_qs(urlsplit(out).query)
        assert out.startswith(f"{issuer}/oauth2/end_session?")
        assert hint["post_logout_redirect_uri"] == ["http://test/login"]
        async with httpx.AsyncClient() as browser:
            assert (await browser.get(out)).status_code < 400
        assert (await client.get("/api/auth/me")).status_code == 401


async def test_a_group_that_the_provider_claims_opens_its_library_at_once(house: House, issuer: str) -> None:
    owner = await house.make_user("owner")
    document = await house.bring("owner")
    admin = await house.make_user("boss", Role.ADMIN)
    await house.services.groups.create(admin, "hr")
    async with house.signed_in("owner") as client:
        library = (await client.post("/api/libraries", json={"name": "Contracts"})).json()["library_id"]
        await client.put(f"/api/libraries/{library}/members", json={"group": "hr", "role": "viewer"})
        await client.post(f"/api/documents/{document.id}/move", json={"library_id": library})
    async with house.visitor() as client:
        await client.get(await answered(await begun(client), sub="42"))
        seen = (await client.get("/api/documents")).json()["documents"]
    async with house.visitor() as client:
        await client.get(await answered(await begun(client), sub="43"))
        others = (await client.get("/api/documents")).json()["documents"]
    assert [one["id"] for one in seen] == [str(document.id)]
    assert others == []
    assert owner.personal_library_id != UUID(library)


async def test_the_same_person_is_the_same_user_and_another_of_the_name_is_not(house: House, issuer: str) -> None:
    local = await house.make_user("alice@corp")
    people = []
    for _ in range(2):
        async with house.visitor() as client:
            await client.get(await answered(await begun(client), sub="42"))
            people.append((await client.get("/api/auth/me")).json())
    assert people[0]["user_id"] == people[1]["user_id"] != str(local.user_id)
    assert people[0]["username"] == "alice@corp-2"
    async with house.visitor() as client:
        await client.get(await answered(await begun(client), sub="43"))
        assert (await client.get("/api/auth/me")).json()["user_id"] != people[0]["user_id"]


async def test_who_has_no_password_signs_in_with_none(house: House) -> None:
    async with house.visitor() as client:
        await client.get(await answered(await begun(client), sub="42"))
        for password in ("", "nobody has this password", PASSWORD):
            form = {"username": "alice@corp", "password": password}
            assert (await client.post("/api/auth/token", data=form)).status_code in (401, 422)


async def test_a_disabled_person_stays_out(house: House) -> None:
    async with house.visitor() as client:
        await client.get(await answered(await begun(client), sub="42"))
    await house.accounts.disable_user("alice@corp")
    async with house.visitor() as client:
        response = await client.get(await answered(await begun(client), sub="42"))
        assert response.status_code == 401
        assert "access_token" not in response.headers.get("set-cookie", "")


async def test_an_answer_to_another_browser_signs_nobody_in(house: House) -> None:
    async with house.visitor() as attacker, house.visitor() as victim:
        back = await answered(await begun(attacker), sub="42")
        await begun(victim)
        for client in (victim, httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url="http://test")):
            response = await client.get(back)
            assert response.status_code == 401
            assert "access_token=" not in response.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "change",
    [
        "state=wrong",
        "state=",
        "code=",
        "code=made-up",
        "iss=https://evil.example",
        "state=%C3%A9",
        "code=" + "x" * 10_000,
    ],
)
async def test_odd_answers_sign_nobody_in(house: House, change: str) -> None:
    async with house.visitor() as client:
        back = urlsplit(await answered(await begun(client), sub="42"))
        name = change.partition("=")[0]
        kept = "&".join(part for part in back.query.split("&") if not part.startswith(f"{name}="))
        response = await client.get(f"{back.path}?{kept}&{change}")
        assert response.status_code == 401
        assert (await client.get("/api/auth/me")).status_code == 401


async def test_who_says_no_there_is_not_signed_in(house: House) -> None:
    async with house.visitor() as client:
        response = await client.get(await answered(await begun(client), action="deny"))
        assert response.status_code == 401


async def test_a_code_works_once(house: House) -> None:
    async with house.visitor() as client:
        address = await begun(client)
        cookie = client.cookies["footnote_sso"]
        back = await answered(address, sub="42")
        assert (await client.get(back)).status_code == 303
        async with house.visitor(Cookie=f"footnote_sso={cookie}") as again:
            assert (await again.get(back)).status_code == 401


async def test_a_provider_that_is_away_is_said(house: House) -> None:
    provider = house.accounts.oidc
    assert provider is not None
    provider._settings = OidcSettings(issuer="http://localhost:1", client_id="footnote")
    async with house.visitor() as client:
        response = await client.get("/sso/login")
    assert response.status_code == 503
    assert "does not answer" in response.text


async def test_the_ways_are_told_to_the_sign_in_page(house: House) -> None:
    async with house.visitor() as client:
        assert [way["name"] for way in (await client.get("/api/sso")).json()] == ["Keycloak", "your organisation"]


@asynccontextmanager
async def through(house: House, peer: str, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose requests come from an address."""
    transport = httpx.ASGITransport(Peers(house.app), client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        yield client


async def test_a_proxys_header_signs_in(house: House) -> None:
    async with through(house, "10.0.0.7", **{"X-Forwarded-User": "Bob", "X-Groups": "staff, hr,"}) as client:
        assert (await client.get("/sso/proxy")).status_code == 303
        me = (await client.get("/api/auth/me")).json()
        assert me["username"] == "bob"
        async with house.database.reader() as session:
            row = (await session.scalars(select(Identity))).one()
            assert (row.issuer, row.groups) == ("proxy", ["hr", "staff"])


@pytest.mark.parametrize(
    ("peer", "names"),
    [
        ("192.0.2.1", ["bob"]),
        ("11.0.0.1", ["bob"]),
        ("10.0.0.7", []),
        ("10.0.0.7", [" "]),
        ("10.0.0.7", ["bob", "root"]),
    ],
)
async def test_nobody_else_is_believed(house: House, peer: str, names: list[str]) -> None:
    async with through(house, peer, **{"X-Forwarded-For": "10.0.0.7"}) as client:
        response = await client.get("/sso/proxy", headers=[("X-Forwarded-User", name) for name in names])
        assert response.status_code == 401
        assert "set-cookie" not in response.headers


async def test_without_a_noted_peer_nobody_is_believed(house: House) -> None:
    async with house.visitor(**{"X-Forwarded-User": "bob"}) as client:
        assert (await client.get("/sso/proxy")).status_code == 401


async def test_the_header_signs_in_nowhere_else(house: House) -> None:
    async with through(house, "10.0.0.7", **{"X-Forwarded-User": "bob"}) as client:
        assert (await client.get("/api/auth/me")).status_code == 401
