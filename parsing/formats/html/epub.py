"""EPUB books: chapters in reading order, each through unstructured. Runs in a child process only."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import unquote

from lxml import etree  # type: ignore[import-untyped]

from core.errors import DocumentUnreadable
from parsing.encoding import decode
from parsing.formats.html.cascade import SheetOf
from parsing.formats.html.pictures import PagePictures
from parsing.formats.html.reader import html_text_blocks
from parsing.formats.images.embedded import EmbeddedPictures
from parsing.formats.ooxml import package as archive
from parsing.formats.ooxml.package import Archive
from parsing.parser_input import ParserInput
from parsing.sections import TextBlock, sections_of
from parsing.types import Section

NOUN = "EPUB book"
LOCKED = "This EPUB book is locked by its shop (DRM) and cannot be read."
CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
FONT_LOCKS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
DRAWINGS = (".svg", ".svgz")
CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def parse(source: ParserInput, on_progress: Callable[[int, int], None]) -> Iterator[Section]:
    """Title and author, then the chapters under their headings, or under their names in the table of contents.

    Raises:
        DocumentUnreadable: damaged, locked, or made to burst.
    """
    del on_progress  # chapters are no pages
    with archive.opened(source, NOUN) as opened:
        _refuse_locked(opened)
        embedded = EmbeddedPictures()
        yield from sections_of(_text_blocks(opened, embedded))
        yield from embedded.remark_section()


def _refuse_locked(opened: Archive) -> None:
    tree = opened.xml_or_none(ENCRYPTION)
    if tree is None:
        return
    for data in tree.iter("{*}EncryptedData"):
        method = data.find("{*}EncryptionMethod")
        if method is None or method.get("Algorithm") not in FONT_LOCKS:
            raise DocumentUnreadable(LOCKED)


def _text_blocks(opened: Archive, embedded: EmbeddedPictures) -> Iterator[TextBlock]:
    package_name = _package_name(opened)
    package = opened.xml(package_name)
    folder = PurePosixPath(package_name).parent
    title, author = (" ".join("; ".join(_said(package, name)).split()) for name in ("title", "creator"))
    yield TextBlock("paragraph", f"{title}, by {author}" if title and author else title)
    items = {item.get("id", ""): item for item in package.iter("{*}item")}
    contents = _contents(opened, folder, items)
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref", ""))
        if item is None or item.get("media-type") not in CHAPTERS:
            continue
        name = archive.joined(folder, unquote(item.get("href", "")))
        if name in opened:
            beside = PurePosixPath(name).parent
            pictures = PagePictures(partial(_picture, opened, beside), embedded)
            yield from _chapter(opened.read(name), contents.get(name, ""), partial(_sheet, opened, beside), pictures)


def _chapter(data: bytes, name: str, sheet_of: SheetOf, pictures: PagePictures) -> Iterator[TextBlock]:
    """A chapter, under its name when it has no headings of its own."""
    text = decode(data, is_html=True)
    text_blocks = list(html_text_blocks(text, sheet_of, pictures)) if text.strip() else []
    if name and text_blocks and not any(text_block.level for text_block in text_blocks):
        yield TextBlock("heading", name, 1)
    yield from text_blocks


def _sheet(opened: Archive, folder: PurePosixPath, address: str) -> str | None:
    """A style sheet of the book, by its address in a chapter; None when the book has none there."""
    name = archive.joined(folder, unquote(address))
    return decode(opened.read(name)) if name in opened else None


def _picture(opened: Archive, folder: PurePosixPath, address: str) -> bytes | None:
    """A picture of the book, by its address in a chapter; None when the book has none there that is drawn of points."""
    name = archive.joined(folder, unquote(address))
    if name not in opened or name.lower().endswith(DRAWINGS):
        return None
    try:
        return opened.read(name)
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError):
        return b""  # is counted as one that was not read


def _package_name(opened: Archive) -> str:
    for root in opened.xml(CONTAINER).iter("{*}rootfile"):
        if (name := unquote(root.get("full-path", ""))) in opened:
            return name
    raise archive.damaged(NOUN)


def _said(package: etree._Element, name: str) -> list[str]:
    return [element.text for element in package.iter(f"{{*}}{name}") if element.text and element.text.strip()]


def _contents(opened: Archive, folder: PurePosixPath, items: dict[str, etree._Element]) -> dict[str, str]:
    """Names of chapters by their entries, from the table of contents of either version of the format."""
    found: dict[str, str] = {}
    for item in items.values():
        is_new = "nav" in item.get("properties", "").split()
        if not is_new and item.get("media-type") != "application/x-dtbncx+xml":
            continue
        name = archive.joined(folder, unquote(item.get("href", "")))
        tree = opened.xml_or_none(name)
        for target, label in _links(tree, is_new) if tree is not None else ():
            entry = archive.joined(PurePosixPath(name).parent, unquote(target.split("#")[0]))
            found.setdefault(entry, label)
    return found


def _links(tree: etree._Element, is_new: bool) -> Iterator[tuple[str, str]]:
    if is_new:
        for link in tree.iter("{*}a"):
            yield link.get("href", ""), " ".join("".join(link.itertext()).split())
        return
    for point in tree.iter("{*}navPoint"):
        label = point.find("{*}navLabel/{*}text")
        content = point.find("{*}content")
        if label is not None and content is not None:
            yield content.get("src", ""), " ".join((label.text or "").split())
