"""Files that show one text and hide another, one for each way of hiding. ``WAYS[name](shown, hidden)`` gives the file."""

import io
from collections.abc import Callable
from email.message import EmailMessage
from html import escape
from typing import Any

import docx
from docx.shared import Pt, RGBColor
from openpyxl.styles import Font
from pptx.dml.color import RGBColor as SlideColor
from pptx.util import Inches
from pptx.util import Pt as SlidePt

from tests import documents, office

Way = Callable[[str, str], bytes]


def pdf(before: str, after: str = "", *, layer: bool = False) -> Way:
    """A PDF; ``before`` and ``after`` are operators around the hidden text, which stands at 72, 400."""

    def make(shown: str, hidden: str) -> bytes:
        text = f"BT /F1 12 Tf 72 700 Td ({_pdf(shown)}) Tj ET\nq {before} BT /F1 12 Tf 72 400 Td ({_pdf(hidden)}) Tj ET {after} Q"
        return documents.drawn([text.encode("cp1252", "replace")], has_layer=layer)

    return make


def pdf_tiny(shown: str, hidden: str) -> bytes:
    """A PDF with type of half a point."""
    text = f"BT /F1 12 Tf 72 700 Td ({_pdf(shown)}) Tj ET BT /F1 0.5 Tf 72 400 Td ({_pdf(hidden)}) Tj ET"
    return documents.drawn([text.encode("cp1252", "replace")])


def pdf_off_page(shown: str, hidden: str) -> bytes:
    """A PDF with text beside the page."""
    text = f"BT /F1 12 Tf 72 700 Td ({_pdf(shown)}) Tj ET BT /F1 12 Tf 72 -200 Td ({_pdf(hidden)}) Tj ET"
    return documents.drawn([text.encode("cp1252", "replace")])


def page(markup: str) -> Way:
    """An HTML page; ``{}`` in the markup is the hidden text."""

    def make(shown: str, hidden: str) -> bytes:
        return f"<html><body><p>{escape(shown)}</p>{markup.replace('{}', escape(hidden))}</body></html>".encode()

    return make


def markdown(shown: str, hidden: str) -> bytes:
    """Markdown with raw HTML in it."""
    return f"# Notes\n\n{shown}\n\n<div style='display:none'>{escape(hidden)}</div>\n".encode()


def book(shown: str, hidden: str) -> bytes:
    """An EPUB."""
    return office.book([f'<h1>One</h1><p>{escape(shown)}</p><p style="display:none">{escape(hidden)}</p>'])


