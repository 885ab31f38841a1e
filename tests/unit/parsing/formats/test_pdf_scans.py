"""Pictures on pages that have text as well: scans under stamps and letterheads, tables as pictures."""

import zlib
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw, ImageFont

from parsing.formats.images import ocr
from parsing.formats.images.ocr import TURNED_OFF
from parsing.formats.pdf.page import PICTURE_WARNING, TOO_MANY_PICTURES
from parsing.types import Section
from tests.unit.parsing.formats.conftest import Read
from tests.unit.parsing.formats.pdf_files import drawn, line, stream

LETTER = ("The warden of the harbour", "counts the terns twice a week.", "Visits cost 4,350 dollars.")
STAMP = "Case 3:21-cv-04417 Document 118-2 Filed 07/19/23 Page 1 of 2 PageID #: 2014"
PROSE = "The quarterly report describes the work of the harbour and its effects on traffic."
DPI = 90

pytestmark = pytest.mark.recognition


@pytest.fixture(autouse=True)
def _low_resolution() -> Iterator[None]:
    ocr.use(ocr.OcrOptions(dpi=100))
    yield
    ocr.use(ocr.OcrOptions())


def written(lines: tuple[str, ...], size: tuple[int, int]) -> Image.Image:
    """A picture of some lines."""
    picture = Image.new("L", size, "white")
    pen = ImageDraw.Draw(picture)
    for row, text in enumerate(lines):
        pen.text((60, 50 + 60 * row), text, font=ImageFont.truetype("DejaVuSans.ttf", 24), fill="black")
    return picture


def image(picture: Image.Image) -> bytes:
    """A picture as an object of a PDF."""
    entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
    return stream(zlib.compress(picture.convert("L").tobytes()), entries % picture.size)


def page(content: str, *pictures: Image.Image) -> bytes:
    """A page on which ``/I0``, ``/I1`` … are pictures."""
    names = b" ".join(b"/I%d %d 0 R" % (index, 6 + index) for index in range(len(pictures)))
    return drawn(content, more=[image(one) for one in pictures], resources=b"/XObject << %s >>" % names)


def at(name: str, left: float, bottom: float, width: float, height: float) -> str:
    """Operators that paint a picture."""
    return f"q {width} 0 0 {height} {left} {bottom} cm /{name} Do Q\n"


SCAN = written(LETTER, (744, 1052))


def flat(section: Section) -> str:
    """The text on one line."""
    return " ".join(section.text.split())


def test_a_scan_under_a_long_stamp_is_read_and_the_stamp_is_said_once(read: Read) -> None:
    (section,) = read(page(at("I0", 0, 0, 595, 842) + line(60, 820, STAMP, 9), SCAN))
    assert flat(section).startswith(STAMP)
    assert "Visits cost 4,350 dollars." in flat(section)
    assert section.text.count("PageID") == 1
    (word,) = (word for word in section.words if section.text[word.start : word.end] == "4,350")
    assert word.box[1] < (50 + 120 + 15) / 1052 < word.box[3]


def test_a_letter_between_letterhead_and_footer_stands_between_them(read: Read) -> None:
    head = "Harbour Authority of Larkfield · Quay 4 · Telephone 040 555 0170 · post@harbour.example"
    foot = "Bank: Larkfield Savings · IBAN DE00 1234 5678 9012 3456 00 · Register HRB 118"
    (section,) = read(page(line(50, 800, head, 9) + at("I0", 0, 60, 595, 690) + line(50, 30, foot, 8), SCAN))
    assert flat(section).index("Telephone") < flat(section).index("4,350") < flat(section).index("IBAN")


def test_a_scan_in_strips_is_one_picture(read: Read) -> None:
    strips = [SCAN.crop((0, top, 744, top + 131)) for top in range(0, 1048, 131)]
    painted = "".join(at(f"I{index}", 0, 842 - 105 * (index + 1), 595, 105) for index in range(len(strips)))
    (section,) = read(page(painted + line(60, 820, "HARB0004417", 9), *strips))
    assert "counts the terns twice a week." in flat(section)


