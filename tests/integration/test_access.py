"""Who may do what to what: every guarded function of every repository, as its owner, a viewer, a stranger and an admin.

A repository function that this table does not know fails the first test.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

import db
from core.access import LibraryRole, Principal, Role, SearchScope, scope_of
from core.errors import NotFound, NotPermitted
from db import (
    answer_runs,
    chunks,
    documents,
    elements,
    feedback,
    jobs,
    libraries,
    library_page,
    review_items,
    sections,
    steps,
    threads,
    usage_report,
    users,
    versions,
)
from db.base import now
from db.library_order import Wanted
from db.models import AnswerSource, ChunkRow, Document, DocumentSection, ModelUsage
from db.session import Database


@dataclass(frozen=True)
class World:
    """Everything is Alice's: a document in her library, and a thread with an answer in it."""

    owner: Principal
    viewer: Principal
    stranger: Principal
    admin: Principal
    document_id: UUID
    chunk_id: UUID
    job_id: UUID
    thread_id: UUID
    question_id: UUID
    answer_id: UUID
    element_id: UUID
    feedback_id: UUID
    run_id: UUID
    item_id: UUID

    @property
    def library_id(self) -> UUID:
        """The library that the viewer may read."""
        return self.owner.personal_library_id


async def _person(session: AsyncSession, name: str, role: Role = Role.USER) -> Principal:
    user = await users.create(session, username=name, password_hash="-", role=role)
    await libraries.create_personal(session, user.id, name)
    personal, grants = await libraries.grants_of(session, user.id)
    return Principal(user.id, name, role, personal, grants)


async def _document(session: AsyncSession, owner: Principal) -> tuple[UUID, UUID, UUID]:
    document, _ = await documents.create(
        session,
        owner,
        library_id=owner.personal_library_id,
        title="Salaries.pdf",
        mime_type="application/pdf",
        size_bytes=1,
        sha256="ab" * 32,
        blob_key="key",
    )
    await sections.put(session, document.id, [DocumentSection(version=1, number=1, page=1, text="Secret.")])
    place = {"index": 0, "section": 1, "page": 1, "path": [], "char_start": 0, "char_end": 7}
    chunk = ChunkRow(
        index_version=1, version=1, id=uuid4(), document_id=document.id, text="Secret.", content_hash="h", **place
    )
    await chunks.put(session, [chunk])
    job = await jobs.create(session, document.id)
    return document.id, chunk.id, job.id


def _step(thread_id: UUID, step_id: UUID, kind: str, **more: Any) -> dict[str, Any]:
    return {"id": step_id, "thread_id": thread_id, "type": kind, "name": kind, **more}


def _element(thread_id: UUID, element_id: UUID) -> dict[str, Any]:
    return {"id": element_id, "thread_id": thread_id, "type": "file", "name": "a", "display": "inline"}


@pytest.fixture
async def world(database: Database) -> World:
    """Alice and her things; Vera reads Alice's library; Sam and the admin have nothing to do with her."""
    async with database.transaction() as session:
        alice, vera = await _person(session, "alice"), await _person(session, "vera")
        sam, admin = await _person(session, "sam"), await _person(session, "root", Role.ADMIN)
        await libraries.set_member(session, alice.personal_library_id, vera.user_id, LibraryRole.VIEWER)
        vera = replace(vera, grants=(await libraries.grants_of(session, vera.user_id))[1])
        document_id, chunk_id, job_id = await _document(session, alice)
        thread_id, question_id, answer_id, element_id = uuid4(), uuid4(), uuid4(), uuid4()
        run = await answer_runs.create(
            session,
            alice,
            question="Who earns what?",
            scope=scope_of(alice),
            thread_id=thread_id,
            question_step_id=question_id,
        )
        source = AnswerSource(number=1, document_id=document_id, document_title="T", chunk_id=chunk_id, section=1)
        await answer_runs.store_sources(session, run.id, "who earns what", [source])
        await answer_runs.mark_cited(session, run.id, 1, [(0, 7)], 1.0)
        await answer_runs.finish(session, run.id, state="done", answer="Everything. [1]")
        await steps.create(session, alice, _step(thread_id, question_id, "user_message", output="Who earns what?"))
        favorite = {"output": "Everything.", "answer_run_id": run.id, "meta": {"favorite": True}}
        await steps.create(session, alice, _step(thread_id, answer_id, "assistant_message", **favorite))
        await elements.upsert(session, alice, _element(thread_id, element_id))
        feedback_id = await feedback.rate(session, alice, answer_id, 1, None)
        item, _ = await review_items.create(session, alice, run.id, kind="unsupported", note="Please look.")
        spent = {"input_tokens": 1, "output_tokens": 1, "answers": 1, "cost_usd": Decimal(1)}
        session.add(ModelUsage(day=now().date(), user_id=alice.user_id, model="m", **spent))
    return World(
        alice,
        vera,
        sam,
        admin,
        document_id,
        chunk_id,
        job_id,
        thread_id,
        question_id,
        answer_id,
        element_id,
        feedback_id,
        run.id,
        item.id,
    )


