"""Files made to hurt: a clear sentence or the right text within the limits, and a server that hardly notices."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import psutil
import pytest

from core.errors import DocumentUnreadable, FootnoteError
from core.settings import ParserSettings
from parsing.sandbox.sandbox import Sandbox
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from parsing.types import Section
from tests import documents as files
from tests.integration.ingestion import hostile

MIB = 1024**2
LIMITS = ParserSettings(memory_bytes=1024 * MIB, cpu_s=10, page_cpu_s=10, wall_s=120)
MOST_GROWTH = 100 * MIB


@dataclass
class Outcome:
    """What came of a file: the text, or the sentence."""

    sections: list[Section]
    sentence: str | None

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(section.text for section in self.sections)


@pytest.fixture(scope="module")
async def limited() -> AsyncIterator[Sandbox]:
    """Children with limits that a test can wait for."""
    sandbox = Sandbox(LIMITS)
    await sandbox.start()
    yield sandbox
    await sandbox.close()


async def outcome_of(sandbox: Sandbox, path: Path, filename: str) -> Outcome:
    """A file read as the product does it: its type by content, then a child process."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(path.stat().st_size - TAIL_BYTES, 0))
        tail = file.read()
    sections: list[Section] = []
    try:
        async for section in sandbox.parse(path, sniff(head, tail, filename)):
            sections = [section] if len(section.text) > 100_000 else [*sections[-200:], section]
    except FootnoteError as error:
        return Outcome(sections, error.message)
    return Outcome(sections, None)


@contextlib.asynccontextmanager
async def memory_watched() -> AsyncIterator[None]:
    """Fails when this process, which is the server here, grew by more than it may at any moment."""
    process = psutil.Process()
    before = most = process.memory_info().rss

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, process.memory_info().rss)
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
    assert most - before < MOST_GROWTH


def with_unknown_charset() -> bytes:
    """A letter in an alphabet that nobody knows."""
    return b"From: a@example.org\nTo: b@example.org\nSubject: Nests\nContent-Type: text/plain; charset=x-klingon\n\nTwelve nests.\n"


def letter_in_letters(depth: int) -> bytes:
    """A letter with a letter with a letter …"""
    letter = EmailMessage()
    letter["Subject"] = "The innermost"
    letter.set_content("Twelve nests.")
    for level in range(depth):
        outer = EmailMessage()
        outer["Subject"] = f"Forwarded {level}"
        outer.set_content("See below.")
        outer.add_attachment(letter)
        letter = outer
    return letter.as_bytes()


def parts_in_parts() -> bytes:
    """A letter whose parts stand in each other more deeply than Python's own reader goes."""
    parts = (f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(2000))
    return ("From: a@example.org\n" + "".join(parts) + "Twelve nests.\n").encode()


# name: (file name, bytes, part of the sentence; None where the text is right)
CASES: dict[str, tuple[str, Callable[[], bytes], str | None]] = {
    "empty file": ("a.pdf", lambda: b"", "empty"),
    "truncated PDF": ("a.pdf", lambda: files.HANDBOOK[:900], "damaged"),
    "header-only PDF": ("a.pdf", lambda: b"%PDF-1.7\n", "damaged"),
    "random PDF": ("a.pdf", lambda: b"%PDF-1.7\n" + bytes(range(256)) * 40, "damaged"),
    "PDF with a password (RC4)": ("a.pdf", lambda: hostile.locked_pdf("RC4-128"), "password"),
    "PDF with a password (AES-256)": ("a.pdf", lambda: hostile.locked_pdf("AES-256"), "password"),
    "PDF with an owner's password only": ("a.pdf", lambda: hostile.locked_pdf("AES-128", user_password=""), None),
    "PDF of no pages": ("a.pdf", lambda: files.pdf([]), "no pages"),
    "PDF of 2,000,000,000 pages": ("a.pdf", hostile.pages_without_number_pdf, ""),
    "PDF in a circle": ("a.pdf", hostile.cyclic_pdf, ""),
    "PDF of 200 KB, 19 million pieces of text": ("a.pdf", lambda: hostile.text_bomb_pdf(19_000_000), "memory"),
    "PDF of forms in forms": ("a.pdf", hostile.forms_bomb_pdf, ""),
    "DOCX of 320 MB of paragraphs": ("a.docx", hostile.paragraphs_bomb_docx, "unpacks"),
    "DOCX with a word of 320 MB": ("a.docx", hostile.one_node_docx, "unpacks"),
    "DOCX that lies about its size": ("a.docx", hostile.lying_docx, ""),
    "XLSX of 320 MB of rows": ("a.xlsx", hostile.rows_bomb_xlsx, "unpacks"),
    "billion laughs, DOCX": ("a.docx", hostile.billion_laughs_docx, ""),
    "billion laughs, XML": ("a.xml", hostile.billion_laughs_xml, ""),
    "DOCX named PDF": ("a.pdf", lambda: files.word(["Twelve nests."]), None),
    "PDF named TXT": ("a.txt", lambda: files.HANDBOOK, None),
    "text of 10 MB": ("a.txt", lambda: b"A line of text, and then some more of it.\n\n" * 240_000, ""),
    "one line of 10 MB": ("a.txt", lambda: b"nests " * 1_700_000, ""),
    "CSV of 50 MB": ("a.csv", lambda: b"station,terns,gulls\n" + b"roof,12,40\n" * 4_700_000, ""),
    "HTML of 50,000 boxes in each other": ("a.html", hostile.deep_html, ""),
    "text with NUL bytes": ("a.txt", lambda: b"Twelve\0 nests.\n" * 50, ""),
    "letter in an unknown charset": ("a.eml", with_unknown_charset, None),
    "letter of 2,000 parts in each other": ("a.eml", parts_in_parts, "nested too deeply"),
    "letter in 60 letters": ("a.eml", lambda: letter_in_letters(60), ""),
    "picture of 900 million points": ("a.png", hostile.huge_png, "million points"),
    "half a picture": ("a.png", lambda: hostile.huge_png(2000)[:300], ""),
    "TIFF without end": ("a.tif", hostile.endless_tiff, ""),
}


