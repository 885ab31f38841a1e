"""Guides to documents on real parts: made once a document has been read, of its present version, and seen by whoever may see it."""

from uuid import UUID

import pytest

from core.access import Principal
from core.errors import NotFound
from db.models import Document
from db.session import Database
from ingestion.blobs import pieces_of
from ingestion.service import IngestionService
from ingestion.worker.pipeline import IngestionPipeline
from ingestion.worker.upkeep import GuideMaker
from services import Services
from tests import documents as files


@pytest.fixture
def maker(services: Services) -> GuideMaker:
    return services.guides


async def bring(
    service: IngestionService,
    pipeline: IngestionPipeline,
    who: Principal,
    data: bytes,
    name: str,
    replaces: UUID | None = None,
) -> UUID:
    submission = await service.submit(who, pieces_of(data), name, replaces=replaces)
    await pipeline.run(submission.job.job_id)
    return submission.document.id


async def test_a_guide_is_made_once_a_document_has_been_read(
    service: IngestionService, pipeline: IngestionPipeline, maker: GuideMaker, alice: Principal, bob: Principal
) -> None:
    document_id = await bring(service, pipeline, alice, files.HANDBOOK, "handbook.pdf")
    assert (await service.guides.guide(alice, document_id)).state == "pending"
    assert await maker.make_all() == 1
    assert await maker.make_all() == 0
    view = await service.guides.guide(alice, document_id)
    assert view.state == "ready"
    assert view.guide is not None
    figures = {figure.value: figure for figure in view.guide.figures}
    assert {"twenty-eight days", "sixteen weeks"} <= set(figures)
    assert figures["sixteen weeks"].page == 2
    assert all(sentence.text in " ".join(files.HANDBOOK_PAGES).replace("\n", " ") for sentence in view.guide.about)
    assert "How long does parental leave last?" in {question.text for question in view.guide.questions}
    with pytest.raises(NotFound):
        await service.guides.guide(bob, document_id)


async def test_suggested_are_questions_on_what_one_may_see(
    service: IngestionService, pipeline: IngestionPipeline, maker: GuideMaker, alice: Principal, bob: Principal
) -> None:
    assert await service.guides.questions(alice, 3) == []
    await bring(service, pipeline, alice, files.HANDBOOK, "handbook.pdf")
    await bring(service, pipeline, bob, files.word(["Dogs are welcome in the garden house on Fridays."]), "dogs.docx")
    await maker.make_all()
    suggested = await service.guides.questions(alice, 3)
    assert "How long does parental leave last?" in suggested
    assert not any("dogs" in question.lower() for question in suggested)


async def test_a_new_version_gets_a_guide_of_its_own(
    service: IngestionService, pipeline: IngestionPipeline, maker: GuideMaker, alice: Principal
) -> None:
    document_id = await bring(service, pipeline, alice, files.HANDBOOK, "handbook.pdf")
    await maker.make_all()
    newer = files.pdf(["Leave\n\nParental leave lasts twenty weeks at full pay for every parent in the house."])
    await bring(service, pipeline, alice, newer, "handbook.pdf", replaces=document_id)
    assert (await service.guides.guide(alice, document_id)).state == "pending"
    assert await maker.make_all() == 1
    view = await service.guides.guide(alice, document_id)
    assert view.guide is not None
    assert (view.version, [figure.value for figure in view.guide.figures]) == (2, ["twenty weeks"])


async def test_uploads_come_first(
    service: IngestionService, pipeline: IngestionPipeline, maker: GuideMaker, alice: Principal
) -> None:
    await bring(service, pipeline, alice, files.HANDBOOK, "handbook.pdf")
    waiting = await service.submit(alice, pieces_of(files.word(["Dogs are welcome on Fridays."])), "dogs.docx")
    assert await maker.make_all() == 0
    await pipeline.run(waiting.job.job_id)
    assert await maker.make_all() == 2


async def test_a_document_without_text_has_no_guide(
    service: IngestionService, pipeline: IngestionPipeline, maker: GuideMaker, alice: Principal, database: Database
) -> None:
    document_id = await bring(service, pipeline, alice, files.HANDBOOK, "handbook.pdf")
    async with database.transaction() as session:
        document = await session.get_one(Document, document_id)
        document.chunk_count = 0
    assert await maker.make_all() == 0
    assert (await service.guides.guide(alice, document_id)).state == "none"
