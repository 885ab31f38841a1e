"""OpenDocument files: numbers of lists and headings, links, changes, pictures, other files, and cells without words."""

import base64

import pytest

from tests import office, scans
from tests.unit.parsing.formats.conftest import Read

SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        ("office", "office"), ("text", "text"), ("style", "style"), ("table", "table"), ("draw", "drawing"), ("svg", "svg-compatible"),
    )
)  # fmt: skip
OTHERS = (
    'xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"'
)
PLAN = scans.png(scans.drawn(["Close valve V-17 first."]))


def made(body: str, *, styles: str = "", common: str = "", kind: str = "text", **parts: bytes) -> bytes:
    """An OpenDocument file of this body."""
    whole = (
        f"<office:document-content {SPACES} {OTHERS}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    shared = (
        f"<office:document-styles {SPACES} {OTHERS}><office:styles>{common}</office:styles></office:document-styles>"
    )
    mime = f"application/vnd.oasis.opendocument.{kind}"
    entries = {"mimetype": mime.encode(), "content.xml": whole.encode(), "styles.xml": shared.encode()}
    return office.zipped(
        entries | {name.replace("__", "/").replace("_png", ".png"): data for name, data in parts.items()}
    )


def level(depth: int, form: str, more: str = 'style:num-suffix="."') -> str:
    """One depth of a kind of list."""
    return f'<text:list-level-style-number text:level="{depth}" style:num-format="{form}" {more}/>'


def kind(*levels: str, name: str = "L1") -> str:
    """A kind of list."""
    return f'<text:list-style style:name="{name}">{"".join(levels)}</text:list-style>'


def listed(*items: str, more: str = "", name: str = "L1") -> str:
    """A list of items, each its XML."""
    named = f'text:style-name="{name}"' if name else ""
    return f"<text:list {named} {more}>{''.join(items)}</text:list>"


def item(text: str, inner: str = "", more: str = "") -> str:
    """An item of a list."""
    return f"<text:list-item {more}><text:p>{text}</text:p>{inner}</text:list-item>"


def paragraphs(read: Read, data: bytes) -> list[str]:
    """Those of a text."""
    return [part for section in read(data) for part in section.text.split("\n\n")]


def test_numbers_of_lists_and_lists_in_lists(read: Read) -> None:
    styles = kind(level(1, "1"), level(2, "a", 'style:num-prefix="(" style:num-suffix=")"'))
    inner = listed(item("x"), item("x"), name="")
    body = listed(item("x", inner), item("x", inner)) + listed(item("x"))
    assert paragraphs(read, made(body, styles=styles)) == [
        "1. x", "(a) x", "(b) x", "2. x", "(a) x", "(b) x", "1. x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "label"),
    [("", "1."), ('text:continue-numbering="true"', "3."), ('text:continue-list="first"', "3.")],
)
def test_lists_that_go_on(read: Read, more: str, label: str) -> None:
    body = (
        listed(item("x"), item("x"), more='xml:id="first"') + "<text:p>between</text:p>" + listed(item("y"), more=more)
    )
    assert paragraphs(read, made(body, styles=kind(level(1, "1"))))[-1] == f"{label} y"


def test_items_that_begin_elsewhere_and_levels_above(read: Read) -> None:
    styles = kind(level(1, "I"), level(2, "1", 'text:display-levels="2" text:start-value="4"'))
    body = listed(item("x", listed(item("x"), item("x"), name=""), more='text:start-value="3"'))
    assert paragraphs(read, made(body, styles=styles)) == ["III. x", "III.4 x", "III.5 x"]
    legal = kind(level(1, "1", 'loext:num-list-format="§ %1%"'), level(2, "1", 'loext:num-list-format="§ %1%.%2%"'))
    assert paragraphs(read, made(listed(item("x", listed(item("x"), name=""))), styles=legal)) == ["§ 1 x", "§ 1.1 x"]


def test_bullets_heads_and_second_paragraphs(read: Read) -> None:
    bullets = '<text:list-level-style-bullet text:level="1" text:bullet-char="{0}"/>'
    styles = kind(bullets.format("•")) + kind(bullets.format("✓"), name="L2") + kind(level(1, "1"), name="L3")
    head = "<text:list-header><text:p>Head</text:p></text:list-header>"
    body = (
        listed(item("x")) + listed(item("y"), name="L2") + listed(head, item("z", "<text:p>more</text:p>"), name="L3")
    )
    assert paragraphs(read, made(body, styles=styles)) == ["- x", "✓ y", "Head", "1. z", "more"]


def test_headings_are_numbered_by_the_outline(read: Read) -> None:
    outline = (
        '<text:outline-style style:name="Outline"><text:outline-level-style text:level="1" style:num-format="1"/>'
        '<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/></text:outline-style>'
    )
    heads = "".join(f'<text:h text:outline-level="{depth}">x</text:h>' for depth in (1, 2, 2, 1, 2))
    (section,) = read(made(heads, common=outline))
    assert section.text.split("\n\n") == ["1 x", "1.1 x", "1.2 x", "2 x", "2.1 x"]
    assert {block.kind for block in section.blocks} == {"heading"}
    assert paragraphs(read, made(heads)) == ["x"] * 5


