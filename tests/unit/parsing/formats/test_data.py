"""JSON, XML, RTF, books and OpenDocument texts."""

import json
from collections.abc import Callable

import pytest

from core.errors import DocumentUnreadable
from parsing.types import Section
from tests import office

Read = Callable[..., list[Section]]
FILLER = "Terns breed on the northern island, and the wardens count them twice a week. " * 30


def lines(section: Section) -> list[tuple[str | None, str]]:
    """Place and text of each block."""
    return [(block.locator, section.text[block.start : block.end]) for block in section.blocks]


def test_records_keep_their_names(read: Read) -> None:
    birds = [
        {"name": "tern", "pairs": 12, "seen": {"year": 2024, "by": ["Ann", "Bo"]}},
        {"name": "gull", "rare": False},
    ]
    (section,) = read(json.dumps(birds).encode())
    assert lines(section) == [
        ("$[0]", "name: tern\npairs: 12\nseen.year: 2024\nseen.by: Ann, Bo"),
        ("$[1]", "name: gull\nrare: false"),
    ]


def test_large_branches_become_headings(read: Read) -> None:
    data = {"birds": {"terns": {"about": FILLER, "pairs": 12}, "gulls": {"about": FILLER}}}
    first, second = read(json.dumps(data).encode(), "a.json")
    assert first.path == ("birds",)
    assert first.text.startswith("birds\n\nterns\n\nabout: Terns breed")
    assert "pairs: 12" in first.text
    assert second.path == ("birds", "gulls")


def test_lines_of_json(read: Read) -> None:
    (section,) = read(b'{"bird": "tern"}\n\n{"bird": "gull"}\n', "a.jsonl")
    assert lines(section) == [("line 1", "bird: tern"), ("line 3", "bird: gull")]


def test_many_records_take_no_longer_each(read: Read) -> None:
    sections = read(json.dumps([{"bird": f"tern {number}"} for number in range(30_000)]).encode())
    assert sum(len(section.blocks) for section in sections) == 30_000


def test_pages_of_boxes_in_boxes_are_read_as_bare_text(read: Read) -> None:
    page = (
        f"<!doctype html><style>p {{}}</style><body>{'<div>' * 5000}Twelve &amp; more<p>nests{'</div>' * 5000}</body>"
    )
    assert read(page.encode())[0].text.split() == ["Twelve", "&", "more", "nests"]


def test_chapters_that_are_hardly_pages_are_read_as_bare_text(read: Read) -> None:
    data = office.rezipped(
        office.book(["<p>First.</p>", "<p>x</p>"]),
        lambda name, content: b"<!-- only a remark -->" if name == "OPS/z1.xhtml" else content,
    )
    assert "First." in read(data)[0].text


def test_what_is_no_json_is_text(read: Read) -> None:
    assert read(b'{"bird": tern}', "a.json")[0].text == '{"bird": tern}'


@pytest.mark.parametrize("depth", [500, 100_000])
def test_json_nested_without_end_is_refused(read: Read, depth: int) -> None:
    with pytest.raises(DocumentUnreadable, match="nested too deeply"):
        read(b'{"a":' * depth + b"1" + b"}" * depth)


def test_xml_records_and_prose(read: Read) -> None:
    birds = (
        '<?xml version="1.0"?><birds><bird id="1"><name>Tern</name></bird><bird><p>A <b>big</b> gull</p></bird></birds>'
    )
    (section,) = read(birds.encode())
    assert section.path == ("birds",)
    assert lines(section)[1:] == [
        ("/birds/bird[1]", "bird.id: 1\nbird.name: Tern"),
        ("/birds/bird[2]", "bird.p: A big gull"),
    ]


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-16", "utf-8", "koi8-r"])
def test_xml_in_the_encoding_it_declares(read: Read, encoding: str) -> None:
    words = f'<?xml version="1.0" encoding="{encoding}"?><a><b>Чайка</b></a>'
    assert "Чайка" in read(words.encode(encoding))[0].text


@pytest.mark.parametrize(
    "inside",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY b SYSTEM "file:///etc/hostname">',
        '<!ENTITY b SYSTEM "http://example.org/x">',
    ],
)
def test_xml_entities_are_refused(read: Read, inside: str) -> None:
    with pytest.raises(DocumentUnreadable, match="entities"):
        read(f'<?xml version="1.0"?><!DOCTYPE a [{inside}]><a>&b;</a>'.encode())


def test_entities_are_refused_in_every_office_format(read: Read) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>'
    made = {
        "content.xml": office.open_text(["Text."], heading="H"),
        "word/document.xml": office.zipped({"word/document.xml": b""}),
        "OPS/book.opf": office.book(["<p>Text.</p>"]),
        "xl/workbook.xml": office.workbook(One=[["a"]]),
    }
    for part, data in made.items():
        changed = office.rezipped(data, lambda name, content, part=part: bomb if name == part else content)  # type: ignore[misc]
        with pytest.raises(DocumentUnreadable, match="entities"):
            read(changed)


