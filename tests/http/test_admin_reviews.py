"""The pages of the review queue: what an admin sees and does there, without a script."""

import re
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from answers.reviews import Reviews
from answers.reviews.again import ReviewAgain
from core.access import Oversight
from db.models import AnswerRun, AuditEvent, ModelUsage, ReviewItem
from tests.http.conftest import LEAVE, NOBODYS, House, asked

ODD = "Which enzymes break down lactose in the small intestine?"
LIKE_ODD = "Which enzymes break down lactose in the gut?"
SECTION = "/admin/reviews"


async def _sent(house: House, question: str = ODD, note: str = "We had this.") -> str:
    """A refused answer of Alice's, sent to the admins; the id of the item."""
    async with house.signed_in("alice") as client:
        answer = (await asked(client, question)).json()
        (
            await client.post(f"/api/answer-runs/{answer['answer_run_id']}/review", json={"note": note})
        ).raise_for_status()
    async with house.database.reader() as session:
        run_id = UUID(answer["answer_run_id"])
        return str(await session.scalar(select(ReviewItem.id).where(ReviewItem.answer_run_id == run_id)))


@pytest.fixture(autouse=True)
async def people(house: House) -> None:
    """Alice, who asks, with the handbook; two admins."""
    await house.make_user("alice")
    await house.make_user("root", "admin")
    await house.make_user("second", "admin")
    await house.bring("alice")


def _version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


async def test_what_was_sent_is_seen_triaged_and_fixed_and_its_sender_reads_why(house: House) -> None:
    item_id = await _sent(house)
    async with house.signed_in("root") as client:
        listed = (await client.get(SECTION)).text
        assert ODD in listed
        assert "We had this." in listed
        page = (await client.get(f"{SECTION}/{item_id}")).text
        form = {"version": _version(page), "cause": "missing_document", "state": "triaged", "assignee": "second"}
        saved = await client.post(f"{SECTION}/{item_id}", data=form)
        assert (saved.status_code, saved.headers["location"]) == (303, f"{SECTION}/{item_id}?notice=Saved.")
        page = (await client.get(f"{SECTION}/{item_id}")).text
        fix = {**form, "version": _version(page), "state": "fixed", "reply": "It is in the handbook now."}
        await client.post(f"{SECTION}/{item_id}", data=fix)
        page = (await client.get(f"{SECTION}/{item_id}")).text
        assert ODD not in (await client.get(SECTION)).text
        assert ODD in (await client.get(f"{SECTION}?state=fixed&assignee=second&cause=missing_document")).text
    assert "New → Triaged" in page
    assert "Triaged → Fixed" in page
    assert "nothing → Missing document" in page
    async with house.signed_in("alice") as client:
        [run_id] = [run.id for run in await _runs(house)]
        told = (await client.get(f"/api/answer-runs/{run_id}")).json()["told"]
    assert (told["outcome"], told["reply"], told["sent"]) == ("fixed", "It is in the handbook now.", True)
    async with house.database.reader() as session:
        events = list(await session.scalars(select(AuditEvent).where(AuditEvent.action == "review.changed")))
    assert [event.details.get("state") for event in events] == ["triaged", "fixed"]
    assert "handbook" not in repr([event.details for event in events])


async def _runs(house: House) -> list[AnswerRun]:
    async with house.database.reader() as session:
        return list(await session.scalars(select(AnswerRun).order_by(AnswerRun.created_at)))


async def test_a_second_admin_sees_the_first_change_first_and_keeps_what_they_typed(house: House) -> None:
    item_id = await _sent(house)
    async with house.signed_in("root") as first, house.signed_in("second") as second:
        version = _version((await second.get(f"{SECTION}/{item_id}")).text)
        await first.post(f"{SECTION}/{item_id}", data={"version": version, "state": "wont_fix", "admin_note": "Old."})
        typed = {"version": version, "state": "fixed", "admin_note": "Typed for a long time.", "cause": "bad_parse"}
        late = await second.post(f"{SECTION}/{item_id}", data=typed)
        assert late.status_code == 412
        assert "Somebody changed this item while you were working on it" in late.text
        assert "New → Won&#39;t fix" in late.text
        assert "Typed for a long time." in late.text
        assert re.search(r'value="bad_parse" checked', late.text)
        again = await second.post(f"{SECTION}/{item_id}", data={**typed, "version": _version(late.text)})
        assert again.status_code == 303
        assert "Typed for a long time." in (await first.get(f"{SECTION}/{item_id}")).text


