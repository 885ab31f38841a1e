"""Forms that only Adobe's programs can show: what was filled in is read, the placeholder is not."""

import pytest

from core.errors import DocumentUnreadable
from parsing.formats.pdf.reader import XFA, XFA_VALUES
from tests import documents as files
from tests.unit.parsing.formats.conftest import Read
from tests.unit.parsing.formats.pdf_files import stream, with_objects

DATASETS = (
    '<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><form>'
    "<harbour>Larkfield</harbour><berths><berth>K-7</berth><berth>K-8</berth></berths><empty/>"
    '<note><body xmlns="http://www.w3.org/1999/xhtml"><p>Mooring <b>only</b> by day</p></body></note>'
    "<photo>{}</photo></form></xfa:data></xfa:datasets>".format("iVBORw0KGgo" * 200)
)
TEMPLATE = (
    '<template xmlns="http://www.xfa.org/schema/xfa-template/3.3/"><subform><field name="harbour"><caption><value>'
    "<text>Name of the harbour:</text></value></caption></field></subform></template>"
)
XDP = '<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/">{}</xdp:xdp>'
RIGHT = ["Name of the harbour: Larkfield", "berth: K-7", "berth: K-8", "note: Mooring only by day"]
PLACEHOLDERS = [
    "Bitte warten... Wenn diese Nachricht nicht ersetzt wird, kann Ihr PDF-Viewer diese Art von Dokument nicht anzeigen.",
    "Veuillez patienter... Si ce message n'est pas remplacé, votre lecteur ne peut pas afficher ce type de document.",
    "The document you are trying to load requires Adobe Reader 8 or higher.",
    "Espere... Si este mensaje no se reemplaza, es posible que su visor no pueda mostrar este tipo de documento.",
]


def form(placeholder: str, xml: str, *, more: bytes = b"/NeedsRendering true") -> bytes:
    """A dynamic form whose page says nothing."""
    catalog = b"/AcroForm << /XFA NEXT0 /Fields [] >> " + more
    return with_objects(files.pdf([placeholder]), [stream(xml.encode())], catalog=catalog)


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_what_was_filled_in_is_read_whatever_the_placeholder_says(read: Read, placeholder: str) -> None:
    (section,) = read(form(placeholder, XDP.format(TEMPLATE + DATASETS)))
    assert section.text.splitlines() == RIGHT
    assert (section.page, section.warning) == (1, XFA_VALUES)


def test_packets_may_be_apart(read: Read) -> None:
    start, end = XDP.split("{}")
    packets = [stream(part.encode()) for part in (start, TEMPLATE, DATASETS, end)]
    names = b"[(preamble) NEXT0 (template) NEXT1 (datasets) NEXT2 (postamble) NEXT3]"
    catalog = b"/NeedsRendering true /AcroForm << /XFA %s /Fields [] >>" % names
    (section,) = read(with_objects(files.pdf([PLACEHOLDERS[0]]), packets, catalog=catalog))
    assert section.text.splitlines() == RIGHT


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
@pytest.mark.parametrize("xml", [XDP.format(TEMPLATE), "", "no xml", "<a>" * 2000, XDP.format("<!DOCTYPE a>")])
def test_a_form_that_nobody_filled_in_is_refused(read: Read, placeholder: str, xml: str) -> None:
    with pytest.raises(DocumentUnreadable) as refused:
        read(form(placeholder, xml))
    assert refused.value.message == XFA


def test_a_form_whose_page_is_its_own_is_read_as_it_stands(read: Read) -> None:
    (section,) = read(form("Request for leave", XDP.format(DATASETS), more=b""))
    assert (section.text.strip(), section.warning) == ("Request for leave", None)


def test_values_are_not_fetched_from_elsewhere(read: Read) -> None:
    xml = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + XDP.format(DATASETS.replace("Larkfield", "&e;x"))
    (section,) = read(form(PLACEHOLDERS[0], xml))
    assert "root:" not in section.text
