"""Addresses that a PDF links to without showing them."""

import pytest

from tests import documents as files
from tests.unit.parsing.formats.conftest import Read
from tests.unit.parsing.formats.pdf_files import with_objects

CLAIMS = "Claims are filed here within 14 days. Write to us."


def linked(*links: tuple[str, str], text: str = CLAIMS, flags: int = 4) -> bytes:
    """A page of text with links: the rectangle and the address of each."""
    annotations = [
        b"<< /Type /Annot /Subtype /Link /F %d /Rect [%s] /A << /S /URI /URI (%s) >> >>"
        % (flags, rect.encode(), address.encode())
        for rect, address in links
    ]
    numbers = b" ".join(b"NEXT%d" % index for index in range(len(annotations)))
    return with_objects(files.pdf([text]), annotations, page=b"/Annots [%s] " % numbers)


HERE = "145 735 173 752"  # around the word “here”, as Helvetica 12 sets it
TO_US = "318 735 345 752"


def test_an_address_stands_after_the_words_that_link_to_it(read: Read) -> None:
    (section,) = read(linked((HERE, "https://forms.example.org/claim-88")))
    assert "filed here (https://forms.example.org/claim-88) within 14 days" in section.text
    (word,) = (word for word in section.words if "claim-88" in section.text[word.start : word.end])
    assert word.box == pytest.approx((145 / 612, (792 - 752) / 792, 173 / 612, (792 - 735) / 792), abs=0.001)
    assert [section.text[word.start : word.end] for word in section.words] == section.text.split()


def test_a_mail_address_stands_without_its_scheme(read: Read) -> None:
    (section,) = read(linked((TO_US, "mailto:claims@example.org?subject=Claim%2088")))
    assert section.text.rstrip().endswith("(claims@example.org)")


def test_a_picture_that_links_is_named_at_the_end(read: Read) -> None:
    (section,) = read(linked(("72 100 200 140", "https://shop.example.org/pumps")))
    assert section.text.splitlines()[-1] == "https://shop.example.org/pumps"


def test_an_address_over_two_lines_or_twice_on_a_page_is_said_once(read: Read) -> None:
    address = "https://forms.example.org/claim-88"
    (section,) = read(linked((HERE, address), (TO_US, address), ("72 100 200 140", address)))
    assert section.text.count("claim-88") == 1


@pytest.mark.parametrize(
    "address", ["https://www.example.org/rates/", "http://example.org/rates", "mailto:rates@example.org"]
)
def test_an_address_that_is_shown_is_not_said_again(read: Read, address: str) -> None:
    text = "Rates: example.org/rates or rates@example.org"
    (section,) = read(linked(("72 735 300 752", address), text=text))
    assert section.text.strip() == text


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "https://example.org/" + "x" * 600])
def test_what_is_no_address_is_left_out(read: Read, address: str) -> None:
    (section,) = read(linked((HERE, address.replace("(", "\\(").replace(")", "\\)"))))
    assert section.text.strip() == CLAIMS


def test_a_link_that_no_viewer_shows_is_left_out(read: Read) -> None:
    (section,) = read(linked((HERE, "https://forms.example.org/claim-88"), flags=2))
    assert section.text.strip() == CLAIMS


def test_a_link_within_the_document_is_no_address(read: Read) -> None:
    annotation = b"<< /Type /Annot /Subtype /Link /Rect [145 735 173 752] /Dest [5 0 R /Fit] >>"
    (section,) = read(with_objects(files.pdf([CLAIMS]), [annotation], page=b"/Annots [NEXT0] "))
    assert section.text.strip() == CLAIMS
