"""A person who is erased leaves nothing: searched for in every table, key, point and file."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from conversations.runs.types import RunRequest
from core.access import LibraryRole, Principal
from core.errors import Conflict, NotAuthenticated, NotFound, NotPermitted, UpstreamUnavailable
from db import deferred, libraries, review_sources
from db.base import now
from db.models import AnswerRun, AuthSession, Document, Erasure, ErasureDocument, Library, ReviewItem, User
from rights.lease import SILENCE_S
from tests.documents import pdf
from tests.integration.rights.conftest import PASSWORD, SECRET_WORD, World
from tests.traces import Search, search_database, search_files, search_index, search_redis


async def _libraries(world: World, who: Principal) -> list[UUID]:
    return list((await world.again(who)).grants)


async def _searched(world: World, servers_dir: Path, who: Principal, libraries_: list[UUID]) -> Search:
    services = world.services
    assert services.live.current is not None
    await services.cache.drain()
    search, signs = Search(), [str(who.user_id), who.username, SECRET_WORD, *map(str, libraries_)]
    await search_database(search, services.database, signs)
    await search_redis(search, services.redis, signs)
    await search_index(search, services.database, services.live.current.index, libraries_, [])
    search_files(search, services.settings.var_dir, signs)
    search_files(search, servers_dir / "logs", signs)
    # the audit log keeps that a library was deleted; its id leads nowhere, and not to the person
    search.found = [
        one for one in search.found if not one.endswith("audit_events") or not one.startswith(kept_ids(libraries_))
    ]
    return search


def kept_ids(ids: list[UUID]) -> tuple[str, ...]:
    """Ids of things that are gone, as the search finds them."""
    return tuple(map(str, ids))


async def test_nothing_is_left_of_a_person(world: World, servers_dir: Path) -> None:
    alice, bob = await world.furnish(), await world.make_user("bob")
    await world.bring(bob, pdf(["Bob keeps bees. They make 20 kilos of honey."]), "bees.pdf")
    await world.ask(bob, "How much honey do the bees make?")
    theirs = await _libraries(world, alice)
    before = await _searched(world, servers_dir, alice, theirs)
    assert len(before.found) > 30, "the search itself works"
    for place in (
        "threads",
        "answer_runs",
        "chunks",
        "api_keys",
        "review_items",
        "the key b'footnote:journal",
        "blobs",
        "points",
    ):
        assert any(place in one for one in before.found), place
    assert any(b"cache" in key for key in await world.services.redis.keys())

    ticket = await world.services.rights.erasures.request_own(alice, PASSWORD)
    await world.services.rights.attend()

    after = await _searched(world, servers_dir, alice, theirs)
    assert after.found == []
    assert after.tables > 25
    assert after.points > 0, "Bob's are still there"
    receipt = await world.services.rights.erasures.receipt(ticket)
    assert receipt.state == "finished"
    expected = {
        "conversations": 2,
        "answers": 2,
        "documents": 2,
        "ratings": 1,
        "review items": 1,
        "API keys": 1,
        "accounts": 1,
    }
    assert expected.items() <= receipt.removed.items()
    assert receipt.removed["libraries"] == 2
    assert receipt.removed["sign-ins"] >= 1
    await world.ask(await world.again(bob), "How much honey do the bees make?")


async def test_what_is_shared_stays_without_the_name(world: World) -> None:
    alice, bob = await world.make_user("alice"), await world.make_user("bob")
    library = await world.services.ingestion.libraries.create(bob, "Team")
    async with world.services.database.transaction() as session:
        await libraries.set_member(session, library.library_id, alice.user_id, LibraryRole.EDITOR)
    alice = await world.again(alice)
    shared = await world.bring(alice, b"The team meets on Mondays.", "team.txt", library.library_id)
    await world.services.rights.erasures.request_own(alice, PASSWORD)
    await world.services.rights.attend()
    async with world.services.database.reader() as session:
        document = await session.get(Document, shared)
        assert document is not None
        assert document.uploaded_by is None
    opened = await world.services.ingestion.viewing.open_file(await world.again(bob), shared)
    assert b"".join([piece async for piece in opened.stream(0, None)]) == b"The team meets on Mondays."


async def test_the_last_admin_and_the_only_owner_are_told_what_to_do_first(world: World) -> None:
    root = await world.make_user("root", "admin")
    bob = await world.make_user("bob")
    library = await world.services.ingestion.libraries.create(root, "Contracts")
    async with world.services.database.transaction() as session:
        await libraries.set_member(session, library.library_id, bob.user_id, LibraryRole.VIEWER)
    with pytest.raises(Conflict) as refused:
        await world.services.rights.erasures.request_own(root, PASSWORD)
    assert "only admin" in refused.value.message
    assert "“Contracts”" in refused.value.message
    assert "owner" in refused.value.message
    await world.services.accounts.sign_in("root", PASSWORD, kind="api", address="192.0.2.1")  # nothing has changed
    async with world.services.database.transaction() as session:
        await libraries.set_member(session, library.library_id, bob.user_id, LibraryRole.OWNER)
    await world.make_user("second", "admin")
    await world.services.rights.erasures.request_own(root, PASSWORD)
    await world.services.rights.attend()
    async with world.services.database.reader() as session:
        assert await session.get(User, root.user_id) is None
        assert await session.get(Library, library.library_id) is not None


@pytest.mark.parametrize("kind", ["user", "library", "thread"])
async def test_a_hold_stops_an_erasure_before_and_in_the_middle(world: World, kind: str) -> None:
    root, alice = await world.make_user("root", "admin"), await world.furnish("alice")
    async with world.services.database.reader() as session:
        thread_id = await session.scalar(text("SELECT id FROM threads LIMIT 1"))
    subject = {"user": alice.user_id, "library": alice.personal_library_id, "thread": thread_id}[kind]
    rights = world.services.rights
    hold_id = await rights.holds.place(root, kind, subject, "Case 17")
    with pytest.raises(Conflict, match="legal hold"):
        await rights.erasures.request_own(alice, PASSWORD)
    await rights.holds.release(root, hold_id)
    ticket = await rights.erasures.request_own(alice, PASSWORD)
    await rights.holds.place(root, kind, subject, "Case 18")
    await rights.attend()
    receipt = await rights.erasures.receipt(ticket)
    assert receipt.state == "refused"
    assert "legal hold" in (receipt.notice or "")
    assert not receipt.removed
    await world.services.accounts.sign_in("alice", PASSWORD, kind="api", address="192.0.2.1")  # let in again


async def test_who_may_ask(world: World) -> None:
    root, alice = await world.make_user("root", "admin"), await world.make_user("alice")
    erasures = world.services.rights.erasures
    with pytest.raises(NotAuthenticated, match="password is wrong"):
        await erasures.request_own(alice, "not it")
    with pytest.raises(NotAuthenticated, match="sign in again"):
        await erasures.request_own(alice, None)
    signed_in = await world.services.accounts.sign_in("alice", PASSWORD, kind="api", address="192.0.2.1")
    fresh = signed_in.principal
    async with world.services.database.transaction() as session:
        old = update(AuthSession).where(AuthSession.id == fresh.session_id)
        await session.execute(old.values(created_at=text("now() - interval '11 minutes'")))
    with pytest.raises(NotAuthenticated, match="sign in again"):
        await erasures.request_own(fresh, None)
    again = await world.services.accounts.sign_in("alice", PASSWORD, kind="api", address="192.0.2.1")
    with pytest.raises(NotPermitted):
        await erasures.request(again.principal, root.user_id)
    with pytest.raises(NotFound):
        await erasures.request(root, UUID(int=7))
    await erasures.request(root, alice.user_id)
    with pytest.raises(NotAuthenticated):  # from now on
        await world.services.accounts.authenticate(again.token, kind="api")
    with pytest.raises(Conflict, match="already"):
        await erasures.request(root, alice.user_id)


async def test_the_receipt_counts_what_goes_with_something_else(world: World) -> None:
    """An answer that an admin had repeated, and review items that arose by rule."""
    alice = await world.furnish()
    async with world.services.database.transaction() as session:
        for run in (await session.scalars(select(AnswerRun).where(AnswerRun.user_id == alice.user_id))).all():
            repeat = {
                "user_id": alice.user_id,
                "question": run.question,
                "scope": {},
                "state": "done",
                "created_at": now(),
            }
            session.add(AnswerRun(**repeat, repeats_run_id=run.id))
            found = review_sources.Found(run.id, alice.user_id, ("unsupported",), now(), run.id)
            await review_sources.add(session, [found])
    async with world.services.database.reader() as session:
        columns = {"answers": AnswerRun.user_id, "review items": ReviewItem.user_id}
        counts = {kind: select(func.count()).where(of == alice.user_id) for kind, of in columns.items()}
        before = {kind: await session.scalar(count) for kind, count in counts.items()}
    ticket = await world.services.rights.erasures.request_own(alice, PASSWORD)
    await world.services.rights.attend()
    receipt = await world.services.rights.erasures.receipt(ticket)
    assert {kind: receipt.removed[kind] for kind in before} == before
    assert before["answers"] == 4


async def test_a_receipt_is_taken_once_and_only_when_all_is_done(world: World) -> None:
    alice = await world.make_user("alice")
    erasures = world.services.rights.erasures
    ticket = await erasures.request_own(alice, PASSWORD)
    assert (await erasures.receipt(ticket)).state == "queued"
    with pytest.raises(Conflict, match="still being erased"):
        await erasures.take_receipt(ticket)
    await world.services.rights.attend()
    assert (await erasures.take_receipt(ticket)).removed["accounts"] == 1
    for again in (erasures.receipt, erasures.take_receipt):
        with pytest.raises(NotFound, match="receipt"):
            await again(ticket)


async def test_while_a_file_is_read_and_an_answer_is_written(world: World, servers_dir: Path) -> None:
    alice = await world.furnish()
    theirs = await _libraries(world, alice)

    async def stream() -> AsyncIterator[bytes]:
        yield pdf([f"Page {number} of the {SECRET_WORD} report, which is long." for number in range(300)])

    submission = await world.services.ingestion.submit(alice, stream(), "long.pdf")
    claimed = await world.services.ingestion_pipeline.claim(submission.job.job_id)
    assert claimed is not None
    reading = asyncio.create_task(world.services.ingestion_pipeline.do(claimed))
    listening = asyncio.create_task(world.services.run_upkeep.listen())
    await asyncio.sleep(0.5)
    run_id = world.services.runs.start(alice, RunRequest(question=f"What does the {SECRET_WORD} report say?"))
    await world.services.rights.erasures.request_own(alice, PASSWORD)
    await world.services.rights.attend()
    async with asyncio.timeout(60):
        await reading
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert run_id not in world.services.runs.live.running
    await world.services.rights.attend()  # nothing to do
    assert (await _searched(world, servers_dir, alice, theirs)).found == []


STAGES = ("remove_threads", "take_documents", "mark_cleared", "remove_person", "known_runs")


class Killed(BaseException):
    """The end of a process."""


@pytest.mark.parametrize("stage", STAGES)
async def test_a_killed_process_leaves_it_to_another(
    world: World, servers_dir: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after each step, before its transaction is committed and, where there is more than one, after others were."""
    from db import erasures as rows

    alice = await world.furnish()
    theirs = await _libraries(world, alice)
    ticket = await world.services.rights.erasures.request_own(alice, PASSWORD)
    original = getattr(rows, stage)

    async def dies(*arguments: object, **named: object) -> None:
        await original(*arguments, **named)
        raise Killed

    async def says_nothing(*_arguments: object, **_named: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(rows, stage, dies)
        patch.setattr(rows, "end", says_nothing)
        with pytest.raises(Killed):
            await world.services.rights.attend()
    async with world.services.database.transaction() as session:
        state = await session.scalar(select(Erasure.state))
        assert state == "running"
        await session.execute(update(Erasure).values(heartbeat_at=text(f"now() - interval '{SILENCE_S + 5} seconds'")))
    await world.services.rights.attend()
    receipt = await world.services.rights.erasures.receipt(ticket)
    assert receipt.state == "finished"
    assert receipt.removed["conversations"] == 2
    assert receipt.removed["documents"] == 2
    assert (await _searched(world, servers_dir, alice, theirs)).found == []
    async with world.services.database.reader() as session:
        assert await session.scalar(select(func.count()).select_from(ErasureDocument)) == 0


async def test_what_does_not_answer_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = await world.furnish()
    ticket = await world.services.rights.erasures.request_own(alice, PASSWORD)

    async def away(_document_id: UUID) -> None:
        raise UpstreamUnavailable("The search index does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(world.services.live, "delete_document", away)
        await world.services.rights.attend()
    waiting = await world.services.rights.erasures.receipt(ticket)
    assert waiting.state == "queued"
    assert waiting.notice == "The search index does not answer."
    await world.services.rights.attend()
    assert (await world.services.rights.erasures.receipt(ticket)).state == "finished"


async def test_a_running_backup_holds_the_files_back_and_nothing_is_forgotten(world: World, servers_dir: Path) -> None:
    alice = await world.furnish()
    theirs = await _libraries(world, alice)
    backup_id = UUID(int=5)
    async with world.services.database.transaction() as session:
        await deferred.beat(session, backup_id)
    ticket = await world.services.rights.erasures.request_own(alice, PASSWORD)
    await world.services.rights.attend()
    waiting = await world.services.rights.erasures.receipt(ticket)
    assert (waiting.state, waiting.notice) == (
        "queued",
        "A backup is being made; the files are deleted when it is complete.",
    )
    assert list((world.services.settings.var_dir / "blobs" / "documents").iterdir()), "the backup may still want them"
    async with world.services.database.transaction() as session:
        await deferred.end_backup(session, backup_id)
    await world.services.rights.attend()
    assert (await world.services.rights.erasures.receipt(ticket)).state == "finished"
    assert (await _searched(world, servers_dir, alice, theirs)).found == []


async def test_every_table_that_knows_people_lets_them_go(world: World) -> None:
    """A new table with people's ids and no rule would make every erasure fail, or leave an id behind."""
    from db.base import Base

    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            if key.column.table.name == "users":
                assert key.ondelete in ("CASCADE", "SET NULL"), f"{table.name}.{key.parent.name}"
        for column in table.columns:
            looks_like_one = column.name in (
                "user_id",
                "owner_id",
                "created_by",
                "uploaded_by",
                "set_by",
                "assignee_id",
            )
            assert not looks_like_one or column.foreign_keys, f"{table.name}.{column.name} has no foreign key"
