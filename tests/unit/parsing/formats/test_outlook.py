"""Outlook messages: texts in the code pages of Windows, and those that stand only in compressed RTF."""

import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from core.errors import DocumentUnreadable
from parsing.formats.text import compressed_rtf
from parsing.types import Section
from tests import office
from tests.unit.parsing.formats.test_mail_kinds import signed

Read = Callable[..., list[Section]]

PAGE = (
    r"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fswiss\fcharset204 Arial Cyr;}}"
    r"{\*\htmltag19 <html>}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Cr\'e4ne \u8364?5 &{\*\htmltag84 &amp;} more"
    r"\htmlrtf\par}\htmlrtf0 {\*\htmltag72 </p>}{\*\htmltag0 <table><tr><td>}Part{\*\htmltag0 </td><td>}\f1 \'d6\'e5\'ed\'e0"
    r"{\*\htmltag0 </td></tr></table>}{\*\mhtmltag0 <img src=x>}}"
)


def outlook(texts: Mapping[int, bytes], numbers: Mapping[int, int], rich: bytes = b"") -> bytes:
    """An MSG with texts of one byte a character, and RTF."""
    rows = b"".join(struct.pack("<HHIII", 0x1E, number, 6, len(value), 0) for number, value in texts.items())
    rows += b"".join(struct.pack("<HHIII", 3, number, 6, value, 0) for number, value in numbers.items())
    streams = {f"__substg1.0_{number:04X}001E": value for number, value in texts.items()}
    return office.ole({"__properties_version1.0": bytes(32) + rows, "__substg1.0_10090102": rich, **streams})


def packed(rich: str) -> bytes:
    """RTF as Outlook packs it, of bytes alone."""
    data = rich.encode("latin-1")
    runs = b"".join(b"\0" + data[at : at + 8] for at in range(0, len(data), 8))
    return struct.pack("<II4sI", len(runs) + 12, len(data), b"LZFu", 0) + runs


def stored(rich: str) -> bytes:
    """RTF as Outlook keeps it unpacked."""
    return struct.pack("<II4sI", len(rich) + 12, len(rich), b"MELA", 0) + rich.encode("latin-1")


@pytest.mark.parametrize(
    ("page", "encoding", "words"),
    [
        (874, "cp874", "การประชุมอยู่ชั้นสาม"),
        (950, "cp950", "會議在三樓舉行"),
        (936, "gb18030", "会议在三楼举行"),
        (932, "cp932", "会議は三階で"),
        (949, "cp949", "회의는 삼층에서"),
        (1361, "johab", "회의는 삼층에서"),
        (1251, "cp1251", "Совещание на третьем этаже"),
        (1255, "cp1255", "הפגישה בקומה השלישית"),
        (20866, "koi8_r", "Совещание на третьем этаже"),
        (28592, "iso8859_2", "Schůze je ve třetím patře"),
        (65001, "utf-8", "Sitzung über drei Stöcke"),
        (10000, "mac_roman", "Sitzung über drei Stöcke"),
    ],
)
def test_code_pages_of_windows(read: Read, page: int, encoding: str, words: str) -> None:
    data = words.encode(encoding)
    for where in (0x3FFD, 0x3FDE):
        (section,) = read(outlook({0x0037: data, 0x1000: data, 0x0C1A: data}, {where: page}))
        assert section.text == f"From: {words}\nSubject: {words}\n\n{words}"


def test_a_code_page_that_nobody_knows_is_guessed(read: Read) -> None:
    (section,) = read(outlook({0x1000: "Sitzung über drei Stöcke".encode("cp1252")}, {0x3FFD: 50931}))
    assert section.text == "Sitzung über drei Stöcke"


@pytest.mark.parametrize("charset", ["windows-874", "x-windows-874", "cp874", "ms874", "CP-874"])
def test_code_pages_in_mail(read: Read, charset: str) -> None:
    head = f"From: a@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\n\n"
    assert "ประชุม" in read(head.encode() + "ประชุม".encode("cp874"))[0].text


@pytest.mark.parametrize("make", [packed, stored])
def test_a_text_that_is_only_rich_is_read(read: Read, make: Callable[[str], bytes]) -> None:
    rich = make(
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}The crane inspection is on {\b 17 June}.\par Gr\'fc\'dfe\par}"
    )
    (section,) = read(outlook({0x0037: b"Crane"}, {}, rich))
    assert section.text == "Subject: Crane\n\nThe crane inspection is on 17 June.\n\nGrüße"


def test_references_of_the_packing_are_followed() -> None:
    # the example of MS-OXRTFCP 3.1.1 that refers to what it has said itself, and to the beginning that both sides know
    data = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert compressed_rtf.unpacked(data) == "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    known = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert compressed_rtf.unpacked(known) == "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_a_page_within_rich_text_is_read_as_a_page(read: Read) -> None:
    (section,) = read(outlook({0x0037: b"Crane"}, {}, packed(PAGE)))
    assert section.text == "Subject: Crane\n\nCräne €5 && more\n\nPart | Цена"


@pytest.mark.parametrize(
    "rich", [b"", b"\0" * 15, packed("{\\rtf1 cut")[:20], struct.pack("<II4sI", 9, 9, b"LZFu", 0) + b"\xff\x10"]
)
def test_rich_text_that_is_damaged_takes_nothing_with_it(read: Read, rich: bytes) -> None:
    assert "Terns" in read(outlook({0x0037: b"Terns"}, {}, rich))[0].text


def test_signed_and_encrypted_messages(read: Read) -> None:
    fields = {0x0037: "Crane", 0x001A: "IPM.Note.SMIME"}
    inner = b"Content-Type: text/plain\n\nIt is on 17 June."
    (section,) = read(office.outlook(fields, [("smime.p7m", signed(inner, is_open=False))]))
    assert section.text == "Subject: Crane\n\nIt is on 17 June."
    cipher = signed(b"hQEMA0rWlm8kLkUl", is_open=False, oid="2a864886f70d010703")
    with pytest.raises(DocumentUnreadable, match="encrypted"):
        read(office.outlook(fields, [("smime.p7m", cipher)]))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "words"),
    [("to-nul.msg", "gate 6"), ("rtf-only.msg", "17 June"), ("cp950.msg", "會議"), ("cp874.msg", "การประชุมอยู่ชั้นสาม")],
)
def test_the_messages_that_failed(read: Read, shared_data: Path, name: str, words: str) -> None:
    assert words in read((shared_data.parent / "cases" / "files" / name).read_bytes(), name)[0].text
