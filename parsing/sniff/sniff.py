"""What a file is, told by its bytes. A name decides nothing but which flavour of text it is; no file is opened here.

The ends of a file name its kind in all but odd cases (an OLE file may keep its list of streams in the middle); the parsers look again
at the whole.
"""

import filetype

from core.errors import Invalid, UnsupportedType
from parsing.sniff import containers, text_kinds
from parsing.sniff.mime import AVIF, DOCX, EML, HEIC, IMAGES, PDF, READABLE, RTF, TIFF, XLSB

HEAD_BYTES = 8192
TAIL_BYTES = 65_536  # where a zip lists its entries

PDF_MARK = b"%PDF-"
PDF_WITHIN = 1024
RTF_MARK = b"{\\rtf"
OUTLOOK_MARK = b"\x78\x9f\x3e\x22"  # of winmail.dat, a message that Outlook packed
NOT_PROSE = (b"%!PS", b"\x1f\x8b")
IMAGE_MARKS = {  # a TIFF that filetype takes for a raw photograph, or for nothing
    b"II*\0": TIFF,
    b"MM\0*": TIFF,
    b"II+\0": TIFF,
    b"MM\0+": TIFF,
}
BRANDS = dict.fromkeys((b"avif", b"avis"), AVIF) | dict.fromkeys(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), HEIC
)  # of files in boxes, as videos are too; what telephones take
ARCHIVES = ("zip", "tar", "rar", "gz", "bz2", "7z", "xz", "Z", "zst", "lz", "lz4", "cab", "ar", "deb", "rpm")
PROGRAMS = ("exe", "elf", "wasm", "dex", "dey", "crx", "swf", "nes")


def sniff(head: bytes, tail: bytes, filename: str) -> str:
    """The MIME type of a file.

    Args:
        head: its first bytes, up to HEAD_BYTES.
        tail: its last bytes, up to TAIL_BYTES; empty while it is still arriving, and then any zip passes for a document.

    Raises:
        Invalid: it is empty.
        UnsupportedType: nothing here can read it; the sentence says what it is, as far as can be told.
    """
    if not head:
        raise Invalid("The file is empty.")
    if PDF_MARK in head[:PDF_WITHIN]:
        return PDF
    if head.startswith(containers.ZIP_MARK):
        return _zip(head, tail, filename)
    if head.startswith(containers.OLE_MARK):
        return containers.ole_type(head, tail, filename)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(RTF_MARK):
        return RTF
    if head.startswith(OUTLOOK_MARK):
        return EML
    if marked := next((mime for mark, mime in IMAGE_MARKS.items() if head.startswith(mark)), _branded(head)):
        return marked
    if (known := filetype.guess(head)) is not None and not _is_mistaken(head):
        return _image_type(known)
    if head.startswith(NOT_PROSE) or not text_kinds.is_text(head):
        raise UnsupportedType(f"This kind of file cannot be read; {READABLE}.")
    return text_kinds.flavour(head, filename)


def _branded(head: bytes) -> str | None:
    return BRANDS.get(head[8:12]) if head[4:8] == b"ftyp" else None


def _zip(head: bytes, tail: bytes, filename: str) -> str:
    if not tail:
        return containers.marked_type(head) or DOCX
    found = containers.zip_type(head, tail)
    if found == XLSB:
        raise UnsupportedType("Binary Excel workbooks (.xlsb) cannot be read. Save it as .xlsx and upload it again.")
    if found is None and containers.END_MARK not in tail:
        raise UnsupportedType("This file is damaged: its end is missing.")
    if found is None and (named := containers.named_kind(head, tail, filename)):
        what, advice = named
        raise UnsupportedType(f"This is {what}, which cannot be read. {advice} and upload that.")
    if found is None:
        raise UnsupportedType(f"This is an archive. Unpack it and upload the files in it; {READABLE}.")
    return found


def _image_type(known: filetype.Type) -> str:
    """The type of a picture. Raises UnsupportedType for all else that has a mark of its own."""
    if known.mime in IMAGES:
        return str(known.mime)
    raise UnsupportedType(_refusal(known))


def _is_mistaken(head: bytes) -> bool:
    """Prose may begin with the two letters of a picture or a program; unlike those it is text throughout."""
    return b"\0" not in head and text_kinds.is_text(head) and not head.startswith(NOT_PROSE)


def _refusal(known: filetype.Type) -> str:
    if known.mime.startswith("audio/"):
        return f"This is an audio file and cannot be read; {READABLE}."
    if known.mime.startswith("video/"):
        return f"This is a video and cannot be read; {READABLE}."
    if known.extension in ARCHIVES:
        return f"This is an archive. Unpack it and upload the files in it; {READABLE}."
    if known.extension in PROGRAMS:
        return f"This is a program and cannot be read; {READABLE}."
    if known.mime.startswith("image/"):
        return "Pictures of this kind cannot be read. Save it as PNG or JPEG and upload it again."
    return f"This kind of file cannot be read; {READABLE}."
