"""Outlook messages (MSG) by python-oxmsg. Runs in a child process only."""

from collections.abc import Callable, Iterator

from oxmsg import Message
from oxmsg.attachment import Attachment as OutlookAttachment

from parsing.formats.mail.eml import header_text
from parsing.formats.mail.message import Attachment, MailMessage, sections_of_message
from parsing.formats.ooxml import package
from parsing.parser_input import ParserInput
from parsing.types import Section

NOUN = "Outlook message"
EMBEDDED = "3701000D"  # the storage of a message that is attached as such
SHORT_NAME, DISPLAY_NAME, CONTENT_ID = 0x3704, 0x3001, 0x3712
TO, CC = 0x0E04, 0x0E03
NOT_FOUND = "It is not in the message: it was attached as a link."


def parse(source: ParserInput, on_progress: Callable[[int, int], None]) -> Iterator[Section]:
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
    yield from sections_of_message(message, on_progress)


def _message(message: Message) -> MailMessage:
    headers = {name.lower(): header_text([value]) for name, value in message.message_headers.items()}
    sent = message.sent_date
    fields = [
        ("From", header_text([message.sender or ""])),
        ("To", message.properties.str_prop_value(TO) or headers.get("to", "")),
        ("Cc", message.properties.str_prop_value(CC) or headers.get("cc", "")),
        ("Date", headers.get("date") or (sent.strftime("%a, %d %b %Y %H:%M %z") if sent else "")),
        ("Subject", message.subject),
    ]
    page = _html(message)
    attached = [_attachment(attachment) for attachment in message.attachments]
    return MailMessage(fields, message.body or "", page, [one for one in attached if not one.is_shown_in(page)])


def _html(message: Message) -> str:
    try:
        return message.html_body or ""
    except (UnicodeDecodeError, LookupError):
        return ""


def _attachment(attachment: OutlookAttachment) -> Attachment:
    names = (attachment.file_name, *map(attachment.properties.str_prop_value, (SHORT_NAME, DISPLAY_NAME)))
    name = next((name for name in names if name), "attachment")
    inner = next((one for one in attachment._storage.storages if one.name.endswith(EMBEDDED)), None)
    if inner is not None:
        try:
            return Attachment(name, message=_message(Message(inner)))
        except Exception:  # as above; the message around it is fine
            return Attachment(name, warning=package.damaged(NOUN).message)
    data = attachment.file_bytes
    if data is None:
        return Attachment(name, warning=NOT_FOUND)
    return Attachment(name, data, content_id=attachment.properties.str_prop_value(CONTENT_ID) or "")
