"""Zips that hold documents: judged by their own list before anything is unpacked, their XML read without entities and networks."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO

from lxml import etree  # type: ignore[import-untyped]

from core.errors import DocumentUnreadable
from parsing.parser_input import ParserInput

MOST_UNPACKED_BYTES = 300 * 1024**2
MOST_RATIO = 200  # unpacked to packed; the office programs' own files stay below 50
SMALL_BYTES = 10 * 1024**2  # under this, any ratio is fine
MOST_ENTRIES = 50_000

STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
STRICT_WITHIN = 4096
NUMBERS = re.compile(r"(\d+)")
SCAN_BYTES = 1024**2
OVERLAP_BYTES = 300
XML_SUFFIXES = (".xml", ".rels", ".vml")
RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


class Archive:
    """An opened zip. ``noun`` is what its errors call it: ``Word file``."""

    def __init__(self, opened: zipfile.ZipFile, noun: str) -> None:
        self._zip = opened
        self._names = {entry.filename for entry in opened.infolist()}
        self.noun = noun

    def names(self, pattern: re.Pattern[str]) -> list[str]:
        """Entries whose whole name matches, in natural order (``slide2`` before ``slide10``)."""
        return sorted(filter(pattern.fullmatch, self._names), key=_natural)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def read(self, name: str) -> bytes:
        """An entry, unpacked; office files of the strict kind as the ordinary kind."""
        data = self._zip.read(name)
        if name.endswith(XML_SUFFIXES) and STRICT.search(data[:STRICT_WITHIN]):
            data = STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/", data)
        return data

    def scan(self, name: str, pattern: re.Pattern[bytes], most: int) -> list[bytes]:
        """What a pattern of at most OVERLAP_BYTES finds in an entry, which is never held whole; empty when there is no such entry."""
        found: list[bytes] = []
        if name not in self:
            return found
        with self._zip.open(name) as entry:
            rest = b""
            while (piece := entry.read(SCAN_BYTES)) and len(found) < most:
                window, end = rest + piece, 0
                for match in pattern.finditer(window):
                    found.append(match[1])
                    end = match.end()
                rest = window[max(end, len(window) - OVERLAP_BYTES) :]
        return found[:most]

    def stream(self, name: str) -> IO[bytes]:
        """An entry, unpacked as it is read. Raises DocumentUnreadable when there is none."""
        if name not in self:
            raise damaged(self.noun)
        return self._zip.open(name)

    def xml(self, name: str) -> etree._Element:
        """An entry as a tree."""
        return parse_xml(self.read(name), self.noun)

    def xml_or_none(self, name: str) -> etree._Element | None:
        """An entry as a tree; None when it is missing or damaged, for parts that a document can do without."""
        try:
            return self.xml(name) if name in self else None
        except (DocumentUnreadable, zipfile.BadZipFile, zlib.error, OSError):
            return None

    def related(self, name: str) -> Iterator[tuple[str, str, str]]:
        """What an office part points to: its id, the last word of its type, and the entry."""
        for one in self._relationships(name):
            if one.get("TargetMode") == "External":
                continue
            target = joined(PurePosixPath(name).parent, one.get("Target", ""))
            if target in self:
                yield one.get("Id", ""), one.get("Type", "").rsplit("/", 1)[-1], target

    def addresses(self, name: str) -> dict[str, str]:
        """What an office part points to outside of the file, by its id."""
        return {
            one.get("Id", ""): one.get("Target", "")
            for one in self._relationships(name)
            if one.get("TargetMode") == "External"
        }

    def _relationships(self, name: str) -> Iterator[etree._Element]:
        part = PurePosixPath(name)
        tree = self.xml_or_none(f"{part.parent}/_rels/{part.name}.rels".removeprefix("./"))
        yield from tree.iter(RELATIONSHIP) if tree is not None else ()


@contextmanager
def opened(source: ParserInput, noun: str) -> Iterator[Archive]:
    """A zip, open for the block. Errors of reading it inside the block become DocumentUnreadable as well.

    Raises:
        DocumentUnreadable: damaged, locked, or made to burst.
    """
    try:
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            _refuse_bombs(archive.infolist(), noun)
            yield Archive(archive, noun)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        UnicodeDecodeError,
        etree.LxmlError,
    ) as error:
        raise damaged(noun) from error
    except RuntimeError as error:  # how zipfile says that it wants a password
        if isinstance(error, RecursionError) or "password" not in str(error):
            raise
        raise locked(noun) from error


def parse_xml(data: bytes, noun: str) -> etree._Element:
    """A tree of elements. Nothing is fetched, nothing expanded; a document that defines entities is refused.

    Raises:
        DocumentUnreadable: no XML, or none that is safe.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=len(data) > SMALL_BYTES)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise damaged(noun) from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise DocumentUnreadable(f"This {noun} defines abbreviations of its own (XML entities) and was not opened.")
    return root


def damaged(noun: str) -> DocumentUnreadable:
    """The error for what cannot be opened."""
    return DocumentUnreadable(f"This {noun} is damaged and cannot be opened.")


def locked(noun: str) -> DocumentUnreadable:
    """The error for what wants a password."""
    return DocumentUnreadable(f"This {noun} is protected with a password. Save it without one and upload it again.")


def _refuse_bombs(entries: list[zipfile.ZipInfo], noun: str) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if unpacked > MOST_UNPACKED_BYTES or (unpacked > SMALL_BYTES and unpacked / packed > MOST_RATIO):
        raise DocumentUnreadable(f"This {noun} unpacks to far more than its size and was not opened.")
    if len(entries) > MOST_ENTRIES:
        raise DocumentUnreadable(f"This {noun} is made of far too many parts and was not opened.")


def joined(folder: PurePosixPath, target: str) -> str:
    """An entry's name from a path relative to a folder."""
    if target.startswith("/"):
        return target.lstrip("/")
    parts: list[str] = []
    for part in (folder / target).parts:
        if part == ".." and parts:
            parts.pop()
        elif part not in (".", ".."):
            parts.append(part)
    return "/".join(parts)


def _natural(name: str) -> list[tuple[int, str]]:
    parts = enumerate(NUMBERS.split(name))
    return [(len(number := part.lstrip("0")), number) if place % 2 else (-1, part) for place, part in parts]
