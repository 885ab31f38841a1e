"""What an answer went through and took, read back by its owner; sums over people for admins."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from answers.ledger import Ledger
from core.access import Principal, scope_of
from core.errors import NotFound, NotPermitted
from db import answer_runs
from db.base import now
from db.models import AnswerSource, ModelUsage
from db.session import Database

MakeUser = Callable[..., Awaitable[Principal]]
TRACE = [
    {"name": "search", "at_ms": 1.5, "took_ms": 20.25, "details": {"found": 12}},
    {"name": "answer", "took_ms": 900.0, "details": {"model": "m"}},  # from before stages knew when they began
]


async def _run(database: Database, who: Principal, **end: object) -> UUID:
    async with database.transaction() as session:
        run = await answer_runs.create(session, who, question="Who pays?", scope=scope_of(who))
        sources = [AnswerSource(number=n, document_title="T", chunk_id=uuid4(), section=1) for n in (1, 2)]
        await answer_runs.store_sources(session, run.id, "who pays", sources)
        await answer_runs.mark_cited(session, run.id, 2, [(0, 7)], 0.9)
        if end:
            await answer_runs.finish(session, run.id, **end)  # type: ignore[arg-type]
    return run.id


async def test_a_run_tells_its_owner_how_it_was_found(database: Database, make_user: MakeUser) -> None:
    alice, eve = await make_user("alice"), await make_user("eve", "admin")
    run_id = await _run(
        database,
        alice,
        state="done",
        answer="We do. [2]",
        mode="llm",
        model="m",
        timings={"sources_ms": 21.0, "first_token_ms": 300.0, "total_ms": 930.5},
        trace=TRACE,
        input_tokens=1200,
        output_tokens=80,
        cost_usd=Decimal("0.001234"),
        fallback_used=True,
        dropped_citations=1,
        unsupported_sentences=2,
    )
    ledger = Ledger(database)
    run = await ledger.run(alice, run_id)
    assert (run.question, run.query, run.state, run.mode, run.model) == ("Who pays?", "who pays", "done", "llm", "m")
    assert (run.usage.input_tokens, run.usage.output_tokens, run.usage.cost_usd) == (1200, 80, 0.001234)
    assert (run.sources, run.cited, run.dropped_citations, run.unsupported_sentences) == (2, 1, 1, 2)
    assert [(stage.name, stage.at_ms, stage.took_ms, stage.details) for stage in run.trace] == [
        ("search", 1.5, 20.25, {"found": 12}),
        ("answer", 0.0, 900.0, {"model": "m"}),
    ]
    assert (run.timings.total_ms, run.fallback_used, run.cached) == (930.5, True, None)
    assert (run.may_tell, run.told) == (True, None)
    for wanted in (run_id, uuid4()):
        with pytest.raises(NotFound):
            await ledger.run(eve, wanted)


async def test_a_run_that_is_not_finished_can_be_looked_into(database: Database, make_user: MakeUser) -> None:
    alice = await make_user("alice")
    run = await Ledger(database).run(alice, await _run(database, alice))
    assert (run.state, run.trace, run.may_tell, run.finished_at) == ("running", (), False, None)


async def _spent(database: Database, who: Principal, day: date, model: str, cost: str) -> None:
    async with database.transaction() as session:
        session.add(
            ModelUsage(
                day=day,
                user_id=who.user_id,
                model=model,
                answers=2,
                input_tokens=3 * 10**9,
                output_tokens=50,
                cost_usd=Decimal(cost),
            )
        )


async def test_what_was_spent_per_day_and_model_and_per_person(database: Database, make_user: MakeUser) -> None:
    alice, bob, root = await make_user("alice"), await make_user("bob"), await make_user("root", "admin")
    today, ledger = now().date(), Ledger(database)
    for who, ago, model, cost in (
        (alice, 0, "small", "0.01"),
        (alice, 0, "large", "0.2"),
        (alice, 6, "small", "0.01"),
        (alice, 7, "small", "100"),  # before the week
        (bob, 1, "small", "0.5"),
    ):
        await _spent(database, who, today - timedelta(days=ago), model, cost)
    own = await ledger.own_usage(alice, 7)
    assert [(entry.day, entry.model) for entry in own.entries] == [
        (today, "large"),
        (today, "small"),
        (today - timedelta(days=6), "small"),
    ]
    assert (own.total.answers, own.total.input_tokens, round(own.total.cost_usd, 6)) == (6, 9 * 10**9, 0.22)
    everybody = await ledger.everybodys_usage(root, 7, 10)
    assert [(person.username, person.answers, round(person.cost_usd, 6)) for person in everybody.people] == [
        ("bob", 2, 0.5),
        ("alice", 6, 0.22),
    ]
    assert [person.username for person in (await ledger.everybodys_usage(root, 7, 1)).people] == ["bob"]
    assert (await ledger.own_usage(root, 7)).entries == ()
    with pytest.raises(NotPermitted):
        await ledger.everybodys_usage(alice, 7, 10)
