"""Files inside a PDF: a portfolio's, those attached to it or to a place on a page, each read by the reader of its kind.

Runs in a child process only.
"""

import ctypes
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from parsing.formats.mail.eml import message_of
from parsing.formats.mail.message import AttachmentReaders, sections_of_message
from parsing.formats.mail.types import Attachment, MailMessage
from parsing.formats.pdf.annotations import annotations
from parsing.parser_input import ParserInput
from parsing.types import Block, Section

ParseAttachment = Callable[[ParserInput, str, Callable[[int, int], None]], Iterator[Section]]

MOST_FILES = 40
MOST_BYTES = 100 * 1024**2  # of all of them together
MOST_DEPTH = 3
LIST_HEADING = "Attached files"
TOO_MANY = f"This PDF has more than {MOST_FILES} files attached; the rest were not read."
TOO_LARGE = (
    f"The files attached to this PDF are larger than {MOST_BYTES // 1024**2} MB together; this one was not read."
)
TOO_DEEP = f"It is attached to a PDF in a PDF, more than {MOST_DEPTH} deep, and was not read."
DAMAGED = "It is damaged and was not read."

_depth: ContextVar[int] = ContextVar("depth", default=0)


@dataclass
class AttachedFiles:
    """The files of one PDF, as they are met; those of the document itself come first when they are read."""

    _on_pages: list[Attachment] = field(default_factory=list)
    _left_bytes: int = MOST_BYTES
    _left_files: int = MOST_FILES

    def look_at(self, page: pdfium.PdfPage) -> None:
        """Take note of the files that hang on a page."""
        for annotation in annotations(page):
            if pdfium_c.FPDFAnnot_GetSubtype(annotation) == pdfium_c.FPDF_ANNOT_FILEATTACHMENT:
                handle = pdfium_c.FPDFAnnot_GetFileAttachment(annotation)
                if handle:
                    self._on_pages += self._taken(handle)

    def sections(self, document: pdfium.PdfDocument, first: int, parse: ParseAttachment) -> Iterator[Section]:
        """A section that lists them, then those of each under its name; nothing when there are none.

        Args:
            first: the number of the first section.
        """
        count = max(pdfium_c.FPDFDoc_GetAttachmentCount(document), 0)
        of_document = [
            attachment
            for index in range(min(count, MOST_FILES + 1))
            if (handle := pdfium_c.FPDFDoc_GetAttachment(document, index))
            for attachment in self._taken(handle)
        ]
        files = [*of_document, *self._on_pages]
        if not files:
            return
        yield _list_of(files, first)
        depth = _depth.get()
        if depth >= MOST_DEPTH:
            files = [Attachment(file.name, warning=TOO_DEEP) for file in files]
        token = _depth.set(depth + 1)
        try:
            message = MailMessage([], attachments=files)
            for section in sections_of_message(message, AttachmentReaders(parse, message_of)):
                yield section.model_copy(update={"number": first + section.number})
        finally:
            _depth.reset(token)

    def _taken(self, handle: pdfium_c.FPDF_ATTACHMENT) -> Iterator[Attachment]:
        """A file with its bytes, or with why it is left out; nothing once there were too many."""
        if self._left_files < 0:
            return
        self._left_files -= 1
        name = _name(handle)
        if self._left_files < 0:
            yield Attachment(name, warning=TOO_MANY)
            return
        size = ctypes.c_ulong()
        if not pdfium_c.FPDFAttachment_GetFile(handle, None, 0, size):
            yield Attachment(name, warning=DAMAGED)
        elif size.value > self._left_bytes:
            yield Attachment(name, warning=TOO_LARGE)
        else:
            self._left_bytes -= size.value
            buffer = ctypes.create_string_buffer(max(size.value, 1))
            pdfium_c.FPDFAttachment_GetFile(handle, buffer, size.value, size)
            yield Attachment(name, buffer.raw[: size.value])


def _list_of(files: list[Attachment], number: int) -> Section:
    text = "\n".join([f"{LIST_HEADING}:", *(file.name for file in files)])
    return Section(number=number, text=text, blocks=(Block(kind="paragraph", start=0, end=len(text)),))


def _name(handle: pdfium_c.FPDF_ATTACHMENT) -> str:
    size = pdfium_c.FPDFAttachment_GetName(handle, None, 0)
    buffer = ctypes.create_string_buffer(max(size, 2))
    pdfium_c.FPDFAttachment_GetName(handle, ctypes.cast(buffer, ctypes.POINTER(pdfium_c.FPDF_WCHAR)), size)
    return " ".join(buffer.raw[: max(size - 2, 0)].decode("utf-16-le", "replace").split()) or "attachment"
