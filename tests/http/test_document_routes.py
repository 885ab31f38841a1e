"""Documents over HTTP, on real services."""

import hashlib
import time
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from PIL import Image

from tests.documents import HANDBOOK, HANDBOOK_PAGES, word
from tests.http.conftest import House, upload


async def test_an_upload_answers_at_once_with_its_job_and_is_known_the_second_time(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        first, second = await upload(client), await upload(client, name="other name.pdf")
        body = first.json()
        assert first.status_code == second.status_code == 202
        assert body["document"]["title"] == "handbook.pdf"
        assert body["job"]["state"] == "queued"
        assert (body["is_known"], second.json()["is_known"]) == (False, True)
        assert second.json()["document"]["id"] == body["document"]["id"]
        await house.pipeline.run(UUID(body["job"]["job_id"]))
        document = (await client.get(f"/api/documents/{body['document']['id']}")).json()
    assert (document["state"], document["page_count"], document["size_bytes"]) == ("ready", 3, len(HANDBOOK))


@pytest.mark.parametrize(
    ("name", "text", "mime_type"),
    [
        ("metrics.md", "# Metrics\n\nThe heap is measured.", "text/markdown"),
        ("metrics.html", "<html><p>The heap is measured.</p></html>", "text/html"),
        ("metrics", "<div>The heap is measured.</div>", "text/html"),
        ("metrics.txt", "The heap is measured.", "text/plain"),
    ],
)
async def test_a_file_that_begins_with_many_comments_is_told_at_once(
    house: House, name: str, text: str, mime_type: str
) -> None:
    """Each comment doubled the time, in the server's own process: forty of them would have taken days."""
    data = ("<!-- semconv metric -->\n" * 40 + text).encode()
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        before = time.process_time()
        sent = await upload(client, data, name)
        assert time.process_time() - before < 2.0
        assert (sent.status_code, sent.json()["document"]["mime_type"]) == (202, mime_type)
        await house.pipeline.run(UUID(sent.json()["job"]["job_id"]))
        document = (await client.get(f"/api/documents/{sent.json()['document']['id']}")).json()
    assert document["state"] == "ready"


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "a\\b\\passwd.pdf"])
async def test_a_path_in_a_files_name_is_not_kept(house: House, name: str) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        title = (await upload(client, name=name)).json()["document"]["title"]
    assert title == "passwd.pdf"


