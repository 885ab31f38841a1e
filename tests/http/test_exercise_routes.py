"""Practice questions and quizzes over HTTP: real documents, the real engine, a model of our own where one is wanted."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from answers.exercises import service
from answers.exercises.service import ExerciseService
from core.access import LibraryRole
from core.settings import LLMSettings
from rag.models.chain import build_chain
from tests.documents import pdf
from tests.http.conftest import House
from tests.stub_llm import RunningStub, running_stub

PATH = "/api/chat/generate-questions"
RULES = pdf(
    [
        "Leave rules. Each employee receives 28 days of paid leave per calendar year. "
        "Leave requests must be approved by the line manager. "
        "If an employee falls ill during leave, the employee must submit a certificate within 3 days.",
        "Travel rules. The travel desk books all flights for the sales department. "
        "Travel expenses must be submitted within 14 days after the journey. "
        "The per diem rate for Norway is 54 euros. A travel request is a form that the line manager signs before a journey.",
        "Office rules. The reception desk is staffed by the facility team. The main entrance opens at 7 every morning. "
        "Visitors must wear a badge because the insurance covers registered guests only. "
        "The fire drill takes place every quarter. The World Health Organization (WHO) was founded in 1948.",
    ]
)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine does not make fewer questions."""
    monkeypatch.setattr(service, "LONGEST_S", 300.0)


def wanted(client: httpx.AsyncClient, **body: object) -> Any:
    return client.post(PATH, json=body, timeout=400)


async def test_each_question_has_its_answer_its_page_and_a_footnote_that_opens(house: House) -> None:
    await house.make_user("alice")
    document = await house.bring("alice", RULES, "rules.pdf")
    async with house.signed_in("alice") as client:
        made = (await wanted(client)).json()
        assert {"response", "timestamp"} <= made.keys()
        assert datetime.fromisoformat(made["timestamp"]).tzinfo is not None
        assert made["fallback_used"] is True
        assert len(made["questions"]) >= 6
        assert {one["page"] for one in made["questions"]} == {1, 2, 3}
        for one in made["questions"]:
            assert one["answer"].casefold() in one["quote"].casefold()
            assert one["document_id"] == str(document.id)
            assert f"]({one['url']})" in made["response"]
            assert f"rules.pdf, page {one['page']}" in made["response"]
        first = made["questions"][0]
        opened = (await client.get(first["url"].replace("/cite/", "/api/citations/"))).json()
    assert (opened["page"], opened["cited"]) == (first["page"], True)
    assert opened["quote"] == first["quote"]
    asked = {one["question"] for one in made["questions"]}
    assert len(asked) == len(made["questions"])
    assert any("28 days" in one["answer"] for one in made["questions"])
    assert f"{len(asked)} of 25 questions" in made["response"]


async def test_a_quiz_has_its_key_at_the_end_and_options_of_which_one_is_right(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice", RULES, "rules.pdf")
    async with house.signed_in("alice") as client:
        made = (await wanted(client, mode="quiz", count=8)).json()
    questions, _, key = made["response"].partition("## Answer key")
    assert len(made["questions"]) == 8
    for one in made["questions"]:
        assert one["quote"] not in questions
        assert one["quote"].split(".")[0][:30] in key
        if one["options"]:
            assert one["options"].count(one["answer"]) == 1
            assert all(f". {option}" in questions for option in one["options"])
    assert any(one["options"] for one in made["questions"])


async def test_a_topic_narrows_and_one_that_is_not_covered_is_said(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice", RULES, "rules.pdf")
    async with house.signed_in("alice") as client:
        made = (await wanted(client, topic="travel expenses", count=3)).json()
        nothing = await wanted(client, topic="photosynthesis of algae")
    assert made["questions"]
    assert {one["page"] for one in made["questions"]} == {2}
    assert nothing.status_code == 200
    assert nothing.json()["questions"] == []
    assert nothing.json()["response"] == "Your documents say nothing about “photosynthesis of algae”."


async def test_nobody_is_asked_about_what_they_may_not_see(house: House) -> None:
    owner = await house.make_user("alice")
    await house.make_user("vera")
    await house.make_user("eve")
    await house.share(owner, "vera", LibraryRole.VIEWER)
    document = await house.bring("alice", RULES, "rules.pdf")
    async with house.signed_in("eve") as client:
        none = [
            (await wanted(client)).json(),
            (await wanted(client, topic="travel")).json(),
            (await wanted(client, document_ids=[str(document.id)])).json(),
            (await wanted(client, library_ids=[str(owner.personal_library_id)])).json(),
        ]
    async with house.signed_in("vera") as client:
        some = (await wanted(client, count=2, document_ids=[str(document.id)])).json()
        url = some["questions"][0]["url"]
        elsewhere = (await wanted(client, library_ids=[])).json()
    async with house.signed_in("eve") as client:
        foreign = await client.get(url)
    assert [one["questions"] for one in none] == [[], [], [], []]
    assert "There is no text" in none[0]["response"]
    assert not any("rules.pdf" in one["response"] or "travel desk" in one["response"] for one in none)
    assert len(some["questions"]) == 2
    assert elsewhere["questions"] == []
    assert foreign.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"count": 0},
        {"count": 101},
        {"count": "x"},
        {"count": 2.5},
        {"mode": "exam"},
        {"topic": "t" * 100_000},
        {"topic": "a\0b"},
        {"topic": ["a"]},
        {"document_ids": ["x"]},
        {"library_ids": "all"},
        [],
    ],
)
async def test_bad_input_is_one_sentence(house: House, body: object) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        answer = await client.post(PATH, json=body)
    said = answer.json()
    if body == {"topic": "a\0b"}:  # what cannot be stored is left out, as at every door
        assert answer.status_code == 200
        return
    assert answer.status_code == 422
    assert (said["status"], said["fallback_used"], said["retry_after"]) == ("error", False, None)
    assert said["message"]
    assert "t" * 1000 not in answer.text


