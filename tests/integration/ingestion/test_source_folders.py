"""Folders of the settings as sources of a library: a real S3, real tables, the real pipeline."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from core.access import Principal, Role
from core.settings import FolderPlace, LinkSettings
from db import users
from db.base import now
from db.models import Document, DocumentSource
from ingestion.folders.sync import Outcome
from ingestion.sources.folders import said
from ingestion.sources.service import DocumentSources
from ingestion.sources.slots import SourceSlots
from ingestion.sources.types import LinkKind, LinkState, LinkView
from services import Services
from tests.object_storage import BUCKET, s3_client, s3_server


@pytest.fixture(scope="module")
def storage() -> Iterator[tuple[FolderPlace, Any]]:
    """A folder of a bucket, and a client to fill it."""
    with s3_server() as blobs:
        place = FolderPlace(
            url=f"s3://{BUCKET}/contracts",
            endpoint=blobs.endpoint,
            access_key=blobs.access_key,
            secret_key=blobs.secret_key,
        )
        yield place, s3_client(blobs)


@pytest.fixture
def links(storage: tuple[FolderPlace, Any]) -> LinkSettings:
    return LinkSettings(folders={"contracts": storage[0]})


@pytest.fixture
def put(storage: tuple[FolderPlace, Any]) -> Iterator[Callable[[str, str | None], None]]:
    """Writes a file of the folder; None deletes it."""
    client, names = storage[1], set[str]()

    def write(name: str, text: str | None) -> None:
        key = f"contracts/{name}"
        if text is None:
            client.delete_object(Bucket=BUCKET, Key=key)
        else:
            client.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
            names.add(name)

    yield write
    for name in names:
        write(name, None)


@pytest.fixture
async def root(services: Services, make_user: Callable[..., Any]) -> Principal:
    principal: Principal = await make_user("root", role=Role.ADMIN)
    return principal


@asynccontextmanager
async def reading_files(services: Services) -> AsyncIterator[None]:
    """A worker that reads what is uploaded."""
    pipeline = services.ingestion_pipeline

    async def work() -> None:
        while True:
            claimed = await pipeline.claim_next()
            await (pipeline.do(claimed) if claimed else asyncio.sleep(0.05))

    worker = asyncio.create_task(work())
    try:
        yield
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def read(services: Services, links: LinkSettings, principal: Principal, link: LinkView) -> LinkView:
    """Have the folder read now, and its files."""
    async with services.database.transaction() as session:
        await session.execute(update(DocumentSource).where(DocumentSource.id == link.link_id).values(next_at=now()))
    slots = SourceSlots(services.database, services.ingestion, links, services.accounts.principal_of_user)
    async with reading_files(services):
        assert await slots.read_due() == 1
    return await DocumentSources(services.database, links).get(principal, link.link_id)


async def titles(services: Services, library_id: UUID) -> dict[str, int]:
    """The documents of a library with their versions."""
    async with services.database.reader() as session:
        rows = await session.scalars(select(Document).where(Document.library_id == library_id))
        return {row.title: row.version for row in rows if row.state == "ready"}


async def test_a_library_is_kept_in_step_with_a_bucket(
    services: Services, links: LinkSettings, root: Principal, put: Callable[[str, str | None], None]
) -> None:
    put("lease.txt", "The notice period is eleven weeks.")
    put("2026/fees.md", "# Fees\n\nThe fee is 40 euros.")
    put("photo.exe", "MZ\0\0 no document")
    link = await DocumentSources(services.database, links).add(root, "contracts", LinkKind.FOLDER)
    first = await read(services, links, root, link)
    assert (first.state, first.error) == (LinkState.READ, None)
    assert (first.notice or "").startswith("2 files are up to date. 1 could not be read; the first is photo.exe: ")
    assert await titles(services, root.personal_library_id) == {"lease.txt": 1, "2026/fees.md": 1}
    assert first.next_at is not None
    assert timedelta(hours=23) < first.next_at - now() < timedelta(hours=25)
    put("lease.txt", "The notice period is nine weeks.")
    put("photo.exe", None)
    second = await read(services, links, root, link)
    assert second.notice == "2 files are up to date."
    assert await titles(services, root.personal_library_id) == {"lease.txt": 2, "2026/fees.md": 1}
    put("2026/fees.md", None)
    await read(services, links, root, link)
    assert await titles(services, root.personal_library_id) == {"lease.txt": 2}


async def test_an_empty_bucket_does_not_empty_the_library(
    services: Services, links: LinkSettings, root: Principal, put: Callable[[str, str | None], None]
) -> None:
    put("a.txt", "The notice period is eleven weeks.")
    put("b.txt", "The fee is 40 euros.")
    link = await DocumentSources(services.database, links).add(root, "contracts", LinkKind.FOLDER)
    await read(services, links, root, link)
    put("a.txt", None)
    put("b.txt", None)
    after = await read(services, links, root, link)
    assert after.notice == (
        "0 files are up to date. 2 documents stay although their files are gone: more than half of the folder is."
    )
    assert await titles(services, root.personal_library_id) == {"a.txt": 1, "b.txt": 1}


async def test_who_is_no_admin_any_more_and_a_name_that_is_gone_end_it(
    services: Services, links: LinkSettings, root: Principal, put: Callable[[str, str | None], None]
) -> None:
    put("a.txt", "The notice period is eleven weeks.")
    link = await DocumentSources(services.database, links).add(root, "contracts", LinkKind.FOLDER)
    gone = await read(services, LinkSettings(), root, link)
    assert (gone.error, gone.next_at) == ("There is no folder of this name in the settings.", None)
    async with services.database.transaction() as session:
        user = await users.get(session, root.user_id)
        assert user is not None
        user.role = Role.USER.value
    refused = await read(services, links, root, link)
    assert (refused.error or "").startswith("Only admins may keep a library in step")
    assert await titles(services, root.personal_library_id) == {}


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (Outcome(new=2, unchanged=3, elsewhere=1), "6 files are up to date."),
        (
            Outcome(failed=[("a.pdf", "This PDF is damaged."), ("b.pdf", "x")]),
            "0 files are up to date. 2 could not be read; the first is a.pdf: This PDF is damaged.",
        ),
    ],
)
def test_what_is_said_of_a_folder(outcome: Outcome, sentence: str) -> None:
    assert said(outcome) == sentence


async def test_a_folder_that_cannot_be_reached_says_so_and_is_tried_again(
    services: Services, links: LinkSettings, root: Principal
) -> None:
    away = links.folders["contracts"].model_copy(update={"endpoint": "http://127.0.0.1:9"})
    wrong = LinkSettings(folders={"contracts": away})
    link = await DocumentSources(services.database, wrong).add(root, "contracts", LinkKind.FOLDER)
    first = await read(services, wrong, root, link)
    assert first.state == LinkState.FAILED
    assert (first.error or "").startswith("The folder s3://")
    assert first.next_at is not None
    assert first.next_at - now() < timedelta(hours=1)
    assert (await read(services, links, root, link)).error is None
