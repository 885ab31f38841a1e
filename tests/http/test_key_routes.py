"""API keys over HTTP: making, using and revoking them, and what each scope opens."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from core.access import Scope
from tests.http.conftest import LEAVE, PASSWORD, House, asked, upload

WANTED = {"name": "nightly import", "scopes": ["read", "upload"]}


async def test_a_key_is_shown_once_and_works_until_it_is_revoked(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        made = (await client.post("/api/keys", json=WANTED)).json()
        assert made["key"].startswith("fn_")
        async with house.visitor(Authorization=f"Bearer {made['key']}") as program:
            me = (await program.get("/api/auth/me")).json()
            assert (me["username"], me["scopes"]) == ("alice", ["read", "upload"])
            assert (await program.get("/api/keys")).status_code == 403
            [listed] = (await client.get("/api/keys")).json()
            assert listed["last_used_at"]
            assert made["key"] not in str(listed)
            assert (await client.delete(f"/api/keys/{made['id']}")).status_code == 204
            refused = await program.get("/api/auth/me")
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert "revoked" in refused.json()["message"]
        assert (await client.get("/api/keys")).json()[0]["state"] == "revoked"


async def test_each_scope_opens_its_own(house: House) -> None:
    await house.make_user("alice")
    calls: dict[Scope, Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]] = {
        Scope.READ: lambda client: client.get("/api/documents"),
        Scope.ASK: lambda client: asked(client, LEAVE),
        Scope.UPLOAD: lambda client: upload(client, b"Robins stay through the winter.", "birds.txt"),
    }
    for scope in calls:
        async with house.with_key("alice", scope) as client:
            for other, call in calls.items():
                response = await call(client)
                assert (response.status_code == 403) is (other is not scope), (scope, other, response.text)
                if other is not scope:
                    assert f"“{other}”" in response.json()["message"]


async def test_an_admins_key_is_an_admins_by_its_scope_alone(house: House) -> None:
    await house.make_user("root", "admin")
    async with house.with_key("root", Scope.READ, Scope.ASK, Scope.UPLOAD) as client:
        assert (await client.get("/api/review-items")).status_code == 403
        assert (await client.get("/api/usage/all")).status_code == 403
    async with house.with_key("root", Scope.ADMIN) as client:
        assert (await client.get("/api/review-items")).status_code == 200
        assert (await client.get("/api/documents")).status_code == 403


async def test_a_key_in_the_cookie_opens_nothing(house: House) -> None:
    await house.make_user("alice")
    key = (await house.make_key("alice")).key
    async with house.visitor(Cookie=f"access_token={key}") as client:
        assert (await client.get("/api/auth/me")).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["write"]},
        {"name": "x", "scopes": ["read"] * 50},
        {"name": "x", "scopes": "read"},
        {"name": "", "scopes": ["read"]},
        {"name": "n" * 10_000, "scopes": ["read"]},
        {"name": "\0", "scopes": ["read"]},
        {"name": "x", "scopes": ["read"], "colour": "red"},
        {"name": ["x"], "scopes": ["read"]},
        {"name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "x", "scopes": ["read"], "expires_at": "2999-01-01T00:00:00Z"},
        {"name": "x", "scopes": ["read"], "expires_at": "2099-01-01T00:00:00"},
        {"name": "x", "scopes": ["read"], "expires_at": "soon"},
        {"name": "x", "scopes": ["read"], "expires_at": 1e300},
        {"name": "x", "scopes": ["read"], "questions_per_minute": 0},
        {"name": "x", "scopes": ["read"], "questions_per_minute": 2**40},
    ],
)
async def test_what_no_key_can_be_is_refused_in_a_sentence(house: House, body: dict[str, object]) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        response = await client.post("/api/keys", json=body)
        assert (response.status_code, response.json()["status"]) == (422, "error")
        assert len(response.json()["message"]) < 300
        assert (await client.get("/api/keys")).json() == []


@pytest.mark.parametrize("token", ["fn_", "fn_x", "fn_" + "0" * 76, "fn_" + "é" * 76, "fn_" + "0" * 10_000, "fn_ fn_"])
async def test_malformed_keys(house: House, token: str) -> None:
    async with house.visitor() as client:
        request = httpx.Request(
            "GET", "http://test/api/auth/me", headers=[(b"authorization", f"Bearer {token}".encode())]
        )
        response = await client.send(request)
    assert (response.status_code, response.json()["message"]) == (401, "This API key is not valid.")


async def test_a_new_password_takes_the_keys_along_when_asked(house: House) -> None:
    await house.make_user("alice")
    await house.make_key("alice")
    async with house.signed_in("alice") as client:
        change = {"old_password": PASSWORD, "new_password": "three words of mine", "revoke_keys": True}
        assert (await client.post("/api/auth/password", json=change)).status_code == 204
    alice = await house.accounts.principal_of_user("alice")
    assert [key.state for key in await house.accounts.keys.of_person(alice)] == ["revoked"]
