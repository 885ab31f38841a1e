"""Which kind of document a zip or an OLE file is, told by the names of what is in it."""

import struct
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from parsing.sniff.mime import DOC, DOCX, EPUB, MSG, ODG, ODP, ODS, ODT, OLE, PPT, PPTX, XLS, XLSB, XLSX

ZIP_MARK = b"PK\x03\x04"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

ENTRY_MARK = b"PK\x01\x02"
END_MARK = b"PK\x05\x06"
ENTRY = struct.Struct("<4s24xHHH12x")  # its mark; lengths of name, extra field and comment
END = struct.Struct("<4s8xII")  # its mark; size of the list of entries, where it starts

MIMETYPE_MARK = b"mimetype"  # the first entry of OpenDocument and EPUB, neither packed nor locked
MIMETYPE_AT = 30
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
OPEN_KINDS = {"text": ODT, "spreadsheet": ODS, "presentation": ODP, "graphics": ODG}
PARTS = (  # best told first: an office file may hold whole others, but under the folder of its own kind
    ("word/document", DOCX),
    ("xl/workbook.bin", XLSB),
    ("xl/workbook", XLSX),
    ("ppt/presentation", PPTX),
    ("META-INF/container.xml", EPUB),
)
NAMED = (  # what is a zip of a known kind and not read: by the beginning of an entry's name, what it is, what to do
    ("Index/Document.iwa", "an Apple {kind} document", "Export it as PDF or {office} (File › Export To)"),
    ("Index.zip", "an Apple {kind} document", "Export it as PDF or {office} (File › Export To)"),
    ("index.apxl", "an Apple Keynote document", "Export it as PDF or PowerPoint (File › Export To)"),
    ("index.xml", "an Apple {kind} document", "Export it as PDF or {office} (File › Export To)"),
    ("FixedDocSeq.fdseq", "an XPS document", "Print it to PDF"),
    ("FixedDocumentSequence.fdseq", "an XPS document", "Print it to PDF"),
    ("visio/", "a Visio drawing", "Export it as PDF"),
)
APPLE = {".pages": ("Pages", "Word"), ".numbers": ("Numbers", "Excel"), ".key": ("Keynote", "PowerPoint")}
ANY_APPLE = ("Pages, Numbers or Keynote", "Word, Excel or PowerPoint")
OPEN_DOCUMENT_LEFT = "an OpenDocument file of a kind that is no text, sheet, presentation or drawing"
FOLDERS = (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX))
STREAMS = (
    ("__properties_version1.0", MSG),
    ("PowerPoint Document", PPT),
    ("WordDocument", DOC),
    ("Workbook", XLS),
    ("Book", XLS),
)
LOCKED_STREAM = "EncryptedPackage"  # what Word, PowerPoint and Excel make of a file with a password
OLD_SUFFIXES = {".doc": DOC, ".dot": DOC, ".ppt": PPT, ".pps": PPT, ".pot": PPT, ".xls": XLS, ".xlt": XLS, ".msg": MSG}


def zip_type(head: bytes, tail: bytes) -> str | None:
    """The kind of a zip by its ends; None when it is an archive of anything else."""
    return marked_type(head) or type_by_names([*_listed(tail), *_stored(head)])


def marked_type(head: bytes) -> str | None:
    """OpenDocument and EPUB say at once what they are."""
    if head[MIMETYPE_AT : MIMETYPE_AT + len(MIMETYPE_MARK)] != MIMETYPE_MARK:
        return None
    extra = int.from_bytes(head[28:30], "little")
    start = MIMETYPE_AT + len(MIMETYPE_MARK) + extra
    said = head[start : start + 80].split(b"PK", 1)[0].decode("ascii", "replace").strip()
    if said.startswith(EPUB):
        return EPUB
    kind = said.removeprefix(OPEN_DOCUMENT)
    return next((mime for name, mime in OPEN_KINDS.items() if kind.startswith(name)), None) if kind != said else None


def type_by_names(names: Iterable[str]) -> str | None:
    """The kind of a zip with these entries."""
    listed = [name.replace("\\", "/").lstrip("/") for name in names]
    for part, mime in PARTS:
        if any(name.startswith(part) for name in listed):
            return mime
    return next((mime for folder, mime in FOLDERS if any(name.startswith(folder) for name in listed)), None)


def named_kind(head: bytes, tail: bytes, filename: str) -> tuple[str, str] | None:
    """What a zip is that cannot be read, and what its owner can do; None for an archive of anything."""
    if OPEN_DOCUMENT.encode() in head[: MIMETYPE_AT + 200]:
        return OPEN_DOCUMENT_LEFT, "Export it as PDF"
    listed = [*_listed(tail), *_stored(head)]
    office = APPLE.get(PurePath(filename).suffix.lower(), ANY_APPLE)
    for start, kind, advice in NAMED:
        if any(name.lstrip("/").startswith(start) for name in listed):
            return kind.format(kind=office[0]), advice.format(office=office[1])
    return None


def ole_type(head: bytes, tail: bytes, filename: str) -> str:
    """The kind of an OLE file by its ends, or else by its name: OLE when neither tells."""
    ends = (head + tail).lower()  # names in OLE files have no case
    for stream, mime in STREAMS:
        if stream.lower().encode("utf-16-le") + b"\0\0" in ends:
            return mime
    return OLD_SUFFIXES.get(PurePath(filename).suffix.lower(), OLE)


def type_by_streams(names: Iterable[str]) -> str | None:
    """The kind of an OLE file with these streams at its root."""
    found = {name.lower() for name in names}
    return next((mime for stream, mime in STREAMS if stream.lower() in found), None)


def is_locked(names: Iterable[str]) -> bool:
    """True for an OLE file that is an office file with a password."""
    return LOCKED_STREAM.lower() in {name.lower() for name in names}


def _listed(tail: bytes) -> Iterator[str]:
    """Names in the list of entries that ends a zip; where it begins before the tail, those after that."""
    end = tail.rfind(END_MARK)
    if end < 0 or len(tail) - end < END.size:
        at = tail.find(ENTRY_MARK)
    else:
        _, size, _ = END.unpack_from(tail, end)
        at = end - size if size <= end else tail.find(ENTRY_MARK)
    while 0 <= at <= len(tail) - 46 and tail[at : at + 4] == ENTRY_MARK:
        _, name, extra, comment = ENTRY.unpack_from(tail, at)
        yield tail[at + 46 : at + 46 + name].decode("utf-8", "replace")
        at += 46 + name + extra + comment


def _stored(head: bytes) -> Iterator[str]:
    """Names of entries that begin a zip."""
    at = 0
    while (at := head.find(ZIP_MARK, at)) >= 0 and at <= len(head) - 30:
        length = int.from_bytes(head[at + 26 : at + 28], "little")
        yield head[at + 30 : at + 30 + length].decode("utf-8", "replace")
        at += 30