Call = Callable[[AsyncSession, Principal, World], Awaitable[Any]]
YES, NO, READ_ONLY = "yes", "no", "may read only"
WHO = ("owner", "viewer", "stranger", "admin")
READ = (YES, YES, NO, NO)  # follows the library
CHANGE = (YES, READ_ONLY, NO, NO)
OWN = (YES, NO, NO, NO)  # follows the person
ADMIN = (READ_ONLY, READ_ONLY, READ_ONLY, YES)  # refused, not hidden: that there are admins is no secret


async def _new_document(session: AsyncSession, who: Principal, world: World) -> Any:
    return await documents.create(
        session,
        who,
        library_id=world.library_id,
        title="x",
        mime_type="text/plain",
        size_bytes=1,
        sha256="ef" * 32,
        blob_key="key",
    )


async def _listed(session: AsyncSession, who: Principal, world: World) -> Any:
    rows, _ = await library_page.page(session, who, Wanted(search="salaries"), limit=10)
    return [document for document in rows if document.id == world.document_id]


async def _asked(session: AsyncSession, who: Principal, world: World) -> Any:
    document = await session.get(Document, world.document_id)
    return (await library_page.beside(session, who, [document] if document else [])).questions


async def _counted(session: AsyncSession, who: Principal, _: World) -> Any:
    return (await library_page.counts(session, scope_of(who), Wanted())).total


async def _library(session: AsyncSession, who: Principal, world: World) -> Any:
    return [library for library in await libraries.within(session, scope_of(who)) if library.id == world.library_id]


async def _epoch(session: AsyncSession, who: Principal, world: World) -> Any:
    found = await libraries.epochs(session, scope_of(who))
    return [library_id for library_id, _ in found if library_id == world.library_id]


async def _threads(session: AsyncSession, who: Principal, _: World) -> Any:
    found = await threads.page(session, who, limit=10)
    searched = await threads.page(session, who, limit=10, search="earns")
    assert len(found.threads) == len(searched.threads)
    return found.threads


async def _run_in_thread(session: AsyncSession, who: Principal, world: World) -> Any:
    return await answer_runs.create(session, who, question="?", scope=scope_of(who), thread_id=world.thread_id)


async def _ended_in_thread(session: AsyncSession, who: Principal, world: World) -> Any:
    place = {"chunk_id": uuid4(), "section": 1}
    source = {"number": 1, "document_id": world.document_id, "document_title": "T", **place}
    return await answer_runs.create_ended(
        session,
        who,
        question="?",
        scope=scope_of(who),
        thread_id=world.thread_id,
        question_step_id=None,
        run_id=uuid4(),
        sources=[source],
        state="done",
    )


def _narrowed(who: Principal, world: World) -> SearchScope:
    return scope_of(who, frozenset({world.document_id}))


