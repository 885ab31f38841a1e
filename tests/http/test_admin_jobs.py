"""The jobs monitor over HTTP: what it shows, and what an admin may do with jobs of libraries that are closed to them."""

import asyncio
import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select, update

from core.access import Principal
from db import documents, jobs
from db.base import now
from db.models import AnswerRun, AuditEvent, Document, IngestionJob
from ingestion.jobs.presence import KEY, Presence, workers
from ingestion.jobs.queue import ALL_QUEUES
from ingestion.worker.worker import run_worker
from tests.http.conftest import House

DAMAGED = "This PDF is damaged and cannot be opened."


@pytest.fixture
async def ann(house: House) -> Principal:
    await house.make_user("root", "admin")
    return await house.make_user("ann")


async def _file(house: House, owner: Principal, title: str, state: str = "queued", **columns: object) -> UUID:
    """A file with a job in this state; returns the job's id."""
    async with house.database.transaction() as session:
        document, _ = await documents.create(
            session,
            owner,
            library_id=owner.personal_library_id,
            title=title,
            mime_type="application/pdf",
            size_bytes=2_400_000,
            sha256=uuid4().hex * 2,
            blob_key=f"documents/{uuid4()}",
        )
        job = await jobs.create(session, document.id, user_id=owner.user_id)
        await session.execute(update(IngestionJob).where(IngestionJob.id == job.id).values(state=state, **columns))
        if state in ("failed", "stopped"):
            await documents.set_state(session, document.id, "failed", error=DAMAGED)
    return job.id


async def _states(house: House) -> dict[str, list[str]]:
    """Title → states of its jobs, the oldest first."""
    async with house.database.reader() as session:
        statement = select(Document.title, IngestionJob.state).join(
            IngestionJob, IngestionJob.document_id == Document.id
        )
        found: dict[str, list[str]] = {}
        for title, state in await session.execute(statement.order_by(IngestionJob.created_at)):
            found.setdefault(title, []).append(state)
    return found


async def _events(house: House) -> list[tuple[str, str | None]]:
    async with house.database.reader() as session:
        rows = await session.scalars(
            select(AuditEvent).where(AuditEvent.action.like("job%") | AuditEvent.action.like("answer%"))
        )
        return [(row.action, row.target_id) for row in rows]


async def _get(house: House, address: str) -> httpx.Response:
    async with house.signed_in("root") as client:
        return await client.get(address)


async def _post(house: House, address: str, **data: str) -> httpx.Response:
    async with house.signed_in("root") as client:
        return await client.post(address, data=data)


async def test_a_file_is_shown_without_its_title_to_a_stranger(house: House, ann: Principal) -> None:
    await _file(house, ann, "Ann's divorce.pdf", "failed", error=DAMAGED, reference="abc123", finished_at=now())
    text = (await _get(house, "/admin/jobs?state=failed")).text
    assert "divorce" not in text
    assert "A file (pdf)" in text
    assert "2.4 MB" in text
    assert DAMAGED in text
    assert "Reference abc123" in text
    root = await house.accounts.principal_of_user("root")
    await _file(house, root, "Root's own.pdf", "failed", error=DAMAGED, finished_at=now())
    assert "Root&#39;s own.pdf" in (await _get(house, "/admin/jobs?state=failed")).text


async def test_progress_and_reasons_of_waiting(house: House, ann: Principal) -> None:
    await _file(house, ann, "a.pdf", "started", stage="embedding", percent=61, pages_done=3, pages_total=9, attempts=2)
    await _file(house, ann, "b.pdf", notice="The disk is almost full.")
    text = (await _get(house, "/admin/jobs/live")).text
    assert 'value="61"' in text
    assert "Embedding, 3 of 9 pages" in text
    assert "attempt 2" in text
    assert "<html" not in text, "the live part alone"
    assert "The disk is almost full." in (await _get(house, "/admin/jobs?state=queued")).text


