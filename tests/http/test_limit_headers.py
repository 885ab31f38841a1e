"""What is left of the rate limits, in the headers of responses."""

from core.access import Scope
from tests.http.conftest import LEAVE, House, asked, upload


async def test_what_is_left_of_the_limits_stands_in_the_headers(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        first = await asked(client, LEAVE)
        second = await asked(client, LEAVE)
        quota = house.settings.limit.questions_per_minute
        assert first.headers["ratelimit-policy"] == f'"questions";q={quota};w=60'
        assert first.headers["ratelimit"].startswith(f'"questions";r={quota - 1};t=')
        assert second.headers["ratelimit"].startswith(f'"questions";r={quota - 2};t=')
        stream = await client.post("/api/chat/stream", json={"question": LEAVE})
        assert stream.headers["ratelimit"].startswith(f'"questions";r={quota - 3};t=')
        assert "ratelimit" not in (await client.get("/api/auth/me")).headers


async def test_a_key_may_have_a_limit_of_its_own(house: House) -> None:
    await house.make_user("alice")
    async with house.with_key("alice", Scope.ASK, questions_per_minute=1) as client:
        first, second = await asked(client, LEAVE), await asked(client, LEAVE)
    assert first.status_code == 200
    assert first.headers["ratelimit-policy"].startswith('"key-questions";q=1;w=60, "questions";q=')
    assert second.status_code == 429
    assert second.headers["ratelimit"].startswith('"key-questions";r=0;t=')
    assert second.json()["message"].startswith("This API key may ask 1 question a minute.")
    assert 0 < int(second.headers["retry-after"]) == second.json()["retry_after"] <= 60
    async with house.with_key("alice", Scope.ASK) as client:
        assert (await asked(client, LEAVE)).status_code == 200


async def test_uploads_say_what_is_left(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        response = await upload(client, b"Robins stay through the winter.", "birds.txt")
    quota = house.settings.limit.uploads_per_minute
    assert response.headers["ratelimit"].startswith(f'"upload";r={quota - 1};t=')