async def _step_written(session: AsyncSession, who: Principal, world: World) -> Any:
    return await steps.create(session, who, _step(world.thread_id, uuid4(), "user_message"))


async def _step_changed(session: AsyncSession, who: Principal, world: World) -> Any:
    return await steps.upsert(session, who, _step(world.thread_id, world.question_id, "user_message", output="!"))


async def _element_changed(session: AsyncSession, who: Principal, world: World) -> Any:
    return await elements.upsert(session, who, _element(world.thread_id, world.element_id))


async def _told(session: AsyncSession, who: Principal, world: World) -> Any:
    return (await review_items.create(session, who, world.run_id, kind="unsupported", note=""))[0].id


async def _first(found: Awaitable[tuple[Any, Any]]) -> Any:
    return (await found)[0]


GUARDED: dict[str, tuple[tuple[str, ...], Call]] = {
    "documents.create": (CHANGE, _new_document),
    "documents.get": (READ, lambda s, p, w: documents.get(s, scope_of(p), w.document_id)),
    "documents.get_for_change": (CHANGE, lambda s, p, w: documents.get_for_change(s, p, w.document_id)),
    "documents.hold": (READ, lambda s, p, w: documents.hold(s, _narrowed(p, w))),
    "library_page.page": (READ, _listed),
    "library_page.these": (READ, lambda s, p, w: library_page.these(s, _narrowed(p, w))),
    "library_page.counts": (READ, _counted),
    "library_page.beside": (OWN, _asked),
    "libraries.within": (READ, _library),
    "libraries.epochs": (READ, _epoch),
    "documents.remove": (CHANGE, lambda s, p, w: documents.remove(s, p, w.document_id)),
    "sections.get": (READ, lambda s, p, w: sections.get(s, scope_of(p), w.document_id, 1)),
    "sections.count": (READ, lambda s, p, w: sections.count(s, scope_of(p), w.document_id)),
    "versions.get": (READ, lambda s, p, w: versions.get(s, scope_of(p), w.document_id, 1)),
    "versions.of_document": (READ, lambda s, p, w: versions.of_document(s, scope_of(p), w.document_id)),
    "chunks.get": (READ, lambda s, p, w: chunks.get(s, scope_of(p), w.chunk_id)),
    "chunks.shown": (READ, lambda s, p, w: chunks.shown(s, scope_of(p), 1, [w.chunk_id])),
    "chunks.around": (READ, lambda s, p, w: chunks.around(s, scope_of(p), 1, [w.chunk_id], 1)),
    "jobs.get": (READ, lambda s, p, w: jobs.get(s, scope_of(p), w.job_id)),
    "jobs.get_for_change": (CHANGE, lambda s, p, w: jobs.get_for_change(s, p, w.job_id)),
    "answer_runs.create": (OWN, _run_in_thread),
    "answer_runs.create_ended": (OWN, _ended_in_thread),
    "answer_runs.get_owned": (OWN, lambda s, p, w: answer_runs.get_owned(s, p, w.run_id)),
    "answer_runs.sources": (OWN, lambda s, p, w: answer_runs.sources(s, p, w.run_id)),
    "answer_runs.source": (OWN, lambda s, p, w: answer_runs.source(s, p, w.run_id, 1)),
    "answer_runs.source_of_chunk": (OWN, lambda s, p, w: answer_runs.source_of_chunk(s, p, w.chunk_id, 1)),
    "answer_runs.history": (OWN, lambda s, p, w: answer_runs.history(s, p, w.thread_id, limit=5)),
    "answer_runs.history_ids": (OWN, lambda s, p, w: answer_runs.history_ids(s, p, w.thread_id, limit=5)),
    "answer_runs.turns": (OWN, lambda s, p, w: answer_runs.turns(s, p, [w.run_id])),
    "threads.require": (OWN, lambda s, p, w: threads.require(s, p, w.thread_id)),
    "threads.ensure": (OWN, lambda s, p, w: threads.ensure(s, p, w.thread_id)),
    "threads.page": (OWN, _threads),
    "threads.name_once": (OWN, lambda s, p, w: threads.name_once(s, p, w.thread_id, "x")),
    "threads.rename": (OWN, lambda s, p, w: threads.rename(s, p, w.thread_id, "x")),
    "threads.describe": (OWN, lambda s, p, w: threads.describe(s, p, w.thread_id, tags=["x"])),
    "threads.remove": (OWN, lambda s, p, w: threads.remove(s, p, w.thread_id)),
    "steps.create": (OWN, _step_written),
    "steps.upsert": (OWN, _step_changed),
    "steps.of_thread": (OWN, lambda s, p, w: steps.of_thread(s, p, w.thread_id)),
    "steps.require": (OWN, lambda s, p, w: steps.require(s, p, w.question_id)),
    "steps.answer_of": (OWN, lambda s, p, w: steps.answer_of(s, p, w.answer_id)),
    "steps.remove": (OWN, lambda s, p, w: steps.remove(s, p, w.question_id)),
    "steps.favorites": (OWN, lambda s, p, _: steps.favorites(s, p)),
    "elements.upsert": (OWN, _element_changed),
    "elements.get": (OWN, lambda s, p, w: elements.get(s, p, w.thread_id, w.element_id)),
    "elements.of_thread": (OWN, lambda s, p, w: elements.of_thread(s, p, w.thread_id)),
    "elements.remove": (OWN, lambda s, p, w: elements.remove(s, p, w.element_id)),
    "feedback.rate": (OWN, lambda s, p, w: feedback.rate(s, p, w.answer_id, 0, None)),
    "feedback.of_thread": (OWN, lambda s, p, w: feedback.of_thread(s, p, w.thread_id)),
    "review_items.create": (OWN, _told),
    "review_items.of_run": (OWN, lambda s, p, w: review_items.of_run(s, p, w.run_id)),
    "review_items.page": (ADMIN, lambda s, p, _: _first(review_items.page(s, p, state=None, limit=9))),
    "review_items.counts": (ADMIN, lambda s, p, _: review_items.counts(s, p)),
    "review_items.settle": (ADMIN, lambda s, p, w: review_items.settle(s, p, w.item_id, "done")),
    "usage_report.own": (OWN, lambda s, p, _: usage_report.own(s, p, 30)),
    "usage_report.everybody": (ADMIN, lambda s, p, _: usage_report.everybody(s, p, 30, 9)),
    "feedback.remove": (OWN, lambda s, p, w: feedback.remove(s, p, w.feedback_id)),
}

