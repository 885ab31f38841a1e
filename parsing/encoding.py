"""Bytes of a text file to characters. The encoding is found here, never guessed by the parsers (they misread latin-1)."""

import codecs
import re

from charset_normalizer import from_bytes

from core.errors import DocumentUnreadable
from core.storable import storable
from parsing.alphabets import encoding_by_alphabet
from parsing.parser_input import ParserInput
from parsing.sniff.utf import wide_encoding

NO_TEXT = "This file holds no text."
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*+=\s*+(?:["']\s*+)?([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
DECLARED_WITHIN = 4096
WESTERN = "cp1252"
LATIN = ("cp1250", "cp1254", "cp1257", "cp1258", "iso8859_2", "iso8859_4", "iso8859_10", "iso8859_16", "hp_roman8")
LARGER = {  # what programs write under these names, as browsers know
    "iso8859-1": WESTERN,
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "cp950",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
CODE_PAGE = re.compile(r"(?:x-)?(?:windows|win|cp|ms|ibm|dos)?[-_]?(\d{3,5})", re.IGNORECASE)
OTHER_PAGES = {  # of Windows, by number, that Python names in another way
    **{
        "936": "gb18030",
        "20936": "gb18030",
        "54936": "gb18030",
        "51936": "gb18030",
        "1361": "johab",
        "51949": "euc_kr",
        "20949": "cp949",
    },
    **{
        "51932": "euc_jp",
        "20932": "euc_jp",
        "50220": "iso2022_jp",
        "50221": "iso2022_jp",
        "50222": "iso2022_jp",
        "50225": "iso2022_kr",
    },
    **{
        "20866": "koi8_r",
        "21866": "koi8_u",
        "1200": "utf_16_le",
        "1201": "utf_16_be",
        "65000": "utf_7",
        "20127": "ascii",
    },
    **{
        "10000": "mac_roman",
        "10006": "mac_greek",
        "10007": "mac_cyrillic",
        "10029": "mac_latin2",
        "10081": "mac_turkish",
    },
    **{f"{28590 + part}": f"iso8859_{part}" for part in (*range(1, 12), 13, 14, 15, 16)},
}
EAST_ASIAN = (
    *("cp932", "shift_jis", "shift_jis_2004", "shift_jisx0213", "euc_jp", "euc_jis_2004", "euc_jisx0213"),
    *("gb2312", "gbk", "gb18030", "big5", "big5hkscs", "cp950", "euc_kr", "cp949", "johab"),
)
ESCAPES = {b"\x1b$B": "iso2022_jp", b"\x1b$@": "iso2022_jp", b"\x1b$)C": "iso2022_kr"}
HIGH = bytes(range(0x80, 0x100))
UTF_8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
LEAST_WHOLE = 10  # characters beyond ASCII for every byte that belongs to none
HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
ACCENTED_BYTES = re.compile(rb"[\xc0-\xff]")
SAMPLE_BYTES = 1024**2
# Control characters, which XML and JSON refuse: those that separate become spaces, so that no words are glued.
CONTROLS = {
    **dict.fromkeys([*range(0x09), *range(0x0E, 0x1C), 0x7F, 0xFEFF]),
    **dict.fromkeys([0x0B, 0x0C, *range(0x1C, 0x20)], " "),
}


def decode(data: bytes, *, is_html: bool = False, declared: str | None = None) -> str:
    """The text, with line ends as "\\n" and without control characters.

    Args:
        is_html: it may say in a ``meta`` tag how it is written, and is Western when nothing tells.
        declared: how it is written, as its envelope says; tried first, and mistrusted when it does not fit.
    """
    text = storable(_decoded(data, is_html, declared))
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(CONTROLS)


def text_of(source: ParserInput, *, is_html: bool = False) -> str:
    """The text of a file, in whichever encoding it is.

    Raises:
        DocumentUnreadable: there is none.
    """
    text = decode(source.read_bytes(), is_html=is_html)
    if not text.strip():
        raise DocumentUnreadable(NO_TEXT)
    return text


def _decoded(data: bytes, is_html: bool, declared: str | None) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    in_page = DECLARED.search(data[:DECLARED_WITHIN]) if is_html else None
    escaped = next((name for mark, name in ESCAPES.items() if mark in data[:SAMPLE_BYTES]), None)  # it is ASCII as well
    candidates = [escaped, "utf-8", in_page[1].decode("ascii") if in_page else None, wide_encoding(data)]
    if b"\0" in data[:SAMPLE_BYTES]:
        candidates.reverse()
    for candidate in filter(None, [declared, *candidates]):
        try:
            return data.decode(_known(candidate))
        except (UnicodeDecodeError, LookupError):
            continue
    if (damaged := _damaged_utf_8(data)) is not None:
        return damaged
    guessed = _guessed(data[:SAMPLE_BYTES])
    if is_html and guessed in LATIN:
        guessed = WESTERN  # what the standard says of pages that do not say
    return data.decode(guessed, "replace")


def _damaged_utf_8(data: bytes) -> str | None:
    """The text of UTF-8 that is cut within its last character, or holds a few bytes that are none; None for anything else."""
    sample = data[:SAMPLE_BYTES]
    whole = len(UTF_8_CHARACTER.findall(sample))
    rest = UTF_8_CHARACTER.sub(b"", sample)
    odd = len(rest) - len(rest.translate(None, HIGH))
    if not whole or (whole < LEAST_WHOLE * odd and not _is_cut_utf_8(data)):
        return None
    try:
        return data.decode("utf-8", "surrogatepass")  # halves of characters: Java and some databases write them
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def _is_cut_utf_8(data: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _codec(name: str) -> codecs.CodecInfo:
    """A codec by its name, or by one that Windows, Java or an old mail program has for its code page."""
    try:
        return codecs.lookup(name)
    except LookupError:
        if (page := CODE_PAGE.fullmatch(name)) is None:
            raise
        return codecs.lookup(OTHER_PAGES.get(page[1], f"cp{page[1]}"))


def _known(name: str) -> str:
    """A codec's name, widened to what is meant by it. Raises LookupError for one that turns characters to bytes, or to other text."""
    codec = _codec(name.strip().strip("\"'"))
    if not codec._is_text_encoding:
        raise LookupError(name)
    return LARGER.get(codec.name, codec.name)


def _guessed(sample: bytes) -> str:
    """The likeliest encoding: of East Asia, else the one whose letters make an alphabet, else by statistics."""
    is_latin = _is_latin_script(sample)
    matches = list(from_bytes(sample))
    if matches and not is_latin and matches[0].encoding in EAST_ASIAN and not _is_doubtful(str(matches[0])):
        return matches[0].encoding
    if (by_alphabet := encoding_by_alphabet(sample)) is not None:
        return by_alphabet
    if is_latin:
        matches = [match for match in matches if match.encoding in (WESTERN, *LATIN)]
    if not matches:
        return WESTERN
    best = matches[0]
    is_draw = any(
        match.encoding == WESTERN and match.chaos <= best.chaos and match.coherence >= best.coherence
        for match in matches
    )
    return WESTERN if is_draw else best.encoding


def _is_doubtful(text: str) -> bool:
    """True for what other alphabets look like in Japanese or Korean encodings: half-width syllables, rare characters, no marks."""
    beyond = [character for character in text if character > "\x7f"]
    half = sum("\uff61" <= character <= "\uff9f" for character in beyond)
    syllables = sum("\uac00" <= character <= "\ud7a3" for character in beyond)
    ideographs = sum("\u4e00" <= character <= "\u9fff" for character in beyond)
    return half > 0.2 * len(beyond) or min(syllables, ideographs) > 0.1 * len(beyond)


def _is_latin_script(sample: bytes) -> bool:
    """True when bytes beyond ASCII are few and stand alone between ASCII letters, as accented ones do in any 8-bit encoding."""
    runs = HIGH_BYTES.findall(sample)
    accented = sum(len(ACCENTED_BYTES.findall(run)) for run in runs)
    count = sum(map(len, runs))
    return count < 0.25 * len(sample) and accented >= 0.7 * count and len(runs) > 0.5 * count
