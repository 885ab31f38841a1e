"""The audit log over HTTP: what is written down of what people do, and the page and files that show it."""

import json
import re

import httpx
from sqlalchemy import func, select

from db.models import AuditEvent
from tests.http.conftest import LEAVE, PASSWORD, House, asked

PHONE = {"User-Agent": "phone/1"}


async def _events(client: httpx.AsyncClient, **filled: str) -> list[dict[str, object]]:
    response = await client.post("/admin/audit/export", data=filled)
    assert response.status_code == 200
    return [json.loads(line) for line in response.text.splitlines()]


async def test_sign_ins_keys_and_members_are_written_down_with_who_and_from_where(house: House) -> None:
    await house.make_user("root", "admin")
    await house.make_user("bob")
    async with house.visitor(**PHONE) as client:
        await client.post("/api/auth/token", data={"username": "bob", "password": "wrong horse"})
        await client.post("/api/auth/token", data={"username": "nobody", "password": "wrong horse"})
        await client.post("/api/auth/token", data={"username": "bob", "password": "correct horse"})
    came = await house.accounts.sign_in("bob", PASSWORD, kind="api", address="192.0.2.1")
    assert came.principal.session_id is not None
    await house.accounts.sign_out(came.principal.session_id)
    async with house.signed_in("bob") as client:
        key = (await client.post("/api/keys", json={"name": "script", "scopes": ["read"]})).json()
        await client.delete(f"/api/keys/{key['id']}")
        library = (await client.post("/api/libraries", json={"name": "Team"})).json()["library_id"]
        await client.put(f"/api/libraries/{library}/members", json={"username": "root", "role": "viewer"})
        await client.delete(f"/api/libraries/{library}")
    async with house.signed_in("root") as client:
        events = await _events(client)
        actions = [event["action"] for event in events]
        assert {
            "user.created",
            "sign_in.failed",
            "sign_in.done",
            "sign_in.ended",
            "key.created",
            "key.revoked",
            "library.deleted",
            "library.member_set",
        } <= set(actions)
        failed = [event for event in events if event["action"] == "sign_in.failed"]
        assert [event["target_name"] for event in failed] == ["bob", None]
        assert {event["user_agent"] for event in failed} == {"phone/1"}
        assert "wrong" not in json.dumps(events)
        page = (await client.get("/admin/audit", params={"person": "bob", "action": "key"})).text
    assert len(re.findall("<tr>", page)) == 3  # the head, and a row for each event
    assert "phone/1" not in page


async def test_an_export_is_an_event_and_can_be_shaped(house: House) -> None:
    await house.make_user("root", "admin")
    async with house.signed_in("root") as client:
        await _events(client, action="user")
        first, second = await _events(client, action="audit.exported", format="ocsf")
        assert first["unmapped"]["details"] == {"format": "jsonl", "action": "user"}  # type: ignore[index]
        assert second["unmapped"]["details"] == {"format": "ocsf", "action": "audit.exported"}  # type: ignore[index]
        added = (await _events(client, action="user.created", format="ocsf"))[0]
    assert (added["class_uid"], added["type_uid"], added["category_uid"]) == (3001, 300101, 3)
    assert added["metadata"]["sequence"] == 1  # type: ignore[index]


async def test_the_page_checks_the_chain_and_says_what_is_wrong_with_a_day(house: House) -> None:
    await house.make_user("root", "admin")
    async with house.signed_in("root") as client:
        checked = await client.post("/admin/audit/verify")
        assert checked.status_code == 303
        shown = (await client.get(checked.headers["location"])).text
        assert "Unbroken since" in shown
        wrong = await client.get("/admin/audit", params={"since": "yesterday", "person": "root"})
        assert "A day is written as 2026-01-31." in wrong.text
        assert 'value="yesterday"' in wrong.text
        nothing = await client.get("/admin/audit", params={"person": "nobody <b>"})
    assert "No such event" in nothing.text
    assert "<b>" not in nothing.text


async def test_a_question_is_no_event(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        async with house.database.reader() as session:
            before = await session.scalar(select(func.count()).select_from(AuditEvent))
        assert (await asked(client, LEAVE)).status_code == 200
        async with house.database.reader() as session:
            assert await session.scalar(select(func.count()).select_from(AuditEvent)) == before
