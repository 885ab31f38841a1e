"""Answers given again over HTTP: marked, and made anew on request."""

from arq.connections import ArqRedis

from core.settings import Settings
from tests.graph import wired
from tests.http.conftest import LEAVE, House, asked
from tests.http.test_chat_routes import events_in


async def test_an_answer_given_again_says_so_and_a_fresh_one_does_not(
    house: House, redis: ArqRedis, settings: Settings
) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    cached = wired(settings, is_cached=True, database=house.database, redis=redis, live=house.services.live)
    answers = cached.answers
    house.change(answers=answers)
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
