"""Word documents: what is inside them besides running text: lists, forms, links, changes, pictures and other files."""

from collections.abc import Mapping

import pytest

from core.errors import DocumentUnreadable
from tests import documents as files
from tests import office, scans
from tests.unit.parsing.formats.conftest import Read

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:r="{OFFICE}" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
)
LEVEL = '<w:lvl w:ilvl="{0}"><w:start w:val="{3}"/><w:numFmt w:val="{1}"/>{4}<w:lvlText w:val="{2}"/></w:lvl>'


def level(depth: int, form: str, text: str, start: int = 1, more: str = "") -> str:
    """One depth of a list."""
    return LEVEL.format(depth, form, text, start, more)


def item(list_id: int, depth: int, text: str, more: str = "") -> str:
    """A paragraph of a list."""
    return (
        f'<w:p><w:pPr>{more}<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{list_id}"/></w:numPr></w:pPr>'
        f"<w:r><w:t>{text}</w:t></w:r></w:p>"
    )


def word(
    body: str, *, numbering: str = "", parts: Mapping[str, bytes] | None = None, links: str = "", styles: str = ""
) -> bytes:
    """A Word file of a body; parts are related by their name, ``links`` are relationships."""
    related = links
    if numbering:
        related += f'<Relationship Id="rIdNum" Type="{OFFICE}/numbering" Target="num.xml"/>'
    if styles:
        related += f'<Relationship Id="rIdSty" Type="{OFFICE}/styles" Target="sty.xml"/>'
    entries = {
        "[Content_Types].xml": b"<Types/>",
        "word/document.xml": f"<w:document {NAMES}><w:body>{body}</w:body></w:document>".encode(),
        "word/_rels/document.xml.rels": (
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{related}</Relationships>'
        ).encode(),
        "word/num.xml": f"<w:numbering {NAMES}>{numbering}</w:numbering>".encode(),
        "word/sty.xml": f"<w:styles {NAMES}>{styles}</w:styles>".encode(),
        **{f"word/{name}": data for name, data in (parts or {}).items()},
    }
    return office.zipped(entries)


def related(rel_id: str, kind: str, target: str, *, is_outside: bool = False) -> str:
    """A relationship."""
    mode = ' TargetMode="External"' if is_outside else ""
    return f'<Relationship Id="{rel_id}" Type="{OFFICE}/{kind}" Target="{target}"{mode}/>'


def kinds(*levels: str) -> str:
    """A kind of list, and the list 1 of it."""
    return f'<w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'


def override(list_id: int, change: str) -> str:
    """A list of the same kind with a change of its first depth."""
    changed = f'<w:lvlOverride w:ilvl="0">{change}</w:lvlOverride>'
    return f'<w:num w:numId="{list_id}"><w:abstractNumId w:val="0"/>{changed}</w:num>'


def text(read: Read, data: bytes) -> list[str]:
    """The paragraphs of a document."""
    return [part for section in read(data) for part in section.text.split("\n\n")]


def test_lists_of_one_kind_go_on_counting_and_restart_where_they_say(read: Read) -> None:
    numbering = (
        kinds(level(0, "decimal", "%1."))
        + override(2, '<w:startOverride w:val="1"/>')
        + override(3, '<w:startOverride w:val="7"/>')
    )
    numbering += '<w:num w:numId="4"><w:abstractNumId w:val="0"/></w:num>'
    body = "".join(item(list_id, 0, "x") for list_id in (1, 1, 2, 2, 3, 3, 2, 4))
    assert text(read, word(body, numbering=numbering)) == [
        "1. x",
        "2. x",
        "1. x",
        "2. x",
        "7. x",
        "8. x",
        "9. x",
        "10. x",
    ]


def test_legal_numbers_are_all_in_digits(read: Read) -> None:
    numbering = kinds(
        level(0, "upperRoman", "Article %1"),
        level(1, "decimal", "§ %1.%2", more="<w:isLgl/>"),
        level(2, "lowerLetter", "(%3)"),
    )
    body = "".join(item(1, depth, "x") for depth in (0, 1, 1, 2, 2, 0, 1, 2))
    assert text(read, word(body, numbering=numbering)) == [
        "Article I x", "§ 1.1 x", "§ 1.2 x", "(a) x", "(b) x", "Article II x", "§ 2.1 x", "(a) x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("restart", "labels"),
    [("", ["1", "a", "b", "2", "a"]), ('<w:lvlRestart w:val="0"/>', ["1", "a", "b", "2", "c"])],
)
def test_a_level_may_go_on_counting(read: Read, restart: str, labels: list[str]) -> None:
    numbering = kinds(level(0, "decimal", "%1"), level(1, "lowerLetter", "%2", more=restart))
    body = "".join(item(1, depth, "x") for depth in (0, 1, 1, 0, 1))
    assert text(read, word(body, numbering=numbering)) == [f"{label} x" for label in labels]


