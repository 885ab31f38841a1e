"""Steps, threads and deleted ids, without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from chat.data_layer.provenance import from_client, is_from_client
from chat.data_layer.steps import step_dicts, values_of
from chat.data_layer.threads import closed_thread, stored_metadata
from conversations.guarded import DeletedIds
from db.conversation import FeedbackRow, Step

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_step(step_id: UUID, parent_id: UUID | None, type_: str = "tool", minute: int = 0) -> Step:
    return Step(
        id=step_id,
        thread_id=UUID(int=0),
        parent_id=parent_id,
        type=type_,
        name="n",
        input="",
        output="",
        is_error=False,
        streaming=True,
        meta={},
        created_at=NOON + timedelta(minutes=minute),
    )


@given(st.lists(st.integers(-1, 11), min_size=1, max_size=12))
def test_parents_stand_before_their_children_whatever_the_clock_says(parents: list[int]) -> None:
    """Each step may hang below any other, below itself, in a circle, or below something unknown."""
    ids = [uuid4() for _ in range(12)]
    steps = [
        a_step(ids[number], ids[parent] if parent >= 0 else None, minute=number)
        for number, parent in enumerate(parents)
    ]
    shown = step_dicts(steps, [])
    places = {one["id"]: place for place, one in enumerate(shown)}
    assert sorted(places) == sorted(str(one.id) for one in steps)
    assert all(one["streaming"] is False for one in shown)
    for one in shown:
        assert one["parentId"] is None or one["parentId"] in places
    if all(parent < number for number, parent in enumerate(parents)):
        assert [one["id"] for one in shown] == [str(one.id) for one in steps]  # in order already: left alone
    for number, parent in enumerate(parents):
        above, seen = parent, {number}
        while 0 <= above < len(parents) and above not in seen:
            seen.add(above)
            above = parents[above]
        is_circle = above in seen
        if 0 <= parent < len(parents) and not is_circle:
            assert places[str(ids[parent])] < places[str(ids[number])]


def test_a_rating_shines_on_the_nearest_run_only() -> None:
    outer, inner, answer = uuid4(), uuid4(), uuid4()
    steps = [a_step(outer, None, "run"), a_step(inner, outer, "run"), a_step(answer, inner, "assistant_message")]
    rating = FeedbackRow(id=uuid4(), thread_id=UUID(int=0), step_id=answer, user_id=uuid4(), value=1, comment=None)
    assert [bool(one["feedback"]) for one in step_dicts(steps, [rating])] == [False, True, True]


def test_only_what_is_mentioned_is_written() -> None:
    values = values_of({"id": str(uuid4()), "threadId": str(uuid4()), "type": "run", "name": "on_message"})
    assert set(values) == {"id", "thread_id", "type", "name", "parent_id", "created_at"}


def test_kept_metadata() -> None:
    assert stored_metadata({"env": {}, "secret": 1, "is_shared": True}) == {}
    assert stored_metadata({"chat_profile": None, "chat_settings": {}}) == {"chat_profile": None, "chat_settings": None}
    assert stored_metadata({"chat_profile": "p" * 1000})["chat_profile"] == "p" * 100
    assert closed_thread("x")["userIdentifier"] == ""


def test_only_the_id_in_the_payload_is_the_browsers() -> None:
    with from_client({"message": {"id": "a"}}):
        assert is_from_client("a")
        assert not is_from_client("b")
        with from_client("nonsense"):
            assert not is_from_client("a")
            assert not is_from_client(None)
    assert not is_from_client("a")


def test_gone_forgets_the_oldest() -> None:
    first, second, third = uuid4(), uuid4(), uuid4()
    gone = DeletedIds(size=2)
    gone.add([first, second])
    gone.add([first, third])
    assert (first in gone, second in gone, third in gone) == (True, False, True)
