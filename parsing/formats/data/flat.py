"""Office files that are one XML file instead of a zip of several: made the zip, and read as such. Runs in a child process only."""

import base64
import binascii
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml import docx, pptx, xlsx
from parsing.formats.opendocument import reader as opendocument
from parsing.formats.opendocument.namespaces import DRAW, OFFICE, XLINK
from parsing.parser_input import InMemoryFile, ParserInput
from parsing.sniff import containers
from parsing.sniff.mime import DOCX, PPTX, XLSX
from parsing.types import Section

PKG = "{http://schemas.microsoft.com/office/2006/xmlPackage}"
STYLES = ("styles", "automatic-styles", "master-styles", "font-face-decls")
CONTENT = ("automatic-styles", "font-face-decls", "body")
PICTURE_MARKS = ((b"\x89PNG", "png"), (b"\xff\xd8", "jpg"), (b"GIF8", "gif"), (b"<", "svg"))

Progress = Callable[[int, int], None]
PARSERS: dict[str, Callable[[ParserInput, Progress], Iterator[Section]]] = {
    DOCX: docx.parse,
    PPTX: pptx.parse,
    XLSX: xlsx.parse,
}


def unfolded(root: etree._Element) -> bytes | None:
    """The zip that such a file stands for; None when it is none."""
    if root.tag == f"{OFFICE}document":
        return _open_document(root)
    return _package(root) if root.tag == f"{PKG}package" else None


def parse(data: bytes, on_progress: Progress) -> Iterator[Section]:
    """Sections of the zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        kind = containers.type_by_names(archive.namelist())
    return PARSERS.get(kind or "", opendocument.parse)(InMemoryFile(data), on_progress)


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A zip of these entries, not packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def _open_document(root: etree._Element) -> bytes:
    pictures = dict(_pictures_of(root))
    content, styles = _part(root, "document-content", CONTENT), _part(root, "document-styles", STYLES)
    return zipped({"content.xml": content, "styles.xml": styles, **pictures})


def _part(root: etree._Element, name: str, kept: tuple[str, ...]) -> bytes:
    """The file again, with only some of its parts."""
    whole = etree.Element(f"{OFFICE}{name}", nsmap=root.nsmap)
    whole.extend(deepcopy(child) for child in root if child.tag in {f"{OFFICE}{part}" for part in kept})
    return bytes(etree.tostring(whole))


def _pictures_of(root: etree._Element) -> Iterator[tuple[str, bytes]]:
    """Pictures that stand in the text as letters, taken out of it."""
    for number, holder in enumerate(list(root.iter(f"{OFFICE}binary-data")), start=1):
        data = _decoded(holder.text)
        parent = holder.getparent()
        parent.remove(holder)
        if data and parent.tag == f"{DRAW}image":
            name = f"Pictures/{number}.{next((end for mark, end in PICTURE_MARKS if data.startswith(mark)), 'bin')}"
            parent.set(f"{XLINK}href", name)
            yield name, data


def _package(root: etree._Element) -> bytes:
    """The parts of an office file as they are named in it."""
    parts: dict[str, bytes] = {}
    for part in root.iter(f"{PKG}part"):
        name = part.get(f"{PKG}name", "").lstrip("/")
        written = part.find(f"{PKG}xmlData")
        inner = next((child for child in written if isinstance(child.tag, str)), None) if written is not None else None
        if inner is not None:
            parts[name] = etree.tostring(inner, with_tail=False)
        elif (packed := part.find(f"{PKG}binaryData")) is not None:
            parts[name] = _decoded(packed.text)
    return zipped(parts)


def _decoded(text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "", validate=False)
    except (binascii.Error, ValueError):
        return b""
