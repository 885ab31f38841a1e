"""Admins and the conversations of others: found without their text, opened with a reason, read beside how they were answered."""

from uuid import uuid4

import httpx
import pytest

from core.access import Oversight
from tests.http.conftest import LEAVE, House, asked

WHY = "She asked why the answer is <short>."


async def _conversation(house: House) -> tuple[str, str]:
    """Alice asks about leave and rates the answer; ids of the thread and the run."""
    await house.make_user("root", "admin")
    await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        answer = (await asked(client, LEAVE)).json()
        rating = {"answer_run_id": answer["answer_run_id"], "rating": "down", "comment": "Too <b>short</b>"}
        assert (await client.post("/api/feedback", json=rating)).status_code == 201
    return answer["thread_id"], answer["answer_run_id"]


async def _open(client: httpx.AsyncClient, thread: str, reason: str = WHY) -> httpx.Response:
    return await client.post(f"/admin/conversations/{thread}/open", data={"reason": reason})


async def test_where_nobody_has_asked_nothing_is_said_of_a_filter(house: House) -> None:
    await house.make_user("root", "admin")
    async with house.signed_in("root") as client:
        page = (await client.get("/admin/conversations")).text
        filtered = (await client.get("/admin/conversations", params={"person": "ann"})).text
    assert ("No conversation yet" in page, "is filled in above" in page) == (True, False)
    assert ("No conversation yet" in filtered, "is filled in above" in filtered) == (False, True)


async def test_a_conversation_is_found_without_showing_what_it_says(house: House) -> None:
    thread, _ = await _conversation(house)
    address = f"/admin/conversations/{thread}"
    async with house.signed_in("root") as client:

        async def is_found(**filled: str) -> bool:
            page = await client.get("/admin/conversations", params=filled)
            assert page.status_code == 200
            assert LEAVE not in page.text
            return address in page.text

        assert await is_found()
        for filled in (
            {"words": "annual lea"},
            {"words": "twenty-eight"},
            {"person": "Alice"},
            {"library": "alice"},
            {"model": "extractive"},
            {"mark": "down"},
            {"since": "2020-01-01"},
        ):
            assert await is_found(**filled), filled
        for filled in (
            {"words": "enzymes"},
            {"person": "root"},
            {"library": "root"},
            {"model": "gpt"},
            {"mark": "refused"},
            {"until": "2020-01-01"},
            {"cost": "0.01"},
        ):
            assert not await is_found(**filled), filled
        wrong = await client.get("/admin/conversations", params={"cost": "much", "since": "2020-01-01"})
        assert "A cost is a number of dollars" in wrong.text
        assert 'value="much"' in wrong.text
        searched = (await client.post("/admin/audit/export", data={"action": "conversations.searched"})).text
    assert [word in searched for word in ("annual lea", "enzymes")] == [True, True]


async def test_it_opens_with_a_reason_that_its_owner_sees(house: House) -> None:
    thread, run = await _conversation(house)
    async with house.signed_in("root") as client:
        closed = await client.get(f"/admin/conversations/{thread}")
        assert "Say why you open it" in closed.text
        assert LEAVE not in closed.text
        refused = await _open(client, thread, "  ")
        assert refused.status_code == 422
        assert "the person whose conversation it is reads the reason" in refused.text
        long = await _open(client, thread, "x" * 501)
        assert "x" * 501 in long.text  # what was typed is not lost
        assert (await _open(client, thread)).status_code == 303
        page = (await client.get(f"/admin/conversations/{thread}")).text
        audit = (await client.post("/admin/audit/export", data={"action": "thread.opened"})).text
        assert (await client.get(f"/api/threads/{thread}")).status_code == 404  # nothing else opens by it
        assert (await client.get(f"/cite/{run}/1")).status_code == 404
    assert LEAVE in page
    assert f'href="#source-{run}-1"' in page
    assert "twenty-eight days" in page.partition("<blockquote")[2].partition("</blockquote>")[0]
    assert "Too &lt;b&gt;short&lt;/b&gt;" in page
    assert "/api/documents/" not in page  # root is not in the library
    assert "She asked why" in audit
    async with house.signed_in("alice") as client:
        [opening] = (await client.get(f"/api/threads/{thread}/openings")).json()["openings"]
        own = (await client.get("/account/openings")).text
    assert (opening["opened_by"], opening["reason"]) == ("root", WHY)
    assert "She asked why the answer is &lt;short&gt;." in own


async def test_a_member_of_the_library_may_open_the_document_from_the_transcript(house: House) -> None:
    thread, _ = await _conversation(house)
    async with house.signed_in("alice") as client:
        [library] = (await client.get("/api/libraries")).json()
        path = f"/api/libraries/{library['library_id']}/members"
        assert (await client.put(path, json={"username": "root", "role": "viewer"})).status_code == 200
    async with house.signed_in("root") as client:
        await _open(client, thread)
        page = (await client.get(f"/admin/conversations/{thread}")).text
    assert "/file#page=2" in page


@pytest.mark.parametrize("rule", [Oversight.ON, Oversight.OFF])
async def test_the_setting_decides(house: House, rule: Oversight) -> None:
    thread, _ = await _conversation(house)
    house.services.oversight.rule = rule
    async with house.signed_in("root") as client:
        listed = await client.get("/admin/conversations")
        read = await client.get(f"/admin/conversations/{thread}")
        again = await client.get(f"/admin/conversations/{thread}")
        opened = await _open(client, thread)
    async with house.signed_in("alice") as client:
        openings = (await client.get(f"/api/threads/{thread}/openings")).json()["openings"]
    if rule is Oversight.OFF:
        assert {response.status_code for response in (listed, read, again, opened)} == {403}
        assert "FOOTNOTE_ADMIN_CONVERSATIONS is off" in listed.text
        assert openings == []
    else:
        assert LEAVE in listed.text  # the name
        assert LEAVE in read.text
        assert [one["reason"] for one in openings] == [WHY, ""]  # reading again within the hour is the same opening


async def test_what_is_not_there_is_not_there(house: House) -> None:
    await house.make_user("root", "admin")
    async with house.signed_in("root") as client:
        assert (await client.get(f"/admin/conversations/{uuid4()}")).status_code == 404
        assert (await _open(client, str(uuid4()))).status_code == 404
        assert (await client.get("/admin/conversations?cursor=x")).status_code == 422
        assert (await client.get("/admin/conversations?mark=x&words=%00")).status_code == 200
