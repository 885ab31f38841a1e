"""Answer runs that live apart from the connection that asked: followed, resumed, stopped, answered in the background."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from conversations.runs import upkeep
from conversations.runs.background import AnswerSlots
from conversations.runs.service import Runs
from core.access import Principal
from db import answer_runs
from db.lookout import Lookout
from rag.events import Citations, Done, Started, Token
from services import Services
from tests.graph import wired
from tests.http.conftest import LEAVE, NOBODYS, House, asked
from tests.http.test_chat_routes import Scripted, numbered_in, replies

EVENTS = "/api/answer-runs/{}/events"


async def streamed(client: httpx.AsyncClient, path: str, **more: Any) -> list[tuple[int | None, str, Any]]:
    """The events of a stream, with their numbers."""
    response = await client.get(path, timeout=30, **more)
    assert response.status_code == 200, response.text
    return numbered_in(response.text)


def elsewhere(house: House) -> Runs:
    """The runs of another process: nothing of theirs is in its memory."""
    services = house.services
    return wired(
        house.settings, database=services.database, redis=services.redis, sandbox=services.sandbox, live=services.live
    ).runs


async def test_every_reader_gets_the_same_numbered_events(house: House) -> None:
    alice = await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        response = await client.post("/api/chat/stream", json={"question": LEAVE}, timeout=60)
        said = numbered_in(response.text)
        again = await streamed(client, response.headers["content-location"])
    assert [number for number, _, _ in said] == list(range(1, len(said) + 1))
    assert again == said
    run_id = UUID(said[0][2]["answer_run_id"])
    other = [entry async for entry in await elsewhere(house).follow(alice, run_id)]
    assert [(entry.number, entry.kind) for entry in other] == [(number, kind) for number, kind, _ in said]
    assert other[-2].event == Citations.model_validate(said[-2][2])


async def test_a_stream_is_resumed_without_loss_or_repeat(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        said = numbered_in((await client.post("/chat/stream", json={"message": LEAVE}, timeout=60)).text)
        path = EVENTS.format(said[0][2]["answer_run_id"])
        for after in range(1, len(said)):
            assert await streamed(client, path, params={"starting_after": after}) == said[after:]
            assert await streamed(client, path, headers={"Last-Event-ID": str(after)}) == said[after:]
        nothing = await client.get(path, headers={"Last-Event-ID": str(len(said))})
    assert (nothing.status_code, nothing.text) == (204, "")


async def test_what_is_no_number_of_an_event_or_not_ones_own_is_refused(house: House) -> None:
    for name in ("alice", "bob"):
        await house.make_user(name)
    await house.bring("alice")
    async with house.signed_in("alice") as client, house.signed_in("bob") as bob:
        path = EVENTS.format((await asked(client, LEAVE)).json()["answer_run_id"])
        for broken in ("x", "-1", "1.5", "٣", "9" * 30, ""):
            refused = await client.get(path, headers=[(b"Last-Event-ID", broken.encode())])
            assert (refused.status_code, refused.json()["status"]) == (422, "error"), broken
        unknown = await client.get(path, headers={"Last-Event-ID": "9999"})
        assert (unknown.status_code, unknown.json()["message"]) == (422, "This answer has no event 9999 yet.")
        assert (await client.get(path, params={"starting_after": "-1"})).status_code == 422
        foreign = [await bob.get(path), await bob.post(path.replace("events", "cancel"))]
        nobodys = [await bob.get(EVENTS.format(NOBODYS)), await bob.post(f"/job-status/{NOBODYS}/cancel")]
    assert [response.status_code for response in [*foreign, *nobodys]] == [404] * 4
    assert len({response.json()["message"] for response in [*foreign, *nobodys]}) == 1


async def test_what_redis_forgot_is_given_again_from_the_rows(house: House) -> None:
    alice = await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        whole = (await asked(client, LEAVE)).json()
        run_id = UUID(whole["answer_run_id"])
        await house.services.runs.live.flush()
        said = [entry async for entry in await elsewhere(house).follow(alice, run_id)]
        await house.services.redis.flushdb()
        rest = [entry async for entry in await elsewhere(house).follow(alice, run_id, said[-3].number)]
        anew = [entry async for entry in await elsewhere(house).follow(alice, run_id)]
    assert [(entry.number, entry.kind) for entry in rest] == [(entry.number, entry.kind) for entry in said[-2:]]
    assert [entry.kind for entry in anew] == ["started", "searching", "sources", "citations", "done"]
    assert anew[-1].number == said[-1].number
    citations, known = anew[-2].event, said[-2].event
    assert isinstance(citations, Citations)
    assert isinstance(known, Citations)
    assert citations.answer == known.answer
    assert [one.quote for one in citations.citations] == [one.quote for one in known.citations]


def hold(house: House) -> asyncio.Event:
    """Answers are held before they are checked, until this is set."""
    gate, pipeline = asyncio.Event(), house.services.answers._pipeline
    stream = pipeline.stream

    async def held(*arguments: Any, **more: Any) -> Any:
        async for event in stream(*arguments, **more):
            if isinstance(event, Citations):
                await gate.wait()
            yield event

    pipeline.stream = held  # type: ignore[method-assign]
    return gate


async def written(house: House) -> UUID:
    """The id of a run of this process, once the text of its answer is there."""
    live = house.services.runs.live
    while True:
        for run_id in live.running:
            text = "".join(entry.event.text for entry in live._runs[run_id].entries if isinstance(entry.event, Token))
            if "]" in text:
                return run_id
        await asyncio.sleep(0.01)


async def started(client: httpx.AsyncClient, answers: Scripted) -> tuple[str, asyncio.Task[httpx.Response]]:
    """Id of a run that has said all it was told to say, and the request that waits for its end."""
    asking = asyncio.create_task(client.post("/api/chat", json={"question": "Well?"}, timeout=30))
    async with asyncio.timeout(60):
        await answers.has_said_all.wait()
    return str(answers.run_id), asking


async def test_an_answer_is_stopped_from_any_connection(house: House) -> None:
    alice = await house.make_user("alice")
    answers = Scripted(Token(text="Half an"), is_endless=True)
    house.change(answers=answers)
    async with house.signed_in("alice") as client:
        run_id, asking = await started(client, answers)
        reading = asyncio.create_task(client.get(EVENTS.format(run_id), timeout=30))
        stopped = await client.post(f"/api/answer-runs/{run_id}/cancel")
        async with asyncio.timeout(60):
            answer, events = (await asking).json(), numbered_in((await reading).text)
    assert stopped.status_code == 404  # what is scripted has no row
    assert (answer["answer"], answer["stopped"]) == ("Half an", True)
    assert [kind for _, kind, _ in events] == ["started", "token", "stopped"]
    assert await replies(house, alice) == [("Half an\n\n*Stopped.*", False)]


async def test_an_answer_is_stopped_from_another_process(house: House) -> None:
    alice = await house.make_user("alice")
    await house.bring("alice")
    here = house.services
    hold(house)
    async with house.signed_in("alice") as client, asyncio.timeout(30):
        asking = asyncio.create_task(client.post("/api/chat", json={"question": LEAVE}, timeout=30))
        run_id = await written(house)
        keeping = asyncio.create_task(here.run_upkeep.listen())
        await asyncio.sleep(0.1)  # until it listens
        began = asyncio.get_running_loop().time()
        await elsewhere(house).stop(alice, run_id)
        assert asyncio.get_running_loop().time() - began < 2
        keeping.cancel()
        answer = (await asking).json()
    assert answer["stopped"] is True
    assert "twenty-eight" in answer["answer"]
    assert answer["citations"], "what was written was checked"
    async with house.database.reader() as session:
        assert (await answer_runs.get_owned(session, alice, run_id)).state == "stopped"


@pytest.fixture
def slots(house: House) -> AnswerSlots:
    return house.services.answer_slots


async def test_a_question_is_answered_in_the_background(house: House, slots: AnswerSlots) -> None:
    await house.make_user("alice")
    await house.make_user("bob")
    await house.bring("alice")
    async with house.signed_in("alice") as client, house.signed_in("bob") as bob, asyncio.timeout(60):
        accepted = await client.post("/chat", json={"message": LEAVE}, headers={"Prefer": "respond-async, wait=5"})
        job = accepted.json()
        assert (accepted.status_code, accepted.headers["preference-applied"]) == (202, "respond-async")
        assert accepted.headers["location"] == job["status_url"] == f"/job-status/{job['job_id']}"
        waiting = [await client.get(job["status_url"]), await client.get(job["result_url"])]
        assert [(one.status_code, one.json()["status"]) for one in waiting] == [(200, "QUEUED"), (202, "QUEUED")]
        reading = asyncio.create_task(client.get(job["events_url"], timeout=60))
        working = asyncio.create_task(slots.run())
        while (status := (await client.get(job["status_url"])).json())["status"] in ("QUEUED", "STARTED"):
            await asyncio.sleep(0.05)
        working.cancel()
        assert status["status"] == "FINISHED"
        answer = (await client.get(job["result_url"])).json()
        events = numbered_in((await reading).text)
        assert [await one(bob, job) for one in (status_of, result_of)] == [404, 404]
    assert "twenty-eight" in answer["answer"]
    assert answer["citations"]
    assert (answer["answer_run_id"], answer["thread_id"]) == (job["job_id"], status["thread_id"])
    assert [kind for _, kind, _ in events][-1] == "done"


async def status_of(client: httpx.AsyncClient, job: Any) -> int:
    return (await client.get(job["status_url"])).status_code


async def result_of(client: httpx.AsyncClient, job: Any) -> int:
    return (await client.get(job["result_url"])).status_code


async def test_a_queued_question_is_stopped_before_anybody_takes_it(house: House, slots: AnswerSlots) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client, asyncio.timeout(30):
        accepted = await client.post("/api/chat", json={"question": LEAVE}, headers={"Prefer": "respond-async"})
        job = accepted.json()
        assert accepted.headers["location"] == f"/api/job-status/{job['job_id']}"
        stopped = (await client.post(f"{job['status_url']}/cancel")).json()
        await slots._fill()
        assert (stopped["status"], slots._running) == ("STOPPED", {})
        result = (await client.get(job["result_url"])).json()
    assert (result["stopped"], result["answer"]) == (True, "")


async def test_a_worker_that_dies_leaves_the_question_to_another(house: House, slots: AnswerSlots) -> None:
    alice = await house.make_user("alice")
    await house.bring("alice")
    runs = house.services.runs
    request = {"question": LEAVE}
    async with house.signed_in("alice") as client, asyncio.timeout(60):
        job = (await client.post("/chat", json=request, headers={"Prefer": "respond-async"})).json()
        run_id = UUID(job["job_id"])
        async with house.database.transaction() as session:  # a worker takes it, and is killed
            from db import answer_queue

            assert (await answer_queue.claim_next(session)) is not None
        assert (await runs.status(alice, run_id)).status == "STARTED"
        assert await house.services.run_upkeep.sweep(silence_s=0.0) == 1
        assert (await runs.status(alice, run_id)).status == "QUEUED"
        working = asyncio.create_task(slots.run())
        entries = [entry async for entry in await runs.follow(alice, run_id)]
        working.cancel()
        answer = (await client.get(job["result_url"])).json()
    assert isinstance(entries[0].event, Started)
    assert entries[0].number == 1_000_001
    assert isinstance(entries[-1].event, Done)
    assert "twenty-eight" in answer["answer"]
    assert len(await replies(house, alice)) == 1


async def test_a_worker_that_ends_gives_its_question_back(house: House, slots: AnswerSlots) -> None:
    alice = await house.make_user("alice")
    await house.bring("alice")
    gate = hold(house)
    async with house.signed_in("alice") as client, asyncio.timeout(60):
        job = (await client.post("/chat", json={"question": LEAVE}, headers={"Prefer": "respond-async"})).json()
        run_id = UUID(job["job_id"])
        working = asyncio.create_task(slots.run())
        assert await written(house) == run_id
        working.cancel()
        await asyncio.wait({working})
        assert (await elsewhere(house).status(alice, run_id)).status == "QUEUED"
        gate.set()
        working = asyncio.create_task(slots.run())
        while (await elsewhere(house).status(alice, run_id)).status != "FINISHED":
            await asyncio.sleep(0.05)
        working.cancel()  # the conversation may still be being stored: its end waits for that
        await asyncio.wait({working})
    assert len(await replies(house, alice)) == 1


async def test_who_may_not_sign_in_any_more_gets_no_answer(house: House, slots: AnswerSlots) -> None:
    alice = await house.make_user("alice")
    async with house.signed_in("alice") as client:
        job = (await client.post("/chat", json={"question": LEAVE}, headers={"Prefer": "respond-async"})).json()
    await house.accounts.disable_user("alice")
    await slots._fill()
    status = await house.services.runs.status(alice, UUID(job["job_id"]))
    assert (status.status, status.message) == ("FAILED", "The person who asked may not sign in any more.")


async def interrupted(house: House, alice: Principal) -> UUID:
    """A run whose process died in the middle of its answer: its events are in the journal, its row is running."""
    hold(house)
    async with house.signed_in("alice") as client, asyncio.timeout(30):
        asking = asyncio.create_task(client.post("/api/chat", json={"question": LEAVE}, timeout=30))
        run_id = await written(house)
        await house.services.runs.live._writer.drain()
        asking.cancel()
    return run_id


def another_process(house: House) -> Services:
    """The same house as another process has it."""
    parts = house.services
    return wired(house.settings, database=house.database, redis=parts.redis, sandbox=parts.sandbox, live=parts.live)


async def test_a_killed_process_leaves_what_it_wrote_checked_and_the_offer_to_ask_again(house: House) -> None:
    alice = await house.make_user("alice")
    await house.bring("alice")
    run_id = await interrupted(house, alice)
    other = another_process(house)
    reading = asyncio.create_task(_all(other.runs, alice, run_id))
    await asyncio.sleep(0.2)
    assert await other.run_upkeep.sweep(silence_s=0.0) == 1
    async with asyncio.timeout(60):
        entries = await reading
    status = await other.runs.status(alice, run_id)
    assert (status.status, "cut off" in (status.message or "")) == ("FAILED", True)
    kinds = [entry.kind for entry in entries]
    assert kinds[-3:] == ["token", "citations", "error"]
    checked = entries[-2].event
    assert isinstance(checked, Citations)
    assert "twenty-eight" in checked.answer
    assert checked.citations
    [(said, is_error)] = await replies(house, alice)
    assert is_error
    assert "twenty-eight" in said
    assert f"[Ask again](/answers/{run_id}#again)" in said
    assert await other.run_upkeep.sweep(silence_s=0.0) == 0


async def test_who_lives_is_not_taken_for_dead_after_a_database_that_hung(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody could send a heartbeat meanwhile. Whoever looks first afterwards looks twice: those who live say so at once."""
    monkeypatch.setattr(upkeep, "SECOND_LOOK_S", 1.5)
    alice = await house.make_user("alice")
    await house.bring("alice")
    run_id = await interrupted(house, alice)
    other = another_process(house)
    lookout = Lookout(house.database, every_s=0.2)

    async def hang() -> None:
        async with house.database.transaction() as session:
            await session.execute(text("UPDATE answer_runs SET heartbeat_at = now() - interval '1 minute'"))

    tasks = [asyncio.create_task(other.run_upkeep.sweep_always(lookout)), asyncio.create_task(lookout.run())]
    try:
        await asyncio.sleep(2)
        await other.run_upkeep.beat()  # who could not send its own judges nobody
        await hang()
        await asyncio.sleep(0.8)
        await house.services.run_upkeep.beat()
        await asyncio.sleep(2)
        assert (await other.runs.status(alice, run_id)).status == "STARTED"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _all(runs: Runs, principal: Principal, run_id: UUID) -> list[Any]:
    return [entry async for entry in await runs.follow(principal, run_id)]


