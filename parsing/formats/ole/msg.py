"""Outlook messages (MSG): their streams by python-oxmsg, their texts in any of Windows' code pages. Runs in a child process only."""

import email
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from oxmsg import Message
from oxmsg.storage import Storage

from core.errors import DocumentUnreadable
from core.storable import storable
from parsing.encoding import decode
from parsing.formats.mail import sealed
from parsing.formats.mail.eml import ParseAttachment, header_text, message_of
from parsing.formats.mail.message import AttachmentReaders, sections_of_message
from parsing.formats.mail.types import Attachment, MailMessage
from parsing.formats.ooxml import package
from parsing.formats.text import compressed_rtf
from parsing.parser_input import ParserInput
from parsing.types import Section

NOUN = "Outlook message"
EMBEDDED = "3701000D"  # the storage of a message that is attached as such
LONG_NAME, SHORT_NAME, DISPLAY_NAME, CONTENT_ID, CONTENT = 0x3707, 0x3704, 0x3001, 0x3712, 0x3701
SUBJECT, BODY, HEADERS, TO, CC, HTML, RTF = 0x0037, 0x1000, 0x007D, 0x0E04, 0x0E03, 0x1013, 0x1009
SENDER, ADDRESSES, REPRESENTED, SENT = 0x0C1A, (0x5D01, 0x0C1F), 0x0042, 0x0039
CODE_PAGES = (0x3FFD, 0x3FDE)  # of the texts, and of the page
WIDE, NARROW, BYTES, NUMBER, TIME = 0x001F, 0x001E, 0x0102, 0x0003, 0x0040  # types of properties
ROW = struct.Struct("<HHIQ")  # type, property, flags, value
ROWS_AT = (32, 24, 8)  # before them stands a head: of a message, of one within another, of an attachment
SINCE = datetime(1601, 1, 1, tzinfo=UTC)
SEALED_NAME = ".p7m"
NOT_FOUND = "It is not in the message: it was attached as a link."


def parse(source: ParserInput, parse_attachment: ParseAttachment) -> Iterator[Section]:
    """The message, then its attachments.

    Raises:
        DocumentUnreadable: damaged, or encrypted.
    """
    try:
        message = _message(Message.load(source.read_bytes())._storage)
    except MemoryError:
        raise
    except Exception as error:  # python-oxmsg and olefile raise many kinds, none of them ours
        raise package.damaged(NOUN) from error
    if message.is_sealed:
        raise DocumentUnreadable(sealed.ENCRYPTED)
    yield from sections_of_message(message, AttachmentReaders(parse_attachment, message_of))


@dataclass(frozen=True, slots=True)
class _Properties:
    """The properties of a message or of an attachment.

    Attributes:
        code_page: of the texts that say nothing of it; None when nothing does.
    """

    storage: Storage
    code_page: str | None

    @classmethod
    def of_message(cls, storage: Storage) -> "_Properties":
        """Those of a message, with its code page."""
        numbers = (_value(storage, NUMBER, one) for one in CODE_PAGES)
        return cls(storage, next((f"cp{number & 0xFFFFFFFF}" for number in numbers if number), None))

    def bytes_of(self, number: int, kind: int = BYTES) -> bytes | None:
        """A value of any length; None when there is none."""
        stream = self.storage._streams_by_name.get(f"__substg1.0_{number:04X}{kind:04X}")
        return stream.bytes_ if stream is not None else None

    def text(self, number: int) -> str:
        """A text. Outlook ends some with NUL, and cuts long ones within a character."""
        if (wide := self.bytes_of(number, WIDE)) is not None:
            return storable(wide.decode("utf-16-le", "replace"))
        narrow = self.bytes_of(number, NARROW) or b""
        return storable(decode(narrow, declared=self.code_page)) if narrow else ""

    @property
    def sent(self) -> datetime | None:
        """When a message was sent."""
        ticks = _value(self.storage, TIME, SENT)
        try:
            return SINCE + timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None


