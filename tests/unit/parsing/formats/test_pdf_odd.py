"""PDFs whose text is not just there: forms, comments, stamps on scans, letters stored as something else."""

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import DocumentUnreadable
from parsing.formats.images import ocr
from parsing.formats.pdf import reader as pdf
from parsing.formats.pdf.repair import is_meaningless, undoubled, with_ligatures
from parsing.types import Section
from tests import documents as files
from tests import scans
from tests.integration.ingestion import hostile

Parse = Callable[[bytes], list[Section]]


@pytest.fixture
def low_resolution() -> Iterator[None]:
    """Pages are drawn as small as the settings allow before they are recognised."""
    ocr.use(ocr.OcrOptions(dpi=100))
    yield
    ocr.use(ocr.OcrOptions())


@pytest.fixture
def parsed(tmp_path: Path) -> Parse:
    """Parses bytes."""

    def parse(data: bytes) -> list[Section]:
        path = tmp_path / "file.pdf"
        path.write_bytes(data)
        return list(pdf.parse(path, lambda _done, _total: None))

    return parse


def annotated(annotations: list[bytes], *, form: bytes = b"") -> bytes:
    """A page of text with annotations; all of them are fields when there is a form."""
    whole = files.pdf(["Request for leave"])
    body = whole[whole.index(b"1 0 obj") : whole.index(b"xref\n")]
    objects = [part.split(b"obj\n", 1)[1] for part in body.split(b"\nendobj\n") if part.strip()]
    first = len(objects) + 1
    numbers = b" ".join(b"%d 0 R" % (first + index) for index in range(len(annotations)))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R %s >>" % (form.replace(b"FIELDS", numbers))
    objects[-1] = objects[-1].replace(b"/Type /Page ", b"/Type /Page /Annots [%s] " % numbers)
    return files._file([*objects, *annotations])


def field(kind: bytes, name: bytes, value: bytes, more: bytes = b"") -> bytes:
    """A field of a form."""
    return b"<< /Type /Annot /Subtype /Widget /FT /%s /T (%s) /V %s /Rect [72 600 300 620] %s >>" % (
        kind,
        name,
        value,
        more,
    )


def test_values_of_a_form_are_text_and_have_their_place(parsed: Parse) -> None:
    fields = [
        field(b"Tx", b"Name", b"(Ada Tern)"),
        field(b"Tx", b"Secret", b"(hunter2)", b"/Ff 8192"),
        field(b"Tx", b"Empty", b"()"),
        field(b"Ch", b"Office", b"(North)", b"/Opt [(North) (South)]"),
        field(b"Btn", b"Paid", b"/Yes", b"/AS /Yes /AP << /N << /Yes 2 0 R /Off 2 0 R >> >>"),
        field(b"Btn", b"Unpaid", b"/Off", b"/AS /Off /AP << /N << /Yes 2 0 R /Off 2 0 R >> >>"),
    ]
    (section,) = parsed(annotated(fields, form=b"/AcroForm << /Fields [FIELDS] >>"))
    assert section.text.splitlines() == ["Request for leave", "Name: Ada Tern", "Office: North", "Paid: Yes"]
    (locator,) = (word for word in section.words if section.text[word.start : word.end] == "Name: Ada Tern")
    assert locator.box == pytest.approx((72 / 612, (792 - 620) / 792, 300 / 612, (792 - 600) / 792), abs=0.001)


def test_text_boxes_and_comments_are_text(parsed: Parse) -> None:
    comments = [
        b"<< /Type /Annot /Subtype /FreeText /Rect [72 500 300 520] /Contents (Approved by the director) >>",
        b"<< /Type /Annot /Subtype /Text /Rect [72 400 90 420] /Contents (Ask again in May) >>",
        b"<< /Type /Annot /Subtype /Link /Rect [72 300 90 320] /Contents (a link) >>",
    ]
    (section,) = parsed(annotated(comments))
    assert section.text.splitlines() == ["Request for leave", "Approved by the director", "Ask again in May"]


