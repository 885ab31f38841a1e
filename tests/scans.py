"""Pictures of pages, made by the test that wants them: as small as they are still read without a mistake."""

import io
from collections.abc import Sequence

import pillow_heif
import pypdfium2 as pdfium
from PIL import Image, ImageDraw, ImageFont

from tests import documents as files

DPI = 90  # recognition takes a third of the time that 150 take
LETTER = (
    "Larkspur Observatory\n\nEvery employee receives twenty-eight days of paid annual leave per year. "
    "Unused days may be carried over until the end of March.\n\nThe wardens count the terns twice a week."
)
DRAWN_PX = (1240, 600)
RUSSIAN = (
    "Работники имеют право на ежегодный оплачиваемый отпуск",
    "продолжительностью двадцать восемь календарных дней.",
    "Заявления подаются не позднее чем за две недели.",
    "Расходы возмещаются в течение тридцати дней.",
)


def picture_of(pdf: bytes, page: int = 1, *, dpi: int = DPI, turn: int = 0) -> Image.Image:
    """A page as a scanner would see it, turned against the clock."""
    drawn: Image.Image = pdfium.PdfDocument(pdf)[page - 1].render(scale=dpi / 72).to_pil()
    return drawn.convert("RGB").rotate(turn, expand=True)


def drawn(lines: Sequence[str], *, font: str = "DejaVuSans.ttf") -> Image.Image:
    """The upper part of a page with these lines, in any script of the font."""
    page = Image.new("RGB", DRAWN_PX, "white")
    pen = ImageDraw.Draw(page)
    for row, line in enumerate(lines):
        pen.text((120, 150 + 60 * row), line, font=ImageFont.truetype(font, 32), fill="black")
    return page


def scan(pictures: Sequence[Image.Image], *, dpi: int = DPI) -> bytes:
    """A PDF of nothing but pictures."""
    return _saved(pictures, "PDF", resolution=dpi)


def tiff(pictures: Sequence[Image.Image], *, dpi: int = DPI) -> bytes:
    """A TIFF with a page for each picture."""
    return _saved(pictures, "TIFF", dpi=(dpi, dpi), compression="tiff_lzw")


def png(picture: Image.Image) -> bytes:
    """A PNG."""
    return photo(picture, "PNG")


def photo(picture: Image.Image, kind: str) -> bytes:
    """A picture in a format by Pillow's name."""
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def letter() -> bytes:
    """A PDF with the letter as text."""
    return files.pdf([LETTER])


def _saved(pictures: Sequence[Image.Image], kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    first, *others = pictures
    first.save(out, kind, save_all=True, append_images=others, **options)
    return out.getvalue()