async def test_what_nobody_sent_is_closed_until_the_rule_opens_it(house: House) -> None:
    async with house.signed_in("alice") as client:
        answer = (await asked(client, LEAVE)).json()
        rating = {"answer_run_id": answer["answer_run_id"], "rating": "down", "comment": "It is thirty by now."}
        (await client.post("/api/feedback", json=rating)).raise_for_status()
        await asked(client, ODD)
    assert await house.services.review_collector.collect() == 2
    async with house.signed_in("root") as client:
        listed = (await client.get(SECTION)).text
        assert "It is thirty by now." in listed
        assert LEAVE not in listed
        assert ODD not in listed
        [item] = (await client.get("/api/review-items?kind=comment")).json()["items"]
        assert (item["shown"], item["question"], item["answer"], item["rating"]) == (False, "", "", 0)
        assert item["kinds"] == ["thumbs_down", "comment"]
        page = (await client.get(f"{SECTION}/{item['id']}")).text
        assert LEAVE not in page
        assert f"/admin/conversations/{answer['thread_id']}" in page
        assert (await client.post(f"{SECTION}/{item['id']}/again")).status_code == 409
        _set_rule(house, Oversight.ON)
        assert LEAVE in (await client.get(f"{SECTION}/{item['id']}")).text
        _set_rule(house, Oversight.OFF)
        closed = (await client.get(f"{SECTION}/{item['id']}")).text
        assert LEAVE not in closed
        assert "/admin/conversations/" not in closed.split("<main", 1)[1]
    async with house.database.reader() as session:
        opened = list(await session.scalars(select(AuditEvent).where(AuditEvent.action == "review.opened")))
    assert [event.target_id for event in opened] == [item["id"]]  # once, while it was on


def _set_rule(house: House, conversations: Oversight) -> None:
    reviews = Reviews(house.database, house.services.limiter, house.settings.limit, conversations)
    house.change(reviews=reviews, review_again=ReviewAgain(house.database, reviews, house.answers))


async def test_several_are_changed_at_once_and_those_that_changed_meanwhile_are_left_alone(house: House) -> None:
    first, second = await _sent(house), await _sent(house, "How old is the moon?")
    async with house.signed_in("root") as client:
        await client.patch(f"/api/review-items/{second}", json={"admin_note": "Mine."})
        both = {"item": [f"{first}:1", f"{second}:1"], "state": "triaged", "cause": "not_answerable"}
        done = await client.post(f"{SECTION}?kind=told", data=both)
        assert done.status_code == 303
        assert done.headers["location"].startswith(f"{SECTION}?kind=told&notice=1+item+was+changed.")
        assert "somebody+else+changed" in done.headers["location"]
        states = {item["id"]: item["status"] for item in (await client.get("/api/review-items")).json()["items"]}
        assert states == {first: "triaged", second: "new"}
        nothing = await client.post(SECTION, data={"state": "fixed"})
        assert (nothing.status_code, "Nothing is selected" in nothing.text) == (422, True)
        odd = await client.post(SECTION, data={"item": ["x"], "state": "fixed"})
        assert (odd.status_code, "cannot be read" in odd.text) == (422, True)
        unknown = await client.post(SECTION, data={"item": [f"{second}:2"], "assignee": "alice"})
        assert (unknown.status_code, "There is no admin named alice." in unknown.text) == (422, True)
        assert f'value="{second}:2"' in unknown.text


async def test_questions_alike_are_one_row_and_are_triaged_at_once(house: House) -> None:
    one, other, moon = await _sent(house), await _sent(house, LIKE_ODD), await _sent(house, "How old is the moon?")
    await house.services.review_collector.collect()
    async with house.signed_in("root") as client:
        listed = (await client.get(SECTION)).text
        assert "1 more alike" in listed
        assert (ODD in listed, LIKE_ODD in listed) == (False, True)  # the newest stands for both
        assert ODD in (await client.get(f"{SECTION}?each=1")).text
        version = _version((await client.get(f"{SECTION}/{other}")).text)
        form = {"version": version, "state": "triaged", "cause": "missing_document", "with_group": "true"}
        saved = await client.post(f"{SECTION}/{other}", data={**form, "verdict": "right"})
        assert "2+items" in saved.headers["location"]
        items = {item["id"]: item for item in (await client.get("/api/review-items")).json()["items"]}
    assert {item_id: item["status"] for item_id, item in items.items()} == {
        one: "triaged",
        other: "triaged",
        moon: "new",
    }
    assert (items[one]["verdict"], items[other]["verdict"]) == (None, "right")  # each answer has its own


async def test_what_a_person_sent_stands_for_what_was_found_later(house: House) -> None:
    await _sent(house)
    async with house.signed_in("alice") as client:
        await asked(client, LIKE_ODD)  # refused: found, not sent
    await house.services.review_collector.collect()
    async with house.signed_in("root") as client:
        listed = (await client.get(SECTION)).text
    assert (ODD in listed, "1 more alike" in listed, "Question not open to you" in listed) == (True, True, False)


