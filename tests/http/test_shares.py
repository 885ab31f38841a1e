"""Conversations shared by read-only links: what a reader sees, what stays closed, and how a link ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import delete, select, update

from conversations.sharing.links import share_id_of, token_of
from conversations.sharing.shares import Shares
from core.access import LibraryRole, Scope
from core.errors import NotFound
from core.settings import SharingSettings
from db import users
from db.base import now
from db.models import AuditEvent, ConversationShare, Document, User
from tests.http.conftest import LEAVE, House, asked
from tests.http.test_exports import answered, conversation

SECRET_PASSAGE = "28 days"


def turned(house: House, *, on: bool) -> None:
    """Turn links on or off."""
    secret = house.services.shares._secret
    writes, limiter = house.services.conversations.writes, house.services.limiter
    house.change(shares=Shares(house.database, writes, limiter, SharingSettings(links=on), secret))


@pytest.fixture
def sharing(house: House) -> House:
    turned(house, on=True)
    return house


async def shared(house: House, thread_id: str, **body: object) -> dict[str, str]:
    async with house.signed_in("alice") as client:
        made: dict[str, str] = (
            (await client.post(f"/api/threads/{thread_id}/shares", json=body)).raise_for_status().json()
        )
    return made


@asynccontextmanager
async def reader(house: House, name: str, *, may_read: bool) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody else of the installation, who may read Alice's documents or not."""
    await house.make_user(name)
    if may_read:
        await house.share(await house.accounts.principal_of_user("alice"), name, LibraryRole.VIEWER)
    async with house.signed_in(name) as client:
        yield client


async def test_a_reader_who_may_read_the_document_opens_the_passage(sharing: House) -> None:
    answer = await conversation(sharing)
    link = await shared(sharing, answer["thread_id"])
    async with reader(sharing, "vera", may_read=True) as vera:
        page = await vera.get(link["path"])
        token = link["path"].removeprefix("/shared/")
        source = f"/cite/{answer['answer_run_id']}/1?share={token}"
        assert source in page.text
        passage = (await vera.get(f"/api{source}".replace("/api/cite", "/api/citations"))).json()
        viewer = await vera.get(source)
        own = await vera.get(f"/api/citations/{answer['answer_run_id']}/1")
    assert page.status_code == 200
    assert "Shared by alice" in page.text
    assert "handbook.pdf" in page.text
    assert (passage["kind"], passage["page"]) == ("pages", 2)
    assert "leave" in passage["quote"]
    assert passage["boxes"]
    assert f'data-source="/api/citations/{answer["answer_run_id"]}/1?share={token}"' in viewer.text
    assert own.status_code == 404  # the answer is Alice's


async def test_a_reader_who_may_not_sees_the_number_and_nothing_else_of_the_source(sharing: House) -> None:
    answer = await conversation(sharing)
    await answered(sharing, answer["answer_run_id"], "Enough of it. [1]")
    link = await shared(sharing, answer["thread_id"])
    token = link["path"].removeprefix("/shared/")
    async with reader(sharing, "sam", may_read=False) as sam:
        page = await sam.get(link["path"])
        source = f"/cite/{answer['answer_run_id']}/1?share={token}"
        refused = [await sam.get(source), await sam.get(f"/api/citations/{answer['answer_run_id']}/1?share={token}")]
    assert page.status_code == 200
    assert "[1]" in page.text
    assert "A document that is not open to you" in page.text
    assert "handbook" not in page.text
    assert "page 2" not in page.text
    assert "/cite/" not in page.text
    assert [response.status_code for response in refused] == [404, 404]
    assert not any("handbook" in response.text or SECRET_PASSAGE in response.text for response in refused)


async def test_a_refusals_nearest_documents_obey_the_reader(sharing: House) -> None:
    answer = await conversation(sharing)
    async with sharing.database.reader() as session:
        document_id = await session.scalar(select(Document.id))
    nearest = [{"document_id": str(document_id), "title": "handbook.pdf", "page": 2}]
    await answered(sharing, answer["answer_run_id"], "That is not there.", state="refused", nearest=nearest)
    link = await shared(sharing, answer["thread_id"])
    async with reader(sharing, "vera", may_read=True) as vera, reader(sharing, "sam", may_read=False) as sam:
        assert "handbook.pdf, page 2" in (await vera.get(link["path"])).text
        assert "handbook" not in (await sam.get(link["path"])).text