async def test_stopping_one(house: House, ann: Principal) -> None:
    job_id = await _file(house, ann, "a.pdf")
    await _file(house, ann, "b.pdf")
    response = await _post(house, f"/admin/jobs/{job_id}/stop", state="queued")
    assert response.headers["location"] == "/admin/jobs?state=queued&notice=The+file+was+stopped."
    assert await _states(house) == {"a.pdf": ["stopped"], "b.pdf": ["queued"]}
    assert "ended+already" in (await _post(house, f"/admin/jobs/{job_id}/stop")).headers["location"]
    assert await _events(house) == [("job.stopped", str(job_id))]
    async with house.database.reader() as session:
        assert (await session.scalars(select(Document.error).where(Document.title == "a.pdf"))).one() is not None


async def test_trying_one_again_takes_its_persons_turn(house: House, ann: Principal) -> None:
    job_id = await _file(house, ann, "a.pdf", "failed", error=DAMAGED)
    await _post(house, f"/admin/jobs/{job_id}/retry")
    assert await _states(house) == {"a.pdf": ["failed", "queued"]}
    async with house.database.reader() as session:
        new = (await session.scalars(select(IngestionJob).where(IngestionJob.state == "queued"))).one()
        assert new.user_id == ann.user_id
        assert (await session.scalars(select(Document.state))).one() == "pending"
    assert (await _get(house, "/admin/jobs?state=failed")).text.count("A file (pdf)") == 0, "it was tried again"
    assert await _events(house) == [("job.retried", str(job_id))]


async def test_a_second_admin_who_tries_it_again_is_told_so(house: House, ann: Principal) -> None:
    job_id = await _file(house, ann, "a.pdf", "failed", error=DAMAGED)
    answers = await asyncio.gather(*(_post(house, f"/admin/jobs/{job_id}/retry") for _ in range(3)))
    told = sorted(answer.headers["location"].split("notice=")[1] for answer in answers)
    assert [one.startswith("Only") for one in told] == [True, True, False]
    assert await _states(house) == {"a.pdf": ["failed", "queued"]}


