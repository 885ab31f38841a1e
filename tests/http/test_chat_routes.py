"""Questions over HTTP, on real search and extractive answers."""

import asyncio
import json
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from answers.handle import RunHandle
from answers.quotas import Quotas
from answers.rendering import fold
from answers.verification import QuestionVerifier
from api import events
from core.access import Principal, scope_of
from core.errors import UpstreamUnavailable
from db import answer_runs, model_usage, steps, threads
from db.base import now
from rag.events import (
    ANSWER_EVENT,
    AnswerEvent,
    Citations,
    Done,
    Failed,
    PipelineEvent,
    Reasoning,
    Sources,
    Started,
    Token,
)
from rag.request import BY_WORDS
from rag.types import Source
from tests.chunks import chunk
from tests.documents import HANDBOOK_PAGES
from tests.http.conftest import LEAVE, House, asked
from tests.rendered import rendered


def events_in(text: str) -> list[tuple[str, Any]]:
    """Name and data of the events of a stream."""
    return [(kind, data) for _, kind, data in numbered_in(text)]


def numbered_in(text: str) -> list[tuple[int | None, str, Any]]:
    """Number, name and data of the events of a stream."""
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        if "event" in fields:
            number = int(fields["id"]) if "id" in fields else None
            found.append((number, fields["event"], json.loads(fields["data"])))
    return found


async def test_an_answer_with_numbers_that_lead_to_their_pages(house: House) -> None:
    await house.make_user("alice")
    document = await house.bring("alice")
    async with house.signed_in("alice") as client:
        answer = (await asked(client, LEAVE)).json()
        [first, *_] = answer["citations"]
        citation = (await client.get(first["url"].replace("/cite/", "/api/citations/"))).json()
    assert "twenty-eight" in answer["answer"]
    assert f"[{first['number']}]" in answer["answer"]
    assert (first["document_id"], first["title"], first["page"]) == (str(document.id), "handbook.pdf", 2)
    assert "twenty-eight" in first["quote"]
    assert (answer["mode"], answer["refused"], answer["fallback_used"]) == ("extractive", False, False)
    assert {source["number"] for source in answer["sources"]} >= {first["number"]}
    assert answer["timings"]["total_ms"] > 0
    assert (citation["kind"], citation["page"], citation["page_count"]) == ("pages", 2, 3)
    assert all(0 <= box["l"] < box["r"] <= 1 and 0 <= box["t"] < box["b"] <= 1 for box in citation["boxes"])
    assert citation["boxes"]


def test_thoughts_and_the_order_of_numbers_are_folded() -> None:
    sources = tuple(Source(number=number, chunk=chunk(f"Fact {number}.")) for number in (1, 2, 3))
    checked = Citations(
        answer="Fact 3 [1]. Not so [unsupported]. Nor that [unsupported].", citations=(), order=(3, 1, 2)
    )
    answer = fold(
        [
            Sources(sources=sources),
            Reasoning(text="Hm. "),
            Token(text="It is 3. "),
            Reasoning(text="So.", retracts=True),
            Token(text="Fact 3 [3]."),
            checked,
            Done(mode="llm", finish="length", notice="The answer was cut off at the length limit."),
        ]
    )
    assert answer.reasoning == "Hm. It is 3. So."
    assert answer.answer == "Fact 3 [1]. Not so. Nor that (not supported by the sources)."
    assert [(source.number, source.text) for source in answer.sources] == [
        (1, "Fact 3."),
        (2, "Fact 1."),
        (3, "Fact 2."),
    ]
    assert (answer.finish, answer.notice) == ("length", "The answer was cut off at the length limit.")


async def test_only_a_cut_answer_of_ones_own_can_be_continued(house: House) -> None:
    for name in ("alice", "bob"):
        await house.make_user(name)
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        whole = (await asked(client, LEAVE)).json()["answer_run_id"]
        complete = await client.post("/api/chat", json={"continues": whole})
        nothing = await client.post("/api/chat", json={})
    async with house.signed_in("bob") as client:
        foreign = await client.post("/api/chat/stream", json={"continues": whole})
    assert (complete.status_code, complete.json()["message"]) == (409, "This answer is complete.")
    assert (nothing.status_code, foreign.status_code) == (422, 404)


