"""What Outlook packs into winmail.dat: beside a message, on its own, within another, and damaged."""

import base64
import struct
from collections.abc import Callable, Sequence

import pytest

from parsing.types import Section
from tests.unit.parsing.formats.test_outlook import packed

Read = Callable[..., list[Section]]

LISTED = "Hall,Date\n3,17 June\n4,18 June\n"


def attribute(level: int, which: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, which, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def properties(*values: tuple[int, int, bytes]) -> bytes:
    """Kind, number and value; a fixed one is as long as its kind says."""
    rows = [
        struct.pack("<I", len(values) + 1),
        struct.pack("<HH", 0x0003, 0x8001) + bytes(16) + struct.pack("<III", 0, 7, 9),
    ]
    for kind, number, value in values:
        head = (
            struct.pack("<HHII", kind, number, 1, len(value))
            if kind in (0x1E, 0x1F, 0x0D, 0x102)
            else struct.pack("<HH", kind, number)
        )
        rows.append(head + value + bytes(-len(value) % 4))
    return b"".join(rows)


def tnef(*parts: bytes, subject: str = "Plan") -> bytes:
    head = attribute(1, 0x00069007, struct.pack("<II", 1252, 0)) + attribute(
        1, 0x00018004, subject.encode("cp1252") + b"\0"
    )
    return b"\x78\x9f\x3e\x22\x01\x00" + head + b"".join(parts)


def enclosed(name: str, data: bytes, *more: tuple[int, int, bytes]) -> bytes:
    """A file of it, under a short and a long name."""
    long_name = (0x1F, 0x3707, (name + "\0").encode("utf-16-le"))
    return b"".join(
        (
            attribute(2, 0x00069002, bytes(14)),
            attribute(2, 0x00018010, b"SHORT~1.CSV\0"),
            attribute(2, 0x0006800F, data),
            attribute(2, 0x00069005, properties((0x0003, 0x0E20, struct.pack("<I", len(data))), long_name, *more)),
        )
    )


def mail(data: bytes, text: str = "See the plan.", kind: str = "application/ms-tnef") -> bytes:
    return (
        "From: ines@example.org\nTo: bo@example.org\nSubject: Plan\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=x\n\n"
        f"--x\nContent-Type: text/plain\n\n{text}\n"
        f"--x\nContent-Type: {kind}; name=winmail.dat\nContent-Transfer-Encoding: base64\n"
        f"Content-Disposition: attachment; filename=winmail.dat\n\n{base64.b64encode(data).decode()}\n--x--\n"
    ).encode()


def all_text(sections: Sequence[Section]) -> str:
    return "\n".join(section.text for section in sections)


@pytest.mark.parametrize("kind", ["application/ms-tnef", "application/vnd.ms-tnef", "application/octet-stream"])
def test_files_of_a_packed_message_stand_under_their_names(read: Read, kind: str) -> None:
    sections = read(mail(tnef(enclosed("Prüfplan.csv", LISTED.encode())), kind=kind), "mail.eml")
    assert sections[-1].path == ("Prüfplan.csv",)
    assert "Hall: 3 | Date: 17 June" in sections[-1].text
    assert "See the plan." in sections[0].text
    assert not any("winmail" in (section.warning or "") for section in sections)


RICH = r"{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}The inspection is on 17 June.\par}"
BODIES = {
    "page": properties((0x102, 0x1013, b"<html><body><p>The inspection is on 17 June.</p></body></html>")),
    "rich text": properties((0x102, 0x1009, packed(RICH))),
    "wide text": properties((0x1F, 0x1000, "The inspection is on 17 June.\0".encode("utf-16-le"))),
}


@pytest.mark.parametrize("body", BODIES)
def test_the_text_of_a_packed_message_is_read(read: Read, body: str) -> None:
    packed_message = tnef(attribute(1, 0x00069003, BODIES[body]))
    assert "The inspection is on 17 June." in all_text(read(mail(packed_message, text=""), "mail.eml"))
    alone = read(packed_message, "winmail.dat")
    assert "Subject: Plan" in alone[0].text
    assert "The inspection is on 17 June." in all_text(alone)


def test_a_message_in_a_packed_message_is_read(read: Read) -> None:
    inner = tnef(attribute(1, 0x0002800C, b"Bring the load book.\0"), subject="Crane")
    sections = read(tnef(enclosed("Crane.msg", b"", (0x0D, 0x3701, bytes(16) + inner))), "winmail.dat")
    assert "Bring the load book." in all_text(sections)
    assert any(section.path[:1] == ("Crane.msg",) for section in sections)


@pytest.mark.parametrize("cut", [7, 40, 90, 140])
def test_what_is_cut_off_is_named_and_the_rest_is_read(read: Read, cut: int) -> None:
    whole = tnef(attribute(1, 0x0002800C, b"Bring the load book.\0"), enclosed("plan.csv", LISTED.encode()))
    sections = read(mail(whole[:-cut]), "mail.eml")
    assert "See the plan." in sections[0].text
    assert any(section.warning and "damaged" in section.warning for section in sections)