def test_a_form_for_one_program_only_says_so(parsed: Parse) -> None:
    waiting = files.pdf(["Please wait... If this message is not eventually replaced"])
    form = b"/Type /Catalog /AcroForm << /XFA (x) /Fields [] >>"
    with pytest.raises(DocumentUnreadable, match="Adobe Reader"):
        parsed(waiting.replace(b"/Type /Catalog", form))


@pytest.mark.recognition
@pytest.mark.usefixtures("low_resolution")
def test_a_stamp_on_a_scan_does_not_hide_it(parsed: Parse) -> None:
    picture = scans.picture_of(scans.letter(), dpi=100).convert("L")
    image = zlib.compress(picture.tobytes())
    content = zlib.compress(b"q 612 0 0 792 0 0 cm /I Do Q BT /F1 8 Tf 30 20 Td (Scanned by a stamp) Tj ET")
    stamped = hostile.pdf_of(
        [content],
        resources=b"/XObject << /I 6 0 R >>",
        more=(
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 "
            b"/Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (*picture.size, len(image), image),
        ),
    )
    (section,) = parsed(stamped)
    assert "twenty-eight days of paid annual leave" in " ".join(section.text.split())


def test_pages_before_the_first_that_is_wanted_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(files.pdf(["One", "Two", ""]))
    told: list[tuple[int, int]] = []
    sections = list(pdf.parse(path, lambda done, total: told.append((done, total)), 2))
    assert [(section.number, section.text.strip()) for section in sections] == [(2, "Two"), (3, "")]
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert [section.text for section in pdf.parse(path, lambda _done, _total: None, 3)] == [""]


@pytest.mark.recognition
@pytest.mark.usefixtures("low_resolution")
def test_codes_instead_of_letters_are_looked_at(parsed: Parse) -> None:
    unmapped = (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange "
        b"1 beginbfrange <21> <7e> <e021> endbfrange endcmap"
    )
    whole = files.pdf([scans.LETTER])
    objects = whole.replace(b"/BaseFont /Helvetica", b"/BaseFont /Helvetica /ToUnicode 6 0 R")
    body = objects[objects.index(b"1 0 obj") : objects.index(b"xref\n")]
    parts = [part.split(b"obj\n", 1)[1] for part in body.split(b"\nendobj\n") if part.strip()]
    coded = files._file([*parts, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(unmapped), unmapped)])
    (section,) = parsed(coded)
    assert section.text.split() == scans.LETTER.split()
    ocr.use(ocr.OcrOptions(engine="off"))
    with pytest.raises(DocumentUnreadable):
        parsed(coded)


@pytest.mark.parametrize(
    ("text", "meaningless"),
    [
        ("Terns breed here", False),
        ("", False),
        ("\ue001\ue002\ue003 \ue004", True),
        ("(cid:12)(cid:7)(cid:9)", True),
        ("a bullet \uf0b7 and words", False),
        ("Работники имеют право", False),
    ],
)
def test_meaningless_text_is_told_from_writing(text: str, meaningless: bool) -> None:
    assert is_meaningless(text) is meaningless


def test_letters_stored_as_two_bytes_are_put_right() -> None:
    spoiled = "".join(chr(int.from_bytes(letter.encode(), "big")) for letter in "Взаминв")
    assert undoubled(f"{spoiled} 1:1") == "Взаминв 1:1"
    assert undoubled("한국어 문서는 그대로 둡니다") == "한국어 문서는 그대로 둡니다"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("of\x1fces", "offices"), ("\x1frst", "first"), ("stu\x0b", "stuff"), ("\x0cπ", "\x0cπ"), ("\x1c", "\x1c")],
)
def test_ligatures_of_old_fonts(stored: str, shown: str) -> None:
    assert with_ligatures(stored) == shown