async def test_no_evidence_is_said_and_the_nearest_named(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        answer = (await asked(client, "Which enzymes break down lactose in the small intestine?")).json()
    assert answer["refused"] is True
    assert answer["citations"] == []
    assert answer["answer"]


@pytest.fixture
def index_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search index of the house does not answer."""

    async def search(*_: object, **__: object) -> None:
        raise UpstreamUnavailable("The search server does not answer.", retry_after_s=5)

    assert house.services.live.current is not None
    monkeypatch.setattr(house.services.live.current.index, "search", search)


@pytest.mark.usefixtures("index_away")
async def test_without_the_search_index_the_words_of_the_question_find_the_answer_and_it_says_so(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("bob")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        answer = (await asked(client, LEAVE)).json()
        nothing = (await asked(client, "Which enzymes break down lactose in the small intestine?")).json()
    assert "twenty-eight days" in answer["answer"]
    assert answer["citations"][0]["page"] == 2
    assert answer["fallback_used"] is True
    assert BY_WORDS in answer["notice"]
    assert nothing["refused"] is True
    assert BY_WORDS in nothing["answer"]
    async with house.signed_in("bob") as client:
        others = (await asked(client, LEAVE)).json()
    assert others["refused"] is True
    assert others["nearest"] == []


@pytest.mark.usefixtures("index_away")
async def test_what_nobody_waits_for_is_not_judged_by_words_alone(house: House) -> None:
    alice = await house.make_user("alice")
    await house.bring("alice")
    with pytest.raises(UpstreamUnavailable):
        await QuestionVerifier(house.database, house.answers._pipeline).answer(LEAVE, scope_of(alice))


async def test_an_embedding_server_that_is_away_is_asked_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    asked_for = []

    async def embed(texts: list[str], *_: object) -> None:
        asked_for.append(texts)
        raise UpstreamUnavailable("The embedding server does not answer.")

    assert house.services.live.current is not None
    monkeypatch.setattr(house.services.live.current.embeddings, "aembed_queries", embed)
    async with house.signed_in("alice") as client:
        assert (await asked(client, LEAVE)).status_code == 503
    assert len(asked_for) == 1


@pytest.mark.usefixtures("index_away")
async def test_when_looking_for_words_takes_too_long_a_client_is_told_to_come_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("answers.rows.WORDS_WITHIN_S", 0.0)
    await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        answer = await asked(client, LEAVE)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) <= 5


async def test_the_stream_carries_the_events_that_the_whole_answer_is_folded_from(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        response = await client.post("/api/chat/stream", json={"question": LEAVE}, timeout=60)
        whole = (await asked(client, LEAVE)).json()
    named = events_in(response.text)
    kinds = [kind for kind, _ in named]
    assert kinds[:3] == ["started", "searching", "sources"]
    assert kinds[-2:] == ["citations", "done"]
    folded = fold(ANSWER_EVENT.validate_python(data) for _, data in named)
    assert folded.answer == whole["answer"]
    assert [citation.quote for citation in folded.citations] == [citation["quote"] for citation in whole["citations"]]


async def test_a_question_without_a_thread_begins_a_conversation_that_the_sidebar_shows(house: House) -> None:
    alice = await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        answer = (await asked(client, LEAVE)).json()
        follow_up = (await asked(client, "And how long is parental leave?", thread_id=answer["thread_id"])).json()
    assert follow_up["thread_id"] == answer["thread_id"]
    async with house.database.reader() as session:
        page = await threads.page(session, alice, limit=10)
        assert [thread.name for thread in page.threads] == [LEAVE]
        written = await steps.of_thread(session, alice, page.threads[0].id)
    assert [step.type for step in written] == ["user_message", "run", "assistant_message"] * 2
    question, run, reply = written[:3]
    assert (run.parent_id, reply.parent_id) == (question.id, run.id)
    assert question.output == LEAVE
    assert str(reply.answer_run_id) == answer["answer_run_id"]
    number = answer["citations"][0]["number"]
    assert rf"[\[{number}\]](/cite/{answer['answer_run_id']}/{number})" in reply.output
    assert run.end_at is not None


async def test_a_thread_remembers_and_a_question_that_is_not_kept_does_not(house: House) -> None:
    alice = await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        kept = (await asked(client, LEAVE)).json()
        loose = (await asked(client, LEAVE, store=False)).json()
    assert loose["thread_id"] is None
    async with house.database.reader() as session:
        assert len((await threads.page(session, alice, limit=10)).threads) == 1
        history = await answer_runs.history(session, alice, UUID(kept["thread_id"]), limit=5)
    assert [run.question for run in history] == [LEAVE]


async def test_anothers_conversation_and_one_that_is_not_there_look_the_same(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("mallory")
    await house.bring("alice")
    async with house.signed_in("alice") as client, house.signed_in("mallory") as mallory:
        thread_id = (await asked(client, LEAVE)).json()["thread_id"]
        theirs = await asked(mallory, "What did she ask?", thread_id=thread_id)
        unknown = await asked(mallory, "What did she ask?", thread_id=str(uuid4()))
        streamed = await mallory.post("/api/chat/stream", json={"question": "What?", "thread_id": thread_id})
    assert theirs.status_code == unknown.status_code == streamed.status_code == 404
    assert theirs.json()["message"] == unknown.json()["message"]


async def test_one_asks_only_what_one_may_see(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("mallory")
    document = await house.bring("alice")
    other = await house.bring("alice", b"Bananas are yellow. They grow in the tropics.", "bananas.txt")
    async with house.signed_in("alice") as client, house.signed_in("mallory") as mallory:
        narrowed = (await asked(client, LEAVE, document_ids=[str(other.id)])).json()
        nothing = (await asked(mallory, LEAVE)).json()
        forced = (await asked(mallory, LEAVE, document_ids=[str(document.id)])).json()
    assert narrowed["refused"] is True
    assert nothing["refused"] is forced["refused"] is True
    assert nothing["nearest"] == forced["nearest"] == []


async def test_asking_too_often_is_429_before_anything_is_stored(house: House) -> None:
    alice = await house.make_user("alice")
    async with house.signed_in("alice") as client:
        for _ in range(house.settings.limit.questions_per_minute):
            await asked(client, "Anything?", store=False)
        refused = await asked(client, "Anything?")
        streamed = await client.post("/api/chat/stream", json={"question": "Anything?"})
    assert refused.status_code == streamed.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert await names(house, alice) == []


async def test_no_question_at_all_is_refused(house: House) -> None:
    alice = await house.make_user("alice")
    async with house.signed_in("alice") as client:
        responses = [
            await asked(client, "  "),
            await client.post("/api/chat", json={}),
            await asked(client, "x" * 100_000),
        ]
    assert [response.status_code for response in responses] == [422, 422, 422]
    assert await names(house, alice) == []


async def names(house: House, principal: Principal) -> list[str | None]:
    async with house.database.reader() as session:
        return [thread.name for thread in (await threads.page(session, principal, limit=10)).threads]


class Scripted:
    """Stands for the service where its timing or failure matters: yields what it is told to, then waits if told so."""

    def __init__(self, *events: PipelineEvent, is_endless: bool = False, pause_s: float = 0.0) -> None:
        self.events = events
        self.is_endless = is_endless
        self.pause_s = pause_s
        self.has_said_all = asyncio.Event()

    async def ask(
        self, *_: object, thread_id: UUID | None, handle: RunHandle | None = None, **__: object
    ) -> AsyncGenerator[AnswerEvent, None]:
        self.run_id = handle.id if handle else uuid4()
        yield Started(answer_run_id=self.run_id, thread_id=thread_id)
        for event in self.events:
            yield event
            await asyncio.sleep(self.pause_s)
        self.has_said_all.set()
        if self.is_endless:
            await asyncio.Event().wait()


async def replies(house: House, principal: Principal) -> list[tuple[str, bool]]:
    async with house.database.reader() as session:
        [thread] = (await threads.page(session, principal, limit=10)).threads
        written = await steps.of_thread(session, principal, thread.id)
    return [(step.output, step.is_error) for step in written if step.type == "assistant_message"]


async def test_a_failure_is_an_error_in_our_shape_and_stands_in_the_conversation(house: House) -> None:
    alice = await house.make_user("alice")
    failure = Failed(message="The model does not answer.", reference="abc", retry_after_s=9.5, fallback_used=True)
    house.change(answers=Scripted(Token(text="Half an"), failure))
    async with house.signed_in("alice") as client:
        response = await asked(client, "Well?")
    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
    assert response.json() == {
        "status": "error",
        "message": "The model does not answer.",
        "fallback_used": True,
        "retry_after": 10,
        "reference": "abc",
    }
    said = "Half an\n\nThe model does not answer. *(reference abc)*"
    assert await replies(house, alice) == [(said, True)]


async def test_who_leaves_while_it_streams_finds_the_whole_answer_in_the_conversation(house: House) -> None:
    alice = await house.make_user("alice")
    answers = Scripted(Token(text="Half an"), Token(text=" answer"), Done(mode="llm"), pause_s=0.3)
    house.change(answers=answers)
    body = json.dumps({"question": "Well?"}).encode()
    token = await house.token("alice")
    headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]
    heard = asyncio.Event()
    asking: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if asking:
            return asking.pop()
        await heard.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if b"Half an" in message.get("body", b""):
            heard.set()

    scope = {"type": "http", "method": "POST", "path": "/api/chat/stream", "query_string": b"", "headers": headers}
    async with asyncio.timeout(60):
        await house.app(scope, receive, send)
    assert not answers.has_said_all.is_set()
    async with asyncio.timeout(60):
        await answers.has_said_all.wait()
        await house.services.runs.live.drain(5)
    [(said, is_error)] = await replies(house, alice)
    assert (said.split("\n")[0], is_error) == ("Half an answer", False)


async def test_what_is_kept_is_what_the_chat_would_show(house: House) -> None:
    alice = await house.make_user("alice")
    lured = "See [here](https://elsewhere.example/?q=secret) ![x](https://elsewhere.example/x.png)"
    house.change(answers=Scripted(Token(text=lured), Citations(answer=lured, citations=()), Done(mode="llm")))
    async with house.signed_in("alice") as client:
        answer = (await asked(client, "Well?")).json()
    [(shown, _)] = await replies(house, alice)
    page = rendered(shown)
    assert (page.links, page.images, page.html) == ([f"/answers/{answer['answer_run_id']}"], [], [])
    assert "elsewhere.example" in page.text  # to be read, not to be followed


async def test_a_refusal_that_is_kept_names_the_nearest_and_can_be_told(house: House) -> None:
    alice = await house.make_user("alice")
    document = await house.bring("alice")
    async with house.signed_in("alice") as client:
        answer = (await asked(client, "Which enzymes break down lactose in the small intestine?")).json()
    [(shown, is_error)] = await replies(house, alice)
    assert not is_error
    assert f"](/cite/{answer['answer_run_id']}/1#passage)" in shown
    assert answer["nearest"][0]["document_id"] == str(document.id)
    assert answer["nearest"][0]["excerpt"] in " ".join(" ".join(HANDBOOK_PAGES).split())
    assert shown.endswith(f"[Tell an admin](/answers/{answer['answer_run_id']}#tell)")


async def test_tokens_used_up_are_429_with_the_time_to_wait(house: House) -> None:
    alice = await house.make_user("alice")
    limits = house.settings.limit.model_copy(update={"tokens_per_day": 100, "without_tokens": "refuse"})
    house.answers._quotas = Quotas(house.database, house.services.limiter, limits)
    async with house.database.transaction() as session:
        await model_usage.add(
            session,
            alice.user_id,
            now().date(),
            "large",
            answers=1,
            input_tokens=100,
            output_tokens=0,
            cost_usd=Decimal(0),
        )
    async with house.signed_in("alice") as client:
        refused = await asked(client, "Anything?")
        streamed = await client.post("/api/chat/stream", json={"question": "Anything?"})
    assert refused.status_code == streamed.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    assert "100 tokens for today are used up" in refused.json()["message"]
    assert await names(house, alice) == []


async def test_a_sign_in_that_ends_ends_the_stream(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "RECHECK_S", 0.1)
    await house.make_user("alice")
    answers = Scripted(Token(text="Half an"), is_endless=True)
    house.change(answers=answers)
    async with house.signed_in("alice") as client:
        asking = asyncio.create_task(client.post("/api/chat/stream", json={"question": "Well?"}, timeout=30))
        async with asyncio.timeout(60):
            await answers.has_said_all.wait()
        await house.accounts.disable_user("alice")
        async with asyncio.timeout(60):
            response = await asking
    kind, data = events_in(response.text)[-1]
    assert (kind, data["kind"]) == ("error", "error")
    assert data["reference"]


async def test_a_conversation_deleted_while_it_is_answered_stays_deleted(house: House) -> None:
    alice = await house.make_user("alice")
    answers, begun = Scripted(Token(text="Half an")), []
    events = await house.services.conversations.record(
        alice, "Well?", None, lambda thread_id, _: answers.ask(thread_id=thread_id)
    )
    async for event in events:
        if isinstance(event, Started) and event.thread_id:
            begun.append(event.thread_id)
        if isinstance(event, Token):
            async with house.database.transaction() as session:
                await threads.remove(session, alice, begun[0])
    assert await names(house, alice) == []


GOALS = b"player,club,goals\nAnna,Ajax,12\nBea,Barca,15\nCleo,Celtic,9\n"


async def test_the_table_of_the_one_document_that_was_chosen_answers(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    table = await house.bring("alice", GOALS, "season.csv")
    question = "How many goals did Bea score during that year?"  # the table has no year, and nobody who scores
    async with house.signed_in("alice") as client:
        answer = (await asked(client, question, document_ids=[str(table.id)])).json()
    assert answer["answer"].startswith("**15**")
    assert [one["document_id"] for one in answer["citations"]] == [str(table.id)]