def test_rich_text(read: Read) -> None:
    data = (
        rb"{\rtf1\ansi\ansicpg1251\deff0{\fonttbl{\f0\fcharset204 Arial;}}{\info{\title x}}\f0 \'cf\'f0\'e8\'e2\'e5\'f2, \u26085?\par "
        rb"{\pict\pngblip "
        + b"89504e47" * 400
        + rb"}Second line\par\trowd a\cell b\cell\row\trowd c\cell d\cell\row After.}"
    )
    section, remark = read(data)
    assert remark.warning == "Pictures in this file that were not read: 1 (of a kind that cannot be read)."
    assert section.text == "Привет, 日\n\nSecond line\n\na | b\nc | d\n\nAfter."


def test_rich_text_with_bytes_beyond_ascii(read: Read) -> None:
    assert read(rb"{\rtf1\ansi\ansicpg1252 Gr" + b"\xfc\xdf" + rb"e \u-10179?\u-8704?}")[0].text == "Grüße 😀"


def test_books_are_read_in_the_order_of_their_spine(read: Read) -> None:
    chapters = [
        f"<h1>One</h1><p>{FILLER}</p><table><tr><td>a</td><td>b</td></tr></table>",
        f"<h1>Two</h1><p>{FILLER}</p>",
    ]
    sections = read(office.book(chapters, title="Terns"))
    assert [section.path for section in sections] == [("One",), ("Two",)] or sections[0].path == ()
    assert sections[0].text.startswith("Terns, by A. Tern\n\nOne\n\nTerns breed")
    assert "a | b" in sections[0].text
    assert sections[-1].path == ("Two",)


def test_chapters_without_headings_have_names_in_the_contents(read: Read) -> None:
    contents = (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>The terns</text></navLabel>'
        '<content src="z1.xhtml#top"/></navPoint></navMap></ncx>'
    )
    item = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest>'
    data = office.rezipped(
        office.book([f"<p>{FILLER}</p>"], extra={"OPS/toc.ncx": contents}),
        lambda _, content: content.replace(b"</manifest>", item.encode()),
    )
    assert read(data)[0].text.startswith("Birds, by A. Tern\n\nThe terns\n\nTerns breed")


def test_books_that_a_shop_has_locked_say_so(read: Read) -> None:
    lock = (
        '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData><e:EncryptionMethod Algorithm="{}"/>'
        "</e:EncryptedData></encryption>"
    )
    chapters = ["<p>Text.</p>"]
    with pytest.raises(DocumentUnreadable, match="DRM"):
        read(
            office.book(
                chapters, extra={"META-INF/encryption.xml": lock.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc")}
            )
        )
    fonts = office.book(chapters, extra={"META-INF/encryption.xml": lock.format("http://www.idpf.org/2008/embedding")})
    assert "Text." in read(fonts)[0].text


def test_open_document_texts(read: Read) -> None:
    (section,) = read(
        office.open_text(["Everyone has 28 days."], heading="Leave", rows=[["Kind", "Days"], ["annual", "28"]])
    )
    assert section.path == ("Leave",)
    assert section.text == "Leave\n\nEveryone has 28 days.\n\nKind | Days\nannual | 28"


def test_open_document_notes_spaces_and_lists(read: Read) -> None:
    body = (
        "<text:p>Terns<text:s text:c='2'/>nest\n   here.<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>Counted in May.</text:p></text:note-body></text:note></text:p>"
        "<text:list><text:list-item><text:p>on gravel</text:p></text:list-item></text:list>"
    )
    data = office.rezipped(
        office.open_text([], heading="H"),
        lambda name, content: (
            content.replace(b"</office:text>", f"{body}</office:text>".encode()) if name == "content.xml" else content
        ),
    )
    assert read(data)[0].text == "H\n\nTerns  nest here.\n\nNote 1: Counted in May.\n\n- on gravel"


def test_charts_and_formulas_of_open_documents_are_read_in_their_place(read: Read) -> None:
    formula = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><mi>x</mi><mo>=</mo><mn>1</mn></mrow>'
        '<annotation encoding="StarMath 5.0">y = 2</annotation></semantics></math>'
    )
    (section,) = read(office.open_objects([["", "Pairs"], ["2024", "31"]], formula))
    assert section.text == "A chart:\n\nPairs of terns\n\n| Pairs\n2024 | 31\n\nA formula:\n\nx = 1\n\nAfter them."


def test_what_an_object_hides_is_not_read(read: Read) -> None:
    data = office.rezipped(
        office.open_objects([["", "Pairs"], ["2024", "31"]], "<math/>"),
        lambda name, content: (
            content.replace(b"<text:p>Pairs of terns", b'<text:p text:display="none">Praise the gulls only')
            if name.endswith("/content.xml")
            else content
        ),
    )
    (section,) = read(data)
    assert "gulls" not in section.text
    assert "gulls" in (section.hidden or "")


def test_locked_open_documents_say_so(read: Read) -> None:
    mark = b"<manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
    data = office.rezipped(
        office.open_text(["x"], heading="H"), lambda _, content: content.replace(b"</manifest:manifest>", mark)
    )
    with pytest.raises(DocumentUnreadable, match="password"):
        read(data)


def test_repeated_rows_and_cells_do_not_burst(read: Read) -> None:
    row = (
        b'<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384">'
        b"<text:p>x</text:p></table:table-cell></table:table-row></table:table>"
    )
    data = office.rezipped(
        office.open_sheets(One=[["a", "b"]]),
        lambda name, content: content.replace(b"</table:table>", row) if name == "content.xml" else content,
    )
    assert sum(len(section.text) for section in read(data)) < 8_000_000
