"""Conversations, ratings and jobs over HTTP."""

from uuid import uuid4

import httpx
import pytest

from tests.documents import HANDBOOK
from tests.http.conftest import LEAVE, NOBODYS, House, asked, upload


async def test_a_conversation_is_read_with_its_citations_and_rated(house: House) -> None:
    await house.make_user("alice")
    document = await house.bring("alice")
    async with house.signed_in("alice") as client:
        answer = (await asked(client, LEAVE)).json()
        run, path = answer["answer_run_id"], f"/api/threads/{answer['thread_id']}"
        await client.post("/api/feedback", json={"answer_run_id": run, "rating": "down", "comment": "Wrong\x00 page"})
        rated = await client.post("/api/feedback", json={"answer_run_id": run, "rating": "up"})
        thread = (await client.get(path)).json()
        page = await client.get(thread["messages"][1]["citations"][0]["url"])
        ups = (await client.get("/api/threads", params={"rating": "up"})).json()["threads"]
        downs = (await client.get("/api/threads", params={"rating": "down"})).json()["threads"]
        taken_back = await client.delete(f"/api/feedback/{rated.json()['feedback_id']}")
        after = (await client.get(path)).json()["messages"][1]["feedback"]
    question, reply = thread["messages"]
    assert (thread["name"], question["role"], question["text"]) == (LEAVE, "user", LEAVE)
    assert (reply["role"], reply["text"], reply["state"]) == ("assistant", answer["answer"], "done")
    assert [one["number"] for one in reply["citations"]] == [one["number"] for one in answer["citations"]]
    assert (reply["citations"][0]["document_id"], reply["citations"][0]["page"]) == (str(document.id), 2)
    assert (rated.status_code, reply["feedback"]["rating"], reply["feedback"]["comment"]) == (201, "up", None)
    assert ([one["thread_id"] for one in ups], downs) == ([answer["thread_id"]], [])
    assert page.status_code == 200
    assert (taken_back.status_code, after) == (204, None)


async def test_an_answer_names_its_footnotes_as_far_as_they_may_be_seen(house: House) -> None:
    await house.make_user("alice")
    document = await house.bring("alice")
    async with house.signed_in("alice") as client:
        answer = (await asked(client, LEAVE)).json()
        path = f"/api/answer-runs/{answer['answer_run_id']}"
        before = (await client.get(path)).json()["footnotes"]
        await client.delete(f"/api/documents/{document.id}")
        after = (await client.get(path)).json()["footnotes"]
    cited = answer["citations"]
    assert [(one["number"], one["title"], one["page"]) for one in before] == [
        (one["number"], one["title"], one["page"]) for one in cited
    ]
    assert before[0]["quote"] == cited[0]["quote"]
    assert [(one["title"], one["quote"]) for one in after] == [(one["title"], "") for one in before]


