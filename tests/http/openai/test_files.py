"""``/v1/files``, ``/v1/vector_stores`` and ``/v1/embeddings`` with OpenAI's own client."""

from typing import Any
from uuid import uuid4

import numpy as np
import openai
import pytest
from openai import AsyncOpenAI

from core.access import LibraryRole
from tests.documents import HANDBOOK
from tests.http.conftest import House
from tests.http.openai.conftest import OTHER_TEXT, openai_client


async def test_a_file_is_brought_read_and_deleted(house: House, client: AsyncOpenAI) -> None:
    brought = await client.files.create(file=("bananas.txt", OTHER_TEXT), purpose="assistants")
    assert (brought.filename, brought.bytes, brought.status) == ("bananas.txt", len(OTHER_TEXT), "uploaded")
    assert [one.filename async for one in client.files.list()] == ["bananas.txt", "handbook.pdf"]
    assert [one.filename async for one in client.files.list(limit=1, order="asc")] == ["handbook.pdf", "bananas.txt"]
    assert [one async for one in client.files.list(purpose="fine-tune")] == []
    assert (await client.files.content(brought.id)).content == OTHER_TEXT
    assert (await client.files.retrieve(brought.id)).id == brought.id
    assert (await client.files.delete(brought.id)).deleted
    with pytest.raises(openai.NotFoundError):
        await client.files.retrieve(brought.id)


async def test_a_form_may_have_its_fields_in_any_order(house: House, client: AsyncOpenAI) -> None:
    def part(head: str, body: bytes) -> bytes:
        return f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + body + b"\r\n"

    file, purpose = part('name="file"; filename="bananas.txt"', OTHER_TEXT), part('name="purpose"', b"user_data")
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    async with house.signed_in("alice") as plain:
        after = await plain.post("/v1/files", content=file + purpose + b"--b--\r\n", headers=form)
        two = await plain.post("/v1/files", content=file + file + b"--b--\r\n", headers=form)
        cut = await plain.post("/v1/files", content=file + purpose[:30], headers=form)
        ours = await plain.post("/api/documents", content=file + purpose + b"--b--\r\n", headers=form)
    assert (after.status_code, after.json()["bytes"]) == (200, len(OTHER_TEXT))
    assert [one.status_code for one in (two, cut, ours)] == [400, 400, 422]
    assert "error" in two.json()


async def test_what_is_not_theirs_is_not_there(house: House, client: AsyncOpenAI) -> None:
    alice = await house.accounts.principal_of_user("alice")
    [file_id] = [one.id async for one in client.files.list()]
    store_id = f"vs_{alice.personal_library_id.hex}"
    for name in ("mallory", "viewer"):
        await house.make_user(name)
    await house.share(alice, "viewer", LibraryRole.VIEWER)
    async with openai_client(house, "mallory") as mallory:
        assert [one async for one in mallory.files.list()] == []
        for call in (mallory.files.retrieve, mallory.files.delete, mallory.files.content):
            for some_id in (file_id, f"file-{uuid4().hex}", "file-1"):
                with pytest.raises(openai.NotFoundError, match=r"There is no such file\."):
                    await call(some_id)
        for some_id in (store_id, f"vs_{uuid4().hex}", "vs_1"):
            with pytest.raises(openai.NotFoundError, match=r"There is no such vector store\."):
                await mallory.vector_stores.search(some_id, query="leave")
            with pytest.raises(openai.NotFoundError):
                await mallory.vector_stores.retrieve(some_id)
    async with openai_client(house, "viewer") as viewer:
        assert (await viewer.files.retrieve(file_id)).filename == "handbook.pdf"
        with pytest.raises(openai.PermissionDeniedError):
            await viewer.files.delete(file_id)


async def test_a_vector_store_is_a_library_that_is_searched(house: House, client: AsyncOpenAI) -> None:
    await house.bring("alice", OTHER_TEXT, "bananas.txt")
    [store] = [one async for one in client.vector_stores.list()]
    assert (store.name, store.status, store.file_counts.completed) == ("alice", "completed", 2)
    assert store.usage_bytes == len(OTHER_TEXT) + len(HANDBOOK)
    assert (await client.vector_stores.retrieve(store.id)).to_dict() == store.to_dict()
    files = [one async for one in client.vector_stores.files.list(store.id, limit=1)]
    assert [one.attributes for one in files] == [{"filename": "bananas.txt"}, {"filename": "handbook.pdf"}]
    assert [one async for one in client.vector_stores.files.list(store.id, filter="failed")] == []
    assert (await client.vector_stores.files.retrieve(files[0].id, vector_store_id=store.id)).status == "completed"
    found = (await client.vector_stores.search(store.id, query="How many days of annual leave?")).data
    assert (found[0].filename, found[0].attributes and found[0].attributes["page"]) == ("handbook.pdf", 2)
    assert "twenty-eight days" in found[0].content[0].text
    async with house.signed_in("alice") as plain:
        assert (await plain.get(str((found[0].attributes or {})["url"]))).headers["content-type"] == "image/png"
    assert all(0 <= one.score <= 1 for one in found)
    least: Any = {"score_threshold": found[0].score}
    best = await client.vector_stores.search(store.id, query="How many days of annual leave?", ranking_options=least)
    assert [one.file_id for one in best.data] == [found[0].file_id]
    several = await client.vector_stores.search(store.id, query=["annual leave", "yellow bananas"], max_num_results=4)
    assert {one.filename for one in several.data} == {"handbook.pdf", "bananas.txt"}
    with pytest.raises(openai.BadRequestError):
        await client.vector_stores.search(store.id, query="x", filters={"type": "eq", "key": "page", "value": 2})


async def test_the_vectors_are_those_of_the_search(house: House, client: AsyncOpenAI) -> None:
    texts = ["annual leave", "Bananas are yellow."]
    vectors = await client.embeddings.create(model="footnote", input=texts, encoding_format="float")
    packed = await client.embeddings.create(model=vectors.model, input=texts)  # base64, unless numbers are asked for
    async with house.services.live.use() as index_version:
        own = await index_version.embeddings.aembed_documents(texts)
    assert vectors.model == index_version.embeddings.name
    for one, other, ours in zip(vectors.data, packed.data, own, strict=True):
        np.testing.assert_allclose(one.embedding, ours, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(other.embedding, ours, rtol=1e-5, atol=1e-6)
    assert index_version.embeddings.name in [one.id for one in (await client.models.list()).data]
    refused: list[dict[str, Any]] = [
        {"dimensions": 7},
        {"input": [1, 2, 3]},
        {"input": [[1, 2]]},
        {"input": ""},
        {"input": []},
        {"encoding_format": "hex"},
    ]
    for more in refused:
        with pytest.raises(openai.BadRequestError) as error:
            await client.post("/embeddings", body={"model": "footnote", "input": "x", **more}, cast_to=object)
        assert (error.value.param or "").startswith(next(iter(more))), more
    with pytest.raises(openai.NotFoundError):
        await client.embeddings.create(model="text-embedding-3-small", input="x")
    assert (await client.embeddings.create(model="footnote", input="x", dimensions=len(own[0]))).data