async def test_what_cannot_be_taken_in_is_refused_with_a_reason(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        empty = await upload(client, b"", "empty.pdf")
        program = await upload(client, b"\x7fELF" + bytes(200), "program.pdf")
        nowhere = await upload(client, library_id=str(uuid4()))
        nonsense = await upload(client, library_id="nonsense")
        listed = (await client.get("/api/documents")).json()["documents"]
    assert [empty.status_code, program.status_code, nowhere.status_code, nonsense.status_code] == [422, 415, 404, 404]
    assert listed == []


async def test_a_file_over_the_limit_is_413_and_leaves_nothing(house: House) -> None:
    small = house.settings.upload.model_copy(update={"max_bytes": 64 * 1024})
    house.change(settings=house.settings.model_copy(update={"upload": small}))
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        response = await upload(client, b"text " * 60_000, "large.txt")
        assert response.status_code == 413
        assert response.json()["status"] == "error"
        assert (await client.get("/api/documents")).json()["documents"] == []


async def test_too_many_uploads_in_a_minute_are_refused_with_a_time_to_come_back(house: House) -> None:
    few = house.settings.limit.model_copy(update={"uploads_per_minute": 1})
    house.change(settings=house.settings.model_copy(update={"limit": few}))
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        assert (await upload(client, b"The first note is short.", "one.txt")).status_code == 202
        refused = await upload(client, b"The second note is one too many.", "two.txt")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60


async def test_the_list_is_paged_and_searched(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        for number in range(5):
            await upload(client, f"text number {number}".encode(), f"note {number}.txt")
        first = (await client.get("/api/documents", params={"limit": 3})).json()
        rest = (await client.get("/api/documents", params={"limit": 3, "cursor": first["next_cursor"]})).json()
        found = (await client.get("/api/documents", params={"search": "NOTE 3"})).json()
        bad = await client.get("/api/documents", params={"cursor": "nonsense"})
    titles = [document["title"] for document in first["documents"] + rest["documents"]]
    assert titles == [f"note {number}.txt" for number in (4, 3, 2, 1, 0)]
    assert rest["next_cursor"] is None
    assert [document["title"] for document in found["documents"]] == ["note 3.txt"]
    assert bad.status_code == 422


async def test_a_page_is_a_picture_that_need_not_be_sent_twice(house: House) -> None:
    await house.make_user("alice")
    document = await house.bring("alice")
    async with house.signed_in("alice") as client:
        response = await client.get(f"/api/documents/{document.id}/pages/2", params={"width": 600})
        again = await client.get(
            f"/api/documents/{document.id}/pages/2",
            params={"width": 600},
            headers={"If-None-Match": response.headers["etag"]},
        )
        beyond = await client.get(f"/api/documents/{document.id}/pages/4")
        huge = await client.get(f"/api/documents/{document.id}/pages/1", params={"width": 100_000})
    assert response.headers["content-type"] == "image/png"
    assert Image.open(BytesIO(response.content)).size == (600, 777)
    assert "private" in response.headers["cache-control"]
    assert (again.status_code, again.content) == (304, b"")
    assert (beyond.status_code, huge.status_code) == (404, 422)


async def test_a_section_is_text_with_its_place(house: House) -> None:
    await house.make_user("alice")
    document = await house.bring("alice")
    async with house.signed_in("alice") as client:
        section = (await client.get(f"/api/documents/{document.id}/sections/3")).json()
        missing = await client.get(f"/api/documents/{document.id}/sections/99")
    assert (section["number"], section["page"], section["page_count"], section["section_count"]) == (3, 3, 3, 3)
    assert HANDBOOK_PAGES[2].split()[0] in section["text"]
    assert missing.status_code == 404


async def test_the_original_comes_back_byte_for_byte_and_in_ranges(house: House) -> None:
    await house.make_user("alice")
    document = await house.bring("alice", name="Ärger “2026”.pdf")
    address = f"/api/documents/{document.id}/file"
    async with house.signed_in("alice") as client:
        whole = await client.get(address)
        middle = await client.get(address, headers={"Range": "bytes=10-19"})
        tail = await client.get(address, headers={"Range": "bytes=-7"})
        rest = await client.get(address, headers={"Range": f"bytes={len(HANDBOOK) - 3}-"})
        beyond = await client.get(address, headers={"Range": f"bytes={len(HANDBOOK)}-"})
        saved = await client.get(address, params={"download": "true"})
    assert hashlib.sha256(whole.content).digest() == hashlib.sha256(HANDBOOK).digest()
    assert whole.headers["content-disposition"].startswith(
        "inline; filename=\"_rger _2026_.pdf\"; filename*=UTF-8''%C3%84rger"
    )
    assert saved.headers["content-disposition"].startswith("attachment;")
    assert (middle.status_code, middle.content) == (206, HANDBOOK[10:20])
    assert middle.headers["content-range"] == f"bytes 10-19/{len(HANDBOOK)}"
    assert (tail.content, rest.content) == (HANDBOOK[-7:], HANDBOOK[-3:])
    assert beyond.status_code == 416


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<html><body><h1>Title</h1><script>alert(1)</script><p>Some words here.</p></body></html>", "page.html"),
        (b"# Title\n\n<script>alert(1)</script>\n\nSome words.", "notes.md"),
        (word(["Some words."]), "report.docx"),
    ],
)
async def test_what_a_browser_might_run_is_only_ever_a_download(house: House, content: bytes, name: str) -> None:
    await house.make_user("alice")
    document = await house.bring("alice", content, name)
    async with house.signed_in("alice") as client:
        response = await client.get(f"/api/documents/{document.id}/file")
    assert response.content == content
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment;")
    assert response.headers["content-security-policy"].startswith("sandbox;")
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_deleted_document_is_gone_at_every_address(house: House) -> None:
    await house.make_user("alice")
    document = await house.bring("alice")
    async with house.signed_in("alice") as client:
        assert (await client.delete(f"/api/documents/{document.id}")).status_code == 204
        for rest in ("", "/file", "/pages/1", "/sections/1"):
            assert (await client.get(f"/api/documents/{document.id}{rest}")).status_code == 404
        assert (await client.delete(f"/api/documents/{document.id}")).status_code == 404


async def test_the_guide_of_a_document_comes_after_it_was_read(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("bob")
    async with house.signed_in("alice") as client, house.signed_in("bob") as stranger:
        sent = (await upload(client)).json()
        address = f"/api/documents/{sent['document']['id']}/guide"
        await house.pipeline.run(UUID(sent["job"]["job_id"]))
        before = (await client.get(address)).json()
        await house.services.guides.make_all()
        after = (await client.get(address)).json()
        assert (await stranger.get(address)).status_code == 404
    assert (before["state"], before["guide"], after["state"]) == ("pending", None, "ready")
    asked = {question["text"]: question["page"] for question in after["guide"]["questions"]}
    assert asked["How long does parental leave last?"] == 2