def _value(storage: Storage, kind: int, number: int) -> int | None:
    """A value of a fixed length."""
    data = storage.properties_stream_bytes
    for head in ROWS_AT:
        whole = data[head : head + (len(data) - head) // ROW.size * ROW.size] if len(data) > head else b""
        for row_kind, row_number, _, value in ROW.iter_unpack(whole):
            if (row_kind, row_number) == (kind, number):
                return int(value)
    return None


def _message(storage: Storage) -> MailMessage:
    properties = _Properties.of_message(storage)
    headers = email.message_from_string(properties.text(HEADERS))
    said = {name.lower(): header_text([value]) for name, value in headers.items()}
    sent = properties.sent
    fields = [
        ("From", said.get("from") or header_text([_sender(properties)])),
        ("To", properties.text(TO) or said.get("to", "")),
        ("Cc", properties.text(CC) or said.get("cc", "")),
        ("Date", said.get("date") or (sent.strftime("%a, %d %b %Y %H:%M %z") if sent else "")),
        ("Subject", _subject(properties, said.get("subject", ""))),
    ]
    plain, page = _body(properties)
    attached = [_attachment(one, properties.code_page) for one in storage.iter_attachment_storages()]
    return _unsealed(MailMessage(fields, plain, page, attached))


def _sender(properties: _Properties) -> str:
    name = properties.text(SENDER).strip()
    address = next(filter(None, map(properties.text, ADDRESSES)), "")
    if not address:
        return properties.text(REPRESENTED) or name
    return f'"{name}" <{address}>' if name else f"<{address}>"


def _subject(properties: _Properties, in_header: str) -> str:
    """The header says how it is written, a narrow text is not always in the code page that the message names."""
    narrow = properties.bytes_of(SUBJECT, NARROW) or b""
    return in_header if in_header and not narrow.isascii() else properties.text(SUBJECT) or in_header


def _body(properties: _Properties) -> tuple[str, str]:
    """The text and the page; what stands in the compressed RTF, where there is neither."""
    internet = _value(properties.storage, NUMBER, CODE_PAGES[1])
    data = properties.bytes_of(HTML)
    declared = f"cp{internet}" if internet else properties.code_page
    page = decode(data, is_html=True, declared=declared) if data else properties.text(HTML)
    plain = properties.text(BODY)
    if not page.strip() and (packed := properties.bytes_of(RTF)):
        rich = compressed_rtf.unpacked(packed)
        page = compressed_rtf.page_of(rich)
        if not page and not plain.strip():
            plain = compressed_rtf.plain_of(rich)
    return plain, page


def _unsealed(message: MailMessage) -> MailMessage:
    """A message whose text is within its signature: Outlook keeps it as the only attachment."""
    only = message.attachments[0] if len(message.attachments) == 1 else None
    if only is None or not only.data or not only.name.lower().endswith(SEALED_NAME):
        return message
    inner = message_of(b"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: binary\n\n" + only.data)
    return MailMessage(
        message.fields, inner.plain, inner.html, inner.attachments, inner.sheets, is_encrypted=inner.is_encrypted
    )


def _attachment(storage: Storage, code_page: str | None) -> Attachment:
    properties = _Properties(storage, code_page)
    name = next(filter(None, map(properties.text, (LONG_NAME, SHORT_NAME, DISPLAY_NAME))), "attachment")
    inner = next((one for one in storage.storages if one.name.endswith(EMBEDDED)), None)
    if inner is not None:
        try:
            return Attachment(name, message=_message(inner))
        except Exception:  # as above; the message around it is fine
            return Attachment(name, warning=package.damaged(NOUN).message)
    data = properties.bytes_of(CONTENT)
    if data is None:
        return Attachment(name, warning=NOT_FOUND)
    content_id = properties.text(CONTENT_ID).strip(" <>")
    return Attachment(name, data, addresses=(f"cid:{content_id}",) if content_id else ())