@pytest.mark.parametrize("case", CASES)
async def test_it_ends_well(limited: Sandbox, stored: Callable[[bytes], Path], case: str) -> None:
    filename, make, reason = CASES[case]
    path = stored(await asyncio.to_thread(make))
    started = time.monotonic()
    async with memory_watched():
        outcome = await outcome_of(limited, path, filename)
    assert time.monotonic() - started < LIMITS.wall_s
    assert "\0" not in outcome.text
    if reason is None:
        assert outcome.sentence is None
    elif reason:
        assert outcome.sentence is not None
    if outcome.sentence is None:
        assert outcome.text.strip(), "an empty success"
    else:
        assert (reason or "") in outcome.sentence
        assert outcome.sentence.endswith(".")


async def test_pages_before_and_after_a_bomb_are_read(stored: Callable[[bytes], Path]) -> None:
    sandbox = Sandbox(ParserSettings(memory_bytes=300 * MIB, page_cpu_s=20))
    bomb = hostile.text_bomb_pdf(19_000_000, readable_pages=2)
    sections = [section async for section in sandbox.parse(stored(bomb), "application/pdf")]
    assert [section.page for section in sections] == [1, 2, 3]
    assert ["is fine" in section.text for section in sections] == [True, True, False]
    assert sections[2].warning == "Page 3 could not be read: it is damaged, or needs more memory than is allowed."
    assert [section.warning for section in sections[:2]] == [None, None]
    await sandbox.close()


async def test_a_file_with_too_many_such_pages_is_given_up(stored: Callable[[bytes], Path]) -> None:
    sandbox = Sandbox(ParserSettings(memory_bytes=256 * MIB, page_cpu_s=20))
    bomb = hostile.text_bomb_pdf(6_000_000)
    packed = bomb[bomb.index(b"stream\n") + 7 : bomb.index(b"\nendstream")]
    whole = hostile.pdf_of([hostile._shows("The first is fine"), *[packed] * 20])
    sections = [section async for section in sandbox.parse(stored(whole), "application/pdf")]
    assert [section.page for section in sections] == list(range(1, 22))
    warnings = [section.warning for section in sections if section.warning]
    assert len(warnings) == 6
    assert warnings[-1] == "Pages 7 to 21 could not be read: it is damaged, or needs more memory than is allowed."
    with pytest.raises(DocumentUnreadable, match="memory"):
        assert [s async for s in sandbox.parse(stored(hostile.pdf_of([packed] * 3)), "application/pdf")]
    await sandbox.close()


async def test_a_page_that_never_ends_is_killed_and_the_next_is_read(stored: Callable[[bytes], Path]) -> None:
    sandbox = Sandbox(ParserSettings(memory_bytes=2048 * MIB, page_cpu_s=1, cpu_s=600))
    bomb = hostile.text_bomb_pdf(12_000_000)
    packed = bomb[bomb.index(b"stream\n") + 7 : bomb.index(b"\nendstream")]
    whole = hostile.pdf_of([hostile._shows("The first is fine"), packed, hostile._shows("So is the last")])
    sections = [section async for section in sandbox.parse(stored(whole), "application/pdf")]
    assert [bool(section.text) for section in sections] == [True, False, True]
    assert sections[1].warning in (  # a busy machine gives it no more computing time than that before its time is over
        "Page 2 could not be read: it takes too much computing time.",
        "Page 2 could not be read: it takes too long.",
    )
    await sandbox.close()
