"""Messages as programs save, sign, encrypt and pack them, and which of their texts is read."""

import base64
from collections.abc import Callable

import pytest

from core.errors import DocumentUnreadable
from parsing.sniff.mime import TEXT
from parsing.sniff.sniff import sniff
from parsing.types import Section
from tests import scans
from tests.unit.parsing.formats.test_mail import attached, message

Read = Callable[..., list[Section]]


BODY = (
    b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    + base64.b64encode(b"It is on 17 June in hall 3.")
    + b"\n"
)
HEAD = b"From: Ann <ann@example.org>\nTo: bo@example.org\nSubject: Crane\nMIME-Version: 1.0\n"
APPLE_LIST = b'<?xml version="1.0"?><plist><dict><key>flags</key><integer>1</integer></dict></plist>'


def counted(mail: bytes, *, between: bytes = b"\n") -> bytes:
    """A message as Apple Mail keeps it."""
    return b"%d" % len(mail) + between + mail + APPLE_LIST


@pytest.mark.parametrize(
    ("mail", "name"),
    [
        (counted(HEAD + BODY), "1.emlx"),
        (counted(HEAD + BODY, between=b"       \r\n"), "1.partial.emlx"),
        (counted(HEAD + BODY), "mail.eml"),
        (counted(HEAD + BODY), "mail"),
        (b"X-Store-Info:J++/JTCzmObr\n" + HEAD + BODY, "mail.eml"),
        (b"X-Store-Info:\n J++/JTCzmObr\n" + HEAD + BODY, "mail"),
        ((HEAD + BODY).replace(b": ", b":"), "mail.eml"),
        ((HEAD + BODY).decode().encode("utf-16"), "mail.eml"),
        (b"\xef\xbb\xbf" + HEAD + BODY, "mail.eml"),
        (b"\r\n \r\n" + HEAD + BODY, "mail.eml"),
        (b"\xef\xbb\xbf\n" + HEAD.replace(b"\n", b"\r\n") + BODY, "mail"),
        ((HEAD + BODY).decode().encode("utf-16-le"), "mail.eml"),
        ((HEAD + BODY).decode().replace("\n", "\r\n").encode("utf-16-be"), "mail.eml"),
        (
            (HEAD + b"Content-Type: text/plain; charset=utf-16\n\nIt is on 17 June in hall 3.")
            .decode()
            .encode("utf-16"),
            "mail.eml",
        ),
    ],
)
def test_messages_as_programs_save_them(read: Read, mail: bytes, name: str) -> None:
    (section,) = read(mail, name)
    assert (
        section.text == "From: Ann <ann@example.org>\nTo: bo@example.org\nSubject: Crane\n\nIt is on 17 June in hall 3."
    )


@pytest.mark.parametrize(
    "text", ["http://example.org:80\nfrom:x\nto:y\n", "key:value\nother:thing\n", "1\nfrom me\n", "3\nFrom: here\n"]
)
def test_what_is_no_message(text: str) -> None:
    assert sniff(text.encode(), b"", "notes.txt") == TEXT


@pytest.mark.parametrize("packed", ["base64", "BASE64 ", "quoted-printable", "8bit"])
def test_forwarded_messages_that_are_packed(read: Read, packed: str) -> None:
    inner = (
        (HEAD + b"\nCr=C3=A4ne on 17 June.") if packed == "quoted-printable" else HEAD + "\nCräne on 17 June.".encode()
    )
    data = base64.encodebytes(inner) if "base64" in packed.lower() else inner
    outer = (
        b"From: a@example.org\nTo: b@example.org\nSubject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
        b"--x\nContent-Type: text/plain\n\nsee below\n--x\nContent-Type: message/rfc822\nContent-Transfer-Encoding: "
        + packed.encode() + b"\n\n" + data + b"\n--x--\n"
    )  # fmt: skip
    sections = read(outer, "mail.eml")
    assert [section.path for section in sections] == [(), ("Crane",)]
    assert "Cräne on 17 June." in sections[1].text


def tlv(tag: int, *content: bytes, is_open: bool = False) -> bytes:
    """An element of ASN.1, whose length is said before or whose end is said behind it."""
    data = b"".join(content)
    if is_open:
        return bytes([tag, 0x80]) + data + b"\0\0"
    size = len(data)
    return bytes([tag]) + (bytes([size]) if size < 128 else b"\x83" + size.to_bytes(3, "big")) + data