async def test_nobody_learns_whether_a_link_exists(sharing: House) -> None:
    answer = await conversation(sharing)
    link = await shared(sharing, answer["thread_id"])
    made_up = f"/shared/{token_of('another secret', uuid4())}"
    async with sharing.visitor() as nobody, reader(sharing, "sam", may_read=False) as sam:
        unsigned = [await nobody.get(path) for path in (link["path"], made_up, "/shared/x")]
        strange = [await sam.get(path) for path in (made_up, "/shared/x", f"{link['path']}x", "/shared/" + "é" * 43)]
    assert {response.status_code for response in unsigned} == {401}
    own = [response.text.partition('href="/login?next=')[0] for response in unsigned]
    assert len(set(own)) == 1  # the way back after signing in is the address itself
    assert {response.status_code for response in strange} == {404}
    assert len({response.text for response in strange}) == 1


async def test_it_is_a_snapshot(sharing: House) -> None:
    answer = await conversation(sharing)
    link = await shared(sharing, answer["thread_id"])
    async with sharing.signed_in("alice") as alice:
        await asked(alice, "And what about badges, said later?", thread_id=answer["thread_id"])
        await alice.patch(f"/api/threads/{answer['thread_id']}", json={"name": "Renamed later"})
        page = (await alice.get(link["path"])).text
    assert LEAVE in page
    assert "said later" not in page
    assert "Renamed later" not in page


async def test_a_revoked_link_is_gone_with_what_it_showed(sharing: House) -> None:
    answer = await conversation(sharing)
    first, second = [await shared(sharing, answer["thread_id"]) for _ in range(2)]
    path = f"/api/threads/{answer['thread_id']}/shares"
    async with sharing.signed_in("alice") as alice, reader(sharing, "sam", may_read=False) as sam:
        assert (await sam.delete(f"{path}/{first['share_id']}")).status_code == 404
        assert (await alice.delete(f"/api/threads/{uuid4()}/shares/{first['share_id']}")).status_code == 404
        assert (await alice.delete(f"{path}/{first['share_id']}")).status_code == 204
        listed = (await alice.get(path)).json()
        assert (await sam.get(first["path"])).status_code == 404
        assert (await sam.get(second["path"])).status_code == 200
    assert [one["share_id"] for one in listed["shares"]] == [second["share_id"]]
    async with sharing.database.reader() as session:
        assert (await session.scalars(select(ConversationShare.id))).all() == [UUID(second["share_id"])]


async def test_an_expired_link_does_not_open_and_is_cleared_away(sharing: House) -> None:
    answer = await conversation(sharing)
    link = await shared(sharing, answer["thread_id"], expires_in_days=1)
    async with sharing.signed_in("alice") as alice:
        assert "This link works until" in (await alice.get(link["path"])).text
        async with sharing.database.transaction() as session:
            await session.execute(update(ConversationShare).values(expires_at=now() - timedelta(seconds=1)))
        assert (await alice.get(link["path"])).status_code == 404
        assert (await alice.get(f"/api/threads/{answer['thread_id']}/shares")).json()["shares"] == []
    counts = await sharing.services.chores.prune()
    assert counts["shares"] == 1


@pytest.mark.parametrize("how", ["conversation deleted", "person erased", "person disabled", "turned off"])
async def test_what_else_ends_a_link(sharing: House, how: str) -> None:
    answer = await conversation(sharing)
    link = await shared(sharing, answer["thread_id"])
    alice = await sharing.accounts.principal_of_user("alice")
    async with reader(sharing, "sam", may_read=False) as sam:
        assert (await sam.get(link["path"])).status_code == 200
        match how:
            case "conversation deleted":
                async with sharing.signed_in("alice") as client:
                    await client.delete(f"/api/threads/{answer['thread_id']}")
            case "person erased":
                async with sharing.database.transaction() as session:
                    await session.execute(delete(Document))
                    await session.execute(delete(User).where(User.id == alice.user_id))
            case "person disabled":
                async with sharing.database.transaction() as session:
                    await users.set_disabled(session, alice.user_id, now())
            case _:
                turned(sharing, on=False)
        assert (await sam.get(link["path"])).status_code == 404


async def test_links_are_off_by_default(house: House) -> None:
    answer = await conversation(house)
    path = f"/api/threads/{answer['thread_id']}/shares"
    async with house.signed_in("alice") as alice:
        refused = await alice.post(path)
        listed = (await alice.get(path)).json()
        page = await alice.get("/account/shares")
    assert (refused.status_code, refused.json()["message"]) == (409, "Links to conversations are turned off here.")
    assert listed == {"may_share": False, "shares": []}
    assert "turned off here" in page.text


