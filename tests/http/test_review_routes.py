"""Telling the admins, looking into one's own answers, and use of models, over HTTP."""

import re

import httpx

from tests.http.conftest import LEAVE, NOBODYS, PUBLIC, House, asked

JSON = {"content-type": "application/json"}
ODD = "Which enzymes break down lactose in the small intestine?"


async def _refused(client: httpx.AsyncClient) -> str:
    answer = (await asked(client, ODD)).json()
    assert answer["refused"]
    return str(answer["answer_run_id"])


async def test_a_refusal_reaches_the_admins_once(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("root", "admin")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        run = await _refused(client)
        before = (await client.get(f"/api/answer-runs/{run}")).json()
        first = await client.post(f"/api/answer-runs/{run}/review", json={"note": "We had this."})
        second = await client.post(f"/api/answer-runs/{run}/review")
        after = (await client.get(f"/api/answer-runs/{run}")).json()
    assert (before["state"], before["may_tell"], before["told"]) == ("refused", True, None)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json() == after["told"]
    assert first.json()["state"] == "open"
    async with house.signed_in("root") as client:
        listed = (await client.get("/api/review-items", params={"state": "open"})).json()
        [item] = listed["items"]
        assert (item["question"], item["note"], item["asked_by"]) == (ODD, "We had this.", "alice")
        assert item["nearest"] == [{"title": "handbook.pdf", "page": item["nearest"][0]["page"], "locator": None}]
        assert listed["counts"] == {"open": 1, "done": 0}
        assert (await client.post(f"/api/review-items/{item['id']}/done")).status_code == 204
        assert (await client.get("/api/review-items", params={"state": "open"})).json()["items"] == []
        assert (await client.post(f"/api/review-items/{item['id']}/reopen")).status_code == 204
        assert len((await client.get("/api/review-items", params={"state": "open"})).json()["items"]) == 1
        opened = [
            await client.get(f"/api/answer-runs/{run}"),
            await client.get(f"/answers/{run}"),
            await client.get(f"/cite/{run}/1"),
        ]
    assert [response.status_code for response in opened] == [404, 404, 404]  # it opens nothing more


async def test_an_answer_that_stands_is_not_told_and_notes_are_checked(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        answer = (await asked(client, LEAVE)).json()
        address = f"/api/answer-runs/{answer['answer_run_id']}"
        stands = await client.post(f"{address}/review", json={"note": ""})
        run = await _refused(client)
        long = await client.post(f"/api/answer-runs/{run}/review", json={"note": "x" * 2001})
        odd = await client.post(f"/api/answer-runs/{run}/review", content=rb'{"note": "a\u0000b\ud800"}', headers=JSON)
        none = await client.post(f"/api/answer-runs/{NOBODYS}/review")
        found = (await client.get(address)).json()
    assert [response.status_code for response in (stands, long, odd, none)] == [409, 422, 201, 404]
    assert (found["state"], found["mode"], found["may_tell"]) == ("done", "extractive", False)
    assert found["cited"] == len(answer["citations"])
    assert {"search", "answer", "check"} <= {stage["name"] for stage in found["trace"]}
    assert all(stage["took_ms"] >= 0 and stage["at_ms"] >= 0 for stage in found["trace"])


async def test_the_pages_run_no_script_but_their_own(house: House) -> None:
    await house.make_user("root", "admin")
    async with house.signed_in("root") as client:
        answer = (await asked(client, ODD)).json()
        pages = [await client.get("/admin/reviews"), await client.get(f"/answers/{answer['answer_run_id']}")]
    for page in pages:
        assert page.status_code == 200
        assert "script-src 'self'; style-src 'self'" in page.headers["content-security-policy"]
        assert not re.search(r"<script>|<style|\son\w+=|style=", page.text)
        for name in re.findall(r'(?:src|href)="/public/([^"?]+)', page.text):
            assert (PUBLIC / name).is_file()
    assert pages[0].headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'self'" in pages[1].headers["content-security-policy"]  # the side panel shows it


async def test_the_page_of_reviews_is_for_admins(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        page = await client.get("/reviews")
        usage = (await client.get("/api/usage", params={"days": 3})).json()
        days = [(await client.get("/api/usage", params={"days": number})).status_code for number in (0, 367)]
    assert page.status_code == 403
    assert "admins only" in page.text
    assert "reviews.js" not in page.text
    total = {"answers": 0, "input_tokens": 0, "output_tokens": 0, "cost_usd": 0.0}
    assert usage == {"days": 3, "total": total, "entries": []}
    assert days == [422, 422]
