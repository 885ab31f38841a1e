"""Exports, erasures, receipts and holds over HTTP."""

import io
import json
import re
import zipfile
from html import unescape
from uuid import UUID, uuid4

import httpx

from tests.http.conftest import BASE, LEAVE, PASSWORD, House, asked

OWN_PAGE = {"Origin": BASE}


async def _zip(client: httpx.AsyncClient, url: str) -> zipfile.ZipFile:
    response = await client.get(url)
    assert response.status_code == 200
    assert response.headers["content-disposition"].startswith("attachment")
    return zipfile.ZipFile(io.BytesIO(response.content))


async def test_a_person_gets_everything_and_nobody_else_does(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("bob")
    await house.bring("alice")
    async with house.signed_in("alice") as client:
        await asked(client, LEAVE)
        begun = await client.post("/api/account/exports")
        again = await client.post("/api/account/exports")
        assert begun.status_code == 202
        assert again.json()["export_id"] == begun.json()["export_id"], "one at a time"
        address = f"/api/account/exports/{begun.json()['export_id']}"
        waiting = await client.get(f"{address}/file")
        assert (waiting.status_code, waiting.json()["message"]) == (409, "Your data is still being put together.")
        await house.services.rights.attend()
        made = (await client.get(address)).json()
        assert made["state"] == "ready"
        assert made["items_done"] == made["items_total"] > 5
        archive = await _zip(client, made["url"])
        page = (await client.get("/account/data")).text
        assert made["url"] in page
    assert archive.testzip() is None
    index = archive.read("index.html").decode()
    assert "Everything about alice" in index
    assert "<script" not in index
    for link in re.findall(r'href="([^"]+)"', index):
        assert any(name.startswith(unescape(link)) for name in archive.namelist()), link
    conversations = archive.read("conversations-0001.html").decode()
    assert LEAVE in unescape(conversations)
    answers = [json.loads(line) for line in archive.read("data/answers.jsonl").splitlines()]
    assert [answer["question"] for answer in answers] == [LEAVE]
    assert archive.read("documents/00001 handbook.pdf").startswith(b"%PDF")
    account = json.loads(archive.read("data/account.jsonl"))
    assert account["username"] == "alice"
    everything = b"".join(archive.read(name) for name in archive.namelist() if not name.startswith("documents/"))
    assert b"password_hash" not in everything
    assert b"secret_hash" not in everything
    async with house.signed_in("bob") as client:
        for path in (address, f"{address}/file"):
            assert (await client.get(path)).status_code == 404
    async with house.with_key("alice") as client:
        assert (await client.get(f"{address}/file")).status_code == 403


async def test_an_account_is_erased_from_the_page_and_the_receipt_is_taken(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice")
    cookie = f"access_token={await house.token('alice', 'browser')}"
    async with house.visitor(Cookie=cookie, **OWN_PAGE) as client:
        page = await client.get("/account/data")
        assert "cannot be undone" in page.text
        unsure = await client.post("/account/data/erase", data={"password": PASSWORD})
        assert unsure.status_code == 409
        wrong = await client.post("/account/data/erase", data={"password": "not it", "sure": "yes"})
        assert (wrong.status_code, "The password is wrong." in wrong.text) == (422, True)
        gone = await client.post("/account/data/erase", data={"password": PASSWORD, "sure": "yes"})
        assert gone.status_code == 303
        assert 'access_token=""' in gone.headers["set-cookie"]
        assert (await client.get("/account/data")).status_code == 401
    link = gone.headers["location"]
    async with house.visitor() as elsewhere:  # a page of another site
        assert (await elsewhere.post("/erased", data={"receipt": link.partition("receipt=")[2]})).status_code == 403
    async with house.visitor(**OWN_PAGE) as stranger:
        assert "being erased" in (await stranger.get(link)).text
        ticket = link.partition("receipt=")[2]
        early = await stranger.post("/erased", data={"receipt": ticket})
        assert early.status_code == 409
        await house.services.rights.attend()
        shown = (await stranger.get(link)).text
        assert "The account is erased" in shown
        assert "documents" in shown
        taken = await stranger.post("/erased", data={"receipt": ticket})
        assert taken.json()["removed"]["documents"] == 1
        assert (await stranger.get(link)).status_code == 404
        assert (await stranger.post("/erased", data={"receipt": ticket})).status_code == 404


async def test_the_page_says_what_to_do_first(house: House) -> None:
    await house.make_user("root", "admin")
    cookie = f"access_token={await house.token('root', 'browser')}"
    async with house.visitor(Cookie=cookie, **OWN_PAGE) as client:
        page = await client.get("/account/data")
        assert "only admin" in page.text
        assert "Erase my account" not in page.text
        refused = await client.post("/account/data/erase", data={"password": PASSWORD, "sure": "yes"})
    assert (refused.status_code, "only admin" in refused.text) == (409, True)


async def test_an_admin_holds_and_releases(house: House) -> None:
    await house.make_user("root", "admin")
    await house.make_user("alice")
    document = await house.bring("alice")
    cookie = f"access_token={await house.token('root', 'browser')}"
    async with house.visitor(Cookie=cookie, **OWN_PAGE) as client:
        bad = await client.post(
            "/admin/rights/holds", data={"kind": "thread", "subject": "nonsense", "reason": "Case 17"}
        )
        assert bad.status_code == 422
        assert 'value="nonsense"' in bad.text
        assert 'value="Case 17"' in bad.text
        nobody = await client.post("/admin/rights/holds", data={"kind": "user", "subject": "zoe", "reason": "Case 17"})
        assert nobody.status_code == 404
        held = await client.post("/admin/rights/holds", data={"kind": "user", "subject": "Alice", "reason": "Case 17"})
        assert held.status_code == 303
        page = (await client.get("/admin/rights")).text
        assert "Case 17" in page
        hold_id = re.search(r"/holds/([0-9a-f-]{36})/release", page)
        assert hold_id
        async with house.signed_in("alice") as person:
            refused = await person.delete(f"/api/documents/{document.id}")
            assert refused.status_code == 409
            assert "legal hold" in refused.json()["message"]
            released = await client.post(f"/admin/rights/holds/{UUID(hold_id[1])}/release")
            assert released.status_code == 303
            twice = await client.post(f"/admin/rights/holds/{UUID(hold_id[1])}/release")
            assert "released+already" in twice.headers["location"]
            assert (await person.delete(f"/api/documents/{document.id}")).status_code == 204


async def test_an_admin_sets_how_long_a_library_keeps_documents(house: House) -> None:
    root = await house.make_user("root", "admin")
    library = await house.ingestion.libraries.create(root, "Minutes")
    for _ in range(2):
        await house.ingestion.libraries.create(root, "Twice")
    cookie = f"access_token={await house.token('root', 'browser')}"
    async with house.visitor(Cookie=cookie, **OWN_PAGE) as client:
        for wrong in (
            {"library": "Twice", "days": "5"},
            {"library": str(library.library_id), "days": "-3"},
            {"library": str(library.library_id), "days": "0"},
        ):
            assert (await client.post("/admin/rights/retention", data=wrong)).status_code == 422
        for unknown in (str(uuid4()), "No such name"):
            named = await client.post("/admin/rights/retention", data={"library": unknown, "days": "5"})
            assert named.status_code == 404
        kept = await client.post("/admin/rights/retention", data={"library": "Minutes", "days": "30"})
        assert kept.status_code == 303
        assert "Minutes" in (await client.get("/admin/rights")).text
        await client.post("/admin/rights/retention", data={"library": str(library.library_id), "days": ""})
        assert "Minutes" not in (await client.get("/admin/rights")).text
