"""E-mail as it travels (EML, web archives, mailboxes) by the standard library's parser. Runs in a child process only."""

import base64
import email
import email.header
import quopri
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message

from core.errors import DocumentUnreadable
from core.storable import storable
from parsing.encoding import decode
from parsing.formats.mail import sealed, tnef
from parsing.formats.mail.message import AttachmentReaders, sections_of_message
from parsing.formats.mail.types import Attachment, MailMessage
from parsing.parser_input import ParserInput
from parsing.sniff.utf import wide_encoding
from parsing.types import Section

FIELDS = ("From", "To", "Cc", "Date", "Subject")
NO_MESSAGE = "This file holds no message."
ENVELOPE = re.compile(rb"^From \S.*\d{4}[ \t]*(?:[+-]\d{4}[ \t]*)?\r?\n", re.MULTILINE)
QUOTED_ENVELOPE = re.compile(rb"^>(>*From )", re.MULTILINE)
MOST_DEPTH = 20
BEFORE = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:[ \t]*+\r?\n)*+")  # the first field
COUNT = re.compile(rb"\A\s*+(\d{1,10})[ \t]*+\r?\n")
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
PACKED = ("base64", "quoted-printable")
SAVED_FROM = "Snapshot-Content-Location"  # in a page that a browser saved as a mail
REPORTS = (
    "message/delivery-status",
    "message/disposition-notification",
)  # why a message came back: fields, as a message has
OF_OFFICE_PAGES = (
    "text/xml",
    "application/xml",
    "application/x-mso",
    "application/vnd.ms-officetheme",
    "application/octet-stream",
)
OF_PAGES = (
    *("text/css", "text/javascript", "application/javascript", "application/x-javascript", "application/json"),
    *("font/woff", "font/woff2", "font/ttf", "application/font-woff", "application/x-font-ttf"),
)


ParseAttachment = Callable[[ParserInput, str, Callable[[int, int], None]], Iterator[Section]]


def parse(source: ParserInput, parse_attachment: ParseAttachment) -> Iterator[Section]:
    """One message, then its attachments.

    Raises:
        DocumentUnreadable: there is no message in it, or it is encrypted.
    """
    message = message_of(source.read_bytes())
    if message.is_sealed:
        raise DocumentUnreadable(sealed.ENCRYPTED)
    yield from sections_of_message(message, AttachmentReaders(parse_attachment, message_of))


def parse_mailbox(source: ParserInput, parse_attachment: ParseAttachment) -> Iterator[Section]:
    """All messages of a mailbox, each under its subject."""
    number = 1
    messages = [text_block for text_block in ENVELOPE.split(source.read_bytes()) if text_block.strip()]
    for data in messages:
        message = message_of(QUOTED_ENVELOPE.sub(rb"\1", data))
        for section in sections_of_message(message, AttachmentReaders(parse_attachment, message_of)):
            path = (message.subject, *section.path) if message.subject and len(messages) > 1 else section.path
            yield section.model_copy(update={"number": number, "path": path})
            number += 1


def message_of(data: bytes) -> MailMessage:
    """A message from its bytes. Raises DocumentUnreadable."""
    if tnef.is_packed(data):
        return tnef.message_of(data)
    if counted := COUNT.match(
        data
    ):  # Apple Mail: how long it is, then the message, then a list of what it thinks of it
        data = data[counted.end() : counted.end() + int(counted[1])]
    found = _Found(is_wide=wide_encoding(data) is not None or data.startswith(WIDE_MARKS))
    message = email.message_from_bytes(BEFORE.sub(b"", decode(data).encode() if found.is_wide else data, 1))
    _collect(message, found, 0)
    fields = [(name, header_text(message.get_all(name, []))) for name in FIELDS]
    if not any(value for _, value in fields) and not found.has_any:
        raise DocumentUnreadable(NO_MESSAGE)
    if saved_from := message.get(SAVED_FROM):
        fields = [("Address", header_text([saved_from])), *(one for one in fields if one[0] != "From")]
    return MailMessage(
        fields,
        "\n\n".join(found.plain).strip(),
        "\n".join(found.html),
        found.attachments,
        sheets=found.sheets,
        is_encrypted=found.is_encrypted,
    )


@dataclass
class _Found:
    """Parts of a message, by what they are for.

    Attributes:
        is_wide: the file as a whole was written in UTF-16, whatever its parts say.
    """

    is_wide: bool = False
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    sheets: dict[str, str] = field(default_factory=dict)
    is_encrypted: bool = False

    @property
    def has_any(self) -> bool:
        texts = (*self.plain, *self.html)
        return self.is_encrypted or bool(self.attachments) or any(text.strip() for text in texts)