async def test_a_conversation_is_pinned_and_a_search_says_where(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        ids = [
            (await asked(client, question)).json()["thread_id"] for question in (f"Hello! {LEAVE}", "What is slate?")
        ]
        path = f"/api/threads/{ids[0]}"
        pinned = (await client.patch(path, json={"pinned": True})).json()
        unnamed = await client.patch(path, json={"name": None})
        listed = (await client.get("/api/threads", params={"pinned": True})).json()["threads"]
        found = (await client.get("/api/threads", params={"search": "twenty-eight"})).json()["threads"]
        unpinned = (await client.patch(path, json={"pinned": False, "name": "Leave"})).json()
        left = (await client.get("/api/threads", params={"pinned": True})).json()["threads"]
    assert (pinned["pinned"], pinned["name"]) == (True, LEAVE)  # named without the greeting
    assert unnamed.json()["name"] == LEAVE
    assert [(one["thread_id"], one["pinned"], one["snippet"]) for one in listed] == [(ids[0], True, None)]
    assert [one["thread_id"] for one in found] == [ids[0]]
    assert "twenty-eight days of paid annual leave" in found[0]["snippet"]
    assert (unpinned["pinned"], unpinned["name"], left) == (False, "Leave", [])


async def test_conversations_are_put_into_folders(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        one, other = [(await asked(client, LEAVE)).json()["thread_id"] for _ in range(2)]
        moved = (await client.patch(f"/api/threads/{one}", json={"folder": "  Work \x00 2026 "})).json()
        filed = (await client.get("/api/threads", params={"filed": True})).json()["threads"]
        kept = (await client.patch(f"/api/threads/{one}", json={"pinned": True})).json()
        taken_out = (await client.patch(f"/api/threads/{one}", json={"folder": " "})).json()
        left = (await client.get("/api/threads", params={"filed": True})).json()["threads"]
        long = await client.patch(f"/api/threads/{other}", json={"folder": "x" * 201})
    assert moved["folder"] == kept["folder"] == "Work 2026"
    assert [(thread["thread_id"], thread["folder"]) for thread in filed] == [(one, "Work 2026")]
    assert (taken_out["folder"], taken_out["pinned"], left) == (None, True, [])
    assert long.status_code == 422


async def test_conversations_are_paged_searched_renamed_and_deleted(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        ids = [(await asked(client, f"What is {word}?")).json()["thread_id"] for word in ("basalt", "granite", "slate")]
        first = (await client.get("/api/threads", params={"limit": 2})).json()
        rest = (await client.get("/api/threads", params={"limit": 2, "cursor": first["next_cursor"]})).json()
        found = (await client.get("/api/threads", params={"search": "granite"})).json()["threads"]
        path = f"/api/threads/{ids[0]}"
        tag = (await client.get(path)).headers["etag"]
        renamed = await client.patch(path, json={"name": "  Dark \x00 rock "}, headers={"If-Match": tag})
        stale = [
            await client.patch(path, json={"name": "Mine"}, headers={"If-Match": tag}),
            await client.delete(path, headers={"If-Match": tag}),
        ]
        deleted = await client.delete(path, headers={"If-Match": renamed.headers["etag"]})
        gone = [await client.get(path), await client.delete(path), await client.patch(path, json={"name": "x"})]
    assert [one["thread_id"] for one in first["threads"] + rest["threads"]] == ids[::-1]
    assert rest["next_cursor"] is None
    assert [one["thread_id"] for one in found] == [ids[1]]
    assert renamed.json()["name"] == "Dark rock"
    assert [response.status_code for response in stale] == [412, 412]
    assert deleted.status_code == 204
    assert [response.status_code for response in gone] == [404, 404, 404]


async def test_what_cannot_be_rated_says_so(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("eve")
    async with house.signed_in("alice") as client, house.signed_in("eve") as eve:
        loose = (await asked(client, LEAVE, store=False)).json()["answer_run_id"]
        own = (await asked(client, LEAVE)).json()["answer_run_id"]
        mine = (await client.post("/api/feedback", json={"answer_run_id": own, "rating": "up"})).json()["feedback_id"]
        answers = [
            await client.post("/api/feedback", json={"answer_run_id": loose, "rating": "up"}),
            await client.post("/api/feedback", json={"answer_run_id": str(uuid4()), "rating": "up"}),
            await eve.post("/api/feedback", json={"answer_run_id": own, "rating": "up"}),
            await eve.delete(f"/api/feedback/{mine}"),
            await client.post("/api/feedback", json={"answer_run_id": own, "rating": "great"}),
            await client.post("/api/feedback", json={"answer_run_id": own, "rating": "up", "comment": "x" * 10_000}),
        ]
    assert [response.status_code for response in answers] == [409, 404, 404, 404, 422, 422]


async def test_jobs_are_listed_by_page_state_and_library(house: House) -> None:
    alice = await house.make_user("alice")
    await house.make_user("eve")
    await house.bring("alice")
    async with house.signed_in("alice") as client, house.signed_in("eve") as eve:
        waiting = (await upload(client, b"the second", "b.txt")).json()["job"]["job_id"]
        first = (await client.get("/api/jobs", params={"limit": 1})).json()
        rest = (await client.get("/api/jobs", params={"limit": 1, "cursor": first["next_cursor"]})).json()
        queued = (await client.get("/api/jobs", params={"state": "queued"})).json()["jobs"]
        inside = (await client.get("/api/jobs", params={"library_id": str(alice.personal_library_id)})).json()["jobs"]
        elsewhere = (await client.get("/api/jobs", params={"library_id": str(NOBODYS)})).json()["jobs"]
        hers = (await eve.get("/api/jobs")).json()["jobs"]
    assert [job["job_id"] for job in first["jobs"]] == [waiting]
    assert [(job["state"], job["title"]) for job in rest["jobs"]] == [("finished", "handbook.pdf")]
    assert rest["next_cursor"] is None
    assert [job["job_id"] for job in queued] == [waiting]
    assert (len(inside), elsewhere, hers) == (2, [], [])


@pytest.mark.parametrize("path", ["/api/threads", "/api/jobs", "/api/documents"])
@pytest.mark.parametrize(
    "params",
    [
        {"cursor": "bm8="},
        {"cursor": "é"},
        {"cursor": "%00"},
        {
            "cursor": "MDAwMS0wMS0wMVQwMDowMDowMCswMDowMHw5ZDFjNGI3ZS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDA="
        },  # the year 1
        {"cursor": "x" * 5000},
        {"limit": "0"},
        {"limit": "99999999999999999999"},
        {"state": "\x00", "rating": "sideways"},
    ],
)
async def test_a_page_that_cannot_be_is_refused(house: House, path: str, params: dict[str, str]) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        response = await client.get(path, params=params)
    assert response.status_code == 422 or (response.status_code == 200 and _is_empty(response))
    assert response.status_code == 422 or "MDAwMS" in params["cursor"]


def _is_empty(response: httpx.Response) -> bool:
    return not any(response.json().get(name) for name in ("threads", "jobs", "documents"))


async def test_a_thread_of_another_is_not_there(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("eve")
    async with house.signed_in("alice") as client, house.signed_in("eve") as eve:
        await upload(client, HANDBOOK)
        thread = (await asked(client, LEAVE)).json()["thread_id"]
        theirs = await eve.get(f"/api/threads/{thread}")
        nothing = await eve.get(f"/api/threads/{uuid4()}")
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.json()["message"] == nothing.json()["message"]
