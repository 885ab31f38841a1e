"""What a message says: its fields, then its plain text or its page, whichever says more, then what is written in the pictures it shows."""

import html
import re
from collections.abc import Iterator

from parsing.formats.html.pictures import PagePictures
from parsing.formats.html.reader import html_text_blocks
from parsing.formats.html.tree import without_unseen
from parsing.formats.mail.types import MailMessage
from parsing.formats.text import plain
from parsing.sections import HIDDEN, TextBlock, sections_of
from parsing.types import Section

TAG = re.compile(r"<[^<>]*>")
PICTURE = re.compile(r"<(?=img\b|svg\b|object\b)", re.IGNORECASE)
ADDRESS = re.compile(r"https?://\S++")
WORD = re.compile(r"\w{2,}+")
STUB_CHARS, STUB_TIMES = 150, 20  # a plain part this short beside a page so much longer only says that there is a page
FEW = 0.2  # of the words: so many may differ between two ways to say the same
MUCH_MORE, LEAST_WORDS = 3, 30  # times as many words as the plain text has


def sections(message: MailMessage) -> Iterator[Section]:
    """Sections of a message, without its attachments."""
    at_hand = {address: one.data for one in message.attachments for address in one.addresses}
    pictures = PagePictures(at_hand.get)
    yield from sections_of(_text_blocks(message, pictures))
    yield from pictures.embedded.remark_section()


def _text_blocks(message: MailMessage, pictures: PagePictures) -> Iterator[TextBlock]:
    for name, value in message.fields:
        if value.strip():
            yield TextBlock("paragraph", f"{name}: {' '.join(value.split())}", gap="\n")
    if message.html.strip() and _says_more(message):
        yield from html_text_blocks(message.html, message.sheets.get, pictures)
    else:
        yield from plain.text_blocks(message.plain) if message.plain.strip() else ()
        for attachment in message.shown:
            yield from pictures.text_blocks(attachment.data or b"")


def _says_more(message: MailMessage) -> bool:
    """True when the page says all that the plain text does and more, or keeps a table or a link that is lost there."""
    if not message.plain.strip() or _is_stub(message):
        return True
    text_blocks = list(
        html_text_blocks(PICTURE.sub("<x-", message.html), message.sheets.get)
    )  # to read pictures takes long
    text = "\n".join(block.text for block in text_blocks if block.kind != HIDDEN)
    said, shown = _words(ADDRESS.sub("", message.plain)), _words(text)
    if len(shown) >= max(LEAST_WORDS, MUCH_MORE * len(said)):
        return True
    has_table = any(block.kind == "table" and "\n" in block.text for block in text_blocks)
    # what follows the question mark differs in every part of a mail that is tracked
    has_links = any(address.partition("?")[0].rstrip(").,") not in message.plain for address in ADDRESS.findall(text))
    has_more = has_table or has_links or len(shown - said) > FEW * len(shown)
    return has_more and len(said - shown) <= FEW * len(said)


def _is_stub(message: MailMessage) -> bool:
    length = len(message.plain.strip())
    if length >= STUB_CHARS:
        return False
    text = html.unescape(TAG.sub("", without_unseen(message.html)))
    return len("".join(text.split())) > STUB_TIMES * STUB_CHARS


def _words(text: str) -> set[str]:
    return {word.casefold() for word in WORD.findall(text)}