def _collect(part: Message, found: _Found, depth: int) -> None:
    kind = part.get_content_type()
    if kind == "multipart/encrypted":
        found.is_encrypted = True
    elif kind in REPORTS:
        found.plain.append(decode(part.as_bytes().partition(b"\n\n")[2]))
    elif part.is_multipart() and kind != "message/rfc822":
        for child in part.get_payload() if depth < MOST_DEPTH else ():
            if isinstance(child, Message):
                _collect(child, found, depth + 1)
    elif kind == "message/rfc822":
        found.attachments.append(_enclosed(part, _name(part)))
    elif kind in sealed.TYPES:
        _unseal(part, found, depth)
    elif kind not in sealed.SIGNATURES:
        _collect_part(part, kind, found)


def _collect_part(part: Message, kind: str, found: _Found) -> None:
    name, is_file = _name(part), part.get_content_disposition() == "attachment"
    if kind in ("text/plain", "text/html") and not is_file and not name:
        _collect_text(_text(part, found, is_html=kind == "text/html"), kind, found)
    elif (
        kind in OF_PAGES or (kind in OF_OFFICE_PAGES and part.get("Content-Location"))
    ) and not is_file:  # how a saved page looks
        found.sheets.update(dict.fromkeys(_addresses(part), _text(part, found)) if kind == "text/css" else {})
    elif tnef.is_packed(data := _bytes(part)):
        _unpack(data, found)
    elif data:
        name = name or f"{kind.partition('/')[0]} attachment"
        found.attachments.append(Attachment(name, data, addresses=_addresses(part)))


def _unpack(data: bytes, found: _Found) -> None:
    """What Outlook packed, beside what it left outside."""
    inner = tnef.message_of(data)
    found.html += [] if any(map(str.strip, found.html)) else [inner.html]
    found.plain += [] if any(map(str.strip, found.plain)) else [inner.plain]
    found.attachments += inner.attachments


def _collect_text(text: str, kind: str, found: _Found) -> None:
    if kind == "text/html":
        found.html.append(text)
    elif (opened := sealed.opened_pgp(text)) is not None:
        found.plain.append(opened)
    else:
        found.is_encrypted = True


def _unseal(part: Message, found: _Found, depth: int) -> None:
    """The text within a signature in the place of the part."""
    inner = sealed.signed_text(_bytes(part))
    if inner is None:
        found.is_encrypted = True
    elif depth < MOST_DEPTH:
        _collect(email.message_from_bytes(inner), found, depth + 1)


def _addresses(part: Message) -> tuple[str, ...]:
    """By what a page names a part that it shows."""
    content_id, location = (str(part.get(name, "")).strip(" <>") for name in ("Content-ID", "Content-Location"))
    return tuple(filter(None, (content_id and f"cid:{content_id}", location)))


def _text(part: Message, found: _Found, *, is_html: bool = False) -> str:
    is_packed = str(part.get("Content-Transfer-Encoding", "")).strip().lower() in PACKED
    declared = part.get_content_charset() if is_packed or not found.is_wide else None
    return decode(_bytes(part), is_html=is_html, declared=declared)


def _enclosed(part: Message, name: str) -> Attachment:
    """A message that was forwarded whole. Some programs pack it, which they should not."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else payload
    data = inner.as_bytes() if isinstance(inner, Message) else _bytes(part)
    packed = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if packed in PACKED:
        data = _unpacked(data, packed)
        inner = email.message_from_bytes(data)
    subject = header_text(inner.get_all("Subject", [])) if isinstance(inner, Message) else ""
    return Attachment(name or subject or "message", data)


def _unpacked(data: bytes, packed: str) -> bytes:
    if packed == "quoted-printable":
        return quopri.decodestring(data)
    try:
        return base64.b64decode(data.strip())
    except ValueError:
        return data


def _bytes(part: Message) -> bytes:
    """A part's content. Base64 that is none is given as it stands."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _name(part: Message) -> str:
    try:
        name = part.get_filename()
    except (LookupError, ValueError, UnicodeError):
        return "attachment"
    return header_text([name]).replace("/", "_") if name else ""


def header_text(values: list[str]) -> str:
    """A header's values in characters: encoded words decoded, raw bytes guessed."""
    return ", ".join(" ".join(_decoded_header(str(value)).split()) for value in values)


def _decoded_header(value: str) -> str:
    try:
        parts = email.header.decode_header(value)
    except (email.errors.HeaderParseError, ValueError):
        return storable(value)
    return "".join(
        decode(part, declared=charset) if isinstance(part, bytes) and not _is_raw(charset) else _raw(part)
        for part, charset in parts
    )


def _is_raw(charset: str | None) -> bool:
    return charset in (None, "unknown-8bit")


def _raw(part: bytes | str) -> str:
    """Bytes that say nothing of their encoding, or characters that stand for such bytes."""
    return decode(part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part)
