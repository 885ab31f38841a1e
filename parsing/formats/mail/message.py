"""A message with what is attached to it, whatever wrote it, to sections: the message first, then each file it carries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.errors import FootnoteError
from parsing.formats.inner_files import blocks_inside
from parsing.formats.mail import body, sealed
from parsing.formats.mail.types import Attachment, MailMessage
from parsing.parser_input import InMemoryFile, ParserInput
from parsing.sniff.mime import EML
from parsing.sniff.sniff import HEAD_BYTES, TAIL_BYTES, sniff
from parsing.types import Section

MOST_DEPTH = 3
MOST_ATTACHMENTS = 50
MOST_BYTES = 200 * 1024**2  # of all attachments together
DAMAGED = "It is damaged or of a kind that cannot be read."
TOO_MANY = f"The message has more than {MOST_ATTACHMENTS} attachments; the rest were not read."
TOO_LARGE = f"The attachments are larger than {MOST_BYTES // 1024**2} MB together; this one was not read."
TOO_DEEP = f"It is in a message in a message, more than {MOST_DEPTH} deep, and was not read."


@dataclass(frozen=True, slots=True)
class AttachmentReaders:
    """How attachments are read; handed in, because the registry of parsers knows the parsers of messages.

    Attributes:
        parse: sections of a file of a type, see ``parsing.registry.parse``.
        message_of: an attached e-mail from its bytes, see ``parsing.formats.mail.eml.message_of``.
    """

    parse: Callable[[ParserInput, str, Callable[[int, int], None]], Iterator[Section]]
    message_of: Callable[[bytes], MailMessage]


@dataclass
class _Budget:
    """What may still be read of attachments, over all depths."""

    readers: AttachmentReaders

    files: int = MOST_ATTACHMENTS
    size_bytes: int = MOST_BYTES


def sections_of_message(message: MailMessage, readers: AttachmentReaders) -> Iterator[Section]:
    """Sections of a message and, under their names, of its attachments. One that cannot be read says so in a section of its own."""
    for number, section in enumerate(_sections(message, _Budget(readers), 0), start=1):
        yield section.model_copy(update={"number": number})


def _sections(message: MailMessage, budget: _Budget, depth: int) -> Iterator[Section]:
    yield from body.sections(message)
    if message.is_encrypted:
        yield Section(number=1, text="", warning=sealed.ENCRYPTED)
    for attachment in message.attachments:
        if attachment.is_shown_in(message.html):
            continue
        if budget.files == 0:
            yield _unread(attachment.name, TOO_MANY)
            return
        budget.files -= 1
        yield from _attached(attachment, budget, depth)


def _attached(attachment: Attachment, budget: _Budget, depth: int) -> Iterator[Section]:
    if attachment.warning is not None:
        yield _unread(attachment.name, attachment.warning)
    elif depth + 1 > MOST_DEPTH:
        yield _unread(attachment.name, TOO_DEEP)
    elif attachment.message is not None:
        yield from (_under(attachment.name, section) for section in _sections(attachment.message, budget, depth + 1))
    else:
        yield from _read(attachment.name, attachment.data or b"", budget, depth)


def _read(name: str, data: bytes, budget: _Budget, depth: int) -> Iterator[Section]:
    if len(data) > budget.size_bytes:
        yield _unread(name, TOO_LARGE)
        return
    budget.size_bytes -= len(data)
    try:
        mime_type = sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:], name)
        if mime_type == EML:
            inner = _sections(budget.readers.message_of(data), budget, depth + 1)
        else:
            inner = budget.readers.parse(InMemoryFile(data), mime_type, lambda *_: None)
        for section in inner:
            yield _under(name, section)
    except FootnoteError as error:
        yield _unread(name, error.message)
    except MemoryError:
        raise
    except Exception:  # a parser stumbled: the message around the file is fine
        yield _unread(name, DAMAGED)


def _under(name: str, section: Section) -> Section:
    """A section of an attachment as one of the message. Its pages are not the message's: they become places."""
    where = f"{name}{f', page {section.page}' if section.page else ''}: "
    warning, hidden = (said and f"{where}{said}" for said in (section.warning, section.hidden))
    return section.model_copy(
        update={
            "page": None,
            "width": None,
            "height": None,
            "words": (),
            "path": (name, *section.path),
            "blocks": blocks_inside(section),
            "warning": warning,
            "hidden": hidden,
        }
    )


def _unread(name: str, reason: str) -> Section:
    return Section(number=1, text="", path=(name,), warning=f"{name}: {reason}")
