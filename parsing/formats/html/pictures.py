"""Pictures that a page brings along: within its source, beside it in a mail or a book. What is written in them is part of the page.

Runs in a child process only.
"""

import base64
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from lxml import etree  # type: ignore[import-untyped]
from PIL import Image

from parsing.formats.html import tree
from parsing.formats.images import ocr
from parsing.formats.images.embedded import FORMATS, EmbeddedPictures
from parsing.formats.images.reader import BROKEN
from parsing.grid import one_line
from parsing.sections import TextBlock

PictureOf = Callable[[str], bytes | None]  # address → a picture; None when it is not at hand

# A picture within the source is taken out before the page is read: as an attribute it may be longer than a parser takes.
INLINE = re.compile(
    r"data:image/([\w.+-]{1,40}+)(?:;[\w=.-]{1,40}+){0,4}?(;base64)?,([A-Za-z0-9+/=%_.~:;!*(),@&?$-]++(?:\r?\n[A-Za-z0-9+/=]{20,}+)*+)",
    re.IGNORECASE,
)
TOKEN = "data:,picture-"
DRAWING = "svg+xml"
ADDRESSES = ("src", "href", "{http://www.w3.org/1999/xlink}href", "xlink:href", "data", "data-src")
SMALL_PX = 400 * 200
PADDING = b"=" * 3


@dataclass
class PagePictures:
    """The pictures of a page.

    Attributes:
        picture_of: gives a picture that comes beside the page.
        embedded: reads them, within the bounds of the whole file.
    """

    picture_of: PictureOf = lambda _: None
    embedded: EmbeddedPictures = field(default_factory=EmbeddedPictures)
    _inline: list[re.Match[str]] = field(default_factory=list)

    def lifted(self, text: str) -> str:
        """The source of a page with short names in place of the pictures in it."""
        return INLINE.sub(self._lift, text) if "data:image/" in text else text

    def paragraphs(self, element: etree._Element) -> list[str]:
        """What is written in the picture that an element shows."""
        address = next((found for name in ADDRESSES if (found := element.get(name, "").strip())), "")
        if address.startswith(TOKEN):
            found = self._inline[int(address.removeprefix(TOKEN))]
            data = _content(found)
            if found[1].lower() == DRAWING:
                return (
                    [text] if data and (text := words_of_drawing(tree.parse(data.decode("utf-8", "replace")))) else []
                )
        else:
            data = self.picture_of(address) if address else None
        return (
            [part.strip() for part in self.embedded.text(data).split("\n\n") if part.strip()]
            if data is not None
            else []
        )

    def text_blocks(self, data: bytes) -> Iterator[TextBlock]:
        """What is written in a picture that no page shows."""
        yield from (TextBlock("paragraph", part) for part in self._text(data).split("\n\n") if part.strip())

    def _text(self, data: bytes) -> str:
        """What is written in a picture. That a logo or an icon has more signs than letters is nothing to be told."""
        before = {reason: self.embedded.unread[reason] for reason in (ocr.NOT_ALL_READ, ocr.NOTHING_READ)}
        text = self.embedded.text(data)
        if _is_small(data):
            self.embedded.unread |= before
        self.embedded.unread += Counter()  # leaves out what is none
        return text

    def _lift(self, found: re.Match[str]) -> str:
        self._inline.append(found)
        return f"{TOKEN}{len(self._inline) - 1}"


def _is_small(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            return picture.width * picture.height < SMALL_PX
    except (*BROKEN, Image.DecompressionBombError):
        return False


def words_of_drawing(drawing: etree._Element | None) -> str:
    """The words in a drawing (SVG), not those that only name its parts."""
    if drawing is None:
        return ""
    return "; ".join(filter(None, (one_line("".join(one.itertext())) for one in drawing.iter("text", "foreignobject"))))


def _content(found: re.Match[str]) -> bytes | None:
    data = unquote_to_bytes(found[3])
    if not found[2]:
        return data
    try:
        return base64.b64decode(data + PADDING)
    except ValueError:
        return None
