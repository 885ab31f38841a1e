"""Elements: rows that lead to our own documents, in threads of one's own."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from chainlit.element import CustomElement, File, Pdf
from sqlalchemy import select

from chat.data_layer import FootnoteDataLayer
from core.access import Principal
from core.errors import NotFound
from db.conversation import Element
from db.models import Document
from db.session import Database
from tests.conversations import Acting, exchange


async def stored(database: Database) -> list[Element]:
    async with database.reader() as session:
        return list((await session.scalars(select(Element).order_by(Element.created_at))).all())


async def a_document(database: Database, who: Principal) -> UUID:
    row = Document(
        library_id=who.personal_library_id,
        title="t.pdf",
        mime_type="application/pdf",
        size_bytes=1,
        sha256="x",
        blob_key="k",
    )
    async with database.transaction() as session:
        session.add(row)
    return row.id


@pytest.fixture
async def hers(layer: FootnoteDataLayer, acting: Acting, alice: Principal) -> tuple[str, str]:
    """Alice's thread and its first message."""
    thread_id = str(uuid4())
    with acting(alice, socket=thread_id):
        question_id, *_ = await exchange(layer, thread_id, "Look at this", "I did")
    return thread_id, question_id


def custom(thread_id: str, **more: Any) -> CustomElement:
    return CustomElement(**{"thread_id": thread_id, "name": "Card", "props": {"n": 1}, **more})


async def test_an_uploaded_file_leads_to_its_document(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal, hers: tuple[str, str]
) -> None:
    thread_id, question_id = hers
    document_id = await a_document(database, alice)
    file = Pdf(
        thread_id=thread_id, name="t.pdf", path="/tmp/secret/t.pdf", for_id=question_id, page=3, mime="application/pdf"
    )
    with acting(alice, socket=thread_id):
        await layer.create_element(file)
        await layer.create_element(File(thread_id=thread_id, id=file.id, name="other type", path="/x"))
        file.url = f"/api/documents/{document_id}/file"
        await layer.create_element(file)
        file.url = None
        await layer.create_element(file)  # the document stays
        thread = await layer.get_thread(thread_id)
        one = await layer.get_element(thread_id, file.id)
    assert thread is not None
    assert thread["elements"] == [one]
    assert one is not None
    assert (one["url"], one["forId"], one["name"]) == (f"/api/documents/{document_id}/file", question_id, "t.pdf")
    assert (one["type"], one["page"], one["mime"], one["display"]) == ("pdf", 3, "application/pdf", "inline")
    assert "secret" not in str(thread)


@pytest.mark.parametrize("known_by", ["url", "props"])
async def test_a_document_may_be_named_at_once(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal, hers: tuple[str, str], known_by: str
) -> None:
    document_id = await a_document(database, alice)
    address = f"/api/documents/{document_id}/file"
    element = File(thread_id=hers[0], name="t", url=address)
    if known_by == "props":
        element = custom(hers[0], props={"document_id": str(document_id)})  # type: ignore[assignment]
    with acting(alice, socket=hers[0]):
        await layer.create_element(element)
        shown = await layer.get_element(hers[0], element.id)
    assert shown is not None
    assert shown["url"] == address


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "//evil.example/x",
        "javascript:alert(1)",
        "/api/documents/../admin",
        "http://evil/api/documents/00000000-0000-4000-8000-000000000000/file",
        "/api/documents/00000000-0000-4000-8000-000000000000/file",  # no such document
    ],
)
async def test_no_other_address_is_kept_or_fetched(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal, hers: tuple[str, str], url: str
) -> None:
    element = File(thread_id=hers[0], name="x", url=url)
    with acting(alice, socket=hers[0]):
        await layer.create_element(element)
        shown = await layer.get_element(hers[0], element.id)
    assert shown is not None
    assert shown["url"] is None
    assert [row.url for row in await stored(database)] == [url if url.startswith("/api/documents/0") else None]


async def test_someone_elses_document_is_not_attached(
    layer: FootnoteDataLayer,
    database: Database,
    acting: Acting,
    alice: Principal,
    mallory: Principal,
    hers: tuple[str, str],
) -> None:
    document_id = await a_document(database, mallory)
    element = custom(hers[0], props={"document_id": str(document_id)})
    with acting(alice, socket=hers[0]):
        await layer.create_element(element)
    assert [row.document_id for row in await stored(database)] == [None]


async def test_elements_of_others_can_be_neither_made_nor_changed_nor_read_nor_deleted(
    layer: FootnoteDataLayer,
    database: Database,
    acting: Acting,
    alice: Principal,
    mallory: Principal,
    hers: tuple[str, str],
) -> None:
    thread_id, question_id = hers
    own, his = custom(thread_id, for_id=question_id), str(uuid4())
    with acting(alice, socket=thread_id):
        await layer.create_element(own)
    with acting(mallory, socket=his):
        await exchange(layer, his, "Q", "A")
        await layer.create_element(custom(thread_id, for_id=question_id))
        await layer.create_element(custom(thread_id, id=own.id, props={"n": "forged"}))
        await layer.create_element(custom(his, id=own.id, props={"n": "forged"}))
        await layer.create_element(custom(str(uuid4())))
        await layer.create_element(custom(""))
        assert await layer.get_element(thread_id, own.id) is None
        assert await layer.get_element(his, own.id) is None
        for claimed in (thread_id, his, None):
            with pytest.raises(NotFound):
                await layer.delete_element(own.id, claimed)
    assert [(str(row.id), str(row.thread_id), row.props, row.document_id) for row in await stored(database)] == [
        (own.id, thread_id, {"n": 1}, None)
    ]
    with acting(alice, socket=thread_id):
        await layer.delete_element(own.id, thread_id)
    assert await stored(database) == []


async def test_properties_change_within_limits(
    layer: FootnoteDataLayer, database: Database, acting: Acting, alice: Principal, hers: tuple[str, str]
) -> None:
    element = custom(hers[0])
    with acting(alice, socket=hers[0]):
        await layer.create_element(element)
        await layer.create_element(custom(hers[0], id=element.id, props={"n": 2}))
        await layer.create_element(custom(hers[0], id=element.id, props={"n": "x" * 100_000}))
        await layer.create_element(File(thread_id=hers[0], id=element.id, name="other type", path="/x"))
    assert [(row.props, row.name) for row in await stored(database)] == [({"n": 2}, "Card")]
    assert layer.writes.lines.failed == 1  # the person is told that it was too long
