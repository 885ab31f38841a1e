"""What a footnote opens: the JSON of the viewer and the pages for people."""

import re
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest

from tests.documents import HANDBOOK, pdf, word
from tests.http.conftest import LEAVE, NOBODYS, House, asked

NOTES = "Birds of the garden\n\nThe blackbird 🐦 sings at dawn from the highest branch.\n\nRobins stay through the winter months."


async def cited(client: httpx.AsyncClient, question: str) -> tuple[dict[str, str], dict[str, object]]:
    """The first citation of an answer, and what the viewer is told of it."""
    citation = (await asked(client, question)).json()["citations"][0]
    response = await client.get(citation["url"].replace("/cite/", "/api/citations/"))
    assert response.status_code == 200
    return citation, response.json()


async def test_a_text_citation_has_spans_that_cover_the_quote(house: House) -> None:
    await house.make_user("alice")
    document = await house.bring("alice", NOTES.encode(), "birds.txt")
    async with house.signed_in("alice") as client:
        _, page = await cited(client, "When does the blackbird sing?")
        section = (await client.get(f"/api/documents/{document.id}/sections/{page['section']}")).json()
    assert (page["kind"], page["boxes"], page["mime_type"]) == ("text", [], "text/plain")
    spans = page["spans"]
    assert isinstance(spans, list)
    shown = " … ".join(" ".join(section["text"][span["start"] : span["end"]].split()) for span in spans)
    assert shown == page["quote"]
    assert "sings at dawn" in shown


async def test_word_files_open_as_text(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice", word(["The lighthouse was built in 1821 by Ann Hale."]), "history.docx")
    async with house.signed_in("alice") as client:
        _, page = await cited(client, "Who built the lighthouse in 1821?")
    assert page["kind"] == "text"
    assert "Ann Hale" in str(page["quote"])


async def test_of_a_deleted_document_only_the_title_is_left(house: House) -> None:
    await house.make_user("alice")
    document = await house.bring("alice")
    async with house.signed_in("alice") as client:
        citation, _ = await cited(client, LEAVE)
        await client.delete(f"/api/documents/{document.id}")
        page = (await client.get(citation["url"].replace("/cite/", "/api/citations/"))).json()
        html = await client.get(citation["url"])
    assert (page["kind"], page["title"], page["quote"], page["document_id"]) == ("deleted", "handbook.pdf", "", None)
    assert html.status_code == 200


async def test_a_citation_of_an_earlier_version_opens_and_says_so(house: House) -> None:
    await house.make_user("alice")
    document = await house.bring("alice")
    address = f"/api/documents/{document.id}"
    async with house.signed_in("alice") as client:
        citation, before = await cited(client, LEAVE)
        files = {"file": ("handbook.pdf", pdf(["A short handbook.", "Nothing of leave."]))}
        job = (await client.post("/api/documents", params={"replaces": str(document.id)}, files=files)).json()["job"]
        waiting = (await client.get(citation["url"].replace("/cite/", "/api/citations/"))).json()
        await house.pipeline.run(UUID(job["job_id"]))
        page = (await client.get(citation["url"].replace("/cite/", "/api/citations/"))).json()
        image = f"{address}/pages/3?width=200"
        earlier, present = await client.get(f"{image}&version=1"), await client.get(image)
        old_file, new_file = await client.get(f"{address}/file?version=1"), await client.get(f"{address}/file")
        numbers = [(one["version"], one["is_present"]) for one in (await client.get(f"{address}/versions")).json()]
    assert waiting == before
    assert (before["version"], before["is_earlier_version"]) == (1, False)
    assert page == {**before, "is_earlier_version": True}
    assert page["page_count"] == 3
    assert (earlier.status_code, present.status_code) == (200, 404)
    assert (old_file.content == HANDBOOK, new_file.content == files["file"][1]) == (True, True)
    assert old_file.headers["etag"] != new_file.headers["etag"]
    assert numbers == [(2, True), (1, False)]


async def test_a_citation_of_a_table_says_its_cells(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice", b"item,price\npears,3 crowns\napples,4 crowns\n", "prices.csv")
    async with house.signed_in("alice") as client:
        citation, page = await cited(client, "What is the price of pears?")
    assert page["locator"]
    assert page["locator"] == citation["locator"]


async def test_the_page_for_people_runs_no_inline_code_and_may_be_framed_by_us_only(house: House) -> None:
    await house.make_user("alice")
    await house.bring("alice", name="<script>alert(1)</script>.pdf")
    async with house.signed_in("alice") as client:
        citation, _ = await cited(client, LEAVE)
        response = await client.get(citation["url"], params={"theme": "dark", "embed": "1"})
        odd = await client.get(citation["url"], params={"theme": '"><script>'})
    html, policy = response.text, response.headers["content-security-policy"]
    assert "<script>" not in html + odd.text
    assert set(re.findall(r"<script[^>]*>(.*?)</script>", html)) == {""}
    assert " on" not in re.sub(r"<title>.*</title>", "", html).split("<body>")[0].split("<head>")[0]
    assert 'data-theme="dark"' in html
    assert "data-embed" in html
    assert "frame-ancestors 'self'" in policy
    assert "script-src 'self';" in policy
    assert response.headers["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.parametrize("path", [f"/cite/{NOBODYS}/1", f"/jobs/{NOBODYS}"])
async def test_people_are_told_in_words_what_is_missing(house: House, path: str) -> None:
    await house.make_user("alice")
    async with house.visitor() as nobody, house.signed_in("alice") as alice:
        unknown, missing = await nobody.get(path), await alice.get(path)
        odd = await alice.get(path.replace(str(NOBODYS), "nonsense"))
    assert unknown.status_code == 401
    assert f'href="/login?next={quote(path, safe="")}"' in unknown.text
    assert (missing.status_code, odd.status_code) == (404, 404)
    assert "There is no such" in missing.text
    assert all(page.headers["content-type"].startswith("text/html") for page in (unknown, missing, odd))