# Without a principal or scope: for sign-in and the worker, or after a guarded function has let the person through.
FREE = {
    *(
        f"users.{name}"
        for name in ["create", "get", "lock", "by_name", "has_any", "lock_all", "set_password_hash", "set_disabled"]
    ),
    "users.set_tier",
    "model_usage.add",
    "model_usage.allowance",
    *(f"auth_sessions.{name}" for name in ["create", "find_open", "revoke", "revoke_all", "remove_expired"]),
    "activity.is_quiet",
    "frequent.most_asked",
    "versions.kept",
    *(f"libraries.{name}" for name in ["create_personal", "set_member", "personal_of", "grants_of"]),
    *(f"libraries.{name}" for name in ["touch", "touch_of", "touch_all"]),
    *(f"documents.{name}" for name in ["find", "lock", "gone", "ready", "retitle", "set_state"]),
    *(f"documents.{name}" for name in ["set_warnings", "fail_version"]),
    *(
        f"versions.{name}"
        for name in ["add", "find", "newest", "of_source", "make_present", "remove_uncited", "shas_within"]
    ),
    *(f"index_versions.{name}" for name in ["live", "building", "find", "holds", "hold_live", "describe", "start"]),
    *(f"index_versions.{name}" for name in ["progress", "missing", "put_document", "forget_elsewhere", "switch"]),
    *(f"index_versions.{name}" for name in ["give_up", "retired", "remove_chunks", "forget"]),
    *(f"sections.{name}" for name in ["put", "drop", "take_out", "drop_unfinished", "batch"]),
    *(f"chunks.{name}" for name in ["put", "keep_only", "set_version", "drop_later", "of_document", "batch", "count"]),
    *(
        f"jobs.{name}"
        for name in ["create", "find", "lock", "open_for_document", "latest_for_document", "claim", "heartbeat"]
    ),
    *(f"jobs.{name}" for name in ["advance", "finish", "fail", "stop", "expired", "requeue", "postpone"]),
    "turns.claim_next",
    *(f"answer_runs.{name}" for name in ["store_sources", "mark_cited", "finish", "finish_abandoned"]),
    "usage.of_user",
    "usage.hold",
    "threads.owner",
    "steps.thread_of",
    "steps.add_interrupted",
}


