"""UTF-16 and UTF-32 that do not say so: told by what they would spell."""

import unicodedata
from collections import Counter

SAMPLE_BYTES = 4096
ENCODINGS = ((4, ("utf-32-le", "utf-32-be")), (2, ("utf-16-le", "utf-16-be")))
LAYOUT = "\t\r\n\f\ufeff"
NOT_WRITING = ("Cn", "Co", "Cs", "Cc")
ASCII = bytes(range(0x20, 0x7F))
MOST_ASCII = 0.8  # bytes; with more of them and few NULs it is ASCII with a few NULs
LEAST_NULLS = 0.12
EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO", "FULLWIDTH", "HALFWIDTH")
LEAST_SHARE = 0.1  # of the letters, for a script to count


def wide_encoding(sample: bytes) -> str | None:
    """The one that makes nothing but writing of the start of a file; None for anything else."""
    if b"\0" not in sample or len(sample) < 4:
        return None
    for width, encodings in ENCODINGS:
        whole = sample[: min(len(sample), SAMPLE_BYTES) // width * width]
        for encoding in encodings:
            if _is_writing(whole, encoding):
                return encoding
    return None


def _is_writing(sample: bytes, encoding: str) -> bool:
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 4:
            return False
        text = sample[: error.start].decode(encoding)  # cut within a character
    ascii_bytes = len(sample) - len(sample.translate(None, ASCII))
    if ascii_bytes > MOST_ASCII * len(sample) and sample.count(0) < LEAST_NULLS * len(sample):
        return False
    is_clean = all(character in LAYOUT or unicodedata.category(character) not in NOT_WRITING for character in text)
    return is_clean and bool(text) and len(_scripts(text)) <= 1


def _scripts(text: str) -> set[str]:
    """The scripts that it is written in, but for the Latin one."""
    letters = [unicodedata.name(character, "").partition(" ")[0] for character in text if character.isalpha()]
    counts = Counter("CJK" if name in EAST_ASIAN else name for name in letters)
    return {name for name, count in counts.items() if count > LEAST_SHARE * len(letters)} - {"LATIN"}
