"""Messages and what is attached to them."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from PIL import Image

from core.errors import DocumentUnreadable
from parsing.formats.mail import message as mail_message
from parsing.types import Section
from tests import documents as files
from tests import office, scans

Read = Callable[..., list[Section]]


def message(text: str = "They are back.", *, subject: str = "Terns") -> EmailMessage:
    """A message from one to another."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ann Ørsted <ann@example.org>", "bo@example.org", subject
    made["Date"] = "Mon, 20 May 2024 10:00:00 +0000"
    made.set_content(text)
    return made


def attached(*attachments: tuple[str, bytes], to: EmailMessage | None = None) -> bytes:
    """A message with files."""
    made = to or message()
    for name, data in attachments:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def test_fields_then_text(read: Read) -> None:
    (section,) = read(message("Grüße aus dem Norden.").as_bytes())
    assert section.text == (
        "From: Ann Ørsted <ann@example.org>\nTo: bo@example.org\nDate: Mon, 20 May 2024 10:00:00 +0000\nSubject: Terns"
        "\n\nGrüße aus dem Norden."
    )


def test_plain_text_before_a_page_and_a_page_where_there_is_none(read: Read) -> None:
    both = message("The plain part.")
    both.add_alternative("<p>The <b>page</b>.</p>", subtype="html")
    assert read(both.as_bytes())[0].text.endswith("The plain part.")
    page = message()
    page.set_content("<h1>News</h1><p>The <b>page</b>.</p>", subtype="html")
    assert read(page.as_bytes())[0].text.endswith("News\n\nThe page.")
    stub = message("Your program shows no pages.")
    stub.add_alternative(f"<p>{'A long letter about terns. ' * 200}</p>", subtype="html")
    assert "A long letter about terns." in read(stub.as_bytes())[0].text


@pytest.mark.parametrize(
    ("charset", "encoding"), [("utf-8", "utf-8"), ("koi8-r", "koi8-r"), ("x-unknown", "utf-8"), ("us-ascii", "cp1251")]
)
def test_declared_encodings_and_wrong_ones(read: Read, charset: str, encoding: str) -> None:
    words = "Собаки лучше всех, и кошки тоже хороши, но собаки всё-таки лучше."
    head = f"From: a@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\n\n"
    assert words in read(head.encode() + words.encode(encoding))[0].text


def test_encoded_names_of_unknown_kinds_are_read_all_the_same(read: Read) -> None:
    head = b"From: =?x-none?Q?Ann?= <a@example.org>\nTo: b@example.org\nSubject: =?utf-8?B?R3LDvMOfZQ==?= =?iso-8859-1?Q?_f=FCr?=\n\nHi."
    assert "From: Ann <a@example.org>" in (text := read(head)[0].text)
    assert "Subject: Grüße für" in text


def test_attachments_stand_under_their_names(read: Read) -> None:
    sheet = office.workbook(Sales=[["Region", "Year", "Sum"], ["North", 2024, 12]])
    sections = read(attached(("guide.pdf", files.pdf(["Page one.", "Page two."])), ("sales.bin", sheet)))
    assert [section.path for section in sections] == [(), ("guide.pdf",), ("guide.pdf",), ("sales.bin", "Sales")]
    second = sections[2]
    assert "Page two." in second.text
    assert (second.page, second.width, second.words) == (None, None, ())
    assert [(block.locator, block.start, block.end) for block in second.blocks] == [("page 2", 0, len(second.text))]
    assert sections[3].blocks[-1].locator == "A2:C2"
    assert [section.number for section in sections] == [1, 2, 3, 4]


def test_a_file_that_cannot_be_read_is_a_warning_not_a_failure(read: Read) -> None:
    sections = read(
        attached(("setup.exe", b"MZ" + bytes(99)), ("old.docx", files.word(["x"])[:800]), ("note.txt", b"Hi."))
    )
    assert [section.path for section in sections] == [(), ("setup.exe",), ("old.docx",), ("note.txt",)]
    assert sections[1].text == sections[2].text == ""
    assert sections[1].warning is not None
    assert sections[1].warning.startswith("setup.exe: This is a program")
    assert sections[2].warning == "old.docx: This file is damaged: its end is missing."
    assert (sections[3].text, sections[3].warning) == ("Hi.", None)


def test_messages_in_messages(read: Read) -> None:
    inner: bytes = message("The innermost.", subject="depth 5").as_bytes()
    for depth in range(4, 0, -1):
        outer = message(f"Text {depth}.", subject=f"depth {depth}")
        outer.add_attachment(inner, maintype="application", subtype="octet-stream", filename=f"{depth + 1}.eml")
        inner = outer.as_bytes()
    sections = read(inner)
    assert [section.path for section in sections] == [
        (),
        ("2.eml",),
        ("2.eml", "3.eml"),
        ("2.eml", "3.eml", "4.eml"),
        ("2.eml", "3.eml", "4.eml", "5.eml"),
    ]
    assert "Text 4." in sections[3].text
    assert mail_message.TOO_DEEP in (sections[4].warning or "")


def test_forwarded_messages_keep_their_subject(read: Read) -> None:
    outer = message()
    outer.add_attachment(message("Forwarded words.", subject="Gulls"))
    sections = read(outer.as_bytes())
    assert sections[1].path == ("Gulls",)
    assert "Forwarded words." in sections[1].text


def test_attachments_are_bounded(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        mail_message._Budget,
        "__init__",
        lambda self, readers: self.__dict__.update(readers=readers, files=3, size_bytes=10),
    )
    sections = read(attached(("a.txt", b"12345678"), ("b.txt", b"12345678"), ("c.txt", b"12"), ("d.txt", b"12")))
    assert [section.warning and section.warning.partition(": ")[2] for section in sections] == [
        None, None, mail_message.TOO_LARGE, None, mail_message.TOO_MANY,
    ]  # fmt: skip


def test_pictures_of_the_page_itself_are_left_out(read: Read) -> None:
    made = message()
    made.add_alternative('<p>Look: <img src="cid:logo@x"></p>', subtype="html")
    logo = scans.png(Image.new("RGB", (20, 60), "teal"))
    made.get_payload()[1].add_related(logo, "image", "png", cid="<logo@x>")  # type: ignore[index,union-attr]
    assert len(read(made.as_bytes())) == 1


def test_mailboxes(read: Read) -> None:
    envelope = b"From a@example.org Mon Jul 20 01:01:07 2015\n"
    both = b"\n".join(
        [
            envelope + message("One.\n>From here on.", subject="First").as_bytes(),
            envelope + message("Two.", subject="Second").as_bytes(),
        ]
    )
    first, second = read(both)
    assert (first.path, second.path) == (("First",), ("Second",))
    assert (first.number, second.number) == (1, 2)
    assert "From here on." in first.text


def test_outlook_messages(read: Read) -> None:
    fields = {0x0037: "Terns", 0x1000: "They are back.", 0x0E04: "Bo", 0x0C1A: "Ann", 0x0C1F: "ann@example.org"}
    first, second = read(office.outlook(fields, [("note.txt", b"Counted in May.")]))
    assert first.text == 'From: "Ann" <ann@example.org>\nTo: Bo\nSubject: Terns\n\nThey are back.'
    assert (second.path, second.text) == (("note.txt",), "Counted in May.")


def test_an_empty_message_says_so(read: Read) -> None:
    with pytest.raises(DocumentUnreadable):
        read(b"X-Mailer: none\nMIME-Version: 1.0\n\n", "a.eml")