async def test_a_session_is_a_conversation_with_a_name_of_ones_own(house: House) -> None:
    for name in ("alice", "bob"):
        await house.make_user(name)
    await house.bring("alice")
    async with house.signed_in("alice") as client, house.signed_in("bob") as bob:
        first = (await client.post("/chat", json={"message": LEAVE, "session_id": "desk 7"}, timeout=60)).json()
        second = (await client.post("/chat", json={"message": LEAVE, "session_id": "desk 7"}, timeout=60)).json()
        by_id = {"message": LEAVE, "session_id": first["thread_id"]}
        third = (await client.post("/chat", json=by_id, timeout=60)).json()
        theirs = (await bob.post("/chat", json=by_id, timeout=60)).json()
        both = await client.post("/chat", json={"message": "a", "question": "b"})
    assert first["thread_id"] == second["thread_id"] == third["thread_id"] != theirs["thread_id"]
    assert (both.status_code, both.json()["status"]) == (422, "error")


async def test_an_error_is_a_problem_for_whoever_accepts_problems(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        plain = await client.post("/chat", json={"message": " "})
        accept = {"Accept": "application/json, application/problem+json;q=0.9"}
        problem = await client.post("/chat", json={"message": " "}, headers=accept)
        unknown = await client.get("/api/nothing", headers=accept)
    assert plain.json()["status"] == "error"
    assert problem.headers["content-type"] == unknown.headers["content-type"] == "application/problem+json"
    body = problem.json()
    assert (body["status"], body["title"], body["detail"]) == (422, "Unprocessable Entity", "The question is empty.")
    assert (body["instance"], body["retry_after"], bool(body["reference"])) == ("/chat", None, True)
    assert unknown.json()["status"] == 404


async def test_a_queued_question_is_noted_with_the_libraries_that_it_asks(house: House) -> None:
    alice = await house.make_user("alice")
    async with house.signed_in("alice") as client:
        await client.post("/api/libraries", json={"name": "Contracts"})
        asked = {"question": LEAVE, "library_ids": [str(alice.personal_library_id)]}
        job = (await client.post("/chat", json=asked, headers={"Prefer": "respond-async"})).json()
    async with house.database.reader() as session:
        run = await answer_runs.get_owned(session, alice, UUID(job["job_id"]))
    assert run.scope["library_ids"] == [str(alice.personal_library_id)]