def test_a_table_as_a_picture_stands_where_it_is_on_its_page(read: Read) -> None:
    table = written(("Berth       Depth", "K-7         14.2 m"), (800, 200))
    prose = "".join(line(60, 760 - 15 * row, PROSE) for row in range(12))
    (section,) = read(page(prose + at("I0", 60, 350, 480, 120) + line(60, 320, "Table 3: Berths", 9), table))
    assert flat(section).index(PROSE) < flat(section).index("14.2") < flat(section).index("Table 3")
    assert section.warning is None


def test_writing_as_outlines_under_a_line_of_text_is_read(read: Read) -> None:
    rows = []
    mask = written(LETTER, (744, 1052)).resize((372, 526)).point(lambda level: 255 if level < 150 else 0)
    for row in range(mask.height):
        for column in range(mask.width):
            if mask.getpixel((column, row)):
                rows.append(f"{column * 1.6:.1f} {842 - row * 1.6:.1f} 1.6 1.6 re f")
    (section,) = read(drawn("\n".join(rows) + "\n" + line(60, 30, "Printed by an outliner", 8)))
    assert "twice a week" in flat(section)


class TestNotRead:
    """Pictures that no engine is asked about."""

    @pytest.fixture(autouse=True)
    def _nothing_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            pytest.fail("a picture was read")

        monkeypatch.setattr(ocr.Recogniser, "_lines", fail)

    def test_a_photograph(self, read: Read) -> None:
        photo = Image.linear_gradient("L").resize((400, 300))
        (section,) = read(page(line(60, 760, PROSE) + at("I0", 60, 350, 480, 300), photo))
        assert section.text.strip() == PROSE

    def test_a_logo(self, read: Read) -> None:
        logo = written(("Logo",), (120, 120))
        (section,) = read(page(line(60, 760, PROSE) + at("I0", 500, 780, 40, 40), logo))
        assert section.text.strip() == PROSE


def test_the_known_words_of_a_scan_stay_when_they_are_what_it_shows(read: Read) -> None:
    known = "".join(
        f"3 Tr {line(60 * 0.8, 842 - (50 + 60 * row + 24) * 0.8, words, 21)}" for row, words in enumerate(LETTER)
    )
    (section,) = read(page(at("I0", 0, 0, 595, 842) + known, SCAN))
    assert flat(section).count("Visits cost 4,350 dollars.") == 1
    assert section.warning is None


def test_a_picture_that_is_not_read_is_named(read: Read) -> None:
    ocr.use(ocr.OcrOptions(engine="off"))
    table = written(("Berth       Depth", "K-7         14.2 m"), (800, 200))
    (section,) = read(page(line(60, 760, PROSE) + at("I0", 60, 350, 480, 120), table))
    assert section.text.strip() == PROSE
    assert section.warning == PICTURE_WARNING.format(page=1, reason=TURNED_OFF)


def test_pictures_beside_text_have_a_time_for_all_of_them_and_scans_go_on(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parsing.formats.pdf.page.MOST_PICTURES_CPU_S", -1.0)
    table = written(("Berth       Depth", "K-7         14.2 m"), (800, 200))
    twice = page(line(60, 760, PROSE) + at("I0", 60, 350, 480, 120), table).replace(
        b"/Count 1 /Kids [5 0 R]", b"/Count 2 /Kids [5 0 R 5 0 R]"
    )
    first, second = read(twice)
    assert first.text.strip() == second.text.strip() == PROSE
    assert (first.warning, second.warning) == (TOO_MANY_PICTURES.format(page=1), None)
    (scan,) = read(page(at("I0", 0, 0, 595, 842) + line(60, 820, STAMP, 9), SCAN))
    assert "Visits cost 4,350 dollars." in flat(scan)
    assert scan.warning is None
