"""Who may do what to what: every guarded function of every repository, as its owner, a viewer, a stranger and an admin.

A repository function that this table does not know fails the first test.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

import db
from core.access import LibraryRole, Oversight, Principal, Role, SearchScope, scope_of
from core.errors import NotFound, NotPermitted
from db import (
    all_libraries,
    answer_queue,
    answer_runs,
    api_keys,
    audit_log,
    auth_sessions,
    case_runs,
    cases,
    chunks,
    corpus,
    documents,
    elements,
    exports,
    feedback,
    groups,
    guides,
    holds,
    job_monitor,
    job_page,
    jobs,
    libraries,
    library_page,
    library_sums,
    members,
    messages,
    oversight,
    password_links,
    people,
    repeats,
    retention,
    review_changes,
    review_items,
    review_page,
    sections,
    shares,
    sources,
    steps,
    sum_report,
    threads,
    transcripts,
    usage_report,
    use,
    users,
    versions,
)
from db.base import now
from db.cases import CaseQuery
from db.library_order import DocumentQuery
from db.models import (
    AnswerRun,
    AnswerSource,
    CaseResult,
    CaseRun,
    ChunkRow,
    Document,
    DocumentGuide,
    DocumentSection,
    ModelUsage,
    ReviewItem,
)
from db.review_page import ReviewFilter
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
    key_id: UUID
    group_id: UUID
    share_id: UUID
    session_id: UUID
    source_id: UUID

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
    both = [DocumentSection(version=version, number=1, page=1, text="Secret.") for version in (0, 1)]
    await sections.put(session, document.id, both)  # the present version, and one before it
    place = {"index": 0, "section": 1, "page": 1, "path": [], "char_start": 0, "char_end": 7}
    chunk = ChunkRow(
        index_version=1, version=1, id=uuid4(), document_id=document.id, text="Secret.", content_hash="h", **place
    )
    await chunks.put(session, [chunk])
    await documents.set_state(session, document.id, "ready", chunk_count=1)
    job = await jobs.create(session, document.id)
    return document.id, chunk.id, job.id


def _step(thread_id: UUID, step_id: UUID, kind: str, **more: Any) -> dict[str, Any]:
    return {"id": step_id, "thread_id": thread_id, "type": kind, "name": kind, **more}


def _element(thread_id: UUID, element_id: UUID) -> dict[str, Any]:
    return {"id": element_id, "thread_id": thread_id, "type": "file", "name": "a", "display": "inline"}


async def _key(session: AsyncSession, owner: Principal, key_id: UUID) -> Any:
    return await api_keys.create(
        session,
        owner,
        key_id=key_id,
        name="script",
        secret_hash=b"-",
        scopes=["read"],
        expires_at=now() + timedelta(days=1),
        questions_per_minute=None,
    )


async def _rename_from(session: AsyncSession, who: Principal, thread_id: UUID) -> bool:
    await threads.rename(session, who, thread_id, "x")
    return await threads.rename_from(session, who, thread_id, "x", "y")


async def _share(session: AsyncSession, who: Principal, thread_id: UUID) -> Any:
    shown = {"title": "T", "snapshot": {}, "message_count": 1, "expires_at": None}
    return await shares.create(session, who, thread_id, **shown)  # type: ignore[arg-type]


async def _link(session: AsyncSession, who: Principal, library_id: UUID) -> Any:
    address = f"https://example.org/{uuid4()}"
    return await sources.create(session, who, library_id=library_id, kind="page", address=address)


@pytest.fixture
async def world(database: Database) -> World:
    """Alice and her things; Vera reads Alice's library; Sam and the admin have nothing to do with her."""
    async with database.transaction() as session:
        alice, vera = await _person(session, "alice"), await _person(session, "vera")
        sam, admin = await _person(session, "sam"), await _person(session, "root", Role.ADMIN)
        await libraries.set_member(session, alice.personal_library_id, vera.user_id, LibraryRole.VIEWER)
        vera = replace(vera, grants=(await libraries.grants_of(session, vera.user_id))[1])
        document_id, chunk_id, job_id = await _document(session, alice)
        session.add(DocumentGuide(document_id=document_id, version=1, guide={"title": "T"}, created_at=now()))
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
        key = await _key(session, alice, uuid4())
        spent = {"input_tokens": 1, "output_tokens": 1, "answers": 1, "cost_usd": Decimal(1)}
        group = await groups.create(session, admin, "crew")
        await groups.add_person(session, admin, group.id, alice.user_id)
        share = await _share(session, alice, thread_id)
        link = await _link(session, alice, alice.personal_library_id)
        await members.set_group(session, alice.personal_library_id, group.id, LibraryRole.VIEWER)
        lasts = {"kind": "browser", "expires_at": now() + timedelta(hours=1)}
        sign_in = await auth_sessions.create(session, user_id=alice.user_id, **lasts)  # type: ignore[arg-type]
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
        key.id,
        group.id,
        share.id,
        sign_in.id,
        link.id,
    )