def _repository_functions() -> dict[str, bool]:
    """Name → whether it asks who asks."""
    found = {}
    for module in pkgutil.iter_modules(db.__path__):
        for name, function in vars(importlib.import_module(f"db.{module.name}")).items():
            is_ours = inspect.iscoroutinefunction(function) and function.__module__ == f"db.{module.name}"
            if is_ours and not name.startswith("_") and "session" in inspect.signature(function).parameters:
                parameters = inspect.signature(function).parameters
                found[f"{module.name}.{name}"] = bool({"principal", "scope"} & set(parameters))
    return found


def test_every_repository_function_is_in_the_table() -> None:
    functions = _repository_functions()
    assert {name for name, is_guarded in functions.items() if is_guarded} == set(GUARDED)
    assert {name for name, is_guarded in functions.items() if not is_guarded} == FREE


async def _outcome(database: Database, call: Call, who: Principal, world: World) -> str:
    async with database.reader() as session:  # rolled back: each call finds the same world
        try:
            result = await call(session, who, world)
        except NotFound:
            return NO
        except NotPermitted:
            return READ_ONLY
        is_nothing = result is not None and not isinstance(result, UUID) and not result
        return NO if is_nothing else YES


@pytest.mark.parametrize("who", WHO)
async def test_who_may_do_what(database: Database, world: World, who: str) -> None:
    person = getattr(world, who)
    found = {name: await _outcome(database, call, person, world) for name, (_, call) in GUARDED.items()}
    assert found == {name: expected[WHO.index(who)] for name, (expected, _) in GUARDED.items()}


async def test_what_is_not_theirs_looks_like_what_is_not_there(database: Database, world: World) -> None:
    """A stranger cannot tell another person's id from one made up."""
    there = world
    nowhere = replace(
        world,
        document_id=uuid4(),
        chunk_id=uuid4(),
        job_id=uuid4(),
        thread_id=uuid4(),
        question_id=uuid4(),
        answer_id=uuid4(),
        element_id=uuid4(),
        feedback_id=uuid4(),
        run_id=uuid4(),
        item_id=uuid4(),
    )
    makes = {
        "threads.ensure",
        "steps.create",
        "steps.upsert",
        "answer_runs.create",
        "answer_runs.create_ended",
        "steps.remove",
        "threads.remove",
    }
    for name in GUARDED.keys() - makes:
        messages = []
        for place in (there, nowhere):
            async with database.reader() as session:
                try:
                    messages.append(repr(bool(await GUARDED[name][1](session, world.stranger, place))))
                except (NotFound, NotPermitted) as error:
                    messages.append(error.message)
        assert messages[0] == messages[1], name


async def test_a_narrowed_scope_widens_nothing(database: Database, world: World) -> None:
    async with database.reader() as session:
        for who, may_see in ((world.owner, True), (world.viewer, True), (world.stranger, False), (world.admin, False)):
            scope = scope_of(who, frozenset({world.document_id}))
            assert bool(await library_page.these(session, scope)) is may_see
            with pytest.raises(NotFound):
                await documents.get(session, scope_of(who, frozenset({uuid4()})), world.document_id)