def test_addresses_of_links(read: Read) -> None:
    outside = '<text:a xlink:href="https://forms.example.org/7">the form</text:a>'
    body = f'<text:p>See {outside} or <text:a xlink:href="#below">below</text:a>.</text:p>'
    assert paragraphs(read, made(body)) == ["See the form (https://forms.example.org/7) or below."]


STYLES = (
    '<style:style style:name="S" style:family="text"><style:text-properties style:text-line-through-style="solid"/></style:style>'
    '<style:style style:name="N" style:family="text"><style:text-properties style:text-line-through-style="none"/></style:style>'
    '<style:style style:name="U" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>'
    '<style:style style:name="D" style:family="text"><style:text-properties style:text-position="sub 58%"/></style:style>'
)


def test_struck_out_and_deleted_words_are_not_read_and_are_said(read: Read) -> None:
    struck, kept = (
        f'<text:span text:style-name="{style}">{words}</text:span>'
        for style, words in (("S", "120 euros"), ("N", "95 euros"))
    )
    body = f"<text:p>Price: {struck} {kept}</text:p>"
    (section,) = read(made(body, styles=STYLES))
    assert section.text.split() == ["Price:", "95", "euros"]
    assert section.hidden == "Hidden text was left out (struck out): “120 euros”"
    sample = '<text:p>With bold, <text:span text:style-name="S">strikethrough</text:span> and italic.</text:p>'
    (section,) = read(made(sample, styles=STYLES))
    assert section.text == "With bold, strikethrough and italic."
    deleted = "<text:deletion><text:p>within thirty days</text:p></text:deletion>"
    changed = f"<text:tracked-changes><text:changed-region>{deleted}</text:changed-region></text:tracked-changes>"
    (section,) = read(made(f"{changed}<text:p>Pay within ten days.</text:p>"))
    assert section.text == "Pay within ten days."
    assert "within thirty days" in str(section.hidden)


@pytest.mark.parametrize(
    ("before", "style", "above", "shown"), [("10", "U", "6", "10⁶"), ("420", "U", "1", "420 ¹"), ("H", "D", "2", "H2")]
)
def test_raised_numbers_are_not_glued(read: Read, before: str, style: str, above: str, shown: str) -> None:
    body = f'<text:p>{before}<text:span text:style-name="{style}">{above}</text:span></text:p>'
    assert paragraphs(read, made(body, styles=STYLES)) == [shown]


def test_pictures_and_the_words_for_them(read: Read) -> None:
    frame = (
        '<draw:frame><draw:image xlink:href="Pictures/plan.png"/><svg:desc>Plan of the boiler</svg:desc></draw:frame>'
    )
    (section,) = read(made(f"<text:p>The plan:{frame}</text:p>", Pictures__plan_png=PLAN))
    assert section.text.startswith("The plan:\n\nPlan of the boiler\n\nClose valve V-17")
    inline = f"<draw:frame><draw:image><office:binary-data>{base64.b64encode(PLAN).decode()}</office:binary-data></draw:image></draw:frame>"
    assert "V-17" in read(made(f"<text:p>{inline}</text:p>"))[0].text
    shown = made(f"<draw:page>{frame}</draw:page>", kind="presentation", Pictures__plan_png=PLAN)
    assert "V-17" in read(shown)[0].text
    missing = read(made(f"<text:p>The plan:{frame}</text:p>"))
    assert missing[-1].warning == "Pictures in this file that were not read: 1 (not in the file)."


def test_files_inside(read: Read) -> None:
    frame = '<draw:frame><draw:object-ole xlink:href="./Object 1"/><draw:image xlink:href="./ObjectReplacements/Object 1"/></draw:frame>'
    data = office.rezipped(
        made(f"<text:p>Offer:{frame}</text:p>"),
        lambda _, content: content,
        {"Object 1": office.old_word("Press 48200.\r")},
    )
    first, second = read(data)
    assert first.text == "Offer:"
    assert (second.path, second.text) == (("Object 1",), "Press 48200.")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('office:value-type="float" office:value="1234.5"', "1234.5"),
        ('office:value-type="percentage" office:value="0.125"', "12.5%"),
        ('office:value-type="currency" office:currency="EUR" office:value="95"', "95 EUR"),
        ('office:value-type="date" office:date-value="2026-03-04"', "2026-03-04"),
        ('office:value-type="time" office:time-value="PT42H45M00S"', "42:45"),
        ('office:value-type="boolean" office:boolean-value="true"', "TRUE"),
        ('office:value-type="string" office:string-value="Depot"', "Depot"),
        ('table:formula="of:=[.B1]+SUM([.B1:.C1])"', "=B1+SUM(B1:C1)"),
        ('office:value-type="float" office:value="1"><text:p>1.00 %</text:p', "1.00 %"),
    ],
)
def test_cells_without_words(read: Read, cell: str, shown: str) -> None:
    table = f'<table:table table:name="One"><table:table-row><table:table-cell {cell}></table:table-cell></table:table-row></table:table>'
    (section,) = read(made(table, kind="spreadsheet"))
    assert section.text == f"One\n{shown}"
    assert bool(section.warning) == shown.startswith("=")