Call = Callable[[AsyncSession, Principal, World], Awaitable[Any]]
YES, NO, READ_ONLY = "yes", "no", "may read only"
WHO = ("owner", "viewer", "stranger", "admin")
READ = (YES, YES, NO, NO)  # follows the library
CHANGE = (YES, READ_ONLY, NO, NO)
OWN = (YES, NO, NO, NO)  # follows the person
OWN_OR_ADMIN = (YES, READ_ONLY, READ_ONLY, YES)
EVERYBODY = (YES, YES, YES, YES)  # makes what is the caller's
ADMIN = (READ_ONLY, READ_ONLY, READ_ONLY, YES)  # refused, not hidden: that there are admins is no secret

OPENED = (YES, READ_ONLY, READ_ONLY, YES)  # the owner's, and open to an admin who has said why


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
    rows, _ = await library_page.page(session, who, DocumentQuery(search="salaries"), limit=10)
    return [document for document in rows if document.id == world.document_id]


async def _asked(session: AsyncSession, who: Principal, world: World) -> Any:
    document = await session.get(Document, world.document_id)
    return (await library_page.details(session, who, [document] if document else [])).questions


async def _counted(session: AsyncSession, who: Principal, _: World) -> Any:
    return (await library_page.counts(session, scope_of(who), DocumentQuery())).total


async def _library(session: AsyncSession, who: Principal, world: World) -> Any:
    return [library for library in await libraries.within(session, scope_of(who)) if library.id == world.library_id]


async def _sums(session: AsyncSession, who: Principal, world: World) -> Any:
    found = await library_sums.of_scope(session, scope_of(who))
    return [one for one in found if one.library_id == world.library_id and one.documents == 1]


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


async def _queued_in_thread(session: AsyncSession, who: Principal, world: World) -> Any:
    place = {"thread_id": world.thread_id, "question_step_id": None, "run_id": uuid4()}
    return await answer_queue.enqueue(session, who, question="?", scope=scope_of(who), request={}, **place)  # type: ignore[arg-type]


async def _done(call: Awaitable[object]) -> bool:
    """It may be called, whatever it finds."""
    await call
    return True


async def _running_in_thread(session: AsyncSession, who: Principal, world: World) -> Any:
    await session.execute(update(AnswerRun).where(AnswerRun.id == world.run_id).values(state="running"))
    return await answer_queue.of_thread(session, who, world.thread_id)


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


async def _after_reviewed(session: AsyncSession, who: Principal, world: World) -> Any:
    item = await session.get(ReviewItem, world.item_id) or ReviewItem(created_at=now(), id=uuid4(), group_id=uuid4())
    found = await review_page.after(session, who, item, ["new"])
    return found or world.item_id  # there is no other


async def _reviewed(session: AsyncSession, who: Principal, world: World) -> Any:
    if who == world.admin:
        await review_changes.change(session, who, world.item_id, {"state": "triaged"})
    return await review_changes.history(session, who, world.item_id)


async def _before(session: AsyncSession, who: Principal, world: World) -> Any:
    return await repeats.turns_before(session, who, world.run_id, 3) or [world.run_id]  # it is the first


async def _first(found: Awaitable[tuple[Any, Any]]) -> Any:
    return (await found)[0]


async def _export(session: AsyncSession, who: Principal, world: World) -> Any:
    row = await exports.begin(session, world.owner)
    return await exports.get(session, who, row.id)


async def _exports(session: AsyncSession, who: Principal, world: World) -> Any:
    await exports.begin(session, world.owner)
    return await exports.latest(session, who, 10)


async def _released(session: AsyncSession, who: Principal, world: World) -> Any:
    hold = await holds.place(session, world.admin, "user", world.owner.user_id, "Case 17")
    return await holds.release(session, who, hold.id)


async def _limited(session: AsyncSession, who: Principal, world: World) -> Any:
    library = await libraries.create(session, world.owner, "Minutes")
    await retention.keep_for(session, who, library.id, 30)
    return await retention.with_limits(session, who)


async def _links(session: AsyncSession, who: Principal) -> Any:
    return (await shares.page(session, who, limit=9)).shares


