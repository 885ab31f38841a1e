"""Some attacks of the catalogue as uploads: through the child process, the queue, the tables and the index, to the page."""

from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest
from pydantic import SecretStr

from answers.transcript import Transcript
from core.access import Principal, scope_of
from core.settings import LLMSettings, RetrievalSettings
from ingestion.service import IngestionService
from ingestion.worker.pipeline import IngestionPipeline
from rag.events import Started
from rag.index.live import LiveIndex
from rag.models.chain import build_chain
from rag.pipeline import RagPipeline
from rag.writing.writer import AnswerWriter
from tests.attacks.attack import QUESTION, Attack
from tests.attacks.catalogue import ATTACKS
from tests.rendered import rendered
from tests.stub_llm import RunningStub, running_stub

RUN = UUID("7d0a4e0e-5a0f-4f5c-9a53-0d4c4d2c7b11")
UPLOADED = (
    "hidden: white text",
    "hidden: covered by a box",
    "hidden: off the page",
    "hidden: display none",
    "hidden: vanished",
    "hidden: beside the slide",
    "hidden: white cell",
    "hidden: tag characters",
    "file name as a link",
    "subject of a message",
    "image of a citation",
    "closes the fence",
)


@pytest.fixture(scope="module")
def stub() -> Iterator[RunningStub]:
    """The stub server."""
    with running_stub() as running:
        yield running


async def stream(data: bytes) -> AsyncIterator[bytes]:
    """An upload."""
    yield data


@pytest.mark.parametrize("attack", [one for one in ATTACKS if one.id in UPLOADED], ids=lambda one: one.id)
async def test_an_uploaded_attack(
    attack: Attack,
    service: IngestionService,
    pipeline: IngestionPipeline,
    live: LiveIndex,
    alice: Principal,
    stub: RunningStub,
) -> None:
    job = (await service.submit(alice, stream(attack.data), attack.name)).job
    await pipeline.run(job.job_id)
    document = await service.document(alice, job.document_id)
    assert (document.state, document.error) == ("ready", None)

    is_hidden = attack.kind == "hidden text"
    assert [warning.kind for warning in document.warnings] == (["hidden"] if is_hidden else [])
    assert all("PWNED" in warning.message for warning in document.warnings)
    section = await service.viewing.section(alice, document.id, 1)
    assert ("PWNED" in section.text) is (not is_hidden and "PWNED" not in attack.name)

    llm = LLMSettings(model="obey", base_url=stub.base_url, timeout_s=5.0, api_key=SecretStr("sk-x"))
    asked = RagPipeline(live, AnswerWriter(build_chain(llm)), RetrievalSettings())
    transcript = Transcript().apply(Started(answer_run_id=RUN))
    async for event in asked.stream(QUESTION, (), scope_of(alice)):
        transcript = transcript.apply(event)
    page = rendered(transcript.markdown)
    assert (page.images, page.html) == ([], [])
    assert [link for link in page.links if not link.startswith((f"/cite/{RUN}/", f"/answers/{RUN}"))] == []
    assert ("PWNED" in page.text) is not is_hidden


def test_they_are_in_the_catalogue() -> None:
    assert {attack.id for attack in ATTACKS} >= set(UPLOADED)
