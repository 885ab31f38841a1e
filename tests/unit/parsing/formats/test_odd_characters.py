"""NUL, half a character and other odd ones in files of every kind: the text around them is read, and can be stored."""

import email.message
import re

import pytest

from parsing.types import Section
from tests import documents, office
from tests.unit.parsing.formats.conftest import Read

REFUSED = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
HALF = "\ud83d"
LONG = "<p>The pump arrives on Friday.</p>" * 300  # a file that begins with NUL is not taken for text
RTF = rb"{\rtf1\ansi Pump at gate \u-10179?\u-8704? six \u-10179? and \'00 seven\par}"
HTML = "<body>" + LONG + "<h1>Pump{}</h1><p>Gate{} six</p><table><tr><td>Day</td><td>Friday{}</td></tr></table>"
XML = "<order>" + LONG + "<pump>Gate{} six</pump></order>"
MARKDOWN = "# Pump{}\n\nGate{} six\n"
CSV = "pump,gate\n" + "east,eight\n" * 800 + "north,{}six\nsouth,seven\n"


def sheet(value: str) -> bytes:
    """A workbook with a cell as Excel writes it: ``_x0000_`` stands for NUL."""

    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"MARK", value.encode()) if name.endswith(".xml") else content

    return office.rezipped(office.workbook(Pumps=[["Pump", "Gate"], ["north", "MARK six"]]), change)


def mail(**headers: str) -> bytes:
    """A message with these headers, as they stand."""
    head = "".join(f"{name}: {value}\n" for name, value in headers.items())
    return f"From: ann@example.org\n{head}\nThe pump is at gate six.\n".encode()


def attached(name: str) -> bytes:
    """A message with a text attached under a name."""
    made = email.message.EmailMessage()
    made["From"], made["Subject"] = "ann@example.org", "Pump"
    made.set_content("The pump is at gate six.")
    made.add_attachment("Seven.", filename="note.txt")
    return made.as_bytes().replace(b'"note.txt"', name.encode())


FILES = {
    "nul.json": rb'{"pump": "gate \u0000six", "\u0000key": ["\u0000", 7]}',
    "half.json": rb'{"pump": "gate six \ud83d", "\ud83d": "\ude00"}',
    "pair.json": rb'{"pump": "gate six \ud83d\ude00"}',
    "lines.json": b'{"pump": "gate six \\ud83d"}\n{"pump": "\\u0000"}\n',
    "a.rtf": RTF,
    "nul.html": HTML.format("&#0;", "&#0;", "\0").encode(),
    "half.html": HTML.format("&#xD83D;", "&#55357;", "&#xD83D;&#xDE00;").encode(),
    "control.html": HTML.format("&#1;", "&#x1F;", "&#x92;").encode(),
    "half.md": MARKDOWN.format("&#xD83D;", "&#0;").encode(),
    "raw.html": HTML.format(HALF, HALF, HALF).encode("utf-8", "surrogatepass"),
    "raw.xml": XML.format(HALF).encode("utf-8", "surrogatepass"),
    "nul.xml": XML.format("\0").encode(),
    "raw.txt": f"{LONG}Gate six {HALF}\0 and more".encode("utf-8", "surrogatepass"),
    "wide.txt": f"\ufeffGate six {HALF} and more".encode("utf-16-le", "surrogatepass"),
    "raw.csv": CSV.format(HALF + "\0").encode("utf-8", "surrogatepass"),
    "nul.xlsx": sheet("_x0000_ _x0001_ _x000B_"),
    "half.xlsx": sheet("_xD83D_"),
    "nul.msg": office.outlook({0x0037: "Pump\0", 0x1000: "Gate six\0", 0x0E04: "Bo Dahl\0", 0x0E03: "\0"}),
    "page.msg": office.outlook({0x0037: "Pump", 0x1013: "<p>Gate six\0</p>", 0x0C1A: "Ann\0"}),
    "header.eml": mail(Subject="=?utf-7?q?=2B2D0- gate six?="),
    "charset.eml": mail(Subject="Pump", **{"Content-Type": "text/plain; charset=unicode_escape"}).replace(
        b"six.", rb"six \ud83d."
    ),
    "name.eml": attached("=?unicode_escape?q?no=5Cud83dte.txt?="),
    "a.doc": office.old_word("Gate six\r", wide="\0\x01"),
    "a.ppt": office.old_slides(("Pump\0", "Gate six\x01")),
    "a.pdf": documents.pdf(["Gate six"]),
}


def strings_of(section: Section) -> list[str]:
    """Every text in a section."""
    locators = [block.locator for block in section.blocks]
    return [text for text in (section.text, *section.path, section.warning, section.hidden, *locators) if text]


@pytest.mark.parametrize("filename", FILES)
def test_odd_characters_go_and_the_text_stays(read: Read, filename: str) -> None:
    sections = read(FILES[filename], filename)
    text = "\n".join(section.text for section in sections)
    assert "six" in text
    assert not [shown for section in sections for shown in strings_of(section) if REFUSED.search(shown)]


def test_the_two_halves_of_a_character_become_it(read: Read) -> None:
    assert "😀" in read(FILES["pair.json"])[0].text
    assert "😀" in read(RTF)[0].text


def test_outlook_messages_cut_within_a_character_are_read(read: Read) -> None:
    cut = "Pump at gate six \ud83d".encode("utf-16-le", "surrogatepass")
    (section,) = read(
        office.outlook({0x0037: "Pump at gate six @@", 0x1000: "Friday"}).replace(
            "Pump at gate six @@".encode("utf-16-le"), cut + " ".encode("utf-16-le")
        )
    )
    assert section.text.split() == ["Subject:", "Pump", "at", "gate", "six", "\ufffd", "Friday"]


def test_an_attachment_whose_name_ends_in_nul_is_read_by_its_kind(read: Read) -> None:
    first, second = read(office.outlook({0x0037: "Pump"}, [("note.html\0", b"<h1>Gate</h1><p>Six.")]))
    assert first.text == "Subject: Pump"
    assert second.path[0] == "note.html"
    assert second.text == "Gate\n\nSix."