async def _let_in(call: Awaitable[Any]) -> bool:
    """True for whoever is not refused, whether there is something to see or not."""
    await call
    return True


async def _conversations(session: AsyncSession, who: Principal, _: World) -> Any:
    return (await oversight.page(session, who, Oversight.REASON, oversight.Wanted(words="earns"))).conversations


async def _opened(session: AsyncSession, who: Principal, world: World) -> None:
    """What an admin has done before, and nobody else may do."""
    if who.is_admin:
        await oversight.open_conversation(session, who, Oversight.REASON, world.thread_id, "The answer is wrong.")


async def _is_opened(session: AsyncSession, who: Principal, world: World) -> Any:
    await _opened(session, who, world)
    return await oversight.is_opened(session, who, world.thread_id)


async def _shared_ids(session: AsyncSession, who: Principal, world: World) -> Any:
    await libraries.create(session, world.owner, "Of this name")
    return await all_libraries.shared_ids(session, who, "Of this name")


async def _are_opened(session: AsyncSession, who: Principal, world: World) -> Any:
    await _opened(session, who, world)
    return await oversight.are_opened(session, who, [world.thread_id])


async def _required(session: AsyncSession, who: Principal, world: World) -> Any:
    await _opened(session, who, world)
    return await oversight.require(session, who, Oversight.REASON, world.thread_id)


async def _transcript(session: AsyncSession, who: Principal, world: World) -> Any:
    await _opened(session, who, world)
    return (await transcripts.read(session, who, Oversight.REASON, world.thread_id)).steps


async def _openings(session: AsyncSession, who: Principal, world: World) -> Any:
    await _opened(session, world.admin, world)
    return await oversight.openings_of_thread(session, who, world.thread_id)


async def _all_openings(session: AsyncSession, who: Principal, world: World) -> Any:
    if await threads.owner(session, world.thread_id) is not None:
        await _opened(session, world.admin, world)
    return (await oversight.openings(session, who))[0]


_NEW_PERSON = {"id": uuid4(), "username": "new", "role": "user", "tier": "standard", "groups": []}


async def _libraries_of_group(session: AsyncSession, who: Principal, world: World) -> Any:
    await members.set_group(session, world.library_id, world.group_id, LibraryRole.VIEWER)
    return await groups.libraries_of(session, who, world.group_id)


async def _signed_in(session: AsyncSession, world: World) -> UUID:
    owner, expires_at = world.owner.user_id, now() + timedelta(hours=1)
    return (await auth_sessions.create(session, user_id=owner, kind="browser", expires_at=expires_at)).id


async def _sign_ins(session: AsyncSession, who: Principal, world: World) -> Any:
    await _signed_in(session, world)
    return await auth_sessions.of_person(session, who, world.owner.user_id)


async def _sign_in_ended(session: AsyncSession, who: Principal, world: World) -> Any:
    return await auth_sessions.revoke_own(session, who, await _signed_in(session, world))


async def _case(session: AsyncSession, world: World) -> UUID:
    item_id = await session.scalar(select(ReviewItem.id))
    case = await cases.create(session, world.admin, {"question": "Who earns what?", "review_item_id": item_id})
    return case.id


async def _case_run(session: AsyncSession, world: World) -> UUID:
    await _case(session, world)
    run_id = (await case_runs.start(session, world.admin, source="console")).id
    await session.execute(update(CaseRun).values(state="done"))
    return run_id


async def _with_case(session: AsyncSession, world: World, call: Callable[[UUID], Awaitable[Any]]) -> Any:
    return await call(await _case(session, world))


async def _with_run(session: AsyncSession, world: World, call: Callable[[UUID], Awaitable[Any]]) -> Any:
    return await call(await _case_run(session, world))


async def _finished(session: AsyncSession, who: Principal, world: World) -> Any:
    await _case_run(session, world)
    await session.execute(update(CaseResult).values(state="passed", finished_at=now()))
    case_id = await session.scalar(select(CaseResult.case_id))
    assert case_id is not None
    return await case_runs.of_case(session, who, case_id, 9)


async def _item_states(session: AsyncSession, who: Principal, world: World) -> Any:
    await _case(session, world)
    return await cases.item_states(session, who, list(await session.scalars(select(ReviewItem.id))))