async def test_all_that_failed_are_asked_about_and_tried_again(
    house: House, ann: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.monitor.BATCH", 2)
    for name in ("a", "b", "c", "d", "e"):
        await _file(house, ann, f"{name}.pdf", "failed", error=DAMAGED)
    await _file(house, ann, "fine.pdf", "finished")
    asked = (await _get(house, "/admin/jobs/all?action=retry-failed")).text
    assert "5 files have failed." in asked
    assert set((await _states(house))["a.pdf"]) == {"failed"}, "asking changes nothing"
    response = await _post(house, "/admin/jobs/all", action="retry-failed")
    assert "5+files+are+read+again" in response.headers["location"]
    states = await _states(house)
    assert states.pop("fine.pdf") == ["finished"]
    assert all(of_file == ["failed", "queued"] for of_file in states.values())
    assert [action for action, _ in await _events(house)] == ["jobs.retried"] * 3, "one event for each batch"
    assert "0+files" in (await _post(house, "/admin/jobs/all", action="retry-failed")).headers["location"]


async def test_all_that_wait_are_stopped(house: House, ann: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.monitor.BATCH", 3)
    for number in range(7):
        await _file(house, ann, f"{number}.pdf")
    await _file(house, ann, "running.pdf", "started")
    response = await _post(house, "/admin/jobs/all", action="stop-waiting")
    assert "7+files+were+stopped" in response.headers["location"]
    states = await _states(house)
    assert states.pop("running.pdf") == ["started"]
    assert set(map(tuple, states.values())) == {("stopped",)}
    async with house.database.reader() as session:
        failed = (await session.scalars(select(Document.title).where(Document.state == "failed"))).all()
    assert len(failed) == 7


async def test_a_question_is_stopped_and_its_words_are_not_shown(house: House, ann: Principal) -> None:
    async with house.database.transaction() as session:
        for state in ("queued", "running", "done"):
            run: dict[str, Any] = {
                "question": "Am I being fired?",
                "state": state,
                "scope": {},
                "request": {},
                "created_at": now(),
            }
            session.add(AnswerRun(user_id=ann.user_id, **run))
    async with house.database.reader() as session:
        runs = {run.state: run.id for run in await session.scalars(select(AnswerRun))}
    text = (await _get(house, "/admin/jobs")).text
    assert "fired" not in text
    assert str(runs["queued"]) in text
    assert str(runs["done"]) not in text
    for run_id in runs.values():
        await _post(house, f"/admin/jobs/questions/{run_id}/stop")
    async with house.database.reader() as session:
        rows = {run.id: (run.state, run.is_stopping) for run in await session.scalars(select(AnswerRun))}
    assert rows[runs["queued"]][0] == "stopped"
    assert rows[runs["running"]] == ("running", True)
    assert rows[runs["done"]] == ("done", False)
    assert len(await _events(house)) == 2
    assert (await _post(house, f"/admin/jobs/questions/{uuid4()}/stop")).status_code == 404


async def test_pages_follow_each_other(house: House, ann: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.monitor.PAGE", 2)
    for number in range(5):
        await _file(house, ann, f"{number}.pdf")
    seen, address = [], "/admin/jobs?state=queued"
    while address:
        text = (await _get(house, address)).text
        seen += re.findall(r'id="stop-([0-9a-f-]+)"', text)
        more = re.search(r'id="more" class="button" href="([^"]+)"', text)
        address = more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == 5


async def test_odd_input_is_no_error(house: House, ann: Principal) -> None:
    for address in ("/admin/jobs?state=%00", "/admin/jobs?cursor=nonsense", "/admin/jobs/live?state=x&cursor=%F0"):
        assert (await _get(house, address)).status_code == 200, address
    assert (await _get(house, "/admin/jobs/all?action=drop-everything")).status_code == 404
    assert (await _post(house, f"/admin/jobs/{uuid4()}/stop")).status_code == 404
    assert (await _post(house, f"/admin/jobs/{uuid4()}/retry")).status_code == 404


async def test_a_worker_says_that_it_is_alive_until_it_ends(house: House, ann: Principal) -> None:
    assert "No worker is alive" in (await _get(house, "/admin/jobs")).text
    redis = house.services.redis
    work = asyncio.create_task(run_worker(redis, house.pipeline, house.settings.worker))
    async with asyncio.timeout(60):
        while not await workers(redis):
            await asyncio.sleep(0.05)
    [worker] = await workers(redis)
    assert set(worker.queues) == set(ALL_QUEUES)
    assert worker.name in (await _get(house, "/admin/jobs")).text
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert not await workers(redis)


async def test_a_heartbeat_names_what_runs(house: House, ann: Principal) -> None:
    class Slots:
        running = (uuid4(),)

    redis = house.services.redis
    async with Presence(redis, ALL_QUEUES, Slots(), Slots()) as presence:
        with presence.doing("prune"), presence.doing("prune"):
            await presence.beat()
        [worker] = await workers(redis)
        assert worker.tasks == (("prune", 2),)
        assert worker.files == worker.questions == Slots.running
        await presence.beat()
        assert (await workers(redis))[0].tasks == ()


async def test_a_killed_worker_is_dead_after_a_while(
    house: House, ann: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slots:
        running = ()

    redis = house.services.redis
    await Presence(redis, ALL_QUEUES, Slots()).beat()
    assert len(await workers(redis)) == 1
    monkeypatch.setattr("ingestion.jobs.presence.ALIVE_S", -1)
    assert not await workers(redis)
    assert await redis.exists(KEY)
    monkeypatch.setattr("ingestion.jobs.presence.FORGOTTEN_S", -1)
    assert not await workers(redis)
    assert not await redis.exists(KEY)


async def test_without_redis_the_rows_are_shown(house: House, ann: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    await _file(house, ann, "a.pdf", "failed", error=DAMAGED)

    async def gone(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("ingestion.monitor.workers", gone)
    text = (await _get(house, "/admin/jobs?state=failed")).text
    assert "Redis does not answer" in text
    assert DAMAGED in text
