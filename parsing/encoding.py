"""Bytes of a text file to characters. The encoding is found here, never guessed by the parsers (they misread latin-1)."""

import codecs
import re

from charset_normalizer import from_bytes

from parsing.alphabets import encoding_by_alphabet
from parsing.sniff.utf import wide_encoding

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
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
EAST_ASIAN = (
    *("cp932", "shift_jis", "shift_jis_2004", "shift_jisx0213", "euc_jp", "euc_jis_2004", "euc_jisx0213"),
    *("gb2312", "gbk", "gb18030", "big5", "big5hkscs", "cp950", "euc_kr", "cp949", "johab"),
)
ESCAPES = {b"\x1b$B": "iso2022_jp", b"\x1b$@": "iso2022_jp", b"\x1b$)C": "iso2022_kr"}
HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
ACCENTED_BYTES = re.compile(rb"[\xc0-\xff]")
SAMPLE_BYTES = 1024**2
# Control characters that no database or screen wants; NUL among them, which PostgreSQL refuses.
CONTROLS = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xFEFF])


def decode(data: bytes, *, is_html: bool = False, declared: str | None = None) -> str:
    """The text, with line ends as "\\n" and without control characters.

    Args:
        is_html: it may say in a ``meta`` tag how it is written, and is Western when nothing tells.
        declared: how it is written, as its envelope says; tried first, and mistrusted when it does not fit.
    """
    return _decoded(data, is_html, declared).replace("\r\n", "\n").replace("\r", "\n").translate(CONTROLS)


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
    guessed = _guessed(data[:SAMPLE_BYTES])
    if is_html and guessed in LATIN:
        guessed = WESTERN  # what the standard says of pages that do not say
    return data.decode(guessed, "replace")


def _known(name: str) -> str:
    """A codec's name, widened to what is meant by it. Raises LookupError for one that turns characters to bytes, or to other text."""
    codec = codecs.lookup(name.strip().strip("\"'"))
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