CASES: dict[str, Call] = {
    "page": lambda s, p, w: _with_case(s, w, lambda _: _first(cases.page(s, p, CaseQuery(), limit=9))),
    "counts": lambda s, p, _: cases.counts(s, p),
    "tags": lambda s, p, w: _with_case(s, w, lambda _: _listing(cases.tags(s, p))),
    "get": lambda s, p, w: _with_case(s, w, lambda case_id: cases.get(s, p, case_id)),
    "get_for_change": lambda s, p, w: _with_case(s, w, lambda case_id: cases.get_for_change(s, p, case_id)),
    "known": lambda s, p, w: _with_case(s, w, lambda case_id: cases.known(s, p, [case_id])),
    "create": lambda s, p, _: cases.create(s, p, {"question": "?"}),
    "remove": lambda s, p, w: _with_case(s, w, lambda case_id: cases.remove(s, p, case_id)),
    "everything": lambda s, p, w: _with_case(s, w, lambda _: cases.everything(s, p, CaseQuery())),
    "promoted": lambda s, p, w: cases.promoted(s, p, w.item_id),
    "item_states": _item_states,
}
CASE_RUNS: dict[str, Call] = {
    "start": lambda s, p, w: _with_case(s, w, lambda _: case_runs.start(s, p, source="console")),
    "stop": lambda s, p, w: _with_run(s, w, lambda run_id: case_runs.stop(s, p, run_id)),
    "get": lambda s, p, w: _with_run(s, w, lambda run_id: case_runs.get(s, p, run_id)),
    "page": lambda s, p, w: _with_run(s, w, lambda _: _first(case_runs.page(s, p, limit=9))),
    "trend": lambda s, p, w: _with_run(s, w, lambda _: case_runs.trend(s, p, 9)),
    "results": lambda s, p, w: _with_run(s, w, lambda run_id: case_runs.results(s, p, run_id)),
    "of_case": _finished,
}


async def _listing(found: Awaitable[list[str]]) -> Any:
    return [*(await found), "and none of others"]  # no case of this world has a tag


