"""Signing in over HTTP, and out."""

import pytest

from tests.http.conftest import PASSWORD, House

NAMED = {"username": "alice", "password": PASSWORD}


@pytest.mark.parametrize("body", [{"data": NAMED}, {"json": NAMED}, {"data": {**NAMED, "grant_type": "password"}}])
async def test_a_token_for_a_form_and_for_json(house: House, body: dict[str, dict[str, str]]) -> None:
    alice = await house.make_user("alice")
    async with house.visitor() as client:
        response = await client.post("/api/auth/token", **body)  # type: ignore[arg-type]
        token = response.json()
        assert token["token_type"] == "bearer"
        assert 0 < token["expires_in"] <= house.settings.session.ttl_s
        me = await client.get("/api/auth/me", headers={"Authorization": f"Bearer {token['access_token']}"})
    mine = me.json()
    assert mine.pop("uploads")["used_bytes"] == 0
    assert mine == {
        "user_id": str(alice.user_id),
        "username": "alice",
        "role": "user",
        "scopes": None,
        "libraries": [{"library_id": str(alice.personal_library_id), "role": "owner", "is_personal": True}],
    }


async def test_a_wrong_password_and_an_unknown_name_look_the_same(house: House) -> None:
    await house.make_user("alice")
    async with house.visitor() as client:
        wrong = await client.post("/api/auth/token", data={"username": "alice", "password": "nonsense"})
        unknown = await client.post("/api/auth/token", data={"username": "nobody", "password": "nonsense"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["message"] == unknown.json()["message"]
    assert wrong.headers["www-authenticate"] == "Bearer"


async def test_guessing_is_slowed_down_with_a_time_to_wait(house: House) -> None:
    await house.make_user("alice")
    async with house.visitor() as client:
        for _ in range(house.settings.limit.login_attempts):
            await client.post("/api/auth/token", data={"username": "alice", "password": "nonsense"})
        response = await client.post("/api/auth/token", data=NAMED)
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) == response.json()["retry_after"] > 0


@pytest.mark.parametrize("body", [{"data": {"username": "alice"}}, {"json": ["alice"]}, {"content": b"\xff{"}])
async def test_what_is_no_name_and_password_is_refused(house: House, body: dict[str, object]) -> None:
    async with house.visitor() as client:
        response = await client.post("/api/auth/token", **body)  # type: ignore[arg-type]
    assert (response.status_code, response.json()["status"]) == (422, "error")


async def test_signing_out_ends_this_sign_in_and_no_other(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as one, house.signed_in("alice") as other:
        assert (await one.post("/api/auth/logout")).status_code == 204
        assert (await one.get("/api/auth/me")).status_code == 401
        assert (await other.get("/api/auth/me")).status_code == 200


async def test_a_new_password_ends_every_sign_in(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as one, house.signed_in("alice") as other:
        change = {"old_password": PASSWORD, "new_password": "another one entirely"}
        assert (await one.post("/api/auth/password", json=change)).status_code == 204
        assert (await one.get("/api/auth/me")).status_code == 401
        assert (await other.get("/api/auth/me")).status_code == 401
        again = await one.post("/api/auth/token", data={"username": "alice", "password": "another one entirely"})
    assert again.status_code == 200


async def test_the_cookie_opens_and_closes_as_the_chats_sign_in(house: House) -> None:
    await house.make_user("alice")
    token = await house.token("alice", "browser")
    half = len(token) // 2
    async with house.visitor(Cookie=f"access_token_0={token[:half]}; access_token_1={token[half:]}") as browser:
        assert (await browser.get("/api/auth/me")).status_code == 200
        refused = await browser.post("/api/auth/logout")
        assert refused.status_code == 403
        left = await browser.post("/api/auth/logout", headers={"Origin": "http://test"})
        assert left.status_code == 204
        assert len(left.headers.get_list("set-cookie")) == 2
        assert (await browser.get("/api/auth/me")).status_code == 401


async def test_a_token_opens_only_the_door_it_was_made_for(house: House) -> None:
    await house.make_user("alice")
    cookie, bearer = await house.token("alice", "browser"), await house.token("alice", "api")
    async with house.visitor() as client:
        as_bearer = await client.get("/api/auth/me", headers={"Authorization": f"Bearer {cookie}"})
        as_cookie = await client.get("/api/auth/me", headers={"Cookie": f"access_token={bearer}"})
    assert as_bearer.status_code == as_cookie.status_code == 401


async def test_tokens_are_refreshed_and_revoked_as_oauth_has_it(house: House) -> None:
    await house.make_user("alice")
    async with house.visitor() as client:
        first = (await client.post("/api/auth/token", data=NAMED)).json()
        assert first["refresh_expires_in"] > first["expires_in"]
        form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        second = (await client.post("/api/auth/token", data=form)).json()
        assert set(second) == set(first)
        me = await client.get("/api/auth/me", headers={"Authorization": f"Bearer {second['access_token']}"})
        assert me.status_code == 200
        form = {"token": second["refresh_token"], "token_type_hint": "refresh_token"}
        revoked = await client.post("/api/auth/revoke", data=form)
        assert (revoked.status_code, revoked.content) == (200, b"")
        me = await client.get("/api/auth/me", headers={"Authorization": f"Bearer {second['access_token']}"})
        assert me.status_code == 401


async def test_a_key_is_revoked_by_whoever_holds_it(house: House) -> None:
    await house.make_user("alice")
    key = (await house.make_key("alice")).key
    async with house.visitor(Authorization=f"Bearer {key}") as client:
        for wrong in (key[:-1], key[:36] + "A" * 43, "fn_"):
            assert (await client.post("/api/auth/revoke", json={"token": wrong})).status_code == 200
        assert (await client.get("/api/auth/me")).status_code == 200
        assert (await client.post("/api/auth/revoke", json={"token": key})).status_code == 200
        assert (await client.get("/api/auth/me")).status_code == 401


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("token", {"grant_type": "client_credentials"}, 422),
        ("token", {"grant_type": "refresh_token"}, 422),
        ("token", {"grant_type": "refresh_token", "refresh_token": "x" * 10_000}, 422),
        ("token", {"grant_type": "refresh_token", "refresh_token": "nonsense"}, 401),
        ("token", {**NAMED, "password": ""}, 422),
        ("revoke", {}, 422),
        ("revoke", {"token": ""}, 422),
        ("revoke", {"token": "x" * 10_000}, 422),
        ("revoke", {"token": "nonsense"}, 200),
    ],
)
async def test_odd_grants_and_revocations(house: House, path: str, form: dict[str, str], status: int) -> None:
    await house.make_user("alice")
    async with house.visitor() as client:
        for body in ({"data": form}, {"json": form}):
            response = await client.post(f"/api/auth/{path}", **body)  # type: ignore[arg-type]
            assert response.status_code == status
            assert status == 200 or response.json()["status"] == "error"
