"""What Outlook packs into one attachment, winmail.dat (MS-OXTNEF): the text as it was written, and the files.

Runs in a child process only.
"""

import struct
from dataclasses import dataclass, field

from core.storable import storable
from parsing.encoding import decode
from parsing.formats.mail.types import Attachment, MailMessage
from parsing.formats.text import compressed_rtf
from parsing.sniff.sniff import OUTLOOK_MARK

HEAD_BYTES = 6  # its mark, and a key
ATTRIBUTE = struct.Struct("<BII")  # of the message or of an attachment; which; length
CHECKSUM_BYTES = 2
FILE_BEGINS, FILE_NAME, FILE_DATA, FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
SUBJECT, BODY, PROPERTIES, CODE_PAGE = 0x00018004, 0x0002800C, 0x00069003, 0x00069007
PLAIN, PAGE, RICH, LONG_NAME, CONTENT_ID, OBJECT = 0x1000, 0x1013, 0x1009, 0x3707, 0x3712, 0x3701
NARROW, WIDE, AN_OBJECT, BYTES = 0x1E, 0x1F, 0x0D, 0x102  # types of properties of any length
SIZES = dict.fromkeys((0x05, 0x06, 0x07, 0x14, 0x40), 8) | {0x48: 16}  # of the others; four bytes, where it is not here
MANY, NAMED = 0x1000, 0x8000
GUID_BYTES = 16
MOST_PROPERTIES = 10_000
MOST_DEPTH = 3
DAMAGED = "This packed part of an Outlook message is damaged; some of it could not be read."

Properties = dict[int, tuple[int, bytes]]  # by number: type, value


@dataclass
class _File:
    """A file as its parts come by."""

    name: str = "attachment"
    data: bytes = b""
    properties: Properties = field(default_factory=dict)


def is_packed(data: bytes) -> bool:
    """True for the bytes of a winmail.dat."""
    return data.startswith(OUTLOOK_MARK)


def message_of(data: bytes, depth: int = 0) -> MailMessage:
    """The message in a winmail.dat, as far as it goes: what is cut off or damaged is named."""
    code_page: str | None = None
    texts: dict[int, bytes] = {}
    properties: Properties = {}
    files: list[_File] = []
    attributes, is_whole = _attributes(data)
    for which, value in attributes:
        if which == CODE_PAGE and len(value) >= 4:
            code_page = f"cp{int.from_bytes(value[:4], 'little')}"
        elif which == PROPERTIES:
            properties = _properties(value)
        elif which == FILE_BEGINS:
            files.append(_File())
        elif which in (FILE_NAME, FILE_DATA, FILE_PROPERTIES) and files:
            _fill(files[-1], which, value, code_page)
        else:
            texts[which] = value
    plain = _text(properties, PLAIN, code_page) or _decoded(texts.get(BODY, b""), code_page)
    plain, page = _body(properties, plain, code_page)
    attached = [_attachment(one, code_page, depth) for one in files]
    if not is_whole:
        attached.append(Attachment("winmail.dat", warning=DAMAGED))
    return MailMessage([("Subject", _decoded(texts.get(SUBJECT, b""), code_page))], plain, page, attached)


def _attributes(data: bytes) -> tuple[list[tuple[int, bytes]], bool]:
    """What stands in it, one after the other; False when it is cut off or damaged."""
    found: list[tuple[int, bytes]] = []
    at = HEAD_BYTES
    while at + ATTRIBUTE.size <= len(data):
        level, which, length = ATTRIBUTE.unpack_from(data, at)
        start, at = at + ATTRIBUTE.size, at + ATTRIBUTE.size + length + CHECKSUM_BYTES
        if level not in (1, 2) or at > len(data):
            return found, False
        found.append((which, data[start : start + length]))
    return found, at == len(data)


def _fill(file: _File, which: int, value: bytes, code_page: str | None) -> None:
    if which == FILE_DATA:
        file.data = value
    elif which == FILE_PROPERTIES:
        file.properties = _properties(value)
    else:
        file.name = _decoded(value, code_page) or file.name


def _properties(data: bytes) -> Properties:
    """Properties as Outlook keeps them (MS-OXTNEF 2.1.3.4); those before the damage, where there is any."""
    found: Properties = {}
    try:
        count, at = _number(data, 0), 4
        for _ in range(min(count, MOST_PROPERTIES)):
            kind, number = struct.unpack_from("<HH", data, at)
            at += 4
            if number >= NAMED:
                at = _behind_name(data, at)
            value, at = _value(data, at, kind)
            found.setdefault(number, (kind & ~MANY, value))
    except (struct.error, IndexError):
        return found
    return found


def _behind_name(data: bytes, at: int) -> int:
    at += GUID_BYTES
    is_text, length = _number(data, at), _number(data, at + 4)
    return at + 8 + (_padded(length) if is_text else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    """The first value of a property, and where it ends."""
    one = kind & ~MANY
    has_length = one in (NARROW, WIDE, AN_OBJECT, BYTES)
    count = 1
    if has_length or kind & MANY:
        count, at = _number(data, at), at + 4
    first = b""
    for index in range(min(count, MOST_PROPERTIES)):
        length = SIZES.get(one, 4)
        if has_length:
            length, at = _number(data, at), at + 4
        first = data[at : at + length] if index == 0 else first
        at += _padded(length)
    return first, at


def _number(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _padded(length: int) -> int:
    return length + -length % 4


def _text(properties: Properties, number: int, code_page: str | None) -> str:
    kind, value = properties.get(number, (NARROW, b""))
    return storable(value.decode("utf-16-le", "replace")) if kind == WIDE else _decoded(value, code_page)


def _decoded(value: bytes, code_page: str | None) -> str:
    value = value.rstrip(b"\0")
    return storable(decode(value, declared=code_page)) if value else ""


def _body(properties: Properties, plain: str, code_page: str | None) -> tuple[str, str]:
    """The text and the page; what stands in the compressed RTF, where there is no page."""
    kind, value = properties.get(PAGE, (BYTES, b""))
    page = _text(properties, PAGE, code_page) if kind == WIDE else decode(value, is_html=True) if value else ""
    if not page.strip() and RICH in properties:
        rich = compressed_rtf.unpacked(properties[RICH][1])
        page = compressed_rtf.page_of(rich)
        plain = plain if page or plain.strip() else compressed_rtf.plain_of(rich)
    return plain, page


def _attachment(file: _File, code_page: str | None, depth: int) -> Attachment:
    name = _text(file.properties, LONG_NAME, code_page) or file.name
    content_id = _text(file.properties, CONTENT_ID, code_page).strip(" <>")
    inner = file.properties.get(OBJECT, (0, b""))[1][GUID_BYTES:]
    if is_packed(inner) and depth < MOST_DEPTH:
        return Attachment(name, message=message_of(inner, depth + 1))
    return Attachment(name, file.data or inner, addresses=(f"cid:{content_id}",) if content_id else ())
