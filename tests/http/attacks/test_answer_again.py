""" "Answer anew" and "Continue": only for one's own answer, only on one's own page, and really anew."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from core.access import Principal
from rag.events import AnswerEvent
from tests.http.attacks.conftest import Door, Page


async def answered(door: Door, client: httpx.AsyncClient) -> tuple[Page, str, UUID]:
    """A page, its thread, and the run of the one answer in it."""
    page = await door.page(client)
    await page.ask("a question")
    thread_id = await page.thread_id()
    await page.answered()
    run_id = (await door.steps(thread_id))[-1].answer_run_id
    assert run_id is not None
    return page, thread_id, run_id


async def test_the_same_question_is_answered_once_more_and_anew(
    door: Door, alice: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, freshness = door.answers, []
    ask = answers.ask

    def watched(*arguments: Any, **more: Any) -> AsyncGenerator[AnswerEvent, None]:
        freshness.append(more["fresh"])
        return ask(*arguments, **more)

    monkeypatch.setattr(answers, "ask", watched)
    async with door.person("alice") as client:
        page, thread_id, run_id = await answered(door, client)
        answer = await client.post(f"/answers/{run_id}/again")
        assert answer.status_code == 202
        await page.answered(2)
        await page.ask("another one")
        await page.answered(3)
    assert door.cue.asked == ["a question", "a question", "another one"]
    assert freshness == [False, True, False]
    steps = await door.steps(thread_id)
    assert [step.type for step in steps].count("user_message") == 2
    told = [step for step in steps if step.type == "assistant_message"]
    assert [step.output.split("\n")[0] for step in told[:2]] == ["Answer to a question."] * 2
    assert told[0].answer_run_id == run_id != told[1].answer_run_id
    assert [turn.question for turn in door.cue.histories[2]] == ["a question"]  # asked again, it counts once


@pytest.mark.parametrize("what", ["again", "continue", "literal"])
async def test_anothers_answer_is_one_that_does_not_exist(
    door: Door, alice: Principal, mallory: Principal, what: str
) -> None:
    async with door.person("alice") as client, door.person("mallory") as attacker:
        _, _, run_id = await answered(door, client)
        await door.page(attacker)
        foreign = await attacker.post(f"/answers/{run_id}/{what}")
        missing = await attacker.post(f"/answers/{uuid4()}/{what}")
        assert (foreign.status_code, foreign.json()["detail"]) == (404, missing.json()["detail"])
        for nonsense in ("x", str(run_id).upper(), f"{run_id}%00"):
            assert (await attacker.post(f"/answers/{nonsense}/{what}")).status_code == 404
    assert door.cue.asked == ["a question"]


@pytest.mark.parametrize("what", ["again", "continue", "literal"])
async def test_other_sites_and_visitors_ask_nothing(door: Door, alice: Principal, what: str) -> None:
    async with door.person("alice") as client:
        _, _, run_id = await answered(door, client)
        path = f"/answers/{run_id}/{what}"
        assert (await client.post(path, headers={"origin": "https://evil.example"})).status_code == 403
        async with door.visitor() as visitor:
            assert (await visitor.post(path)).status_code == 401
    assert door.cue.asked == ["a question"]


@pytest.mark.parametrize("what", ["again", "continue", "literal"])
async def test_it_needs_a_page_that_shows_the_conversation(door: Door, alice: Principal, what: str) -> None:
    async with door.person("alice") as client:
        page, _, run_id = await answered(door, client)
        await page.client.disconnect()
        await page.closed()
        other = await door.page(client)
        answer = await client.post(f"/answers/{run_id}/{what}")
        assert answer.status_code == 409
        assert "Open the conversation" in answer.json()["detail"]
        assert other.all("task_start") == []


async def test_a_question_is_taken_as_it_was_written(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        page, _, _ = await answered(door, client)
        await page.ask("and another one")
        await page.answered(2)
        last = (await door.steps(await page.thread_id()))[-1].answer_run_id
        assert (await client.post(f"/answers/{last}/literal")).status_code == 202
        await page.answered(3)
    assert door.cue.asked[-2:] == ["and another one"] * 2
    assert [len(history) for history in door.cue.histories[-2:]] == [1, 0]


async def test_a_question_that_was_deleted_is_not_asked_again(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        _, thread_id, run_id = await answered(door, client)
        await client.request("DELETE", "/project/thread", json={"threadId": thread_id})
        assert (await client.post(f"/answers/{run_id}/again")).status_code == 404
    assert door.cue.asked == ["a question"]
