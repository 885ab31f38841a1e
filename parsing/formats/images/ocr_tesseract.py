"""Text recognition by tesseract, where it is installed: for scripts that nothing in a wheel reads."""

import csv
import io
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from parsing.formats.images.ocr_layout import Line
from parsing.types import Word

ONE_PAGE, SCATTERED = "3", "11"  # how tesseract calls its page segmentations
FEW_WORDS = 15  # then words may be scattered over the page, as in a table
A_WORD = "5"  # level of a row
LEAST_CONFIDENCE = 30.0
SCRIPT = re.compile(r"^Script: (\w+)$", re.MULTILINE)
TURN = re.compile(r"^Rotate: (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Look:
    """What tesseract makes of a page at first sight: its script, and by how much it must be turned with the clock."""

    script: str | None
    turn: int


class TesseractFailed(Exception):
    """What the program said."""


class TesseractReader:
    """Runs the program once for each page, over pipes: nothing is written to disk.

    Args:
        program: where it is.
        die_with_me: run in the new process before the program, so that it does not outlive this one.
    """

    def __init__(self, program: str, die_with_me: Callable[[], None] | None = None) -> None:
        self._program = program
        self._die_with_me = die_with_me
        listed = self._run(["--list-langs"]).splitlines()[1:]
        self.languages = tuple(sorted(name for name in listed if name not in ("osd", "equ")))

    def look(self, picture: Image.Image) -> Look:
        """Script and rotation of a page; of too few words nothing can be said."""
        try:
            seen = self._run(["-", "-", "--psm", "0"], picture)
        except TesseractFailed:
            return Look(None, 0)
        script, turn = SCRIPT.search(seen), TURN.search(seen)
        return Look(script[1] if script else None, int(turn[1]) if turn else 0)

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

    def _lines(self, picture: Image.Image, languages: str, segmentation: str) -> tuple[list[Line], float]:
        table = self._run(["-", "-", "-l", languages, "--psm", segmentation, "tsv"], picture)
        rows = csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE)
        seen = [row for row in rows if row["level"] == A_WORD and (row["text"] or "").strip()]
        sure = [row for row in seen if float(row["conf"]) >= LEAST_CONFIDENCE]
        lines: dict[tuple[str, str, str], list[dict[str, str]]] = {}
        for row in sure:
            lines.setdefault((row["block_num"], row["par_num"], row["line_num"]), []).append(row)
        paragraphs = {key: number for number, key in enumerate(dict.fromkeys(key[:2] for key in lines))}
        read = [_line(words, picture.size, paragraphs[key[:2]]) for key, words in lines.items()]
        return read, len(sure) / max(len(seen), 1)

    def _run(self, arguments: list[str], picture: Image.Image | None = None) -> str:
        data = b""
        if picture is not None:
            out = io.BytesIO()
            picture.convert("L").save(out, "PPM")
            data = out.getvalue()
        ran = subprocess.run(
            [self._program, *arguments],
            input=data,
            capture_output=True,
            check=False,
            preexec_fn=self._die_with_me,
        )
        if ran.returncode:
            raise TesseractFailed(ran.stderr.decode(errors="replace")[-500:])
        return ran.stdout.decode(errors="replace")


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
