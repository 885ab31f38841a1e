"""Real files of many makers, where they are at hand. Scans and pictures take minutes: ``make eval-parse`` has them too."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import FootnoteError
from core.settings import OcrSettings, ParserSettings
from evals.parse import judged
from parsing.sandbox.sandbox import Sandbox
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from parsing.types import Section

pytestmark = pytest.mark.shared

RECOGNISED = ("pdf-scan", "image")
KINDS = (
    *("csv", "doc", "docx", "eml", "epub", "html", "md", "msg", "odf", "other", "ppt", "pptx", "txt", "xls", "xlsx"),
    *("pdf-text", "pdf-columns", "pdf-rotated", "pdf-tables", "pdf-long", "pdf-encrypted", "pdf-damaged"),
    *("pdf-forms", "pdf-lang"),
    *(pytest.param(kind, marks=pytest.mark.recognition) for kind in RECOGNISED),
)
NOT_FOUND = {
    "csv/semicolon-delimited.csv",  # what is looked for runs over two cells and the semicolon between them
    "xls/testEXCEL_95.xls",  # it has no cells; what is looked for is the name of a sheet
}


async def sections_of(sandbox: Sandbox, path: Path) -> list[Section]:
    """What is read of a file. Raises FootnoteError."""
    data = path.read_bytes()
    mime_type = sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], path.name)
    return [section async for section in sandbox.parse(path, mime_type)]


@pytest.fixture
async def without_recognition() -> AsyncIterator[Sandbox]:
    """Child processes that leave pictures alone: hundreds of pages with charts, of which nothing is looked for, take minutes."""
    opened = Sandbox(ParserSettings(), OcrSettings(engine="off"))
    yield opened
    await opened.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_phrases_are_found_on_their_pages(
    sandbox: Sandbox, without_recognition: Sandbox, shared_data: Path, kind: str
) -> None:
    folder = shared_data / "docs"
    reader = sandbox if kind in RECOGNISED else without_recognition
    listed = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    wrong: dict[str, str] = {}
    for file in (file for file in listed if file["kind"] == kind):
        sections: list[Section] = []
        error = None
        try:
            sections = await sections_of(reader, folder / file["path"])
        except FootnoteError as failure:
            error = failure.message
        assert error or "".join(section.text for section in sections).strip(), f"{file['path']}: an empty success"
        outcome = judged(file, sections, error, 0)
        if not outcome.is_right or outcome.pages_right < outcome.pages:
            wrong[file["path"]] = outcome.problem or "on another page"
        for section in sections:
            words = [section.text[word.start : word.end] for word in section.words]
            assert not any(word != word.strip() or not word for word in words)
            blocks = [section.text[block.start : block.end] for block in section.blocks]
            assert not any(block != block.strip() or not block for block in blocks)
    assert set(wrong) <= NOT_FOUND, wrong
