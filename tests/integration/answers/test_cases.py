"""Test cases on a real database and index: who may read what, what passes, what is told of documents that are gone, and runs that go on."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis
from sqlalchemy import delete, select, text, update

from answers.cases import CaseRunner, CaseRuns, Cases
from answers.cases.runner import MOST_ATTEMPTS
from answers.cases.service import ImportFailed
from answers.cases.types import CaseContent, ExpectedDocument, Named, ResultView
from answers.service import AnswerService
from core.access import LibraryRole, Principal, Role
from core.errors import Conflict, Invalid, NotPermitted, PreconditionFailed
from core.settings import LLMSettings, Settings
from db import libraries, review_items
from db.cases import CaseQuery
from db.models import AuditEvent, CaseResult, CaseRow, CaseRun, Document, ReviewItem, User
from db.session import Database
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.events import Done, Started
from rag.index import ChunkIndex
from rag.index.live import IndexVersion, LiveIndex
from services import Services
from tests.graph import wired
from tests.integration.answers.conftest import Person
from tests.stub_llm import RunningStub

VACATION = "How many days of paid vacation do full-time employees receive?"
OUTSIDE = "Which enzymes break down lactose in the small intestine?"


@dataclass
class Desk:
    """An admin with the handbook, and the services."""

    root: Principal
    document: Document
    services: Services

    @property
    def cases(self) -> Cases:
        return self.services.cases

    @property
    def runs(self) -> CaseRuns:
        return self.services.case_runs

    @property
    def runner(self) -> CaseRunner:
        return self.services.case_runner

    def content(self, **changed: object) -> CaseContent:
        """A case that passes."""
        usual = {
            "question": VACATION,
            "libraries": (Named(id=self.root.personal_library_id, title="root"),),
            "expected": (ExpectedDocument(title="handbook.md"),),
            "points": ("25 days",),
        }
        return CaseContent(**{**usual, **changed})

    async def run(self) -> tuple[UUID, list[ResultView]]:
        """All cases, run to the end."""
        run_id = await self.runs.start(self.root)
        assert await self.runner.take() == run_id
        return run_id, await self.runs.results(self.root, run_id)

    async def outcome(self, **changed: object) -> list[str]:
        """What is wrong with one case, run alone."""
        case_id = await self.cases.create(self.root, self.content(**changed))
        run_id = await self.runs.start(self.root, case_ids=[case_id])
        await self.runner.take(run_id)
        [result] = await self.runs.results(self.root, run_id)
        assert result.state == ("failed" if result.failures else "passed")
        return [failure.sentence for failure in result.failures]


async def _admin(database: Database, person: Principal) -> Principal:
    async with database.transaction() as session:
        await session.execute(update(User).where(User.id == person.user_id).values(role="admin"))
    return replace(person, role=Role.ADMIN)


@pytest.fixture
async def desk(
    database: Database,
    redis: ArqRedis,
    settings: Settings,
    embeddings: FootnoteEmbeddings,
    index: ChunkIndex,
    make_person: Callable[..., Awaitable[Person]],
) -> Desk:
    person = await make_person("root")
    live = LiveIndex(IndexVersion(1, embeddings, index))
    services = wired(settings, database=database, redis=redis, live=live)
    return Desk(await _admin(database, person.principal), person.document, services)


async def test_a_case_passes_by_its_documents_and_points(desk: Desk) -> None:
    await desk.cases.create(desk.root, desk.content())
    run_id, [result] = await desk.run()
    assert (result.state, result.failures, result.is_refused) == ("passed", (), False)
    assert "25 days of paid vacation" in result.answer
    assert "[1]" not in result.answer
    [quote] = [one for one in result.citations if "25 days" in one.text]
    assert (quote.title, quote.page) == ("handbook.md", None)
    run = await desk.runs.get(desk.root, run_id)
    assert (run.state, run.total, run.passed, run.failed, run.share, run.source) == ("done", 1, 1, 0, 1.0, "console")
    assert (run.index_version, run.language_model) == (1, None)
    assert run.embedding_model
    assert len(run.prompt_version or "") == 12
    assert run.started_by == "root"
    [listed] = (await desk.cases.page(desk.root, CaseQuery(state="passed"), limit=9)).cases
    assert (listed.last_state, listed.is_changed_since) == ("passed", False)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"points": ("30 days",)}, ["The answer does not say: 30 days"]),
        ({"points": ("25 days", "unused days are paid out in cash")}, ["The answer does not say: unused days are paid out in cash"]),
        ({"must_refuse": True, "expected": (), "points": ()}, ["It was answered, and should have been refused."]),
        ({"question": OUTSIDE}, ["It was refused, and should have been answered."]),
        ({"question": OUTSIDE, "must_refuse": True, "expected": (), "points": ()}, []),
        ({"expected": (ExpectedDocument(title="handbook.md", pages=(3, 4)),)},
            ["“handbook.md” is cited, but it has no pages: leave them out of the case."]),
        ({"expected": (ExpectedDocument(title="travel.md"),)}, ["There is no document “travel.md” in the libraries of this case."]),
        ({"expected": (ExpectedDocument(id=uuid4(), title="old.md"),)}, ["The document “old.md” is gone."]),
        ({"documents": (Named(id=uuid4(), title="old.md"),)}, ["The document “old.md” is gone."]),
        ({"documents": (Named(title="handbook.md"),)}, []),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said(desk: Desk, changed: dict[str, object], told: list[str]) -> None:
    assert await desk.outcome(**changed) == told


async def test_earlier_questions_are_asked_first(desk: Desk) -> None:
    follow_up = {"question": "And for how long?", "points": ("thirty days",)}
    assert await desk.outcome(**follow_up, earlier=("Where are backups kept?",)) == []
    assert await desk.outcome(**follow_up) != []  # without what comes before, nobody knows what is meant


async def test_a_document_that_was_deleted_is_said_to_be_gone_and_found_again_by_its_title(
    desk: Desk, database: Database
) -> None:
    case_id = await desk.cases.create(desk.root, desk.content())
    view = await desk.cases.get(desk.root, case_id)
    assert view.expected[0].id == desk.document.id  # remembered by its id, though a title was given
    async with database.transaction() as session:
        await session.execute(update(Document).values(title="handbook 2027.md"))
    assert (await desk.run())[1][0].state == "passed"  # renamed: found by its id
    async with database.transaction() as session:
        await session.execute(delete(Document))
    [result] = (await desk.run())[1]
    assert [failure.sentence for failure in result.failures] == ["The document “handbook.md” is gone."]
    again = uuid4()
    async with database.transaction() as session:
        columns = "title, mime_type, size_bytes, sha256, blob_key, state, chunk_count, version, warnings, created_at, updated_at"
        values = "'handbook.md', 'text/markdown', 1, 'x', 'x', 'ready', 0, 1, '[]', now(), now()"
        statement = f"INSERT INTO documents (id, library_id, {columns}) VALUES (:id, :library_id, {values})"
        await session.execute(text(statement), {"id": again, "library_id": desk.root.personal_library_id})
    [result] = (await desk.run())[1]
    assert [failure.code for failure in result.failures] == ["refused"]  # it is there, by its title; its text is not


async def test_documents_stay_closed_to_admins_who_are_no_members(
    desk: Desk, database: Database, make_user: Callable[..., Awaitable[Principal]]
) -> None:
    other = await make_user("other", "admin")
    with pytest.raises(Invalid, match="There is no library “root” that you may read"):
        await desk.cases.create(other, desk.content())
    case_id = await desk.cases.create(desk.root, desk.content())
    with pytest.raises(Invalid, match="that you may read"):  # asks something else of documents that they may not read
        await desk.cases.change(other, case_id, desk.content(question="Where are backups kept?"), 1)
    with pytest.raises(Invalid, match="that you may read"):  # tries whether a document is there
        await desk.cases.change(other, case_id, desk.content(expected=(ExpectedDocument(title="salaries.md"),)), 1)
    await desk.cases.change(other, case_id, desk.content(tags=("hr",), note="Mind this."), 1)  # asks nothing else
    view = await desk.cases.get(other, case_id)
    assert (view.author, view.tags, view.version) == ("root", ("hr",), 2)
    assert (await desk.run())[1][0].state == "passed"
    async with database.transaction() as session:
        await libraries.set_member(session, desk.root.personal_library_id, other.user_id, LibraryRole.VIEWER)
    other = replace(other, grants={**other.grants, desk.root.personal_library_id: LibraryRole.VIEWER})
    changed = desk.content(question="Where are backups kept?", points=("Frankfurt",))
    await desk.cases.change(other, case_id, changed, 2)
    assert (await desk.cases.get(other, case_id)).author == "other"
    assert (await desk.run())[1][0].state == "passed"
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM library_members WHERE user_id = :id"), {"id": other.user_id})
        await session.execute(text("DELETE FROM libraries WHERE personal_of = :id"), {"id": other.user_id})
        await libraries.create_personal(session, other.user_id, "other")
    [result] = (await desk.run())[1]
    assert [failure.code for failure in result.failures] == ["no_library"]
    assert (result.answer, result.citations) == ("", ())


@pytest.mark.parametrize("change", ["role = 'user'", "disabled_at = now()"])
async def test_nobody_asks_for_an_author_who_is_no_admin_any_more(desk: Desk, database: Database, change: str) -> None:
    await desk.cases.create(desk.root, desk.content())
    async with database.transaction() as session:
        await session.execute(text(f"UPDATE users SET {change}"))
    [result] = (await desk.run())[1]
    assert [failure.code for failure in result.failures] == ["no_author"]


async def test_only_admins(desk: Desk, make_user: Callable[..., Awaitable[Principal]]) -> None:
    alice = await make_user("alice")
    for call in (
        lambda: desk.cases.page(alice, CaseQuery(), limit=1),
        lambda: desk.cases.get(alice, uuid4()),
        lambda: desk.cases.create(alice, desk.content()),
        lambda: desk.cases.take_in(alice, b"{}"),
        lambda: desk.cases.libraries(alice),
        lambda: desk.runs.start(alice),
        lambda: desk.runs.stop(alice, uuid4()),
        lambda: desk.runs.trend(alice),
    ):
        with pytest.raises((NotPermitted, Invalid)):
            await call()


async def test_the_second_admin_sees_the_change_of_the_first(desk: Desk) -> None:
    case_id = await desk.cases.create(desk.root, desk.content())
    await desk.cases.change(desk.root, case_id, desk.content(note="First."), 1)
    with pytest.raises(PreconditionFailed, match="Somebody else has changed this case"):
        await desk.cases.change(desk.root, case_id, desk.content(note="Second."), 1)
    assert (await desk.cases.get(desk.root, case_id)).note == "First."


async def test_files_go_out_and_come_in_unchanged(desk: Desk, database: Database) -> None:
    contents = [
        desk.content(tags=("hr", "leave"), note="Sent by a reader."),
        desk.content(question=OUTSIDE, must_refuse=True, expected=(), points=(), is_enabled=False),
        desk.content(earlier=(VACATION,), question="And when do they expire?", points=("31 March", "“naïve” 中文")),
    ]
    ids = [await desk.cases.create(desk.root, content) for content in contents]
    exported = await desk.cases.export(desk.root, CaseQuery())
    assert exported.count("\n") == 3
    before = [await desk.cases.get(desk.root, case_id) for case_id in ids]
    for case_id in ids[1:]:
        await desk.cases.remove(desk.root, case_id)
    assert await desk.cases.take_in(desk.root, exported.encode()) == (2, 1)
    after = [await desk.cases.get(desk.root, case_id) for case_id in ids]
    assert [CaseContent(**one.model_dump(include=set(CaseContent.model_fields))) for one in after] == [
        CaseContent(**one.model_dump(include=set(CaseContent.model_fields))) for one in before
    ]
    async with database.reader() as session:
        of_cases = select(AuditEvent.action).where(AuditEvent.action.startswith("case"))
        actions = list(await session.scalars(of_cases.order_by(AuditEvent.number)))
    assert actions == ["case.created"] * 3 + ["cases.exported"] + ["case.deleted"] * 2 + ["cases.imported"]


async def test_a_file_with_a_wrong_line_changes_nothing(desk: Desk) -> None:
    good = '{"question": "Where are backups kept?", "libraries": ["root"], "points": ["Frankfurt"]}'
    twin = '{"id": "00000000-0000-4000-8000-000000000001", "question": "A?", "libraries": ["root"], "points": ["x"]}'
    bad = ['{"question": 1', "[]", '{"libraries": ["root"]}', '{"question": "A?", "colour": "red"}',
           '{"question": "A?", "libraries": ["elsewhere"], "points": ["x"]}', '{"question": "A?", "libraries": ["root"]}',
           '{"question": "A?", "libraries": ["root"], "points": "x"}', twin, twin]  # fmt: skip
    with pytest.raises(ImportFailed) as failed:
        await desk.cases.take_in(desk.root, "\n".join([good, *bad]).encode())
    told = {problem.line: problem.message for problem in failed.value.problems}
    assert told == {
        2: "It is not JSON.",
        3: "It is no JSON object: a case is written in braces.",
        4: "“question” is missing.",
        5: "There is no field “colour”.",
        6: "There is no library “elsewhere” that you may read.",
        7: "Say what is expected: a document, a point, or that the question must be refused.",
        8: told[8],
        10: "It has the same id as line 9.",
    }
    assert told[8].startswith("“points”: ")
    assert (await desk.cases.page(desk.root, CaseQuery(), limit=9)).cases == ()
    assert await desk.cases.take_in(desk.root, good.encode()) == (1, 0)
    for data, sentence in (
        (b"\xff\xfe", "no text in UTF-8"),
        (b" \n", "no test cases"),
        (b"{}\n" * 5001, "at most 5,000"),
    ):
        with pytest.raises(Invalid, match=sentence):
            await desk.cases.take_in(desk.root, data)


async def test_a_case_is_made_of_a_review_item_and_goes_with_who_asked(
    desk: Desk, database: Database, service: Callable[..., AnswerService], make_person: Callable[..., Awaitable[Person]]
) -> None:
    alice = await make_person("alice")
    events = [event async for event in service().ask(alice.principal, VACATION)]
    [run_id] = [event.answer_run_id for event in events if isinstance(event, Started)]
    assert isinstance(events[-1], Done)
    async with database.transaction() as session:
        item, _ = await review_items.create(session, alice.principal, run_id, kind="unsupported", note="")
    draft = await desk.cases.draft(desk.root, item.id)
    assert draft.unreadable  # it was asked in Alice's library, of which the admin is no member
    assert draft.content.libraries == ()
    assert draft.content.question == VACATION
    assert [(one.id, one.title) for one in draft.content.expected] == [(alice.document.id, "handbook.md")]
    case_id = await desk.cases.create(desk.root, desk.content(expected=draft.content.expected), item.id)
    assert (await desk.cases.get(desk.root, case_id)).review_item_id == item.id
    assert not await desk.cases.fixable(desk.root, item.id)
    assert (await desk.run())[1][0].state == "passed"  # the admin's own handbook, by its title
    assert await desk.cases.fixable(desk.root, item.id)
    async with database.transaction() as session:
        await session.execute(delete(ReviewItem))
    assert (await desk.cases.get(desk.root, case_id)).review_item_id is None
    async with database.transaction() as session:
        await session.execute(delete(User).where(User.id == alice.principal.user_id))
    async with database.reader() as session:
        assert list(await session.scalars(select(CaseRow))) == []
        assert list(await session.scalars(select(CaseResult))) == []


async def test_runs_are_compared(desk: Desk) -> None:
    better = await desk.cases.create(desk.root, desk.content(points=("30 days",)))
    worse = await desk.cases.create(desk.root, desk.content())
    same = await desk.cases.create(desk.root, desk.content(question="Where are backups kept?", points=("Frankfurt",)))
    left, _ = await desk.run()
    await desk.cases.change(desk.root, better, desk.content(points=("25 days",)), 1)
    await desk.cases.change(desk.root, worse, desk.content(points=("26 days",)), 1)
    added = await desk.cases.create(desk.root, desk.content())
    right, _ = await desk.run()
    for pair in ((left, right), (right, left)):
        comparison = await desk.runs.compare(desk.root, *pair)
        assert (comparison.left.id, comparison.right.id) == (left, right)  # the earlier one is on the left
        found = [(one.right and one.right.case_id, one.change) for one in comparison.cases]
        assert found == [(worse, "worse"), (better, "better"), (added, "only_in_one"), (same, "still_passing")]
        assert comparison.differs == ()
    assert [run.passed for run in await desk.runs.trend(desk.root)] == [2, 3]


async def test_one_run_at_a_time_and_none_without_cases(desk: Desk) -> None:
    with pytest.raises(Conflict, match="no test case"):
        await desk.runs.start(desk.root)
    await desk.cases.create(desk.root, desk.content())
    run_id = await desk.runs.start(desk.root)
    with pytest.raises(Conflict, match="not over yet"):
        await desk.runs.start(desk.root)
    await desk.runs.stop(desk.root, run_id)
    assert (await desk.runs.get(desk.root, run_id)).state == "stopped"
    assert await desk.runner.take() is None
    with pytest.raises(Conflict, match="no test case"):
        await desk.runs.start(desk.root, tag="nothing has it")
    run_id = await desk.runs.start(desk.root)
    await desk.runner.take()
    assert (await desk.runs.get(desk.root, run_id)).state == "done"


async def test_a_run_is_stopped_while_it_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("answers.cases.runner.BEAT_EVERY_S", 0.02)
    for number in range(30):
        await desk.cases.create(desk.root, desk.content(note=str(number)))
    run_id = await desk.runs.start(desk.root)
    done = asyncio.Event()
    task = asyncio.create_task(desk.runner.take(on_progress=done.set))
    await done.wait()
    await desk.runs.stop(desk.root, run_id)
    await task
    run = await desk.runs.get(desk.root, run_id)
    assert run.state == "stopped"
    assert 0 < run.done < 30
    assert [run.id for run in await desk.runs.trend(desk.root)] == []


async def test_a_run_goes_on_where_its_process_died(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        await desk.cases.create(desk.root, desk.content(note=str(number)))
    run_id = await desk.runs.start(desk.root)
    done = asyncio.Event()

    async def vanish(*_: object) -> None:
        """A killed process puts nothing back."""

    with monkeypatch.context() as patch:
        patch.setattr(CaseRunner, "_put_back", vanish)
        task = asyncio.create_task(desk.runner.take(on_progress=done.set))
        await done.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    before = await desk.runs.get(desk.root, run_id)
    assert before.state == "running"
    assert 0 < before.done < 12
    assert await desk.runner.take() is None  # its last sign of life is not old enough
    async with database.transaction() as session:
        await session.execute(text("UPDATE case_runs SET heartbeat_at = now() - interval '1 minute'"))
    assert await desk.runner.take() == run_id
    run = await desk.runs.get(desk.root, run_id)
    assert (run.state, run.passed, run.total) == ("done", 12, 12)
    async with database.reader() as session:
        times = list(await session.scalars(select(CaseResult.finished_at).order_by(CaseResult.finished_at)))
        row = await session.get(CaseRun, run_id)
    assert len(times) == 12
    assert row is not None
    assert row.attempts == 2


async def test_a_stopping_worker_gives_its_run_back(desk: Desk) -> None:
    for number in range(8):
        await desk.cases.create(desk.root, desk.content(note=str(number)))
    run_id = await desk.runs.start(desk.root)
    done = asyncio.Event()
    task = asyncio.create_task(desk.runner.take(on_progress=done.set))
    await done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await desk.runs.get(desk.root, run_id)).state == "queued"
    assert await desk.runner.take() == run_id
    assert (await desk.runs.get(desk.root, run_id)).passed == 8


async def test_a_run_that_always_breaks_off_ends(desk: Desk, database: Database) -> None:
    await desk.cases.create(desk.root, desk.content())
    run_id = await desk.runs.start(desk.root)
    async with database.transaction() as session:
        await session.execute(update(CaseRun).values(attempts=MOST_ATTEMPTS))
    await desk.runner.take()
    run = await desk.runs.get(desk.root, run_id)
    assert (run.state, run.error) == ("failed", "It broke off several times; see the log.")


async def test_a_language_model_answers_and_its_tokens_are_counted(
    desk: Desk, database: Database, redis: ArqRedis, settings: Settings, stub: RunningStub
) -> None:
    llm = LLMSettings(model="cite", base_url=stub.base_url, timeout_s=2.0, input_price=2, output_price=8)
    settings = settings.model_copy(update={"llm": llm})
    desk.services = wired(settings, database=database, redis=redis, live=desk.services.live)
    await desk.cases.create(desk.root, desk.content())
    run_id, [result] = await desk.run()
    run = await desk.runs.get(desk.root, run_id)
    assert (run.language_model, result.state) == ("cite", "passed")
    assert run.input_tokens > 0
    assert run.cost_usd > 0
    stub.behave("rejected")
    [result] = (await desk.run())[1]
    assert result.state == "passed"  # the best sentences answer in its place


async def test_the_gate_over_a_hundred_cases_takes_less_than_a_minute(desk: Desk) -> None:
    for number in range(100):
        await desk.cases.create(
            desk.root, desk.content(note=str(number), points=("25 days", "paid vacation", "per year"))
        )
    run_id = await desk.runs.start(desk.root)
    started = time.perf_counter()
    await desk.runner.take()
    assert time.perf_counter() - started < 60
    assert (await desk.runs.get(desk.root, run_id)).passed == 100
