"""The console's pages of test cases, over HTTP as a browser uses them without a script."""

import json
import re
from html import unescape
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from core.access import Principal
from db.models import AuditEvent
from tests.http.conftest import LEAVE, House, asked

CASES = "/admin/cases"
ODD = "Which enzymes break down lactose in the small intestine?"


@pytest.fixture
async def root(house: House) -> Principal:
    """An admin with the handbook."""
    admin = await house.make_user("root", "admin")
    await house.bring("root")
    return admin


def fields(admin: Principal, **changed: Any) -> dict[str, Any]:
    """The form of a case that passes."""
    usual = {
        "question": LEAVE,
        "library": [str(admin.personal_library_id)],
        "expected": "handbook.pdf | 2",
        "points": "28 days",
    }
    return {**usual, "tags": "hr, leave", "is_enabled": "on", "version": "1", **changed}


async def made(client: httpx.AsyncClient, admin: Principal, **changed: Any) -> str:
    """The address of a new case."""
    answer = await client.post(CASES, data=fields(admin, **changed))
    assert answer.status_code == 303, shown(answer)
    return answer.headers["location"].partition("?")[0]


def shown(answer: httpx.Response) -> str:
    """The text of a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


async def run(client: httpx.AsyncClient, house: House, **form: str) -> str:
    """The address of a run that has ended."""
    answer = await client.post(f"{CASES}/runs", data=form)
    assert await house.services.case_runner.take() is not None
    return answer.headers["location"]


async def test_a_case_is_written_run_changed_and_deleted(house: House, root: Principal) -> None:
    async with house.signed_in("root") as client:
        assert "There are no test cases yet" in shown(await client.get(CASES))
        case = await made(client, root)
        page = await client.get(case)
        assert "handbook.pdf | 2</textarea>" in page.text
        assert "It has not run yet." in shown(page)
        assert "Asked on behalf of root." in shown(page)
        address = await run(client, house)
        ended = await client.get(address)
        assert "all passed" in shown(ended)
        assert "1 of 1 cases done, 0 failed" in shown(ended)
        assert "http-equiv" not in ended.text
        progress = (await client.get(f"{address}/progress")).json()
        assert progress == {"is_over": True, "done": 1, "total": 1, "passed": 1, "failed": 0}
        changed = await client.post(case, data=fields(root, points="40 days"))
        assert changed.status_code == 303
        await run(client, house)
        assert "The answer does not say: 40 days" in shown(await client.get(case))
        listed = await client.get(CASES, params={"state": "failed", "tag": "hr", "q": "annual"})
        assert LEAVE in shown(listed)
        assert "<figure" in listed.text  # two runs are a trend
        assert LEAVE not in shown(await client.get(CASES, params={"state": "passed"}))
        assert LEAVE not in shown(await client.get(CASES, params={"tag": "other"}))
        assert (await client.post(f"{case}/delete")).status_code == 303
        assert (await client.get(case)).status_code == 404
    async with house.database.reader() as session:
        events = list(
            await session.scalars(
                select(AuditEvent).where(AuditEvent.action.startswith("case")).order_by(AuditEvent.number)
            )
        )
    assert [event.action for event in events] == [
        "case.created", "case_run.started", "case.changed", "case_run.started", "case.deleted",
    ]  # fmt: skip
    assert LEAVE not in json.dumps([event.details for event in events])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"question": " "}, "The question is empty."),
        ({"library": []}, "Choose at least one library in which the question is asked."),
        ({"library": ["nonsense"]}, "One of the libraries is gone, or you may not read it any more."),
        ({"points": "", "expected": ""}, "Say what is expected: a document, a point, or that the question must be refused."),
        ({"must_refuse": "on"}, "A question that must be refused has neither expected documents nor points."),
        ({"expected": "handbook.pdf | two"}, "“two” is no page. Write pages after the bar, such as: handbook.pdf | 2, 5-7"),
        ({"expected": "handbook.pdf | 9-2"}, "“9-2” is no range of at most 50 pages."),
        ({"points": "x" * 301}, "A point has at most 300 characters."),
        ({"review_item": "nonsense"}, "There is no such review item."),
    ],
)  # fmt: skip
async def test_a_wrong_form_is_shown_again_with_what_was_typed(
    house: House, root: Principal, changed: dict[str, Any], sentence: str
) -> None:
    async with house.signed_in("root") as client:
        answer = await client.post(CASES, data=fields(root, note="Kept <b>so</b>", **changed))
        assert answer.status_code in (404, 422)
        assert sentence in shown(answer)
        assert "Kept &lt;b&gt;so&lt;/b&gt;" in answer.text
        assert "There are no test cases yet" in shown(await client.get(CASES))


async def test_a_second_admin_sees_the_first_change_and_keeps_what_they_typed(house: House, root: Principal) -> None:
    async with house.signed_in("root") as client:
        case = await made(client, root)
        assert (await client.post(case, data=fields(root, note="The first."))).status_code == 303
        answer = await client.post(case, data=fields(root, note="The second."))
        assert answer.status_code == 412
        assert "Somebody else has changed this case" in shown(answer)
        assert "Note The first." in shown(answer)
        assert ">The second.</textarea>" in answer.text
        [version] = re.findall(r'name="version" value="(\d+)"', answer.text)
        again = await client.post(case, data=fields(root, note="The second.", version=version))
        assert again.status_code == 303


async def test_a_review_item_fills_the_form(house: House, root: Principal) -> None:
    alice = await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        answer = (await asked(client, ODD)).json()
        await client.post(f"/api/answer-runs/{answer['answer_run_id']}/review", json={"note": "We had this."})
    async with house.signed_in("root") as client:
        [item] = (await client.get("/api/review-items")).json()["items"]
        form = await client.get(f"{CASES}/new", params={"review_item": item["id"]})
        assert ODD in shown(form)
        assert "asked in a library that you may not read" in shown(form)
        assert str(alice.personal_library_id) not in form.text
        wanted = {"question": ODD, "must_refuse": "on", "points": "", "expected": "", "review_item": item["id"]}
        case = await made(client, root, **wanted)
        assert "All cases of the review item pass" not in shown(await client.get(case))
        await run(client, house)
        page = await client.get(case)
        assert "All cases of the review item pass" in shown(page)
        assert f'href="/admin/reviews/{item["id"]}"' in page.text
        assert (await client.get(f"{CASES}/new", params={"review_item": case[-36:]})).status_code == 404


async def test_what_nobody_sent_fills_the_form_once_its_conversation_is_open(house: House, root: Principal) -> None:
    await house.make_user("alice")
    title = (await house.bring("alice", name="leave-rules.pdf")).title
    async with house.signed_in("alice") as client:
        answer = (await asked(client, LEAVE)).json()
        await client.post("/api/feedback", json={"answer_run_id": answer["answer_run_id"], "rating": "down"})
    await house.services.review_collector.collect()
    async with house.signed_in("root") as client:
        [item] = (await client.get("/api/review-items")).json()["items"]
        closed = await client.get(f"{CASES}/new", params={"review_item": item["id"]})
        assert closed.status_code == 200
        assert (LEAVE in shown(closed), title in shown(closed)) == (False, False)
        await house.services.oversight.open(root, answer["thread_id"], "It was rated down.")
        opened = await client.get(f"{CASES}/new", params={"review_item": item["id"]})
        assert (LEAVE in shown(opened), title in shown(opened)) == (True, True)


async def test_files_go_out_and_come_in(house: House, root: Principal) -> None:
    async with house.signed_in("root") as client:
        case = await made(client, root)
        await made(client, root, tags="other")
        file = await client.get(f"{CASES}/export", params={"tag": "hr"})
        assert file.headers["content-disposition"] == 'attachment; filename="test-cases.jsonl"'
        [line] = file.text.splitlines()
        assert json.loads(line)["expected"][0]["pages"] == [2]
        await client.post(f"{case}/delete")
        back = await client.post(f"{CASES}/import", files={"file": ("cases.jsonl", file.content)})
        assert back.status_code == 303
        assert "New cases: 1. Replaced: 0." in shown(await client.get(back.headers["location"]))
        assert LEAVE in shown(await client.get(case))  # under its own id
        bad = file.text + "{\n" + '{"question": "<i>?", "libraries": ["nowhere"], "points": ["x"]}\n'
        answer = await client.post(f"{CASES}/import", files={"file": ("cases.jsonl", bad.encode())})
        assert answer.status_code == 422
        assert "2 lines of the file are wrong; nothing was taken." in shown(answer)
        assert "2 It is not JSON. 3 There is no library “nowhere” that you may read." in shown(answer)


async def test_a_run_that_is_not_over_refreshes_without_a_script_and_can_be_stopped(
    house: House, root: Principal
) -> None:
    async with house.signed_in("root") as client:
        await made(client, root)
        address = (await client.post(f"{CASES}/runs")).headers["location"]
        page = await client.get(address)
        assert '<noscript><meta http-equiv="refresh"' in page.text
        assert "waiting for a worker" in shown(page)
        refused = await client.get((await client.post(f"{CASES}/runs")).headers["location"])
        assert "Another run is not over yet. Wait for it, or stop it." in shown(refused)
        assert (await client.post(f"{address}/stop")).status_code == 303
        assert "stopped" in shown(await client.get(address))


async def test_two_runs_side_by_side(house: House, root: Principal) -> None:
    async with house.signed_in("root") as client:
        case = await made(client, root)
        left = await run(client, house)
        await client.post(case, data=fields(root, points="40 days"))
        right = await run(client, house)
        listed = await client.get(f"{CASES}/runs")
        assert listed.text.count('name="left"') == 2
        page = await client.get(f"{CASES}/runs/compare", params={"left": left[-36:], "right": right[-36:]})
        assert "1 worse 0 better" in shown(page)
        assert "The answer does not say: 40 days" in shown(page)
        assert "The same index version, models and prompts answered." in shown(page)
        one = await run(client, house, case_id=case[-36:])
        assert "one case" in shown(await client.get(one))
