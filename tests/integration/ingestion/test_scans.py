"""Scans and pictures through a child process: page by page, with boxes, within limits that suit them."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pypdf
import pypdfium2 as pdfium
import pytest
from PIL import Image

from core.errors import DocumentUnreadable, StartupFailed
from core.settings import OcrSettings, ParserSettings
from ingestion.documents import highlights
from parsing.sandbox.sandbox import Sandbox
from parsing.sniff.mime import AVIF, GIF, HEIC, PDF, PNG, TEXT, TIFF, WEBP
from parsing.sniff.sniff import sniff
from parsing.types import Section
from rag.types import Span
from tests import documents as files
from tests import scans

LOW = OcrSettings(dpi=100)  # pages are drawn as small as the settings allow: a quarter of the usual time


async def read(sandbox: Sandbox, path: Path, mime_type: str) -> list[Section]:
    """All sections."""
    return [section async for section in sandbox.parse(path, mime_type)]


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """Child processes that recognise text fast."""
    opened = Sandbox(ParserSettings(), LOW)
    yield opened
    await opened.close()


@pytest.fixture
async def without_ocr() -> AsyncIterator[Sandbox]:
    """Text recognition turned off."""
    sandbox = Sandbox(ParserSettings(), OcrSettings(engine="off"))
    yield sandbox
    await sandbox.close()


def mixed() -> bytes:
    """A PDF of a page of text, a scan, and another page of text."""
    return pdf_of(files.pdf(["The first page is text."]), a_scan(), files.pdf(["So is the third."]))


def pdf_of(*parts: bytes) -> bytes:
    """The pages of several PDFs as one."""
    whole = pypdf.PdfWriter()
    for part in parts:
        whole.append(io.BytesIO(part))
    out = io.BytesIO()
    whole.write(out)
    return out.getvalue()


@asynccontextmanager
async def aclosing_sandbox(*settings: Any) -> AsyncIterator[Sandbox]:
    """A sandbox for the length of a block."""
    sandbox = Sandbox(*settings)
    try:
        yield sandbox
    finally:
        await sandbox.close()


def a_scan() -> bytes:
    """One page, a picture."""
    return scans.scan([scans.picture_of(scans.letter())])


@pytest.mark.recognition
async def test_scanned_pages_among_others(sandbox: Sandbox, stored: Callable[[bytes], Path]) -> None:
    first, second, third = await read(sandbox, stored(mixed()), PDF)
    assert first.text.strip() == "The first page is text."
    assert second.text.split() == scans.LETTER.split()
    assert third.text.strip() == "So is the third."
    assert (second.page, second.warning) == (2, None)
    assert second.width == pytest.approx(612, abs=1)
    words = [second.text[word.start : word.end] for word in second.words]
    assert words == scans.LETTER.split()


async def test_pages_that_may_not_be_recognised_say_so(without_ocr: Sandbox, stored: Callable[[bytes], Path]) -> None:
    warnings = [section.warning for section in await read(without_ocr, stored(mixed()), PDF)]
    assert warnings == [None, "Page 2 could not be read: text recognition is turned off.", None]
    with pytest.raises(DocumentUnreadable, match="text recognition is turned off"):
        await read(without_ocr, stored(a_scan()), PDF)
    with pytest.raises(DocumentUnreadable, match="text recognition is turned off"):
        await read(without_ocr, stored(scans.png(scans.picture_of(scans.letter()))), PNG)


@pytest.mark.recognition
async def test_a_passage_is_marked_on_its_scan(sandbox: Sandbox, stored: Callable[[bytes], Path]) -> None:
    path = stored(a_scan())
    (section,) = await read(sandbox, path, PDF)
    start = section.text.index("twenty-eight")
    words = [(word.start, word.end, *word.box) for word in section.words]
    boxes = highlights.boxes_of(words, [Span(start=start, end=start + len("twenty-eight days"))])
    assert len(boxes) == 1
    page = Image.open(io.BytesIO(highlights.draw(await sandbox.render(path, 1, 900), boxes)))
    marked = [
        (x, y)
        for x in range(0, page.width, 3)
        for y in range(0, page.height, 3)
        if page.getpixel((x, y)) == highlights.COLOUR
    ]
    true = pdfium.PdfDocument(scans.letter())[0]
    text_page = true.get_textpage()
    left, bottom, right, top = text_page.get_charbox(text_page.search("twenty").get_next()[0])
    assert any(left / 612 < x / page.width < right / 612 + 0.1 for x, _ in marked)
    assert all(abs(y / page.height - (792 - (top + bottom) / 2) / 792) < 0.02 for _, y in marked)


@pytest.mark.recognition
async def test_a_picture_is_a_document_of_one_page(sandbox: Sandbox, stored: Callable[[bytes], Path]) -> None:
    path = stored(scans.png(scans.picture_of(scans.letter())))
    (section,) = await read(sandbox, path, PNG)
    assert section.text.split() == scans.LETTER.split()
    assert section.page == 1
    assert Image.open(io.BytesIO(await sandbox.render(path, 1, 600, PNG))).width == 600


@pytest.mark.recognition
@pytest.mark.parametrize(("kind", "mime_type"), [("HEIF", HEIC), ("AVIF", AVIF), ("WEBP", WEBP), ("GIF", GIF)])
async def test_pictures_of_telephones_and_the_web(
    sandbox: Sandbox, stored: Callable[[bytes], Path], kind: str, mime_type: str
) -> None:
    photo = scans.photo(scans.picture_of(scans.letter()), kind)
    assert sniff(photo, b"", "picture") == mime_type
    path = stored(photo)
    (section,) = await read(sandbox, path, mime_type)
    assert section.text.split() == scans.LETTER.split()
    assert Image.open(io.BytesIO(await sandbox.render(path, 1, 600, mime_type))).size[0] == 600
    with pytest.raises(DocumentUnreadable, match="damaged"):
        await read(sandbox, stored(photo[: len(photo) // 4]), mime_type)


@pytest.mark.recognition
async def test_a_tiff_has_pages(sandbox: Sandbox, stored: Callable[[bytes], Path]) -> None:
    pages = [scans.picture_of(files.pdf([f"This is sheet {name}"])) for name in ("one", "two")]
    path = stored(scans.tiff(pages))
    sections = await read(sandbox, path, TIFF)
    assert [(section.page, section.text) for section in sections] == [
        (1, "This is sheet one"),
        (2, "This is sheet two"),
    ]
    assert sections[0].width == pytest.approx(612, abs=1)
    second = Image.open(io.BytesIO(await sandbox.render(path, 2, 700, TIFF)))
    assert second.size == (700, round(700 * 11 / 8.5))


async def test_a_picture_without_writing_is_no_document(sandbox: Sandbox, stored: Callable[[bytes], Path]) -> None:
    with pytest.raises(DocumentUnreadable, match="No text was found in this picture"):
        await read(sandbox, stored(scans.png(Image.linear_gradient("L").resize((600, 600)))), PNG)


@pytest.mark.recognition
async def test_scans_may_take_longer_than_other_files(stored: Callable[[bytes], Path]) -> None:
    sandbox = Sandbox(ParserSettings(cpu_s=2, page_cpu_s=30, wall_s=120), LOW)
    sections = await read(sandbox, stored(scans.scan([scans.picture_of(scans.letter())] * 3)), PDF)
    assert [section.text.split() == scans.LETTER.split() for section in sections] == [True] * 3
    await sandbox.close()


@pytest.mark.recognition
async def test_too_little_memory_for_recognition_is_said(stored: Callable[[bytes], Path]) -> None:
    sandbox = Sandbox(ParserSettings(memory_bytes=256 * 1024**2))
    sections = await read(sandbox, stored(mixed()), PDF)
    assert [bool(section.text.strip()) for section in sections] == [True, False, True]
    assert sections[1].warning is not None
    assert "memory" in sections[1].warning
    await sandbox.close()


def test_tesseract_without_language_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parsing.sandbox.sandbox.TESSDATA", ("nowhere/*",))
    with pytest.raises(StartupFailed, match="no language data of tesseract is installed"):
        Sandbox(ParserSettings(), OcrSettings(engine="tesseract"))


async def test_a_scan_gives_way_between_its_pages(tmp_path: Path) -> None:
    """With one parser: a line of text of somebody else is read long before the scan is."""
    (tmp_path / "scan").write_bytes(pdf_of(*[a_scan()] * 4))
    (tmp_path / "line").write_bytes(b"A line.")
    pages: list[Section] = []
    async with aclosing_sandbox(ParserSettings(processes=1), LOW) as sandbox:

        async def read_scan() -> None:
            async for section in sandbox.parse(tmp_path / "scan", PDF, user_id=UUID(int=1)):
                pages.append(section)

        scan = asyncio.create_task(read_scan())
        while not pages:
            await asyncio.sleep(0.05)
        assert len([section async for section in sandbox.parse(tmp_path / "line", TEXT, user_id=UUID(int=2))]) == 1
        assert len(pages) < 4
        await scan
    assert [bool(page.text) for page in pages] == [True] * 4
