"""Answers given again over HTTP: marked, and made anew on request."""

from arq.connections import ArqRedis

from answers.cache.caches import AnswerCaches
from answers.service import AnswerService
from core.cache import Cache
from core.rate_limit import RateLimiter
from tests.http.conftest import LEAVE, House, asked
from tests.http.test_chat_routes import events_in


def with_caches(house: House, redis: ArqRedis) -> AnswerService:
    pipeline = house.answers._pipeline
    caches = AnswerCaches(house.database, Cache(redis, answer_within_s=5), pipeline._live, house.settings)
    return AnswerService(house.database, RateLimiter(redis), pipeline, house.settings, caches)


async def test_an_answer_given_again_says_so_and_a_fresh_one_does_not(house: House, redis: ArqRedis) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    answers = house.app.state.answers = with_caches(house, redis)
    async with house.signed_in("alice") as client:
        first = (await asked(client, LEAVE)).json()
        await answers.drain()
        again = (await asked(client, LEAVE)).json()
        fresh = (await asked(client, LEAVE, fresh=True)).json()
        streamed = await client.post("/api/chat/stream", json={"question": LEAVE}, timeout=60)
        bad = await asked(client, LEAVE, fresh="perhaps")
    assert (first["cached"], again["cached"], fresh["cached"]) == (None, "exact", None)
    assert again["answer"] == first["answer"]
    assert again["answer_run_id"] != first["answer_run_id"]
    assert [citation["quote"] for citation in again["citations"]] == [one["quote"] for one in first["citations"]]
    assert again["citations"][0]["url"].startswith(f"/cite/{again['answer_run_id']}/")
    name, done = events_in(streamed.text)[-1]
    assert (name, done["cached"]) == ("done", "exact")
    assert bad.status_code == 422