def signed(inner: bytes, *, is_open: bool, oid: str = "2a864886f70d010702") -> bytes:
    """A message within its signature (CMS)."""
    octets = tlv(0x24, tlv(4, inner[:50]), tlv(4, inner[50:]), is_open=True) if is_open else tlv(4, inner)
    data = tlv(6, bytes.fromhex("2a864886f70d010701"))
    encap = tlv(0x30, data, tlv(0xA0, octets, is_open=is_open), is_open=is_open)
    digests = tlv(0x31, tlv(0x30, tlv(6, b"\x60\x86")), is_open=is_open)
    whole = tlv(0x30, tlv(2, b"\1"), digests, encap, tlv(0x31), is_open=is_open)
    return tlv(0x30, tlv(6, bytes.fromhex(oid)), tlv(0xA0, whole, is_open=is_open), is_open=is_open)


def sealed_mail(data: bytes, kind: str = "application/pkcs7-mime; smime-type=signed-data") -> bytes:
    """A message that is one S/MIME part."""
    head = f"Content-Type: {kind}; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n".encode()
    return HEAD + head + base64.encodebytes(data)


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("kind", ["application/pkcs7-mime", "application/x-pkcs7-mime; smime-type=signed-data"])
def test_a_text_within_its_signature_is_read(read: Read, is_open: bool, kind: str) -> None:
    (section,) = read(sealed_mail(signed(BODY, is_open=is_open), kind))
    assert section.text.endswith("Subject: Crane\n\nIt is on 17 June in hall 3.")


def test_signatures_within_signatures_and_files_in_them(read: Read) -> None:
    inner = sealed_mail(signed(attached(("note.txt", b"Counted in May.")), is_open=False))
    sections = read(sealed_mail(signed(inner, is_open=True)))
    assert "They are back." in sections[0].text
    assert sections[1].text == "Counted in May."


CIPHER = "hQEMA0rWlm8kLkUlAQgAn1"


@pytest.mark.parametrize(
    "mail",
    [
        sealed_mail(signed(CIPHER.encode(), is_open=False, oid="2a864886f70d010703"), "application/pkcs7-mime; smime-type=enveloped-data"),
        sealed_mail(b"\x30\x82garbage" + CIPHER.encode()),
        HEAD + f"\n-----BEGIN PGP MESSAGE-----\n\n{CIPHER}\n-----END PGP MESSAGE-----\n".encode(),
        HEAD + b"Content-Type: multipart/encrypted; protocol=application/pgp-encrypted; boundary=x\n\n--x\n"
        b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n--x\nContent-Type: application/octet-stream; name=a.asc\n\n"
        + CIPHER.encode() + b"\n--x--\n",
    ],
)  # fmt: skip
def test_an_encrypted_message_is_refused_by_its_name(read: Read, mail: bytes) -> None:
    with pytest.raises(DocumentUnreadable, match="This message is encrypted; only the mail program of its recipient"):
        read(mail, "mail.eml")
    outer = message()
    outer.add_attachment(mail, maintype="application", subtype="octet-stream", filename="inner.eml")
    sections = read(outer.as_bytes())
    assert "encrypted" in (sections[-1].warning or "")
    assert CIPHER not in "".join(section.text for section in sections)
    box = b"".join(
        b"From a@example.org Mon Jul 20 01:01:07 2015\n" + one + b"\n" for one in (mail, message().as_bytes())
    )
    assert "They are back." in "".join(section.text for section in read(box))