def test_a_list_may_have_levels_of_its_own(read: Read) -> None:
    numbering = kinds(level(0, "decimal", "%1."))
    numbering += override(2, level(0, "upperLetter", "Annex %1:"))
    assert text(read, word(item(1, 0, "x") + item(2, 0, "x"), numbering=numbering)) == ["1. x", "Annex B: x"]


@pytest.mark.parametrize(
    ("form", "start", "label"),
    [("ordinal", 2, "2nd"), ("decimalZero", 3, "03"), ("lowerRoman", 4, "iv"), ("upperLetter", 28, "BB"), ("chineseCounting", 12, "十二"),
     ("decimalEnclosedCircle", 3, "③"), ("russianLower", 3, "в"), ("none", 5, ""), ("decimal", 0, "0"), ("hebrew1", 15, "יה")],
)  # fmt: skip
def test_forms_of_numbers(read: Read, form: str, start: int, label: str) -> None:
    found = text(read, word(item(1, 0, "x"), numbering=kinds(level(0, form, "Nr. %1", start))))
    assert found == [f"Nr. {label} x".replace("  ", " ")]


def test_ticks_of_lists_are_kept_and_bullets_are_one(read: Read) -> None:
    tick = '<w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr>'
    for bullet, shown in (("\uf0fc", "✓ x"), ("\uf0a8", "☐ x"), ("\uf0b7", "- x"), ("•", "- x")):
        numbering = kinds(f'<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="{bullet}"/>{tick}</w:lvl>')
        assert text(read, word(item(1, 0, "x"), numbering=numbering)) == [shown]


def test_a_style_may_be_made_for_a_level(read: Read) -> None:
    numbering = kinds(level(0, "decimal", "%1."), level(1, "lowerLetter", "(%2)", more='<w:pStyle w:val="Sub"/>'))
    numbered = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    styles = f'<w:style w:type="paragraph" w:styleId="Sub"><w:name w:val="Sub"/>{numbered}</w:style>'
    body = item(1, 0, "x") + '<w:p><w:pPr><w:pStyle w:val="Sub"/></w:pPr><w:r><w:t>y</w:t></w:r></w:p>'
    assert text(read, word(body, numbering=numbering, styles=styles)) == ["1. x", "(a) y"]


def field(code: str, shown: str = "", form: str = "") -> str:
    """A field in its runs."""
    parts = [
        f'<w:fldChar w:fldCharType="begin">{form}</w:fldChar>', f"<w:instrText>{code}</w:instrText>",
        '<w:fldChar w:fldCharType="separate"/>',
        f"<w:t>{shown}</w:t>", '<w:fldChar w:fldCharType="end"/>',
    ]  # fmt: skip
    return "".join(f"<w:r>{part}</w:r>" for part in parts)