async def test_ones_own_question_is_open_to_an_admin(house: House) -> None:
    async with house.signed_in("root") as client:
        await asked(client, ODD)
        await house.services.review_collector.collect()
        assert ODD in (await client.get(SECTION)).text


async def test_asking_again_shows_both_answers_and_charges_the_admin(house: House) -> None:
    item_id = await _sent(house)
    async with house.signed_in("alice") as client:
        await client.post("/api/documents", files={"file": ("lactose.txt", b"")})
        before = (await client.get("/api/threads")).json()
    await house.bring("alice", b"Lactase is the enzyme that breaks down lactose in the small intestine.", "lactose.txt")
    async with house.signed_in("root") as client:
        started = await client.post(f"{SECTION}/{item_id}/again")
        assert started.status_code == 303
        page = (await client.get(started.headers["location"])).text
        item_page = (await client.get(f"{SECTION}/{item_id}")).text
        run_id = started.headers["location"].rsplit("/", 1)[-1]
        closed = [await client.get(f"/api/answer-runs/{run_id}"), await client.get(f"/cite/{run_id}/1")]
        other = (await client.get(f"{SECTION}/{item_id}/again/{NOBODYS}")).status_code
    assert "Lactase is the enzyme" in page
    assert "lactose.txt" in page
    assert "Not answered by the documents" in page  # then
    assert started.headers["location"] in item_page
    assert [response.status_code for response in closed] == [404, 404]  # it opens no document to the admin
    assert other == 404
    first, repeat = await _runs(house)
    assert (repeat.repeats_run_id, repeat.user_id, repeat.thread_id) == (first.id, first.user_id, None)
    async with house.signed_in("alice") as client:
        assert (await client.get("/api/threads")).json() == before
        assert ">1<" in (await client.get("/account/use")).text.partition("Questions today")[2][:60]
    async with house.database.reader() as session:
        assert not [row for row in await session.scalars(select(ModelUsage)) if row.user_id == first.user_id]
    assert await house.services.review_collector.collect() == 0  # a repeat is no item


async def test_filters_that_make_no_sense_are_said_and_pages_lead_on(house: House) -> None:
    await _sent(house)
    async with house.signed_in("root") as client:
        wrong = await client.get(f"{SECTION}?from=yesterday")
        assert (wrong.status_code, "year-month-day" in wrong.text, ODD in wrong.text) == (422, True, True)
        assert ODD not in (await client.get(f"{SECTION}?to=2020-01-01")).text
        assert "Nothing fits these filters" in (await client.get(f"{SECTION}?person=nobody")).text
        assert ODD in (await client.get(f"{SECTION}?person=Alice")).text
        assert ODD not in (await client.get(f"{SECTION}?kind=failed")).text
        assert (await client.get(f"{SECTION}?cursor=x")).status_code == 422
        moved = await client.get("/reviews")
        assert (moved.status_code, moved.headers["location"]) == (308, SECTION)
        assert (await client.get(f"{SECTION}/{NOBODYS}")).status_code == 404


async def test_programs_change_items_too(house: House) -> None:
    item_id = await _sent(house)
    async with house.signed_in("root") as client:
        address = f"/api/review-items/{item_id}"
        changed = await client.patch(
            address, json={"version": 1, "status": "wont_fix", "verdict": "right", "reply": "No."}
        )
        assert changed.status_code == 200
        assert (changed.json()["item"]["state"], changed.json()["item"]["done_by"]) == ("done", "root")
        assert changed.json()["history"][0]["changes"]["state"] == ["new", "wont_fix"]
        late = await client.patch(address, json={"version": 1, "status": "fixed"})
        assert late.status_code == 412
        assert (await client.post(f"{address}/done")).status_code == 204
        assert (await client.get(address)).json()["item"]["status"] == "wont_fix"  # it is done already
        assert (await client.post(f"{address}/reopen")).status_code == 204
        assert (await client.get(address)).json()["item"]["status"] == "new"
        for wrong in ({"status": "gone"}, {"assignee": "alice"}, {"reply": "x" * 2001}, {"colour": "red"}):
            assert (await client.patch(address, json=wrong)).status_code == 422, wrong


async def test_the_pages_are_for_admins(house: House) -> None:
    item_id = await _sent(house)
    async with house.signed_in("alice") as client:
        answers: list[httpx.Response] = [
            await client.get(SECTION),
            await client.get(f"{SECTION}/{item_id}"),
            await client.post(f"{SECTION}/{item_id}", data={"state": "fixed"}),
            await client.post(f"{SECTION}/{item_id}/again"),
        ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert not any(ODD in answer.text for answer in answers)
