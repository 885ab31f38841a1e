"""Text recognition by tesseract, where language data for it is installed: for scripts that no model in a wheel reads."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tesserocr
from PIL import Image

from parsing.formats.images.ocr_layout import Line
from parsing.types import Word

ONE_PAGE, SCATTERED = tesserocr.PSM.AUTO, tesserocr.PSM.SPARSE_TEXT
FIELDS = (
    "level", "page_num", "block_num", "par_num", "line_num", "word_num", "left", "top", "width", "height", "conf", "text",
)  # fmt: skip
FEW_WORDS = 15  # then words may be scattered over the page, as in a table
A_WORD = "5"  # level of a row
LEAST_CONFIDENCE = 30.0


@dataclass(frozen=True, slots=True)
class Look:
    """What tesseract makes of a page at first sight: its script, and by how much it must be turned with the clock."""

    script: str | None
    turn: int


class TesseractReader:
    """Reads pictures by the tesseract inside the ``tesserocr`` wheel, in this process, with language data of the system.

    Args:
        data: the folder of language data.
    """

    def __init__(self, data: str) -> None:
        self._data = data
        self.languages = tuple(sorted(code for code in languages_in(data) if code not in ("osd", "equ")))

    def look(self, picture: Image.Image) -> Look:
        """Script and rotation of a page; of too few words nothing can be said."""
        with self._engine(picture, "osd", tesserocr.PSM.OSD_ONLY) as engine:
            try:
                seen = engine.DetectOrientationScript()
            except RuntimeError:
                seen = None
        if not seen:
            return Look(None, 0)
        return Look(seen["script_name"], -seen["orient_deg"] % 360)

    def lines(self, picture: Image.Image, languages: str, turn: int = 0) -> tuple[list[Line], float]:
        """The lines of a picture in reading order, and the share of its words that they hold.

        Args:
            turn: degrees by which the picture must be turned with the clock before it can be read.
        """
        turned = picture.rotate(-turn, expand=True) if turn else picture
        read, share = self._lines(turned, languages, ONE_PAGE)
        if sum(len(line.words) for line in read) < FEW_WORDS:
            scattered = self._lines(turned, languages, SCATTERED)
            read, share = max((read, share), scattered, key=lambda some: sum(len(line.words) for line in some[0]))
        return [line.turned(-turn // 90 % 4) for line in read], share

    def _lines(self, picture: Image.Image, languages: str, segmentation: int) -> tuple[list[Line], float]:
        with self._engine(picture, languages, segmentation) as engine:
            table = engine.GetTSVText(0)
        rows = csv.DictReader(io.StringIO(table), FIELDS, delimiter="\t", quoting=csv.QUOTE_NONE)
        seen = [row for row in rows if row["level"] == A_WORD and (row["text"] or "").strip()]
        sure = [row for row in seen if float(row["conf"]) >= LEAST_CONFIDENCE]
        lines: dict[tuple[str, str, str], list[dict[str, str]]] = {}
        for row in sure:
            lines.setdefault((row["block_num"], row["par_num"], row["line_num"]), []).append(row)
        paragraphs = {key: number for number, key in enumerate(dict.fromkeys(key[:2] for key in lines))}
        read = [_line(words, picture.size, paragraphs[key[:2]]) for key, words in lines.items()]
        return read, len(sure) / max(len(seen), 1)

    @contextmanager
    def _engine(self, picture: Image.Image, languages: str, segmentation: int) -> "Iterator[tesserocr.PyTessBaseAPI]":
        with tesserocr.PyTessBaseAPI(path=self._data, lang=languages, psm=segmentation) as engine:
            engine.SetImage(picture.convert("L"))
            yield engine


def languages_in(data: str) -> list[str]:
    """Codes of the languages whose data is in a folder."""
    return [path.stem for path in Path(data).glob("*.traineddata")]


def _line(rows: list[dict[str, str]], size: tuple[int, int], block: int) -> Line:
    text = ""
    words = []
    for row in rows:
        text += " " if text else ""
        word = row["text"].strip()
        words.append(Word(start=len(text), end=len(text) + len(word), box=_box(row, size)))
        text += word
    lefts, tops, rights, bottoms = zip(*(word.box for word in words), strict=True)
    return Line(text, tuple(words), (min(lefts), min(tops), max(rights), max(bottoms)), block)


def _box(row: dict[str, str], size: tuple[int, int]) -> tuple[float, float, float, float]:
    left, top, width, height = (int(row[key]) for key in ("left", "top", "width", "height"))
    return left / size[0], top / size[1], min((left + width) / size[0], 1.0), min((top + height) / size[1], 1.0)