async def test_null_is_the_default_and_no_body_too(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice", RULES, "rules.pdf")
    async with house.signed_in("alice") as client:
        null = (await wanted(client, topic=None, count=None, mode=None)).json()
        bare = (await client.post(PATH, timeout=120)).json()
    assert len(null["questions"]) == len(bare["questions"]) > 0
    assert "of 25 questions" in null["response"]


async def test_a_set_counts_as_some_questions_and_one_is_made_at_a_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    principal = await house.make_user("alice")
    made = house.services.exercises
    made._busy.add(principal.user_id)
    async with house.signed_in("alice") as client:
        busy = await wanted(client, count=1)
        made._busy.clear()
        limited = house.settings.limit.model_copy(update={"questions_per_minute": 4})
        monkeypatch.setattr(made._quotas, "_settings", limited)
        statuses = [(await wanted(client, count=25)).status_code, (await wanted(client, count=25)).status_code]
        asked = await client.post("/api/chat", json={"question": "How many days of leave are there?"})
    assert busy.status_code == 429
    assert int(busy.headers["retry-after"]) == service.LATER_S
    assert statuses == [200, 429]
    assert asked.status_code in (200, 429)


async def test_who_finds_no_place_is_told_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.make_user("alice")
    monkeypatch.setattr(service, "LONGEST_WAIT_S", 0.05)
    made = house.services.exercises
    for _ in range(service.AT_ONCE):
        await made._places.acquire()
    async with house.signed_in("alice") as client:
        full = await wanted(client, count=1)
        made._places.release()
        free = await wanted(client, count=1)
    assert (full.status_code, full.json()["status"]) == (503, "error")
    assert int(full.headers["retry-after"]) >= 1
    assert free.status_code == 200


MODEL_SAYS = """1 | Who must approve leave requests? | the line manager
1 | Which colour has the sky of Mars? | red
2 | How many euros is the per diem rate for Norway? | 54 euros
3 | What does the insurance cover at the office? | registered guests only"""


@pytest.fixture
def stub() -> Iterator[RunningStub]:
    with running_stub() as running:
        yield running


async def with_model(house: House, stub: RunningStub) -> None:
    """Let the service have a model behind the stub."""
    chain = build_chain(LLMSettings(model="cite", base_url=stub.base_url, timeout_s=5.0, retries=0))
    services = house.services
    house.change(
        exercises=ExerciseService(
            services.database, services.limiter, services.rag, services.live, services.settings, chain
        )
    )


async def test_a_models_questions_come_first_and_are_verified_like_all(house: House, stub: RunningStub) -> None:
    await house.make_user("alice")
    await house.bring("alice", RULES, "rules.pdf")
    await with_model(house, stub)
    stub.state.whole = MODEL_SAYS
    async with house.signed_in("alice") as client:
        made = (await wanted(client, count=3)).json()
        more = (await wanted(client, count=8)).json()
        used = (await client.get("/api/usage")).json()
    questions = {one["question"]: one["answer"] for one in made["questions"]}
    assert "Which colour has the sky of Mars?" not in questions
    assert {"Who must approve leave requests?", "What does the insurance cover at the office?"} <= questions.keys()
    assert questions["Who must approve leave requests?"] == "The line manager"
    assert made["fallback_used"] is False
    assert len(more["questions"]) == 8  # rules make the rest
    assert "input_tokens" in str(used)


async def test_rules_answer_when_the_model_does_not(house: House, stub: RunningStub) -> None:
    await house.make_user("alice")
    await house.bring("alice", RULES, "rules.pdf")
    await with_model(house, stub)
    stub.behave("error")
    async with house.signed_in("alice") as client:
        made = (await wanted(client, count=3)).json()
    assert len(made["questions"]) == 3
    assert made["fallback_used"] is True
