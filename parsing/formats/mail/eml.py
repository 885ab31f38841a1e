"""E-mail as it travels (EML, web archives, mailboxes) by the standard library's parser. Runs in a child process only."""

import email
import email.header
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message

from core.errors import DocumentUnreadable
from parsing.encoding import decode
from parsing.formats.mail.message import Attachment, MailMessage, sections_of_message
from parsing.parser_input import ParserInput
from parsing.sniff.mime import EML
from parsing.types import Section

TYPES = (EML,)
FIELDS = ("From", "To", "Cc", "Date", "Subject")
NO_MESSAGE = "This file holds no message."
ENVELOPE = re.compile(rb"^From \S+.*\d{4}[ \t]*(?:[+-]\d{4}[ \t]*)?\r?\n", re.MULTILINE)
QUOTED_ENVELOPE = re.compile(rb"^>(>*From )", re.MULTILINE)
MOST_DEPTH = 20
NOT_SHOWN = re.compile(r"<(style|script|head)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)
STUB_CHARS, STUB_TIMES = 150, 20  # a plain part this short beside a page so much longer only says that there is a page


def parse(source: ParserInput, on_progress: Callable[[int, int], None]) -> Iterator[Section]:
    """One message, then its attachments.

    Raises:
        DocumentUnreadable: there is no message in it.
    """
    yield from sections_of_message(message_of(source.read_bytes()), on_progress)


def parse_mailbox(source: ParserInput, on_progress: Callable[[int, int], None]) -> Iterator[Section]:
    """All messages of a mailbox, each under its subject."""
    number = 1
    messages = [text_block for text_block in ENVELOPE.split(source.read_bytes()) if text_block.strip()]
    for data in messages:
        message = message_of(QUOTED_ENVELOPE.sub(rb"\1", data))
        for section in sections_of_message(message, on_progress):
            path = (message.subject, *section.path) if message.subject and len(messages) > 1 else section.path
            yield section.model_copy(update={"number": number, "path": path})
            number += 1


def message_of(data: bytes) -> MailMessage:
    """A message from its bytes. Raises DocumentUnreadable."""
    message = email.message_from_bytes(data)
    found = _Found()
    _collect(message, found, 0)
    fields = [(name, header_text(message.get_all(name, []))) for name in FIELDS]
    if not any(value for _, value in fields) and not found.has_any:
        raise DocumentUnreadable(NO_MESSAGE)
    plain, page = "\n\n".join(found.plain).strip(), "\n".join(found.html)
    attachments = [attachment for attachment in found.attachments if not attachment.is_shown_in(page)]
    is_stub = len(plain) < STUB_CHARS < STUB_TIMES * STUB_CHARS < len("".join(NOT_SHOWN.sub("", page).split()))
    return MailMessage(fields, "" if is_stub else plain, page, attachments)


@dataclass
class _Found:
    """Parts of a message, by what they are for."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def has_any(self) -> bool:
        return bool(self.attachments) or any(text.strip() for text in (*self.plain, *self.html))


def _collect(part: Message, found: _Found, depth: int) -> None:
    kind = part.get_content_type()
    if part.is_multipart() and kind != "message/rfc822":
        for child in part.get_payload() if depth < MOST_DEPTH else ():
            if isinstance(child, Message):
                _collect(child, found, depth + 1)
        return
    name = _name(part)
    if kind == "message/rfc822":
        found.attachments.append(_enclosed(part, name))
    elif kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment" and not name:
        text = decode(_bytes(part), is_html=kind == "text/html", declared=part.get_content_charset())
        (found.html if kind == "text/html" else found.plain).append(text)
    elif data := _bytes(part):
        content_id = str(part.get("Content-ID", "")).strip(" <>")
        found.attachments.append(
            Attachment(name or f"{kind.partition('/')[0]} attachment", data, content_id=content_id)
        )


def _enclosed(part: Message, name: str) -> Attachment:
    """A message that was forwarded whole."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else payload
    data = inner.as_bytes() if isinstance(inner, Message) else _bytes(part)
    subject = header_text(inner.get_all("Subject", [])) if isinstance(inner, Message) else ""
    return Attachment(name or subject or "message", data)


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
        return value.encode("utf-8", "replace").decode()
    return "".join(
        decode(part, declared=charset) if isinstance(part, bytes) and not _is_raw(charset) else _raw(part)
        for part, charset in parts
    )


def _is_raw(charset: str | None) -> bool:
    return charset in (None, "unknown-8bit")


def _raw(part: bytes | str) -> str:
    """Bytes that say nothing of their encoding, or characters that stand for such bytes."""
    return decode(part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part)