def letter(shown: str, hidden: str) -> bytes:
    """A message of HTML alone."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@larkspur.example", "b@larkspur.example", "Rota"
    message.set_content(
        f'<p>{escape(shown)}</p><div style="font-size:0;color:#fff">{escape(hidden)}</div>', subtype="html"
    )
    return message.as_bytes()


def word(change: Callable[[Any], object]) -> Way:
    """A DOCX whose last run is changed so that it is not seen."""

    def make(shown: str, hidden: str) -> bytes:
        document = docx.Document()
        document.add_heading("Report", level=1)
        paragraph = document.add_paragraph(shown)
        change(paragraph.add_run(f" {hidden}"))
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()

    return make


def _vanished(run: Any) -> None:
    run.font.hidden = True


def _white(run: Any) -> None:
    run.font.color.rgb = RGBColor(255, 255, 255)


def _small(run: Any) -> None:
    run.font.size = Pt(1)


def slides(change: Callable[[Any, Any], object]) -> Way:
    """A PPTX with a second box that is changed so that it is not seen."""

    def make(shown: str, hidden: str) -> bytes:
        def fill(presentation: Any) -> None:
            slide = presentation.slides.add_slide(presentation.slide_layouts[6])
            slide.shapes.add_textbox(Inches(1), Inches(1), Inches(6), Inches(1)).text_frame.text = shown
            box = slide.shapes.add_textbox(Inches(1), Inches(3), Inches(6), Inches(1))
            box.text_frame.text = hidden
            change(slide, box)

        return office.presentation(fill)

    return make


def _off_slide(_: Any, box: Any) -> None:
    box.left = -Inches(20)


def _hidden_shape(_: Any, box: Any) -> None:
    box._element.nvSpPr.cNvPr.set("hidden", "1")


def _white_on_slide(_: Any, box: Any) -> None:
    box.text_frame.paragraphs[0].runs[0].font.color.rgb = SlideColor(255, 255, 255)


def _small_on_slide(_: Any, box: Any) -> None:
    box.text_frame.paragraphs[0].runs[0].font.size = SlidePt(1)


def workbook(shown: str, hidden: str) -> bytes:
    """An XLSX with a cell of white type."""

    def fill(sheet: Any) -> None:
        sheet["A1"] = shown
        sheet["A3"] = hidden
        sheet["A3"].font = Font(color="FFFFFFFF")

    return office.workbook(Rota=fill)


def workbook_format(shown: str, hidden: str) -> bytes:
    """An XLSX with a cell whose format shows nothing."""

    def fill(sheet: Any) -> None:
        sheet["A1"] = shown
        sheet["A3"] = hidden
        sheet["A3"].number_format = ";;;"

    return office.workbook(Rota=fill)


def open_text(shown: str, hidden: str) -> bytes:
    """An ODT with a span of a style that is not displayed."""
    data = office.open_text([shown, "HIDDEN"], heading="Report")
    style = (
        '<style:style xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" style:name="H" style:family="text">'
        '<style:text-properties text:display="none"/></style:style>'
    )

    def change(name: str, content: bytes) -> bytes:
        if name != "content.xml":
            return content
        text = content.decode()
        text = text.replace("HIDDEN", f'<text:span text:style-name="H">{escape(hidden)}</text:span>')
        closed = "<office:automatic-styles/>"
        opened = f"<office:automatic-styles>{style}</office:automatic-styles>"
        return (
            text.replace(closed, opened)
            if closed in text
            else text.replace("</office:automatic-styles>", f"{style}</office:automatic-styles>")
        ).encode()

    return office.rezipped(data, change)


def rich_text(shown: str, hidden: str) -> bytes:
    """An RTF with hidden characters."""
    return rf"{{\rtf1\ansi {shown}\par {{\v {hidden}}}\par}}".encode("cp1252", "replace")


def tags(shown: str, hidden: str) -> bytes:
    """Plain text with letters spelled in tag characters."""
    spelled = "".join(chr(0xE0000 + ord(letter)) for letter in hidden if letter.isascii())
    return f"{shown}{spelled}\n".encode()


WAYS: dict[str, tuple[str, Way]] = {
    "white text": ("memo.pdf", pdf("1 1 1 rg")),
    "almost white text": ("memo.pdf", pdf("0.96 0.97 0.96 rg")),
    "same colour as a box": ("memo.pdf", pdf("0.1 0.2 0.5 rg 0 380 3000 40 re f")),
    "invisible mode": ("memo.pdf", pdf("3 Tr")),
    "zero opacity": ("memo.pdf", pdf("/Clear gs")),
    "covered by a box": ("memo.pdf", pdf("", "0.8 g 0 380 3000 50 re f")),
    "layer switched off": ("memo.pdf", pdf("/OC /Layer BDC", "EMC", layer=True)),
    "tiny type": ("memo.pdf", pdf_tiny),
    "off the page": ("memo.pdf", pdf_off_page),
    "display none": ("page.html", page('<p style="display:none">{}</p>')),
    "hidden attribute": ("page.html", page("<div hidden>{}</div>")),
    "visibility": ("page.html", page('<div style="visibility: hidden">{}</div>')),
    "font size zero": ("page.html", page('<span style="font-size:0px">{}</span>')),
    "white on white": ("page.html", page('<p style="color:#fff">{}</p>')),
    "colour of its box": ("page.html", page('<div style="background:#123456"><p style="color:#133457">{}</p></div>')),
    "opacity zero": ("page.html", page('<p style="opacity:0">{}</p>')),
    "off-screen": ("page.html", page('<p style="position:absolute;left:-9999px">{}</p>')),
    "clipped": ("page.html", page('<p style="height:1px;overflow:hidden">{}</p>')),
    "by a class": ("page.html", page("<style>.x, .y { display: none }</style><p class='y'>{}</p>")),
    "HTML comment": ("page.html", page("<!-- {} -->")),
    "template": ("page.html", page("<template><p>{}</p></template>")),
    "HTML in markdown": ("notes.md", markdown),
    "hidden in a book": ("birds.epub", book),
    "hidden in a message": ("rota.eml", letter),
    "vanished": ("memo.docx", word(_vanished)),
    "white in Word": ("memo.docx", word(_white)),
    "one point in Word": ("memo.docx", word(_small)),
    "beside the slide": ("deck.pptx", slides(_off_slide)),
    "hidden shape": ("deck.pptx", slides(_hidden_shape)),
    "white on the slide": ("deck.pptx", slides(_white_on_slide)),
    "one point on a slide": ("deck.pptx", slides(_small_on_slide)),
    "white cell": ("rota.xlsx", workbook),
    "format that shows nothing": ("rota.xlsx", workbook_format),
    "not displayed": ("memo.odt", open_text),
    "hidden in RTF": ("memo.rtf", rich_text),
    "tag characters": ("memo.txt", tags),
}
# Nothing is said of what a browser never shows of any page.
UNSAID = ("HTML comment", "template")


def _pdf(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
