"""Outlook messages (MSG) by python-oxmsg. Runs in a child process only."""

import email
from collections.abc import Callable, Iterator

from oxmsg import Message
from oxmsg.attachment import Attachment as OutlookAttachment

from core.storable import storable
from parsing.formats.mail.eml import ParseAttachment, header_text, message_of
from parsing.formats.mail.message import Attachment, AttachmentReaders, MailMessage, sections_of_message
from parsing.formats.ooxml import package
from parsing.parser_input import ParserInput
from parsing.types import Section

NOUN = "Outlook message"
EMBEDDED = "3701000D"  # the storage of a message that is attached as such
LONG_NAME, SHORT_NAME, DISPLAY_NAME, CONTENT_ID = 0x3707, 0x3704, 0x3001, 0x3712
SUBJECT, BODY, HEADERS, TO, CC = 0x0037, 0x1000, 0x007D, 0x0E04, 0x0E03
NOT_FOUND = "It is not in the message: it was attached as a link."


def parse(source: ParserInput, parse_attachment: ParseAttachment) -> Iterator[Section]:
    """The message, then its attachments.

    Raises:
        DocumentUnreadable: damaged.
    """
    try:
        message = _message(Message.load(source.read_bytes()))
    except MemoryError:
        raise
    except Exception as error:  # python-oxmsg and olefile raise many kinds, none of them ours
        raise package.damaged(NOUN) from error
    yield from sections_of_message(message, AttachmentReaders(parse_attachment, message_of))


def _message(message: Message) -> MailMessage:
    headers = email.message_from_string(_text(message, HEADERS))
    said = {name.lower(): header_text([value]) for name, value in headers.items()}
    sent = message.sent_date
    fields = [
        ("From", said.get("from") or header_text([_decoded(lambda: message.sender)])),
        ("To", _text(message, TO) or said.get("to", "")),
        ("Cc", _text(message, CC) or said.get("cc", "")),
        ("Date", said.get("date") or (sent.strftime("%a, %d %b %Y %H:%M %z") if sent else "")),
        ("Subject", _text(message, SUBJECT)),
    ]
    page = _html(message)
    attached = [_attachment(attachment) for attachment in message.attachments]
    return MailMessage(fields, _text(message, BODY), page, [one for one in attached if not one.is_shown_in(page)])


def _text(owner: Message | OutlookAttachment, number: int) -> str:
    """A text of a message or of an attachment, by its number."""
    return _decoded(lambda: owner.properties.str_prop_value(number))


def _decoded(read: Callable[[], str | None]) -> str:
    """A text as oxmsg reads it; Outlook ends some with NUL, and cuts long ones within a character."""
    try:
        return storable(read() or "")
    except UnicodeDecodeError as error:
        return storable(error.object.decode(error.encoding, "replace"))


def _html(message: Message) -> str:
    try:
        return _decoded(lambda: message.html_body)
    except LookupError:
        return ""


def _attachment(attachment: OutlookAttachment) -> Attachment:
    names = (_text(attachment, number) for number in (LONG_NAME, SHORT_NAME, DISPLAY_NAME))
    name = next(filter(None, names), "attachment")
    inner = next((one for one in attachment._storage.storages if one.name.endswith(EMBEDDED)), None)
    if inner is not None:
        try:
            return Attachment(name, message=_message(Message(inner)))
        except Exception:  # as above; the message around it is fine
            return Attachment(name, warning=package.damaged(NOUN).message)
    data = attachment.file_bytes
    if data is None:
        return Attachment(name, warning=NOT_FOUND)
    return Attachment(name, data, content_id=_text(attachment, CONTENT_ID))