GUARDED: dict[str, tuple[tuple[str, ...], Call]] = {
    "documents.create": (CHANGE, _new_document),
    "exports.begin": ((YES, YES, YES, YES), lambda s, p, _: exports.begin(s, p)),  # of what is their own
    "exports.get": (OWN, _export),
    "exports.latest": (OWN, _exports),
    "holds.place": (ADMIN, lambda s, p, w: holds.place(s, p, "user", w.owner.user_id, "Case 17")),
    "holds.release": (ADMIN, _released),
    "holds.page": (ADMIN, lambda s, p, _: holds.page(s, p, limit=10)),
    "retention.keep_for": (ADMIN, _limited),
    "retention.with_limits": (ADMIN, _limited),
    "documents.get": (READ, lambda s, p, w: documents.get(s, scope_of(p), w.document_id)),
    "documents.get_for_change": (CHANGE, lambda s, p, w: documents.get_for_change(s, p, w.document_id)),
    "documents.hold": (READ, lambda s, p, w: documents.hold(s, _narrowed(p, w))),
    "library_page.page": (READ, _listed),
    "library_page.of_scope": (READ, lambda s, p, w: library_page.of_scope(s, _narrowed(p, w))),
    "library_page.counts": (READ, _counted),
    "library_page.details": (OWN, _asked),
    "libraries.within": (READ, _library),
    "library_sums.of_scope": (READ, _sums),
    "libraries.epochs": (READ, _epoch),
    "libraries.create": ((YES, YES, YES, YES), lambda s, p, _: libraries.create(s, p, "New")),  # everyone may
    "libraries.get_for_change": (CHANGE, lambda s, p, w: libraries.get_for_change(s, p, w.library_id)),
    "members.of_library": (READ, lambda s, p, w: members.of_library(s, p, w.library_id)),
    "groups.of_principal": ((YES, NO, NO, YES), lambda s, p, _: groups.of_principal(s, p)),  # the owner is in it
    "groups.create": (ADMIN, lambda s, p, _: groups.create(s, p, "New")),
    "groups.require": (ADMIN, lambda s, p, w: groups.require(s, p, w.group_id)),
    "groups.people": (ADMIN, lambda s, p, w: groups.people(s, p, w.group_id)),
    "groups.add_person": (ADMIN, lambda s, p, w: groups.add_person(s, p, w.group_id, w.viewer.user_id)),
    "groups.remove_person": (ADMIN, lambda s, p, w: groups.remove_person(s, p, w.group_id, w.owner.user_id)),
    "groups.rename": (ADMIN, lambda s, p, w: groups.rename(s, p, w.group_id, "other")),
    "groups.libraries_of": (ADMIN, lambda s, p, w: groups.libraries_of(s, p, w.group_id)),
    "members.of_any_library": (ADMIN, lambda s, p, w: members.of_any_library(s, p, w.library_id)),
    "all_libraries.page": (ADMIN, lambda s, p, _: _first(all_libraries.page(s, p, kind="personal", limit=9))),
    "all_libraries.shared_ids": (ADMIN, _shared_ids),
    "all_libraries.get": (ADMIN, lambda s, p, w: all_libraries.get(s, p, w.library_id)),
    "people.page": (ADMIN, lambda s, p, _: _first(people.page(s, p, people.PeopleQuery(), limit=9))),
    "people.counts": (ADMIN, lambda s, p, _: people.counts(s, p, people.PeopleQuery())),
    "people.get": (ADMIN, lambda s, p, w: people.get(s, p, w.owner.user_id)),
    "people.names": (ADMIN, lambda s, p, _: people.names(s, p, ["alice"])),
    "people.create_many": (ADMIN, lambda s, p, _: people.create_many(s, p, [_NEW_PERSON])),
    "people.groups_of": (ADMIN, lambda s, p, w: people.groups_of(s, p, w.owner.user_id)),
    "people.libraries_of": (ADMIN, lambda s, p, w: people.libraries_of(s, p, w.viewer.user_id)),
    "password_links.put": (ADMIN, lambda s, p, w: password_links.put(s, p, {w.owner.user_id: b"-"}, now())),
    "password_links.of_person": (ADMIN, lambda s, p, w: password_links.of_person(s, p, w.owner.user_id)),
    "use.asked": (OWN_OR_ADMIN, lambda s, p, w: use.asked(s, p, [w.owner.user_id], now())),
    "use.stored": (OWN_OR_ADMIN, lambda s, p, w: use.stored(s, p, [w.owner.user_id])),
    "auth_sessions.of_person": (OWN_OR_ADMIN, lambda s, p, w: auth_sessions.of_person(s, p, w.owner.user_id)),
    "auth_sessions.revoke_own": (OWN, lambda s, p, w: auth_sessions.revoke_own(s, p, w.session_id)),
    "api_keys.of_user": (ADMIN, lambda s, p, w: api_keys.of_user(s, p, w.owner.user_id)),
    "api_keys.page": (ADMIN, lambda s, p, _: _first(api_keys.page(s, p, only_open=True, limit=9, cursor=None))),
    "api_keys.revoke_any": (ADMIN, lambda s, p, w: api_keys.revoke_any(s, p, w.key_id)),
    "groups.remove": (ADMIN, lambda s, p, w: groups.remove(s, p, w.group_id)),
    "documents.remove": (CHANGE, lambda s, p, w: documents.remove(s, p, w.document_id)),
    "sections.get": (READ, lambda s, p, w: sections.get(s, scope_of(p), w.document_id, 1)),
    "sections.texts": (READ, lambda s, p, w: sections.texts(s, scope_of(p), [(w.document_id, 1, 1)])),
    "sections.count": (READ, lambda s, p, w: sections.count(s, scope_of(p), w.document_id)),
    "versions.get": (READ, lambda s, p, w: versions.get(s, scope_of(p), w.document_id, 1)),
    "versions.of_document": (READ, lambda s, p, w: versions.of_document(s, scope_of(p), w.document_id)),
    "chunks.get": (READ, lambda s, p, w: chunks.get(s, scope_of(p), w.chunk_id)),
    "chunks.visible": (READ, lambda s, p, w: chunks.visible(s, scope_of(p), 1, [w.chunk_id])),
    "chunks.around": (READ, lambda s, p, w: chunks.around(s, scope_of(p), 1, [w.chunk_id], 1)),
    "chunks.headings": (READ, lambda s, p, w: chunks.headings(s, scope_of(p), [w.chunk_id])),
    "documents.titles": (READ, lambda s, p, w: documents.titles(s, scope_of(p), [w.document_id])),
    "corpus.cards": (READ, lambda s, p, w: corpus.cards(s, _narrowed(p, w))),
    "corpus.titles": (READ, lambda s, p, w: corpus.titles(s, _narrowed(p, w), 9)),
    "corpus.beginnings": (READ, lambda s, p, w: corpus.beginnings(s, _narrowed(p, w), 1)),
    "corpus.earlier_sections": (READ, lambda s, p, w: corpus.earlier_sections(s, scope_of(p), w.document_id, 9)),
    "corpus.chunks": (READ, lambda s, p, w: corpus.chunks(s, scope_of(p), 1, [w.document_id])),
    "corpus.holding": (READ, lambda s, p, _: corpus.holding(s, scope_of(p), 1, ["e"], 9)),
    "guides.get": (READ, lambda s, p, w: guides.get(s, scope_of(p), w.document_id)),
    "guides.newest": (READ, lambda s, p, w: guides.newest(s, _narrowed(p, w), 9)),
    "jobs.get": (READ, lambda s, p, w: jobs.get(s, scope_of(p), w.job_id)),
    "job_page.page": (READ, lambda s, p, _: _first(job_page.page(s, scope_of(p), limit=9))),
    "threads.get_for_change": (OWN, lambda s, p, w: threads.get_for_change(s, p, w.thread_id)),
    "messages.of_thread": (OWN, lambda s, p, w: messages.of_thread(s, p, w.thread_id)),
    "messages.cited": (OWN, lambda s, p, w: messages.cited(s, p, w.thread_id)),
    "messages.answer": (OWN, lambda s, p, w: messages.answer(s, p, w.run_id)),
    "jobs.get_for_change": (CHANGE, lambda s, p, w: jobs.get_for_change(s, p, w.job_id)),
    "answer_runs.create": (OWN, _run_in_thread),
    "answer_runs.create_ended": (OWN, _ended_in_thread),
    "answer_queue.enqueue": (OWN, _queued_in_thread),
    "answer_queue.of_thread": (OWN, _running_in_thread),
    "answer_queue.stop": (OWN, lambda s, p, w: answer_queue.stop(s, p, w.run_id)),
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
    "threads.rename_from": (OWN, lambda s, p, w: _rename_from(s, p, w.thread_id)),
    "threads.put_into": (OWN, lambda s, p, w: threads.put_into(s, p, w.thread_id, "Work")),
    "threads.pin": (OWN, lambda s, p, w: threads.pin(s, p, w.thread_id, pinned=True)),
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
    "review_items.get": (ADMIN, lambda s, p, w: review_items.get(s, p, w.item_id)),
    "review_items.group_ids": (ADMIN, lambda s, p, w: review_items.group_ids(s, p, w.item_id)),
    "review_items.admins": (ADMIN, lambda s, p, _: review_items.admins(s, p)),
    "review_page.page": (ADMIN, lambda s, p, _: _first(review_page.page(s, p, ReviewFilter(), limit=9))),
    "review_page.sizes": (ADMIN, lambda s, p, w: review_page.sizes(s, p, ReviewFilter(), [w.item_id])),
    "review_page.counts": (ADMIN, lambda s, p, _: review_page.counts(s, p)),
    "review_page.after": (ADMIN, _after_reviewed),
    "review_changes.change": (ADMIN, lambda s, p, w: review_changes.change(s, p, w.item_id, {"state": "triaged"})),
    "review_changes.history": (ADMIN, _reviewed),
    "repeats.turns_before": (OWN, _before),
    **{f"cases.{name}": (ADMIN, call) for name, call in CASES.items()},
    **{f"case_runs.{name}": (ADMIN, call) for name, call in CASE_RUNS.items()},
    "cases.libraries_named": (READ, lambda s, p, _: cases.libraries_named(s, scope_of(p), ["alice"])),
    "cases.documents_like": (READ, lambda s, p, w: cases.documents_like(s, scope_of(p), [w.document_id], [])),
    "usage_report.own": (OWN, lambda s, p, _: usage_report.own(s, p, 30)),
    "sum_report.activity": (ADMIN, lambda s, p, _: _done(sum_report.activity(s, p, "day", now()))),
    "sum_report.models": (ADMIN, lambda s, p, _: _done(sum_report.models(s, p, now().date()))),
    "sum_report.worst_documents": (ADMIN, lambda s, p, _: _done(sum_report.worst_documents(s, p, now().date(), 9))),
    "sum_report.questions": (
        ADMIN,
        lambda s, p, _: _done(sum_report.questions(s, p, days=7, kind="asked", limit=9, fewest_people=3)),
    ),
    "sum_report.present": (ADMIN, lambda s, p, _: sum_report.present(s, p)),
    "sum_report.summed_until": (ADMIN, lambda s, p, _: _done(sum_report.summed_until(s, p))),
    "job_monitor.page": (ADMIN, lambda s, p, _: _first(job_monitor.page(s, p, state="queued", limit=9))),
    "job_monitor.counts": (ADMIN, lambda s, p, _: job_monitor.counts(s, p)),
    "job_monitor.questions": (ADMIN, lambda s, p, _: _done(job_monitor.questions(s, p, limit=9))),
    "job_monitor.stop_question": (ADMIN, lambda s, p, w: _done(job_monitor.stop_question(s, p, w.run_id))),
    "job_monitor.get_for_change": (ADMIN, lambda s, p, w: job_monitor.get_for_change(s, p, w.job_id)),
    "job_monitor.ids": (
        ADMIN,
        lambda s, p, _: job_monitor.ids(s, p, ["queued"], before=now(), after=None, limit=9),
    ),
    "job_monitor.stop_many": (ADMIN, lambda s, p, w: job_monitor.stop_many(s, p, [w.job_id], "Stopped.")),
    "job_monitor.failed_with_documents": (
        ADMIN,
        lambda s, p, w: _done(job_monitor.failed_with_documents(s, p, [w.job_id])),
    ),
    "usage_report.everybody": (ADMIN, lambda s, p, _: usage_report.everybody(s, p, 30, 9)),
    "api_keys.create": (EVERYBODY, lambda s, p, _: _key(s, p, uuid4())),
    "api_keys.of_person": (OWN, lambda s, p, _: api_keys.of_person(s, p)),
    "api_keys.hold_count": (OWN, lambda s, p, _: api_keys.hold_count(s, p)),
    "api_keys.revoke": (OWN, lambda s, p, w: api_keys.revoke(s, p, w.key_id)),
    "sources.create": (CHANGE, lambda s, p, w: _link(s, p, w.library_id)),
    "sources.get": (READ, lambda s, p, w: sources.get(s, scope_of(p), w.source_id)),
    "sources.get_for_change": (CHANGE, lambda s, p, w: sources.get_for_change(s, p, w.source_id)),
    "sources.of_scope": (READ, lambda s, p, w: sources.of_scope(s, scope_of(p), w.library_id)),
    "sources.remove": (CHANGE, lambda s, p, w: sources.remove(s, p, w.source_id)),
    "shares.create": (OWN, lambda s, p, w: _share(s, p, w.thread_id)),
    "shares.of_thread": (OWN, lambda s, p, w: shares.of_thread(s, p, w.thread_id)),
    "shares.page": (OWN, lambda s, p, _: _links(s, p)),
    "shares.remove": (OWN, lambda s, p, w: shares.remove(s, p, w.share_id)),
    "feedback.remove": (OWN, lambda s, p, w: feedback.remove(s, p, w.feedback_id)),
    "audit_log.page": (ADMIN, lambda s, p, _: _let_in(audit_log.page(s, p, audit_log.Wanted(), limit=9))),
    "oversight.page": (ADMIN, _conversations),
    "oversight.models": (ADMIN, lambda s, p, _: _let_in(oversight.models(s, p, Oversight.ON))),
    "oversight.open_conversation": (
        ADMIN,
        lambda s, p, w: oversight.open_conversation(s, p, Oversight.REASON, w.thread_id, "Why"),
    ),
    "oversight.is_closed": (ADMIN, lambda s, p, w: oversight.is_closed(s, p, Oversight.REASON, w.thread_id)),
    "oversight.are_opened": ((YES, NO, NO, YES), _are_opened),
    "oversight.is_opened": ((NO, NO, NO, YES), _is_opened),
    "oversight.require": (OPENED, _required),
    "transcripts.read": (OPENED, _transcript),
    "oversight.openings_of_thread": (OWN, _openings),
    "oversight.openings": (OWN, _all_openings),
}

