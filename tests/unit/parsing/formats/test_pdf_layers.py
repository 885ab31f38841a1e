"""Text layers that are not what the page shows: told by their letters, recognised anew, or named in a remark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from parsing.formats.images import ocr
from parsing.formats.images.ocr import NOT_ALL_READ, Recognition
from parsing.formats.pdf import reader as pdf
from parsing.formats.pdf.layers import TextLayers, is_implausible
from parsing.formats.pdf.page import DOUBTFUL
from parsing.formats.pdf.repair import with_thai_marks
from parsing.types import Section
from tests import documents as files
from tests.unit.parsing.formats.pdf_files import line, objects_of, stream
from tests.unit.parsing.formats.test_pdf_scans import at, page

ENGLISH = "The insurance covers water damage up to 25000 euros. Claims are handled by the office in Larkfield within two days."
TEXTS = {
    "German": "Die Versicherung deckt Wasserschäden bis zu 25000 Euro. Ansprüche bearbeitet das Büro in Larkfield binnen zwei Tagen.",
    "Welsh": "Mae'r yswiriant yn cynnwys difrod dŵr hyd at 25000 ewro. Ymdrinnir â hawliadau gan y swyddfa yn Larkfield o fewn diwrnod.",
    "Swahili": "Bima inashughulikia uharibifu wa maji hadi euro 25000. Madai yanashughulikiwa na ofisi ya Larkfield ndani ya siku mbili.",
    "Japanese": "保険は水害を25000ユーロまで補償します。" * 5 + "Larkfield",
    "Russian": "Страхование покрывает ущерб от воды до 25000 евро. Претензии рассматривает контора в Ларкфилде в течение двух дней.",
    "code": "def parse(source, on_progress, first_page=1): return [section for section in sections_of(source) if section.number > 0]",
    "a short one": "xqzv kwj",
    "numbers": "A-17 B-22 " * 40,
}


def moved(text: str, by: int) -> str:
    """Letters and digits moved along the codes, as a broken table of characters does it."""
    return "".join(chr(ord(character) + by) if character.isalnum() else character for character in text)


@pytest.mark.parametrize("name", TEXTS)
def test_texts_of_any_language_are_plausible(name: str) -> None:
    assert not is_implausible(TEXTS[name])


@pytest.mark.parametrize("by", [-3, -1, 1, 2, 3, 5])
def test_letters_moved_along_the_alphabet_are_not(by: int) -> None:
    assert is_implausible(moved(ENGLISH, by))


def test_letters_of_many_alphabets_are_not() -> None:
    letters = [chr(code) for start in (0x61, 0x3B1, 0x430, 0x561, 0x5D0, 0x10D0) for code in range(start, start + 20)]
    assert is_implausible(" ".join(letters))


def test_what_is_learned_of_a_document() -> None:
    layers = TextLayers()
    scan = [(0.0, 0.0, 1.0, 1.0)]
    assert layers.is_doubtful(ENGLISH, scan)
    assert not layers.is_wrong(ENGLISH, Recognition(ENGLISH), is_scan=True)
    assert not layers.is_doubtful(ENGLISH, scan)
    assert layers.is_doubtful(moved(ENGLISH, 3), [])
    assert not layers.is_wrong(moved(ENGLISH, 3), Recognition(moved(ENGLISH, 3)), is_scan=False)
    assert not layers.is_doubtful(moved(ENGLISH, 3), [])  # two false alarms are enough


def test_a_poor_layer_is_wrong_on_every_page() -> None:
    layers = TextLayers()
    scan = [(0.0, 0.0, 1.0, 1.0)]
    for _ in range(3):
        assert layers.is_doubtful("Tlie rlefcnrlant sliall procluce tlie liarbciur lcigs cif tlie nintli " * 2, scan)
        assert layers.is_wrong(
            "Tlie rlefcnrlant sliall procluce",
            Recognition("The defendant shall produce"),
            is_scan=True,
        )


@pytest.mark.parametrize("seen", [Recognition(warning=NOT_ALL_READ), Recognition("two words", (), None), Recognition()])
def test_where_little_is_recognised_the_layer_stays(seen: Recognition) -> None:
    assert not TextLayers().is_wrong(ENGLISH, seen, is_scan=True)


@pytest.fixture
def low_resolution() -> Iterator[None]:
    """Pages are drawn small before they are recognised."""
    ocr.use(ocr.OcrOptions(dpi=100))
    yield
    ocr.use(ocr.OcrOptions())


def shifted(by: int) -> bytes:
    """A page whose font says that each letter is another one."""
    pdf_file = files.pdf([ENGLISH]).replace(b"/BaseFont /Helvetica", b"/BaseFont /Helvetica /ToUnicode 6 0 R")
    table = (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange "
        b"2 beginbfrange <20> <20> <0020> <30> <7a> <%04x> endbfrange endcmap" % (0x30 + by)
    )
    return files._file([*objects_of(pdf_file), stream(table)])


def only_page(tmp_path: Path, data: bytes) -> Section:
    """It as a section."""
    path = tmp_path / "file.pdf"
    path.write_bytes(data)
    (section,) = pdf.parse(path, lambda *_: None)
    return section


@pytest.mark.recognition
def test_moved_letters_are_recognised_anew(tmp_path: Path) -> None:
    section = only_page(tmp_path, shifted(3))
    assert "25000 euros" in " ".join(section.text.split())
    assert section.warning is None


def test_moved_letters_are_named_where_nothing_is_recognised(tmp_path: Path) -> None:
    ocr.use(ocr.OcrOptions(engine="off"))
    try:
        section = only_page(tmp_path, shifted(1))
    finally:
        ocr.use(ocr.OcrOptions())
    assert section.warning == DOUBTFUL.format(page=1)
    assert section.text.strip()


@pytest.mark.recognition
@pytest.mark.usefixtures("low_resolution")
def test_a_poor_layer_over_a_scan_gives_way(tmp_path: Path) -> None:
    lines = (
        "The defendant shall produce the",
        "harbour logs of 2019 by the ninth",
        "of October. The fee is 4,350 dollars.",
    )
    poor = (
        "Tlie rlefcnrlant sliall procluce tlie",
        "liarbciur lcigs cif 2O19 hy tlie nintli",
        "cif Octciber. Tlie fce is 4,3SO rlollars.",
    )
    scan = Image.new("L", (744, 1052), "white")
    pen = ImageDraw.Draw(scan)
    for row, text in enumerate(lines):
        pen.text((60, 50 + 60 * row), text, font=ImageFont.truetype("DejaVuSans.ttf", 24), fill="black")
    layer = "".join(f"3 Tr {line(48, 842 - (74 + 60 * row) * 0.8, text, 19)}" for row, text in enumerate(poor))
    section = only_page(tmp_path, page(at("I0", 0, 0, 595, 842) + layer, scan))
    assert "4,350 dollars" in section.text
    assert "rlollars" not in section.text


def test_marks_of_thai_fonts_have_their_usual_codes() -> None:
    assert with_thai_marks("ที\uf70aนี\uf70b ป\uf710น") == "ที่นี้ ปัน"
    assert with_thai_marks("\uf70a alone") == "\uf70a alone"
    assert with_thai_marks("ภาษาไทย") == "ภาษาไทย"