def run(text: str, properties: str = "") -> str:
    """A run."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


ENTRIES = '<w:listEntry w:val="A"/><w:listEntry w:val="B"/>'


@pytest.mark.parametrize(
    ("runs", "shown"),
    [
        (field(" FORMCHECKBOX ", form="<w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData>"), "☒"),
        (field(" FORMCHECKBOX ", form='<w:ffData><w:checkBox><w:default w:val="1"/><w:checked w:val="0"/></w:checkBox></w:ffData>'), "☐"),
        (field(" FORMCHECKBOX ", form='<w:ffData><w:checkBox><w:default w:val="1"/></w:checkBox></w:ffData>'), "☒"),
        (field(" FORMDROPDOWN ", form=f"<w:ffData><w:ddList>{ENTRIES}</w:ddList></w:ffData>"), "A"),
        (field(" FORMDROPDOWN ", form=f'<w:ffData><w:ddList><w:result w:val="1"/>{ENTRIES}</w:ddList></w:ffData>'), "B"),
        (field(" FORMTEXT ", "Ann", "<w:ffData><w:textInput/></w:ffData>"), "Ann"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', "☑"),
        ('<w:r><w:sym w:font="Wingdings 2" w:char="F052"/></w:r>', "☑"),
        ('<w:r><w:sym w:font="Symbol" w:char="F06D"/></w:r>' + run("m"), "μm"),
        (run("\uf0fd", '<w:rFonts w:ascii="Wingdings"/>') + run(" no"), "☒ no"),
        ('<w:sdt><w:sdtPr><w:alias w:val="Hall"/></w:sdtPr><w:sdtContent><w:r><w:t>Hall 4</w:t></w:r></w:sdtContent></w:sdt>', "Hall 4"),
    ],
)  # fmt: skip
def test_forms(read: Read, runs: str, shown: str) -> None:
    assert text(read, word(f"<w:p>{run('Filled in: ')}{runs}</w:p>")) == [f"Filled in: {shown}"]


@pytest.mark.parametrize(
    ("runs", "shown"),
    [
        (f'<w:hyperlink r:id="rId9">{run("the form")}</w:hyperlink>', "the form (https://forms.example.org/claim-88)"),
        (f'<w:hyperlink w:anchor="below">{run("below")}</w:hyperlink>', "below"),
        (field(' HYPERLINK "mailto:claims@example.org?subject=x" ', "write"), "write (claims@example.org)"),
        (field(' HYPERLINK \\l "_Toc1" ', "Contents"), "Contents"),
        (f'<w:fldSimple w:instr=\'HYPERLINK "https://a.example.org/b"\'>{run("there")}</w:fldSimple>', "there (https://a.example.org/b)"),
        (field(' HYPERLINK "https://www.example.org/" ', "www.example.org"), "www.example.org"),
        (field(" PAGE ", "3"), "3"),
    ],
)  # fmt: skip
def test_addresses_of_links(read: Read, runs: str, shown: str) -> None:
    links = related("rId9", "hyperlink", "https://forms.example.org/claim-88", is_outside=True)
    assert text(read, word(f"<w:p>{run('See ')}{runs}</w:p>", links=links)) == [f"See {shown}"]


STYLES = (
    '<w:style w:type="character" w:styleId="Gone"><w:rPr><w:strike/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Mark"><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
)


@pytest.mark.parametrize(
    "properties", ["<w:strike/>", "<w:dstrike/>", '<w:rStyle w:val="Gone"/>', '<w:b/><w:strike w:val="true"/>']
)
def test_struck_out_words_are_not_read_and_are_said(read: Read, properties: str) -> None:
    body = f"<w:p>{run('The price is ')}{run('120 euros', properties)}{run(' 95 euros.')}</w:p>"
    (section,) = read(word(body, styles=STYLES))
    assert section.text == "The price is 95 euros."
    assert section.hidden == "Hidden text was left out (struck out): “120 euros”"


@pytest.mark.parametrize("words", ["strikethrough", "strike through,", "Struck out", "durchgestrichen"])
def test_words_that_name_the_look_are_a_sample_of_it(read: Read, words: str) -> None:
    body = f"<w:p>{run('Bold, ')}{run(words, '<w:strike/>')}{run(' and italic.')}</w:p>"
    (section,) = read(word(body, styles=STYLES))
    assert section.text == f"Bold, {words} and italic."
    assert section.hidden is None


def test_a_run_that_is_not_struck_though_its_style_is(read: Read) -> None:
    kept = run("kept", '<w:rStyle w:val="Gone"/><w:strike w:val="0"/>')
    body = f"<w:p>{kept}</w:p>"
    assert text(read, word(body, styles=STYLES)) == ["kept"]


def test_changes_that_are_not_yet_accepted_are_read_as_accepted_and_said(read: Read) -> None:
    deleted = '<w:del><w:r><w:delText xml:space="preserve">within thirty days</w:delText></w:r></w:del>'
    body = f"<w:p>{run('Pay ')}{deleted}<w:ins>{run('within ten days')}</w:ins>{run('.')}</w:p>"
    (section,) = read(word(body))
    assert section.text == "Pay within ten days."
    assert "deleted, and the change not yet accepted" in str(section.hidden)
    assert "within thirty days" in str(section.hidden)


@pytest.mark.parametrize(
    ("before", "above", "properties", "shown"),
    [
        ("10", "6", '<w:vertAlign w:val="superscript"/>', "10⁶"),
        ("10", "-3", '<w:vertAlign w:val="superscript"/>', "10⁻³"),
        ("420", "1", '<w:vertAlign w:val="superscript"/>', "420 ¹"),
        ("420", "1", '<w:rStyle w:val="Mark"/>', "420 ¹"),
        ("420", "1", '<w:position w:val="8"/>', "420 ¹"),
        ("m", "2", '<w:vertAlign w:val="superscript"/>', "m²"),
        ("1", "st", '<w:vertAlign w:val="superscript"/>', "1st"),
        ("H", "2", '<w:vertAlign w:val="subscript"/>', "H2"),
        ("12", "3", "<w:b/>", "123"),
    ],
)
def test_raised_numbers_are_not_glued(read: Read, before: str, above: str, properties: str, shown: str) -> None:
    assert text(read, word(f"<w:p>{run(before)}{run(above, properties)}</w:p>", styles=STYLES)) == [shown]


def test_powers_and_fractions_of_formulas(read: Read) -> None:
    def math(letters: str) -> str:
        return f"<m:r><m:t>{letters}</m:t></m:r>"

    power = f"<m:sSup><m:e>{math('10')}</m:e><m:sup>{math('6')}</m:sup></m:sSup>"
    named = f"<m:sSup><m:e>{math('x')}</m:e><m:sup>{math('ab')}</m:sup></m:sSup>"
    fraction = f"<m:f><m:num>{math('a+b')}</m:num><m:den>{math('2')}</m:den></m:f>"
    body = f"<w:p><m:oMath>{power}{math('=')}{named}{math('=')}{fraction}</m:oMath></w:p>"
    assert text(read, word(body)) == ["10⁶=x^ab=(a+b)/2"]


def chunk(data: bytes, name: str) -> bytes:
    """A file whose second paragraph is another file."""
    body = f'<w:p>{run("Before.")}</w:p><w:altChunk r:id="rId5"/><w:p>{run("After.")}</w:p>'
    return word(body, parts={name: data}, links=related("rId5", "aFChunk", name))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("chunk.html", b"<html><body><p>Notice takes <b>eleven weeks</b>.</p></body></html>"),
        ("chunk.docx", files.word(["Notice takes eleven weeks."])),
        ("chunk.rtf", rb"{\rtf1\ansi Notice takes eleven weeks.\par}"),
        ("chunk.txt", b"Notice takes eleven weeks."),
    ],
)
def test_parts_that_were_put_in_stand_in_their_place(read: Read, name: str, data: bytes) -> None:
    (section,) = read(chunk(data, name))
    assert section.text.replace("Report\n\n", "") == "Before.\n\nNotice takes eleven weeks.\n\nAfter."
    assert section.warning is None


def test_a_part_that_cannot_be_read_is_named(read: Read) -> None:
    first, second = read(chunk(b"PK\x03\x04 broken", "chunk.docx"))
    assert first.text == "Before.\n\nAfter."
    assert str(second.warning).startswith("chunk.docx: This file is damaged")


def test_a_part_that_is_not_there_is_said(read: Read) -> None:
    body = f'<w:p>{run("Before.")}</w:p><w:altChunk r:id="rId5"/>'
    first, second = read(word(body))
    assert first.text == "Before."
    assert second.warning == "A part of the document: it is not in the file."


def holder(data: bytes, name: str) -> bytes:
    """A Word file with an object that is another file."""
    shown = '<w:object><v:shape><v:imagedata r:id="rId8"/></v:shape><o:OLEObject Type="Embed" r:id="rId7"/></w:object>'
    body = f"<w:p>{run('Our offer:')}<w:r>{shown}</w:r></w:p>"
    return word(
        body,
        parts={name: data, "preview.emf": bytes(500)},
        links=related("rId7", "package", name) + related("rId8", "image", "preview.emf"),
    )


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("embeddings/sheet1.xlsx", office.workbook(Prices=[["Press", 48200]]), "Press | 48200"),
        ("embeddings/deck.pptx", office.presentation(lambda show: setattr(
            show.slides.add_slide(show.slide_layouts[5]).shapes.title, "text", "Press 48200")), "Press 48200"),
        ("embeddings/paper.pdf", files.pdf(["Press 48200"]), "Press 48200"),
        ("embeddings/letter.docx", files.word(["Press 48200"]), "Press 48200"),
    ],
)  # fmt: skip
def test_files_inside_are_read_after_the_text(read: Read, name: str, data: bytes, words: str) -> None:
    first, second = read(holder(data, name))
    assert first.text == "Our offer:"
    assert second.path[0] == name.rpartition("/")[2]
    assert second.text.endswith(words)
    assert second.page is None
    assert (first.number, second.number) == (1, 2)
    assert (first.warning, second.warning) == (None, None)  # the picture of it is no loss


def test_files_in_files_in_files_end(read: Read) -> None:
    data = files.word(["The innermost."])
    for _ in range(6):
        data = holder(data, "embeddings/inner.docx")
    sections = read(data)
    assert [section.warning for section in sections if section.warning] == [
        "inner.docx: inner.docx: inner.docx: inner.docx: it was not read, because it is a file in a file in a file."
    ]
    assert len(sections) == 5


PLAN = scans.png(scans.drawn(["Close valve V-17 first."]))
PICTURE = '<wp:inline><wp:docPr id="1" name="Picture 1" descr="{0}"/><a:graphic><a:blip r:embed="rId3"/></a:graphic></wp:inline>'


def test_pictures_are_read_where_they_are_shown_and_once(read: Read) -> None:
    drawing = f"<w:r><w:drawing>{PICTURE.format('Plan of the boiler')}</w:drawing></w:r>"
    body = f"<w:p>{run('The plan:')}{drawing}{drawing}</w:p><w:p>{run('After.')}</w:p>"
    (section,) = read(word(body, parts={"plan.png": PLAN}, links=related("rId3", "image", "plan.png")))
    assert section.text.startswith("The plan:\n\nPlan of the boiler\n\nClose valve V-17")
    assert section.text.count("V-17") == 1
    assert section.text.endswith("After.")


def test_old_pictures_and_those_of_headers_are_read(read: Read) -> None:
    old = '<w:r><w:pict><v:shape><v:imagedata r:id="rId3"/></v:shape></w:pict></w:r>'
    assert (
        "V-17"
        in read(word(f"<w:p>{old}</w:p>", parts={"plan.png": PLAN}, links=related("rId3", "image", "plan.png")))[0].text
    )
    header = f"<w:hdr {NAMES}><w:p><w:r><w:drawing>{PICTURE.format('')}</w:drawing></w:r></w:p></w:hdr>".encode()
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    rels = f'<Relationships xmlns="{space}">{related("rId3", "image", "plan.png")}</Relationships>'
    parts = {"header1.xml": header, "_rels/header1.xml.rels": rels.encode(), "plan.png": PLAN}
    data = word(f"<w:p>{run('Text.')}</w:p>", parts=parts, links=related("rId4", "header", "header1.xml"))
    assert "V-17" in read(data)[0].text


@pytest.mark.parametrize(
    ("description", "shown"),
    [("logo.png", "Text."), ("A chart. Description automatically generated", "Text.\n\nA chart."), ("", "Text.")],
)
def test_words_that_stand_for_a_picture(read: Read, description: str, shown: str) -> None:
    blank = scans.png(scans.drawn([""]))
    body = f"<w:p>{run('Text.')}<w:r><w:drawing>{PICTURE.format(description)}</w:drawing></w:r></w:p>"
    (section,) = read(word(body, parts={"plan.png": blank}, links=related("rId3", "image", "plan.png")))
    assert section.text == shown


def test_pictures_that_cannot_be_read_are_said(read: Read) -> None:
    body = f"<w:p>{run('Text.')}<w:r><w:drawing>{PICTURE.format('')}</w:drawing></w:r></w:p>"
    sections = read(word(body, parts={"plan.emf": bytes(400)}, links=related("rId3", "image", "plan.emf")))
    assert sections[-1].warning == "Pictures in this file that were not read: 1 (of a kind that cannot be read)."
    missing = read(word(body))
    assert missing[-1].warning == "Pictures in this file that were not read: 1 (not in the file)."


def test_a_file_of_nothing_but_pictures_that_are_not_read_says_why(read: Read) -> None:
    body = f"<w:p><w:r><w:drawing>{PICTURE.format('')}</w:drawing></w:r></w:p>"
    with pytest.raises(DocumentUnreadable, match="Pictures in this file that were not read: 1"):
        read(word(body, parts={"plan.emf": bytes(400)}, links=related("rId3", "image", "plan.emf")))
