"""Real files of many makers, where they are at hand."""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from core.errors import FootnoteError
from ingestion.sandbox import Sandbox
from ingestion.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from ingestion.types import Section

pytestmark = pytest.mark.shared

KINDS = (
    "docx",
    "html",
    "md",
    "txt",
    "pdf-text",
    "pdf-columns",
    "pdf-rotated",
    "pdf-tables",
    "pdf-long",
    "pdf-encrypted",
    "pdf-damaged",
)
NOT_YET = {  # files whose phrases are known to be missed
    "docx/Strict.docx",
    "docx/docx-hdrftr.docx",
    "docx/textbox.docx",
    "pdf-text/testPDF_childAttachments.pdf",
}


def squashed(text: str) -> str:
    """Text without what parsers may differ in."""
    return re.sub(
        r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069]+", "", unicodedata.normalize("NFKC", text)
    ).casefold()


async def sections_of(sandbox: Sandbox, path: Path) -> list[Section]:
    """What the product reads in a file."""
    data = path.read_bytes()
    mime_type = sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], path.name)
    return [section async for section in sandbox.parse(path, mime_type)]


def missing(file: dict[str, Any], sections: list[Section]) -> list[str]:
    """The phrases that are not where they should be."""
    whole = squashed(" ".join(section.text for section in sections))
    lost = []
    for expected in file["phrases"]:
        phrase = squashed(expected["phrase"])
        on_page = [squashed(section.text) for section in sections if section.page == expected.get("page")]
        if phrase not in whole or ("page" in expected and not any(phrase in text for text in on_page)):
            lost.append(expected["phrase"])
    return lost


@pytest.mark.parametrize("kind", KINDS)
async def test_phrases_are_found_on_their_pages(sandbox: Sandbox, shared_data: Path, kind: str) -> None:
    folder = shared_data / "docs"
    listed = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    wrong: dict[str, object] = {}
    for file in (file for file in listed if file["kind"] == kind):
        try:
            sections = await sections_of(sandbox, folder / file["path"])
        except FootnoteError as error:
            if file["expected"] != "error":
                wrong[file["path"]] = error.message
            continue
        assert "".join(section.text for section in sections).strip(), f"{file['path']}: an empty success"
        if file["expected"] == "error":
            allowed = squashed(file.get("text_allowed") or "")
            if not allowed or allowed not in squashed(" ".join(section.text for section in sections)):
                wrong[file["path"]] = "should have failed"
        elif lost := missing(file, sections):
            wrong[file["path"]] = lost
        for section in sections:
            words = [section.text[word.start : word.end] for word in section.words]
            assert not any(word != word.strip() or not word for word in words)
    assert set(wrong) <= NOT_YET, wrong
