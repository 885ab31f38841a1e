"""Bytes to text."""

import pytest

from ingestion.parsers.encoding import decode

GERMAN = "Die schöne Müllerin hörte die Vögel über den Bäumen; größer wurde der Lärm, süßer die Lüfte. " * 4
FRENCH = "L'été dernier, la forêt était très sèche et l'élève préférait rêver près du château. " * 4
CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy. Včera večer jsme šli do kina a viděli film o životě. " * 4
RUSSIAN = "Широкая электрификация южных губерний даст мощный толчок подъёму сельского хозяйства. " * 4
JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。" * 4


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"]
)
def test_german_in_any_encoding(encoding: str) -> None:
    assert decode(GERMAN.encode(encoding)) == GERMAN


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FRENCH, "latin-1"),
        (CZECH, "cp1250"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
    ],
)
def test_other_languages(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_html_may_say_what_it_is() -> None:
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2"></head>Łódź</html>'
    assert "Łódź" in decode(page.encode("iso-8859-2"), is_html=True)
    assert "Grüße" in decode(b"<meta charset='iso-8859-1'>" + "Grüße".encode(), is_html=True)  # it says so wrongly
    assert "Grüße" in decode(
        b"<meta charset=no-such-thing>" + ("Grüße aus München. " * 9).encode("cp1252"), is_html=True
    )


def test_html_that_does_not_say_is_western() -> None:
    page = "<!doctype html><p>El niño comió paella con ñoquis. L'été était très chaud.</p>"
    assert decode(page.encode("cp1252"), is_html=True) == page


def test_what_cannot_be_stored_is_left_out() -> None:
    assert decode(b"a\x00b\x07c\r\nd\re\tf\x0cg") == "abc\nd\ne\tfg"


def test_anything_gives_text() -> None:
    assert isinstance(decode(bytes(range(256)) * 4), str)
    assert decode(b"") == ""
