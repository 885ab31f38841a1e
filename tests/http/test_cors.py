"""Pages of other sites: those that are named may use the API with a token, the others are told nothing."""

import pytest

from core.settings import CorsSettings, Settings
from tests.http.conftest import House

APP = "https://app.example.org"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"cors": CorsSettings(origins=f"{APP}:443, http://localhost:3000")})


async def test_a_named_origin_may_call_with_a_token(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        asked = await client.options("/api/chat", headers={"Origin": APP, **PREFLIGHT})
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == APP
        assert "authorization" in asked.headers["access-control-allow-headers"]
        for path, status in (("/api/auth/me", 200), ("/api/documents/nothing", 404)):
            answer = await client.get(path, headers={"Origin": APP})
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, APP)
            assert "RateLimit" in answer.headers["access-control-expose-headers"]
            assert "access-control-allow-credentials" not in answer.headers
            assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://app.example.org", f"{APP}.evil.example", f"{APP}:8443", f"{APP}/", "*"],
)
async def test_nobody_else_is_told_anything(house: House, origin: str) -> None:
    async with house.visitor() as client:
        asked = await client.options("/api/chat", headers={"Origin": origin, **PREFLIGHT})
        answer = await client.get("/health/live", headers={"Origin": origin})
    for response in (asked, answer):
        assert not [name for name in response.headers if name.startswith("access-control-")]
    assert asked.status_code == 405


async def test_the_cookie_is_of_no_use_to_them(house: House) -> None:
    await house.make_user("alice")
    cookie = f"access_token={await house.token('alice', 'browser')}"
    async with house.visitor(Cookie=cookie, Origin=APP) as client:
        assert (await client.post("/api/chat", json={"question": "?"})).status_code == 403
        answer = await client.get("/api/auth/me")
    # The browser lets no page read an answer to a request with cookies without this header.
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "value", ["*", "null", "app.example.org", "https://app.example.org/path", "https://*.org", "ftp://a"]
)
def test_what_is_no_origin_is_no_setting(value: str) -> None:
    with pytest.raises(ValueError, match="is no origin"):
        CorsSettings(origins=value)


def test_origins_as_browsers_send_them() -> None:
    settings = CorsSettings(origins="HTTPS://A.example:443,http://b:80, http://c:8080,https://[::1]:443")
    assert settings.names == ["https://a.example", "http://b", "http://c:8080", "https://[::1]"]