# Without a principal or scope: for sign-in and the worker, or after a guarded function has let the person through.
FREE = {
    *(
        f"users.{name}"
        for name in ["create", "get", "lock", "by_name", "has_any", "lock_all", "set_password_hash", "set_disabled"]
    ),
    "users.set_tier",
    *(
        f"exports.{name}"
        for name in [
            "rows",
            "count",
            "files",
            "threads",
            "messages",
            "claim",
            "change",
            "expired",
            "expire",
            "forget_old",
        ]
    ),
    *(f"deferred.{name}" for name in ["is_backing_up", "beat", "end_backup", "add", "has_any", "some", "remove"]),
    *(f"erasures.{name}" for name in ["objections", "begin", "claim", "advance", "still_ours", "end", "by_ticket"]),
    *(f"erasures.{name}" for name in ["use_ticket", "drop_tickets", "stop_answers", "stop_reading", "remove_threads"]),
    *(f"erasures.{name}" for name in ["remove_runs", "take_documents", "uncleared", "mark_cleared", "remove_person"]),
    "erasures.known_runs",
    *(f"retention.{name}" for name in ["remove_old_threads", "remove_old_runs", "remove_old_documents"]),
    "users.require_other_admin",
    "users.note_sign_in",
    "people.issuers",
    *(f"password_links.{name}" for name in ["find", "use", "remove", "remove_expired"]),
    "audit.record",
    "auth_sessions.mark_used",
    "libraries.create_empty",
    "storage_usage.of_people",
    "model_usage.add",
    "cases.set_last",
    *(f"case_runs.{name}" for name in ["claim", "describe", "waiting", "put_result", "beat", "put_back", "finish"]),
    "model_usage.allowance",
    *(f"auth_sessions.{name}" for name in ["create", "find_open", "find_refreshable", "revoke", "revoke_all"]),
    *(f"api_keys.{name}" for name in ["find", "mark_used", "end", "revoke_all", "remove_ended"]),
    "auth_sessions.remove_expired",
    *(f"identities.{name}" for name in ["hold", "add", "see", "groups_of"]),
    "activity.is_quiet",
    *(f"audit_log.{name}" for name in ["actions", "check", "prune", "latest"]),
    "activity.queue_depth",
    *(f"monitoring.{name}" for name in ["files", "questions", "most_tokens", "revision"]),
    "frequent.most_asked",
    "guides.claim",
    "guides.store",
    "versions.stored",
    *(f"libraries.{name}" for name in ["create_personal", "set_member", "personal_of", "grants_of"]),
    *(f"libraries.{name}" for name in ["lock", "require", "remove"]),
    *(f"members.{name}" for name in ["role_of", "owners", "remove", "set_group", "remove_group"]),
    *(f"keyed_requests.{name}" for name in ["claim", "find", "beat", "finish", "release", "remove_expired"]),
    "groups.by_name",
    "groups.sync_claims",
    *(f"documents.{name}" for name in ["of_library", "lock_library", "move"]),
    "jobs.open_of_library",
    *(f"libraries.{name}" for name in ["touch", "touch_of", "touch_all"]),
    *(f"documents.{name}" for name in ["find", "lock", "missing", "ready", "retitle", "set_state"]),
    *(f"documents.{name}" for name in ["set_warnings", "fail_version"]),
    *(
        f"versions.{name}"
        for name in ["add", "find", "newest", "of_source", "make_present", "remove_uncited", "shas_within"]
    ),
    *(f"index_versions.{name}" for name in ["live", "building", "find", "holds", "hold_live", "describe", "start"]),
    *(f"index_versions.{name}" for name in ["progress", "missing", "put_document", "forget_elsewhere", "switch"]),
    *(f"index_versions.{name}" for name in ["give_up", "retired", "remove_chunks", "forget"]),
    *(f"sections.{name}" for name in ["put", "drop", "publish", "drop_unfinished", "batch"]),
    *(f"chunks.{name}" for name in ["put", "keep_only", "set_version", "drop_later", "of_document", "batch", "count"]),
    *(
        f"jobs.{name}"
        for name in ["create", "find", "lock", "open_for_document", "latest_for_document", "claim", "heartbeat"]
    ),
    *(
        f"jobs.{name}"
        for name in ["advance", "finish", "fail", "stop", "expired", "requeue", "postpone", "explain_waiting"]
    ),
    "jobs.forget_explanations",
    "fair_queue.claim_next",
    "fair_queue.fold",
    *(f"answer_runs.{name}" for name in ["store_sources", "renumber", "mark_cited", "finish"]),
    *(
        f"review_sources.{name}"
        for name in ["begin", "set_mark", "runs", "ratings", "add", "ungrouped", "grouped", "set_group"]
    ),
    "review_items.follow_feedback",
    "review_items.with_feedback",
    "repeats.of_run",
    "repeats.cited_titles",
    *(f"answer_queue.{name}" for name in ["claim_next", "put_back", "beat", "take_silent", "set_last_event"]),
    "storage_usage.of_user",
    "storage_usage.hold",
    "threads.owner",
    *(f"shares.{name}" for name in ["find", "remove_expired"]),
    *(f"sources.{name}" for name in ["counts", "documents_of", "claim", "beat", "release", "finish"]),
    *(f"sources.{name}" for name in ["items", "put_item"]),
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
        key_id=uuid4(),
        group_id=uuid4(),
        share_id=uuid4(),
        session_id=uuid4(),
        source_id=uuid4(),
    )
    makes = {
        "threads.ensure",
        "steps.create",
        "steps.upsert",
        "answer_runs.create",
        "answer_runs.create_ended",
        "answer_queue.enqueue",
        "steps.remove",
        "threads.remove",
        "shares.create",
        "libraries.create",
        "groups.create",
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
            assert bool(await library_page.of_scope(session, scope)) is may_see
            with pytest.raises(NotFound):
                await documents.get(session, scope_of(who, frozenset({uuid4()})), world.document_id)
