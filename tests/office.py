"""Office files, mail and books, small and real, made by the test that wants them."""

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import openpyxl
import pptx
from odf import opendocument, style, table, text
from openpyxl.worksheet.worksheet import Worksheet

_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def workbook(**sheets: Callable[[Worksheet], object] | Sequence[Sequence[object]]) -> bytes:
    """An XLSX. A sheet is its rows, or a function that fills it."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        if callable(content):
            content(sheet)
        else:
            for row in content:
                sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def presentation(fill: Callable[[Any], object]) -> bytes:
    """A PPTX that a function fills."""
    shown = pptx.Presentation()
    fill(shown)
    out = io.BytesIO()
    shown.save(out)
    return out.getvalue()


def open_text(paragraphs: Sequence[str], *, heading: str, rows: Sequence[Sequence[str]] = ()) -> bytes:
    """An ODT with a heading, paragraphs and a table."""
    document = opendocument.OpenDocumentText()
    document.text.addElement(text.H(outlinelevel=1, text=heading))
    for paragraph in paragraphs:
        document.text.addElement(text.P(text=paragraph))
    if rows:
        document.text.addElement(_open_table(rows, "t"))
    return _saved(document)


def open_objects(chart_rows: Sequence[Sequence[str]], formula: str) -> bytes:
    """An ODT with a chart and a formula, each between two paragraphs."""
    from odf import chart, draw

    document = opendocument.OpenDocumentText()
    shown = opendocument.OpenDocumentChart()
    whole = chart.Chart(attributes={"class": "chart:bar"})
    title = chart.Title()
    title.addElement(text.P(text="Pairs of terns"))
    whole.addElement(title)
    whole.addElement(chart.PlotArea())
    whole.addElement(_open_table(chart_rows, "local-table"))
    shown.chart.addElement(whole)
    for before, href in (("A chart:", document.addObject(shown)), ("A formula:", "./Formula")):
        paragraph = text.P(text=before)
        frame = draw.Frame(width="1cm", height="1cm")
        frame.addElement(draw.Object(href=href))
        paragraph.addElement(frame)
        document.text.addElement(paragraph)
    document.text.addElement(text.P(text="After them."))
    data = io.BytesIO(_saved(document))
    with zipfile.ZipFile(data, "a") as opened:
        opened.writestr("Formula/content.xml", formula)
    return data.getvalue()


def open_sheets(**sheets: Sequence[Sequence[str]]) -> bytes:
    """An ODS."""
    document = opendocument.OpenDocumentSpreadsheet()
    for name, rows in sheets.items():
        document.spreadsheet.addElement(_open_table(rows, name))
    return _saved(document)


def open_slides(*slides: tuple[str, str]) -> bytes:
    """An ODP with a title and a text on each slide."""
    from odf import draw

    document = opendocument.OpenDocumentPresentation()
    layout = style.PageLayout(name="layout")
    document.automaticstyles.addElement(layout)
    master = style.MasterPage(name="master", pagelayoutname=layout)
    document.masterstyles.addElement(master)
    for title, body in slides:
        page = draw.Page(masterpagename=master)
        for kind, words in ((None, body), ("title", title)):
            frame = draw.Frame(width="1cm", height="1cm")
            if kind:
                frame.setAttrNS("urn:oasis:names:tc:opendocument:xmlns:presentation:1.0", "class", kind)
            box = draw.TextBox()
            box.addElement(text.P(text=words))
            frame.addElement(box)
            page.addElement(frame)
        document.presentation.addElement(page)
    return _saved(document)


def _open_table(rows: Sequence[Sequence[str]], name: str) -> Any:
    made = table.Table(name=name)
    for row in rows:
        line = table.TableRow()
        for words in row:
            cell = table.TableCell()
            if words:
                cell.addElement(text.P(text=words))
            line.addElement(cell)
        made.addElement(line)
    return made


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def book(chapters: Sequence[str], *, title: str = "Birds", extra: Mapping[str, str] | None = None) -> bytes:
    """An EPUB of XHTML bodies, in the order of the spine, which is not that of the names."""
    names = [f"z{len(chapters) - index}.xhtml" for index in range(len(chapters))]
    items = "".join(f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in sorted(names))
    spine = "".join(f'<itemref idref="{name}"/>' for name in names)
    files = {
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata><dc:title>{title}</dc:title><dc:creator>A. Tern</dc:creator></metadata>"
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
        **{
            f"OPS/{name}": f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'
            for name, body in zip(names, chapters, strict=True)
        },
        **(extra or {}),
    }
    return zipped({"mimetype": b"application/epub+zip"} | {name: content.encode() for name, content in files.items()})


def zipped(entries: Mapping[str, bytes]) -> bytes:
    """A zip of these entries, the first not packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for index, (name, content) in enumerate(entries.items()):
            target.writestr(name, content, zipfile.ZIP_STORED if index == 0 else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def rezipped(
    data: bytes, change: Callable[[str, bytes], bytes | None], added: Mapping[str, bytes] | None = None
) -> bytes:
    """A zip with its entries changed and others added; those that become None are left out."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        changed = {name: change(name, source.read(name)) for name in source.namelist()}
    kept = {name: content for name, content in changed.items() if content is not None}
    return zipped(kept | dict(added or {}))


def strict(data: bytes) -> bytes:
    """An office file as a Strict Open XML document."""
    ordinary, pure = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
    kinds = (b"officeDocument", b"wordprocessingml", b"spreadsheetml", b"presentationml", b"drawingml")

    def change(name: str, content: bytes) -> bytes:
        for kind in kinds:
            content = content.replace(ordinary + kind + b"/2006/", pure + kind + b"/")
        return content

    return rezipped(data, change)


def locked_office() -> bytes:
    """What Word, PowerPoint and Excel write when a password is set."""
    return ole({"EncryptionInfo": b"\x04\0\x04\0" + bytes(300), "EncryptedPackage": bytes(5000)})


def outlook(fields: Mapping[int, str], attachments: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """An MSG. Fields are strings by their property (0x0037 is the subject, 0x1000 the body)."""
    streams = _properties({(number, 0x001F): value.encode("utf-16-le") for number, value in fields.items()}, 32)
    for index, (name, data) in enumerate(attachments):
        inner = _properties({(0x3707, 0x001F): name.encode("utf-16-le"), (0x3701, 0x0102): data}, 8, {0x3705: 1})
        streams |= {f"__attach_version1.0_#{index:08X}/{key}": value for key, value in inner.items()}
    return ole(streams)


def outlook_rich(
    rich: bytes, fields: Mapping[int, bytes] | None = None, numbers: Mapping[int, int] | None = None
) -> bytes:
    """An MSG whose text is only in its RTF, packed as Outlook does. Fields are texts of one byte a character."""
    runs = b"".join(b"\0" + rich[at : at + 8] for at in range(0, len(rich), 8))
    packed = struct.pack("<II4sI", len(runs) + 12, len(rich), b"LZFu", 0) + runs
    values = {(number, 0x001E): value for number, value in (fields or {}).items()}
    return ole(_properties(values | ({(0x1009, 0x0102): packed} if rich else {}), 32, numbers))


def _properties(
    values: Mapping[tuple[int, int], bytes], header: int, numbers: Mapping[int, int] | None = None
) -> dict[str, bytes]:
    rows = b"".join(struct.pack("<HHIII", kind, number, 6, len(value), 0) for (number, kind), value in values.items())
    rows += b"".join(struct.pack("<HHIII", 3, number, 6, value, 0) for number, value in (numbers or {}).items())
    named = {f"__substg1.0_{number:04X}{kind:04X}": value for (number, kind), value in values.items()}
    return {"__properties_version1.0": bytes(header) + rows, **named}


def old_word(words: str, *, wide: str = "", is_locked: bool = False) -> bytes:
    """A DOC of one piece of narrow characters and one of wide ones."""
    narrow, broad = words.encode("cp1252"), wide.encode("utf-16-le")
    start, second = 2048, 2048 + len(narrow) + len(narrow) % 2
    document = bytearray(second + len(broad))
    struct.pack_into("<HH", document, 0, 0xA5EC, 0x00C1)
    struct.pack_into("<H", document, 0x0A, 0x0200 | 0x0100 * is_locked)
    document[start : start + len(narrow)] = narrow
    document[second:] = broad
    ends = struct.pack("<3I", 0, len(words), len(words) + len(wide))
    parts = struct.pack("<HIH", 0, start * 2 | 0x40000000, 0) + struct.pack("<HIH", 0, second, 0)
    table_stream = b"\x02" + struct.pack("<I", len(ends + parts)) + ends + parts
    struct.pack_into("<II", document, 0x01A2, 0, len(table_stream))
    return ole({"WordDocument": bytes(document), "1Table": table_stream})


def old_slides(*slides: tuple[str, str], notes: str = "", is_locked: bool = False) -> bytes:
    """A PPT with a title and a box on each slide, and notes on the first."""

    def record(kind: int, content: bytes, *, instance: int = 0, is_container: bool = False) -> bytes:
        return struct.pack("<HHI", instance << 4 | 0x0F * is_container, kind, len(content)) + content

    listed, places, stream = b"", [], b""
    for number, (title, body) in enumerate(slides, start=2):
        listed += record(1011, struct.pack("<IIiII", number, 0, 0, 254 + number, 0))
        listed += record(3999, struct.pack("<I", 0)) + record(4000, title.encode("utf-16-le"))
        box = record(0xF00D, record(3999, struct.pack("<I", 4)) + record(4008, body.encode("latin-1")))
        places.append(len(stream))
        stream += record(1006, record(0x040C, box, is_container=True), is_container=True)
    lists = record(4080, listed, is_container=True)
    if notes:
        places.append(len(stream))
        box = record(0xF00D, record(3999, struct.pack("<I", 2)) + record(4000, notes.encode("utf-16-le")))
        stream += record(1008, record(1009, struct.pack("<II", 256, 0)) + box, is_container=True)
        noted = record(1011, struct.pack("<IIiII", len(places) + 1, 0, 0, 300, 0))
        lists += record(4080, noted, instance=2, is_container=True)
    document = len(stream)
    stream += record(1000, lists, is_container=True)
    directory = len(stream)
    stream += record(6002, struct.pack(f"<{2 + len(places)}I", (1 + len(places)) << 20 | 1, document, *places))
    edit = len(stream)
    stream += record(4085, struct.pack("<7I", 0, 0, 0, directory, 1, 0, 0))
    return ole(
        {
            "Current User": bytes(12) + struct.pack("<II", 0xF3D1C4DF if is_locked else 0xE391C05F, edit),
            "PowerPoint Document": stream,
        }
    )


def ole(streams: Mapping[str, bytes]) -> bytes:
    """An OLE file of streams by their path, at most one folder deep."""
    small, sectors = _Chain(_SMALL), _Chain(_SECTOR)
    entries = _entries(streams)
    for entry in entries[1:]:
        if entry["kind"] == 2:
            entry["start"] = (small if len(entry["data"]) < _CUTOFF else sectors).add(entry["data"])
    entries[0] |= {"start": sectors.add(bytes(small.data)), "data": bytes(small.data)}
    small_table = sectors.add(struct.pack(f"<{len(small.next)}I", *small.next))
    directory = sectors.add(b"".join(_directory_entry(**entry) for entry in entries))
    count = 1
    while count * _SECTOR // 4 < len(sectors.next) + count:
        count += 1
    table_at = len(sectors.next)
    chain = sectors.next + [_FAT_SECTOR] * count
    chain += [_FREE] * (count * _SECTOR // 4 - len(chain))
    header = struct.pack(
        "<8s16xHHHHH6x5I4I",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6),
        *(0, count, directory, 0, _CUTOFF, small_table, -(-len(small.next) * 4 // _SECTOR), _END, 0),
    )
    places = [table_at + index if index < count else _FREE for index in range(109)]
    return header + struct.pack("<109I", *places) + bytes(sectors.data) + struct.pack(f"<{len(chain)}I", *chain)


class _Chain:
    """Sectors of one size, and which follows which."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.data = bytearray()
        self.next: list[int] = []

    def add(self, data: bytes) -> int:
        """Append data; returns its first sector."""
        if not data:
            return _END
        first = len(self.next)
        count = -(-len(data) // self.size)
        self.next += [*range(first + 1, first + count), _END]
        self.data += data.ljust(count * self.size, b"\0")
        return first


def _entries(streams: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Directory entries: every entry's right sibling is the next one of its folder."""
    empty = {"data": b"", "start": _END, "right": _FREE, "child": _FREE}
    entries: list[dict[str, Any]] = [{"name": "Root Entry", "kind": 5, **empty}]
    folders, last = {"": 0}, dict[int, int]()
    for path, data in streams.items():
        folder, _, name = path.rpartition("/")
        for one, kind, parent, content in ((folder, 1, "", b""), (name, 2, folder, data)):
            if kind == 1 and one in folders:
                continue
            number, above = len(entries), folders[parent]
            entries.append({"name": one, "kind": kind, **empty, "data": content})
            if above in last:
                entries[last[above]]["right"] = number
            else:
                entries[above]["child"] = number
            last[above] = number
            if kind == 1:
                folders[one] = number
    return entries


def _directory_entry(*, name: str, kind: int, data: bytes, start: int, right: int, child: int) -> bytes:
    wide = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xI16xIII", wide, len(wide) + 2, kind, 1, _FREE, right, child, 0, start, len(data), 0
    )
