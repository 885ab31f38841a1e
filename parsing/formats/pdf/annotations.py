"""What is written on top of a PDF page: values of form fields, text boxes, comments. Runs in a child process only."""

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

COMMENTS = (
    pdfium_c.FPDF_ANNOT_TEXT,
    pdfium_c.FPDF_ANNOT_FREETEXT,
    pdfium_c.FPDF_ANNOT_HIGHLIGHT,
    pdfium_c.FPDF_ANNOT_UNDERLINE,
    pdfium_c.FPDF_ANNOT_STRIKEOUT,
    pdfium_c.FPDF_ANNOT_SQUARE,
    pdfium_c.FPDF_ANNOT_CIRCLE,
    pdfium_c.FPDF_ANNOT_CARET,
)
BUTTONS = (pdfium_c.FPDF_FORMFIELD_CHECKBOX, pdfium_c.FPDF_FORMFIELD_RADIOBUTTON)
WRITTEN = (pdfium_c.FPDF_FORMFIELD_TEXTFIELD, pdfium_c.FPDF_FORMFIELD_COMBOBOX, pdfium_c.FPDF_FORMFIELD_LISTBOX)
PASSWORD = 1 << 13
NOT_SHOWN = pdfium_c.FPDF_ANNOT_FLAG_HIDDEN | pdfium_c.FPDF_ANNOT_FLAG_NOVIEW
MOST = 2000  # per page
NOT_TICKED = ("Off", "")


@dataclass(frozen=True, slots=True)
class Note:
    """A line of text and its rectangle on the page (left, bottom, right, top, in points). ``is_hidden``: no viewer shows it."""

    text: str
    rect: tuple[float, float, float, float]
    is_hidden: bool = False


def notes(page: pdfium.PdfPage, form: pdfium.PdfFormEnv | None) -> Iterator[Note]:
    """Field values as ``Name: value`` and comments as they are, in the page's own order."""
    for annotation in annotations(page):
        if text := _text(annotation, form):
            yield Note(text, rect_of(annotation), bool(pdfium_c.FPDFAnnot_GetFlags(annotation) & NOT_SHOWN))


def annotations(page: pdfium.PdfPage) -> Iterator[pdfium_c.FPDF_ANNOTATION]:
    """The first few thousand of a page, each open until the next one."""
    for index in range(min(pdfium_c.FPDFPage_GetAnnotCount(page), MOST)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            yield annotation
        finally:
            pdfium_c.FPDFPage_CloseAnnot(annotation)


def _text(annotation: pdfium_c.FPDF_ANNOTATION, form: pdfium.PdfFormEnv | None) -> str:
    kind = pdfium_c.FPDFAnnot_GetSubtype(annotation)
    if kind == pdfium_c.FPDF_ANNOT_WIDGET:
        return _field(annotation, form) if form else ""
    if kind in COMMENTS:
        return _string(lambda buffer, size: pdfium_c.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size))
    return ""


def _field(annotation: pdfium_c.FPDF_ANNOTATION, form: pdfium.PdfFormEnv) -> str:
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in BUTTONS:
        if not pdfium_c.FPDFAnnot_IsChecked(form, annotation):
            return ""
    elif kind not in WRITTEN or pdfium_c.FPDFAnnot_GetFormFieldFlags(form, annotation) & PASSWORD:
        return ""
    value = _string(lambda buffer, size: pdfium_c.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size))
    if value in NOT_TICKED:
        return ""
    name = _string(
        lambda buffer, size: pdfium_c.FPDFAnnot_GetFormFieldAlternateName(form, annotation, buffer, size)
    ) or _string(lambda buffer, size: pdfium_c.FPDFAnnot_GetFormFieldName(form, annotation, buffer, size))
    return f"{name}: {value}" if name else value


def _string(ask: Callable[[object, int], int]) -> str:
    """A string that pdfium gives as UTF-16 into a buffer of the size it names."""
    size = ask(None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    ask(ctypes.cast(buffer, ctypes.POINTER(pdfium_c.FPDF_WCHAR)), size)
    text = buffer.raw[: size - 2].decode("utf-16-le", "replace").replace("\0", "")
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def rect_of(annotation: pdfium_c.FPDF_ANNOTATION) -> tuple[float, float, float, float]:
    """Where an annotation stands: left, bottom, right, top, in points."""
    rect = pdfium_c.FS_RECTF()
    pdfium_c.FPDFAnnot_GetRect(annotation, rect)
    return (
        min(rect.left, rect.right),
        min(rect.bottom, rect.top),
        max(rect.left, rect.right),
        max(rect.bottom, rect.top),
    )