async def test_own_links_are_listed_and_revoked_without_a_script(sharing: House) -> None:
    answer = await conversation(sharing)
    link = await shared(sharing, answer["thread_id"], expires_in_days=7)
    async with sharing.signed_in("alice") as alice, reader(sharing, "sam", may_read=False) as sam:
        page = (await alice.get("/account/shares")).text
        assert LEAVE in page
        assert link["path"] in page
        assert LEAVE not in (await sam.get("/account/shares")).text
        path = f"/account/shares/{link['share_id']}/revoke"
        assert (await sam.post(path)).status_code == 404
        done = await alice.post(path)
        assert done.status_code == 303
        assert "The link was revoked" in (await alice.get(done.headers["location"])).text
        assert (await sam.get(link["path"])).status_code == 404


async def test_what_a_link_cannot_be(sharing: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.sharing.shares.MOST_PER_THREAD", 2)
    answer = await conversation(sharing)
    path = f"/api/threads/{answer['thread_id']}/shares"
    async with sharing.signed_in("alice") as alice:
        for wrong in ({"expires_in_days": 0}, {"expires_in_days": 99_999}, {"until": "tomorrow"}):
            assert (await alice.post(path, json=wrong)).status_code == 422
        assert [(await alice.post(path)).status_code for _ in range(3)] == [201, 201, 409]
    async with sharing.with_key("alice", Scope.ASK, Scope.READ) as key:
        assert (await key.post(path)).status_code == 403


async def test_an_api_key_opens_no_link(sharing: House) -> None:
    answer = await conversation(sharing)
    link = await shared(sharing, answer["thread_id"])
    token = link["path"].removeprefix("/shared/")
    async with sharing.with_key("alice", Scope.READ) as key:
        page = await key.get(link["path"])
        citation = await key.get(f"/api/citations/{answer['answer_run_id']}/1?share={token}")
    assert (page.status_code, citation.status_code) == (403, 403)


async def test_nothing_in_a_conversation_becomes_markup(sharing: House) -> None:
    answer = await conversation(sharing)
    hostile = (
        "<script>alert(1)</script> ![x](https://evil.test/a.png) [go](javascript:alert(1)) https://evil.test/ `<b>`"
    )
    await answered(sharing, answer["answer_run_id"], hostile)
    async with sharing.signed_in("alice") as alice:
        await alice.patch(f"/api/threads/{answer['thread_id']}", json={"name": "<img src=x onerror=alert(1)>"})
        link = await shared(sharing, answer["thread_id"])
        page = (await alice.get(link["path"])).text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="https://evil.test' not in page
    assert 'href="javascript' not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


async def test_sharing_opening_and_revoking_are_audited(sharing: House) -> None:
    answer = await conversation(sharing)
    link = await shared(sharing, answer["thread_id"])
    async with reader(sharing, "sam", may_read=False) as sam, sharing.signed_in("alice") as alice:
        await sam.get(link["path"])
        await alice.get(link["path"])  # her own: no event
        await alice.delete(f"/api/threads/{answer['thread_id']}/shares/{link['share_id']}")
    async with sharing.database.reader() as session:
        events = (
            await session.scalars(
                select(AuditEvent).where(AuditEvent.action.startswith("share.")).order_by(AuditEvent.number)
            )
        ).all()
    assert [one.action for one in events] == ["share.created", "share.opened", "share.revoked"]
    assert events[1].details["thread_id"] == answer["thread_id"]
    assert LEAVE not in str([one.details for one in events])


async def test_what_is_stored_names_no_document(sharing: House) -> None:
    answer = await conversation(sharing)
    await answered(sharing, answer["answer_run_id"], "Enough. [1]")
    await shared(sharing, answer["thread_id"])
    async with sharing.database.reader() as session:
        snapshot = str(await session.scalar(select(ConversationShare.snapshot)))
    assert "handbook" not in snapshot


def test_a_token_is_an_id_that_is_signed() -> None:
    share_id = uuid4()
    token = token_of("a secret", share_id)
    assert share_id_of("a secret", token) == share_id
    for wrong in (token_of("another", share_id), token[:-1], token.swapcase(), "", "é" * 43):
        with pytest.raises(NotFound):
            share_id_of("a secret", wrong)
