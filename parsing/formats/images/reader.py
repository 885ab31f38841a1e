"""Pictures: what is written in them, and the picture itself for the viewer; a TIFF has a page for each. Runs in a child process only."""

import io
import warnings
from collections.abc import Callable, Iterator

import pillow_heif
from PIL import Image, ImageOps

from core.errors import DocumentUnreadable
from parsing.formats.images import ocr
from parsing.parser_input import ParserInput
from parsing.types import Section

DAMAGED = "This picture is damaged and cannot be opened."
NO_TEXT = "No text was found in this picture."
TURNED_OFF = "This is a picture, and text recognition is turned off."
TOO_LARGE = "This picture has more than 200 million points and was not opened."
WARNING = "Page {page} could not be read: {reason}."
PAGE_DAMAGED = "it is damaged"

MOST_PIXELS = 25_000_000  # of a picture that is drawn or read; larger ones are made smaller
MOST_OPENED = 200_000_000
MOST_PAGES = 2000
LEAST_SIDE_PX = 900  # of a picture that is read: small ones are made larger
LARGEST_SCALE = 3.0
ICON_PX = 48  # nobody reads a picture that is smaller both ways
POINTS_PER_INCH, SCREEN_DPI, LEAST_DPI = 72, 96, 50
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    ArithmeticError,
    IndexError,
    TypeError,
    KeyError,
)  # what Pillow raises

pillow_heif.register_heif_opener(thumbnails=False)


def parse(source: ParserInput, on_progress: Callable[[int, int], None], first_page: int = 1) -> Iterator[Section]:
    """Every page of a TIFF, or the picture, as a section.

    Args:
        first_page: the pages before it are left out, and nothing is said of a text that the others lack.

    Raises:
        DocumentUnreadable: damaged, far too large, or without writing.
    """
    with _opened(source) as file:
        pages = _pages(file)
        on_progress(first_page - 1, pages)
        has_text, warnings = first_page > 1, []
        for page in range(first_page, pages + 1):
            section = _section(file, page)
            has_text = has_text or bool(section.text.strip())
            warnings.extend([section.warning] if section.warning else [])
            yield section
            on_progress(page, pages)
    if not has_text:
        raise DocumentUnreadable(why_empty(warnings, TURNED_OFF, DAMAGED, NO_TEXT))


def render(source: ParserInput, page: int, width_px: int) -> bytes:
    """A page (1-based) as a PNG of this width.

    Raises:
        DocumentUnreadable: there is no such page, or it cannot be drawn.
    """
    with _opened(source) as file:
        try:
            picture = _page(file, page)
        except BROKEN as error:
            raise DocumentUnreadable("This page cannot be drawn.") from error
        return png_of(_scaled(picture, width_px / picture.width))


def png_of(picture: Image.Image) -> bytes:
    """A picture as a PNG."""
    png = io.BytesIO()
    picture.save(png, "PNG", compress_level=4)
    return png.getvalue()


def why_empty(warnings: list[str], turned_off: str, damaged: str, empty: str) -> str:
    """The sentence for a file without text, of these three or the warning of its first page."""
    if any(ocr.TURNED_OFF in warning for warning in warnings):
        return turned_off
    if any(PAGE_DAMAGED in warning for warning in warnings):
        return damaged
    return warnings[0] if warnings else empty


def _opened(source: ParserInput) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = MOST_OPENED // 2  # Pillow refuses twice as many
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    try:
        return Image.open(source.open("rb"))
    except Image.DecompressionBombError as error:
        raise DocumentUnreadable(TOO_LARGE) from error
    except BROKEN as error:
        raise DocumentUnreadable(DAMAGED) from error


def _pages(file: Image.Image) -> int:
    """Frames of an animation are no pages."""
    try:
        return min(getattr(file, "n_frames", 1), MOST_PAGES) if file.format == "TIFF" else 1
    except BROKEN:
        return 1


def _page(file: Image.Image, page: int) -> Image.Image:
    """The picture as it is meant to be seen, on white where one can see through it."""
    file.seek(page - 1)
    if file.width * file.height > MOST_OPENED:
        raise ValueError(TOO_LARGE)
    file.draft("RGB", (file.width, file.height))
    picture = ImageOps.exif_transpose(file)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    elif picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        picture = ImageOps.autocontrast(_eight_bits(picture))
    return _scaled(picture.convert("RGB"), 1.0)


def _eight_bits(picture: Image.Image) -> Image.Image:
    darkest, brightest = picture.convert("F").getextrema()
    span = max(float(brightest) - float(darkest), 1.0)  # type: ignore[arg-type]  # one band: two numbers
    return picture.convert("F").point(lambda level: (level - float(darkest)) * 255 / span).convert("L")  # type: ignore[arg-type]


def _scaled(picture: Image.Image, scale: float) -> Image.Image:
    scale = min(scale, (MOST_PIXELS / (picture.width * picture.height)) ** 0.5)
    if scale == 1.0:
        return picture
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _section(file: Image.Image, number: int) -> Section:
    """A page, whatever is wrong with it: the others are read all the same."""
    try:
        picture = _page(file, number)
    except Exception:
        return Section(number=number, page=number, text="", warning=WARNING.format(page=number, reason=PAGE_DAMAGED))
    width, height = _size_points(file, picture)
    if max(picture.size) < ICON_PX:
        return Section(number=number, page=number, text="", width=width, height=height)
    enlarged = min(max(LEAST_SIDE_PX / min(picture.size), 1.0), LARGEST_SCALE)
    seen = ocr.recogniser().read(_scaled(picture, enlarged))
    warning = WARNING.format(page=number, reason=seen.warning) if seen.warning else None
    return Section(
        number=number, page=number, text=seen.text, words=seen.words, width=width, height=height, warning=warning
    )


def _size_points(file: Image.Image, picture: Image.Image) -> tuple[float, float]:
    """The size of the page, by the resolution that the file names."""
    named = file.info.get("dpi", (0, 0))[0]
    dpi = float(named) if named and float(named) >= LEAST_DPI else SCREEN_DPI
    return picture.width * POINTS_PER_INCH / dpi, picture.height * POINTS_PER_INCH / dpi
