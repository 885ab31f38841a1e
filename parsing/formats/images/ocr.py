"""Which engine recognises the text of a picture, and what came of it. Runs in a child process only."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from PIL import Image

from parsing.formats.images.bands import bands
from parsing.formats.images.ocr_layout import Line, composed
from parsing.limits import memory_left_bytes
from parsing.types import Word

if TYPE_CHECKING:
    from parsing.formats.images.ocr_rapid import RapidReader
    from parsing.formats.images.ocr_tesseract import TesseractReader

TURNED_OFF = "text recognition is turned off"
NOT_READ = "its writing could not be recognised"
OUT_OF_MEMORY = "recognising its writing needs more memory than is allowed"
NOT_ALL_READ = "only a part of its writing could be recognised; its script may need tesseract and a language for it"
NOTHING_READ = (
    "no writing could be recognised in it; if there is some, its script may need tesseract and a language for it"
)
LEAST_BYTES = 150 * 1024**2  # that recognition takes when it is loaded and reads a page
LEAST_SHARE = 0.5  # of the writing on a page
DULL = 12  # grey levels between the darkest and the brightest point of an empty page
MOST_LANGUAGES = 3  # each makes tesseract slower

BY_WHEEL = ("Latin", "Han", "HanS", "HanT", "Japanese", "Japanese_vert", "Fraktur")
LANGUAGES = {  # script, as tesseract calls it: languages written in it, as tesseract calls them
    "Arabic": "ara fas urd pus snd uig",
    "Armenian": "hye",
    "Bengali": "ben asm",
    "Cyrillic": "rus ukr bel bul srp mkd kaz kir mon tat tgk",
    "Devanagari": "hin mar nep san",
    "Ethiopic": "amh tir",
    "Georgian": "kat",
    "Greek": "ell grc",
    "Gujarati": "guj",
    "Gurmukhi": "pan",
    "Han": "chi_sim chi_tra",
    "Hangul": "kor",
    "Hebrew": "heb yid",
    "Japanese": "jpn",
    "Kannada": "kan",
    "Khmer": "khm",
    "Korean": "kor",
    "Lao": "lao",
    "Malayalam": "mal",
    "Myanmar": "mya",
    "Oriya": "ori",
    "Sinhala": "sin",
    "Tamil": "tam",
    "Telugu": "tel",
    "Thai": "tha",
    "Tibetan": "bod",
}


@dataclass(frozen=True, slots=True)
class OcrOptions:
    """How text is recognised.

    Attributes:
        engine: ``auto``, ``rapidocr``, ``tesseract`` or ``off``.
        languages: for tesseract, as ``eng+deu``; "" for what is installed.
        dpi: of the pictures of pages.
        tessdata: the folder of tesseract's language data; None when there is none.
        on_page: called before a picture is read, which takes seconds.
    """

    engine: str = "auto"
    languages: str = ""
    dpi: int = 200
    tessdata: str | None = None
    on_page: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a picture says. ``warning`` goes on after “Page 3 could not be read: ”; None when all is well."""

    text: str = ""
    words: tuple[Word, ...] = ()
    warning: str | None = None


@dataclass
class Recogniser:
    """Reads pictures with the engine that suits their script; each is loaded when the first picture needs it."""

    options: OcrOptions = field(default_factory=OcrOptions)

    def read(self, picture: Image.Image) -> Recognition:
        """The text of a picture and where its words stand on it."""
        if _is_empty(picture):
            return Recognition()
        if self.options.engine == "off":
            return Recognition(warning=TURNED_OFF)
        parts = list(bands(picture))
        seen = [self._read(part) for part, _, _ in parts]
        return joined(seen, [(top, bottom) for _, top, bottom in parts]) if len(parts) > 1 else seen[0]

    def _read(self, picture: Image.Image) -> Recognition:
        if self.options.on_page:
            self.options.on_page()
        try:
            lines, share = self._lines(picture)
        except Exception as error:  # engines have many kinds; one page is not worth the file
            return Recognition(warning=OUT_OF_MEMORY if _is_memory(error) else NOT_READ)
        text, words = composed(lines)
        missing = NOT_ALL_READ if text else NOTHING_READ
        return Recognition(text, words, missing if share < LEAST_SHARE else None)

    def _lines(self, picture: Image.Image) -> tuple[list[Line], float]:
        """Lines, and the share of the writing that they are."""
        if self.options.engine == "rapidocr" or self._tesseract is None:
            return self._rapid.lines(picture)
        look = self._tesseract.look(picture)
        languages = self._languages_for(look.script)
        if self.options.engine == "auto" and (look.script is None or look.script in BY_WHEEL or not languages):
            return self._rapid.lines(picture)
        return self._tesseract.lines(picture, languages or "+".join(self._languages), look.turn)

    def _languages_for(self, script: str | None) -> str:
        """Those of the wanted languages that are written so; English too, which is rarely far."""
        if script is None or script not in LANGUAGES:
            others = {code for codes in LANGUAGES.values() for code in codes.split()}
            wanted = [code for code in self._languages if code not in others]
        else:
            wanted = [code for code in LANGUAGES[script].split() if code in self._languages][:MOST_LANGUAGES]
        if wanted and "eng" in self._languages and "eng" not in wanted:
            wanted.append("eng")
        return "+".join(wanted)

    @cached_property
    def _languages(self) -> list[str]:
        """The wanted languages that are installed."""
        installed = self._tesseract.languages if self._tesseract else ()
        wanted = self.options.languages.split("+") if self.options.languages else installed
        return [code for code in wanted if code in installed]

    @cached_property
    def _rapid(self) -> "RapidReader":
        from parsing.formats.images.ocr_rapid import RapidReader

        return RapidReader()

    @cached_property
    def _tesseract(self) -> "TesseractReader | None":
        from parsing.formats.images.ocr_tesseract import TesseractReader

        return TesseractReader(self.options.tessdata) if self.options.tessdata else None


CURRENT: ContextVar[Recogniser] = ContextVar("recogniser")


def use(options: OcrOptions) -> None:
    """Recognise text this way from now on."""
    CURRENT.set(Recogniser(options))


def recogniser() -> Recogniser:
    """The one in use; its engine stays loaded from one page to the next."""
    try:
        return CURRENT.get()
    except LookupError:
        use(OcrOptions())
        return CURRENT.get()


def joined(seen: Sequence[Recognition], places: Sequence[tuple[float, float]]) -> Recognition:
    """What the bands of a picture say, as one; ``places`` are the upper and lower edge of each, as fractions of the picture."""
    text = ""
    words: list[Word] = []
    for one, (top, bottom) in zip(seen, places, strict=True):
        if not one.text:
            continue
        text += "\n" if text else ""
        for word in one.words:
            left, upper, right, lower = word.box
            box = (left, top + upper * (bottom - top), right, top + lower * (bottom - top))
            words.append(Word(len(text) + word.start, len(text) + word.end, box))
        text += one.text
    return Recognition(text, tuple(words), next((one.warning for one in seen if one.warning), None))


def _is_memory(error: Exception) -> bool:
    """Libraries that get no memory say so in many ways, some in none: there is less left than they take."""
    is_said = isinstance(error, MemoryError) or any(word in str(error).lower() for word in ("memory", "alloc"))
    return is_said or memory_left_bytes() < LEAST_BYTES


def _is_empty(picture: Image.Image) -> bool:
    """True when there is nothing to see."""
    used = [level for level, count in enumerate(picture.convert("L").histogram()) if count]
    return used[-1] - used[0] < DULL