def test_signatures_are_no_files(read: Read) -> None:
    made = message(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nThey are back.\n- -- \nAnn\n-----BEGIN PGP SIGNATURE-----\n\niQ\n"
    )
    made.add_attachment(b"\x30\x80", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    (section,) = read(made.as_bytes())
    assert section.text.endswith("Subject: Terns\nThey are back.\n--\nAnn")


ROWS = "<table><tr><th>Part<th>Price</tr><tr><td>Pump<td>4,350 euros</tr></table>"


@pytest.mark.parametrize(
    ("plain", "page", "shown"),
    [
        ("Offer\n\nPart\nPrice\nPump\n4,350 euros", f"<p>Offer</p>{ROWS}", "Offer\n\nPart | Price\nPump | 4,350 euros"),
        (
            "This text is shown by old programs only. " * 5,
            f"<p>{' '.join(f'word{n} of{n}' for n in range(60))}</p>",
            "word0 of0 word1",
        ),
        (
            "Dear Bo, the pump comes.",
            "<p>Dear Bo, the pump comes.</p><p>It needs gate six, a crane and two people.</p>",
            "gate six",
        ),
        (
            "See the form.",
            "<p>See <a href='https://forms.example.org/c-8'>the form</a>.</p>",
            "form (https://forms.example.org/c-8).",
        ),
        ("Dear Bo, the pump comes on Friday.", "<p>Dear Bo, the pump comes on <b>Friday</b>.</p>", "Friday."),
        ("Only here: gate 6 at 14:30 by lorry.", f"<p>See the page.</p>{ROWS}", "Only here: gate 6"),
    ],
)
def test_the_page_is_read_where_it_says_more(read: Read, plain: str, page: str, shown: str) -> None:
    made = message(plain)
    made.add_alternative(page, subtype="html")
    assert shown in read(made.as_bytes())[0].text


def saved_page(parts: bytes) -> bytes:
    """A page as browsers save it whole."""
    return (
        b"From: <Saved by Blink>\nSnapshot-Content-Location: https://example.org/lease\nSubject: Lease\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/related; type="text/html"; boundary=x\n\n' + parts + b"\n--x--\n"
    )


def test_what_makes_a_saved_page_look_is_no_text(read: Read) -> None:
    parts = (
        b"--x\nContent-Type: text/html\nContent-ID: <f@x>\n\n<html><link rel=stylesheet href='cid:css@x'><p>Eleven weeks.</p>"
        b"<p class=ad>Buy everything now.</p></html>\n--x\nContent-Type: text/css\nContent-Location: cid:css@x\n\n"
        b".ad{display:none}\n--x\nContent-Type: application/javascript\nContent-Location: a.js\n\nalert(1)"
    )
    (section,) = read(saved_page(parts), "lease.mhtml")
    assert section.text == "Address: https://example.org/lease\nSubject: Lease\n\nEleven weeks."
    assert "Buy everything now." in (section.hidden or "")


@pytest.mark.recognition
@pytest.mark.parametrize("plain", ["", "See the plan, dear Bo."])
def test_writing_in_pictures_that_a_message_shows_is_read(read: Read, plain: str) -> None:
    picture = scans.png(scans.drawn(["Close valve V-17 first."]))
    made = message(plain) if plain else message()
    page = '<p>See the plan, dear Bo.</p><img src="cid:plan@x">'
    made.add_alternative(page, subtype="html") if plain else made.set_content(page, subtype="html")
    (made.get_payload()[1] if plain else made).add_related(picture, "image", "png", cid="<plan@x>")  # type: ignore[index,union-attr]
    sections = read(made.as_bytes())
    assert len(sections) == 1
    assert "V-17" in sections[0].text


def test_why_a_message_came_back_is_read(read: Read) -> None:
    mail = (
        b"From: a@example.org\nTo: b@example.org\nSubject: Undelivered\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: text/plain\n\nSorry.\n"
        b"--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; c@example.org\n"
        b"Diagnostic-Code: smtp; 550 mailbox full\n\n--x--\n"
    )
    text = read(mail, "mail.eml")[0].text
    assert "550 mailbox full" in text
    assert "mx.example.org" in text


def test_what_word_saves_beside_a_page_is_no_text(read: Read) -> None:
    parts = (
        b"--x\nContent-Type: text/html\nContent-Location: file:///C:/A/Lease.htm\n\n<p>Eleven weeks.</p>\n"
        b"--x\nContent-Type: text/xml\nContent-Location: file:///C:/A/Lease_files/filelist.xml\n\n<xml><o:File HRef='a'/></xml>\n"
        b"--x\nContent-Type: application/x-mso\nContent-Location: file:///C:/A/oledata.mso\nContent-Transfer-Encoding: base64\n\nAAEC"
    )
    (section,) = read(saved_page(parts), "lease.mht")
    assert section.text.endswith("Eleven weeks.")
