"""Threads: begin, name, list, search, open, delete."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chainlit.types import Feedback, Pagination, ThreadFilter
from chainlit.user import User
from sqlalchemy import func, select, update

from chat.data_layer import FootnoteDataLayer
from chat.data_layer.provenance import from_client
from core.access import Principal
from core.errors import Invalid, NotAuthenticated, NotFound
from db.conversation import Step, Thread
from db.models import User as UserRow
from db.session import Database
from tests.conversations import Acting, exchange, step


async def count(database: Database, table: Any) -> int:
    async with database.reader() as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


async def listed(layer: FootnoteDataLayer, **filters: Any) -> list[str | None]:
    page = await layer.list_threads(Pagination(first=50), ThreadFilter(**filters))
    return [thread["name"] for thread in page.data]


async def begin(layer: FootnoteDataLayer, acting: Acting, who: Principal, name: str, *texts: str) -> str:
    thread_id = str(uuid4())
    with acting(who, socket=thread_id):
        await layer.update_thread(thread_id, name=name, user_id=str(who.user_id))
        for text in texts:
            await exchange(layer, thread_id, text, f"About: {text}")
    return thread_id


async def test_people_are_those_of_the_accounts(layer: FootnoteDataLayer, database: Database, alice: Principal) -> None:
    user = await layer.get_user("alice")
    assert (user.id, user.identifier, user.metadata) == (str(alice.user_id), "alice", {"role": "user"})
    assert (await layer.create_user(User(identifier="alice", metadata={"role": "admin"}))).metadata == {"role": "user"}
    with pytest.raises(NotAuthenticated):
        await layer.create_user(User(identifier="eve"))
    async with database.transaction() as session:
        await session.execute(update(UserRow).values(disabled_at=func.now()))
    with pytest.raises(NotAuthenticated):
        await layer.get_user("alice")
    assert await count(database, UserRow) == 1


async def test_first_message_names_the_thread_and_later_ones_do_not(
    layer: FootnoteDataLayer, acting: Acting, alice: Principal
) -> None:
    thread_id = await begin(layer, acting, alice, "How do  I\nfile expenses?")
    with acting(alice, socket=thread_id):
        await layer.update_thread(thread_id, name="And what about taxis?", user_id=str(alice.user_id))
    with acting(alice):
        assert await listed(layer) == ["How do I file expenses?"]


async def test_a_person_renames_over_http(layer: FootnoteDataLayer, acting: Acting, alice: Principal) -> None:
    thread_id = await begin(layer, acting, alice, "How do I file expenses?")
    with acting(alice):
        await layer.update_thread(thread_id, name="Expenses")
        assert await listed(layer) == ["Expenses"]
        with pytest.raises(Invalid):
            await layer.update_thread(thread_id, name="  ")
        with pytest.raises(NotFound):
            await layer.update_thread(str(uuid4()), name="Nothing")
    with acting(alice, socket=thread_id):
        await layer.update_thread(thread_id, name="Later message", user_id=str(alice.user_id))
    with acting(alice):
        assert await listed(layer) == ["Expenses"]


async def test_state_of_the_app_is_neither_stored_nor_shown(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal
) -> None:
    thread_id = await begin(layer, acting, alice, "Hello")
    state = {"secret_context": "s3cret", "env": {"KEY": "k"}, "id": "x", "is_shared": True, "chat_profile": "Brief"}
    with acting(alice, socket=thread_id):
        await layer.update_thread(thread_id, metadata={**state, "chat_settings": {"tone": "dry"}})
        await layer.update_thread(thread_id, metadata={"chat_settings": {"big": "x" * 10_000}})
    async with database.reader() as session:
        stored = (await session.scalars(select(Thread.meta))).one()
    assert stored == {"chat_profile": "Brief"}
    async with database.transaction() as session:  # as if another program had written it
        await session.execute(update(Thread).values(meta={"chat_profile": "Brief", "secret_context": "s3cret"}))
    with acting(alice):
        opened = await layer.get_thread(thread_id)
        page = await layer.list_threads(Pagination(first=1), ThreadFilter())
    assert opened is not None
    assert opened["metadata"] == page.data[0]["metadata"] == {"chat_profile": "Brief"}


async def test_leaving_a_thread_does_not_touch_its_time_and_makes_none(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal
) -> None:
    thread_id = await begin(layer, acting, alice, "Hello")
    with acting(alice):
        before = await layer.list_threads(Pagination(first=1), ThreadFilter())
    with acting(alice, socket=thread_id):
        await layer.update_thread(thread_id, metadata={"chat_profile": "Brief"})
        await layer.update_thread(str(uuid4()), metadata={"chat_profile": "Brief"})
    with acting(alice):
        after = await layer.list_threads(Pagination(first=5), ThreadFilter())
    assert [thread["createdAt"] for thread in after.data] == [before.data[0]["createdAt"]]
    assert layer.writes.lines.failed == 0


async def test_opening_gives_steps_in_order_with_complete_chains(
    layer: FootnoteDataLayer, acting: Acting, alice: Principal
) -> None:
    thread_id = str(uuid4())
    with acting(alice, socket=thread_id):
        second = await exchange(layer, thread_id, "Second?", "Two", at="09:00")
        first = await exchange(layer, thread_id, "First?", "One", at="08:00")
        await layer.create_step(
            step(thread_id, "assistant_message", parentId=str(uuid4()), createdAt="2026-01-01T10:00:00Z")
        )
        thread = await layer.get_thread(thread_id)
    assert thread is not None
    assert [one["id"] for one in thread["steps"]][:6] == first + second
    parents = [one["parentId"] for one in thread["steps"]]
    assert parents == [None, first[0], first[1], None, second[0], second[1], None]
    assert thread["steps"][0]["createdAt"] == "2026-01-01T08:00:00Z"
    assert thread["createdAt"].endswith("Z")
    assert datetime.fromisoformat(thread["createdAt"]) > datetime.now(UTC) - timedelta(minutes=1)
    assert (thread["userId"], thread["userIdentifier"]) == (str(alice.user_id), "alice")


async def test_someone_elses_thread_is_closed(
    layer: FootnoteDataLayer, acting: Acting, alice: Principal, mallory: Principal
) -> None:
    thread_id = await begin(layer, acting, alice, "My salary", "How much do I earn?")
    with acting(mallory):
        assert await layer.get_thread_author(thread_id) == ""
        closed = await layer.get_thread(thread_id)
        assert closed is not None
        assert (closed["userIdentifier"], closed["steps"], closed["name"]) == ("", [], None)
        with pytest.raises(NotFound):
            await layer.update_thread(thread_id, name="Mine now")
        with pytest.raises(NotFound):
            await layer.delete_thread(thread_id)
        with pytest.raises(NotFound):
            await layer.list_threads(Pagination(first=5), ThreadFilter(userId=str(alice.user_id)))
        assert await listed(layer) == []
        assert await listed(layer, search="salary") == []
    with acting(mallory, socket=thread_id):
        await layer.update_thread(thread_id, name="Mine now", user_id=str(mallory.user_id), tags=["x"])
        await layer.update_thread(thread_id, metadata={"chat_profile": "x"})
    with acting(alice):
        assert await layer.get_thread_author(thread_id) == "alice"
        mine = await layer.get_thread(thread_id)
    assert mine is not None
    assert (mine["name"], mine["tags"], mine["metadata"]) == ("My salary", None, {})


async def test_a_thread_is_never_begun_for_someone_else(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal, mallory: Principal
) -> None:
    thread_id = str(uuid4())
    with acting(mallory, socket=thread_id):
        await layer.update_thread(thread_id, name="Planted", user_id=str(alice.user_id))
    assert await count(database, Thread) == 0


async def test_without_a_principal_nothing_is_read_or_written(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal
) -> None:
    thread_id = await begin(layer, acting, alice, "Hello")
    with acting(None):
        for call in (
            layer.get_thread(thread_id),
            layer.get_thread_author(thread_id),
            layer.list_threads(Pagination(first=5), ThreadFilter(userId=str(alice.user_id))),
            layer.update_thread(thread_id, name="x"),
            layer.delete_thread(thread_id),
            layer.get_element(thread_id, str(uuid4())),
            layer.get_favorite_steps(str(alice.user_id)),
            layer.delete_feedback(str(uuid4())),
            layer.upsert_feedback(Feedback(forId=str(uuid4()), value=1, threadId=thread_id)),
        ):
            with pytest.raises(NotAuthenticated):
                await call
    with acting(None, socket=thread_id):
        await layer.update_step(step(thread_id, output="x"))
    assert await count(database, Step) == 0
    assert layer.writes.lines.errors[-1].thread_id == UUID(thread_id)


async def test_missing_threads(layer: FootnoteDataLayer, acting: Acting, alice: Principal) -> None:
    with acting(alice):
        for unknown in (str(uuid4()), "no-uuid", "", "'; DROP TABLE threads; --"):
            assert await layer.get_thread(unknown) is None
            assert await layer.get_thread_author(unknown) == ""
            assert await layer.get_element(unknown, unknown) is None
            with pytest.raises(NotFound):
                await layer.delete_thread(unknown)


async def test_deleting_takes_everything_and_writes_under_way_do_not_bring_it_back(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal
) -> None:
    thread_id = await begin(layer, acting, alice, "Hello", "One?", "Two?")
    with acting(alice):
        await layer.delete_thread(thread_id)
    assert (await count(database, Thread), await count(database, Step)) == (0, 0)
    with acting(alice, socket=thread_id):
        await exchange(layer, thread_id, "Still there?", "No")
        await layer.update_thread(thread_id, name="Back", user_id=str(alice.user_id), metadata={"chat_profile": "x"})
    assert (await count(database, Thread), layer.writes.lines.failed) == (0, 0)


async def test_a_new_question_begins_a_deleted_thread_anew(
    layer: FootnoteDataLayer, acting: Acting, alice: Principal
) -> None:
    """Another tab still had it open. What the person says there must not get lost."""
    thread_id = await begin(layer, acting, alice, "Old name", "Old question")
    with acting(alice):
        await layer.delete_thread(thread_id)
    with acting(alice, socket=thread_id):
        asked = step(thread_id, output="New question")
        with from_client({"message": asked}):
            await layer.create_step(asked)
        await layer.create_step(step(thread_id, "assistant_message", parentId=asked["id"], output="New answer"))
        thread = await layer.get_thread(thread_id)
    assert thread is not None
    assert thread["name"] == "New question"
    assert sorted(one["output"] for one in thread["steps"]) == ["New answer", "New question"]


@pytest.mark.parametrize("seed", range(5))
async def test_pages_give_every_thread_once_in_order_even_at_equal_times(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal, mallory: Principal, seed: int
) -> None:
    chance = random.Random(seed)
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    rows = [
        Thread(
            id=uuid4(),
            user_id=alice.user_id,
            meta={},
            last_activity_at=noon + timedelta(microseconds=chance.randrange(6)),
        )
        for _ in range(chance.randrange(20, 60))
    ]
    async with database.transaction() as session:
        session.add_all([*rows, Thread(id=uuid4(), user_id=mallory.user_id, meta={}, last_activity_at=noon)])
    expected = [str(row.id) for row in sorted(rows, key=lambda row: (row.last_activity_at, row.id), reverse=True)]
    seen: list[str] = []
    cursor: str | None = None
    with acting(alice):
        while True:
            first = chance.randrange(1, 9)
            page = await layer.list_threads(Pagination(first=first, cursor=cursor), ThreadFilter())
            assert len(page.data) <= first
            seen += [thread["id"] for thread in page.data]
            cursor = page.pageInfo.endCursor
            if not page.pageInfo.hasNextPage:
                break
    assert seen == expected
    assert cursor is None


async def test_pages_are_bounded_and_cursors_checked(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal
) -> None:
    async with database.transaction() as session:
        session.add_all(Thread(id=uuid4(), user_id=alice.user_id, meta={}) for _ in range(105))
    with acting(alice):
        for first, given in ((10**9, 100), (0, 1), (-5, 1)):
            assert len((await layer.list_threads(Pagination(first=first), ThreadFilter())).data) == given
        for cursor in ("x", "€", "A" * 32, "' OR 1=1", "/" * 32, "\ud800"):
            with pytest.raises(Invalid):
                await layer.list_threads(Pagination(first=5, cursor=cursor), ThreadFilter())


async def test_search_in_titles_and_messages(
    layer: FootnoteDataLayer, acting: Acting, alice: Principal, mallory: Principal
) -> None:
    await begin(layer, acting, alice, "Expenses", "Where is the Crème Brûlée recipe of snake_case?")
    await begin(layer, acting, alice, "旅行規程", "東京都の出張費はいくらですか")
    await begin(layer, acting, alice, "한국어 문서", "Привет, МИР! See foo-bar 3.14 at user@example.com")
    await begin(layer, acting, mallory, "Expenses of Mallory", "creme")
    with acting(alice):
        for search, found in (
            ("expens", ["Expenses"]),
            ("creme", ["Expenses"]),
            ("CRÈME brul", ["Expenses"]),
            ("cre\u0300me", ["Expenses"]),
            ("brûlée creme", ["Expenses"]),
            ("brulee missing", []),
            ("snake_ca", ["Expenses"]),
            ("rème", []),  # the middle of a word
            ("出張", ["旅行規程"]),
            ("張出", []),  # in this order only
            ("規程", ["旅行規程"]),
            ("한국", ["한국어 문서"]),
            ("привет мир", ["한국어 문서"]),
            ("foo-b", ["한국어 문서"]),
            ("3.14", ["한국어 문서"]),
            ("user@exam", ["한국어 문서"]),
            ("' | & ! : * <-> (", []),
            ("q\x00z\ud800", []),
            ("🎉", []),
            ("x " * 5000, []),
        ):
            assert await listed(layer, search=search) == found, search
        assert len(await listed(layer, search="  ")) == 3
        assert len(await listed(layer, search="")) == 3


async def test_any_search_can_be_asked(layer: FootnoteDataLayer, acting: Acting, alice: Principal) -> None:
    chance = random.Random(7)
    alphabet = [*"ab'\\:*&|!()<-> \t\n\x00\x1c", "\u0301", "字", "\ud800", "🎉", "ﷺ", "\u200b", "Å", "ß", "٣"]
    with acting(alice):
        for _ in range(150):
            await listed(layer, search="".join(chance.choices(alphabet, k=chance.randrange(1, 15))))


async def test_search_follows_the_text_and_pages(layer: FootnoteDataLayer, acting: Acting, alice: Principal) -> None:
    threads = [await begin(layer, acting, alice, f"Trip {number}", "taxi") for number in range(7)]
    with acting(alice):
        first = await layer.list_threads(Pagination(first=4), ThreadFilter(search="taxi"))
        rest = await layer.list_threads(
            Pagination(first=4, cursor=first.pageInfo.endCursor), ThreadFilter(search="taxi")
        )
        assert [thread["id"] for thread in [*first.data, *rest.data]] == threads[::-1]
        await layer.update_thread(threads[0], name="Métro")
        assert await listed(layer, search="metro") == ["Métro"]
        assert await listed(layer, search="Trip 0") == []


async def test_runs_are_not_searched(layer: FootnoteDataLayer, acting: Acting, alice: Principal) -> None:
    thread_id = await begin(layer, acting, alice, "Title")
    with acting(alice, socket=thread_id):
        await layer.create_step(step(thread_id, "run", output="internal"))
    with acting(alice):
        assert await listed(layer, search="internal") == []


@pytest.mark.parametrize(("value", "name"), [(0, "Bad"), (1, "Good")])
async def test_feedback_filters(
    layer: FootnoteDataLayer, acting: Acting, alice: Principal, value: int, name: str
) -> None:
    for title, rating in (("Bad", 0), ("Good", 1), ("Unrated", None)):
        thread_id = str(uuid4())
        with acting(alice, socket=thread_id):
            await layer.update_thread(thread_id, name=title, user_id=str(alice.user_id))
            _, run_id, _ = await exchange(layer, thread_id, "Q", "A")
        if rating is not None:
            with acting(alice):
                await layer.upsert_feedback(Feedback(forId=run_id, value=1 if rating else 0))
    with acting(alice):
        assert await listed(layer, feedback=value) == [name]
        assert len(await listed(layer)) == 3
