"""Text layers whose characters are not what is seen on the page: told apart, and mended where the file says enough."""

import re
import unicodedata
from collections import Counter

MOST_MEANINGLESS = 0.3  # of the characters of a page
MEANINGLESS = ("Co", "Cn", "Cc", "Cs")  # private use, unassigned, control, half a character
# TeX's two old encodings, and 1F as Monotype's fonts have it; only beside letters, since formulas use these codes too.
LIGATURES = {
    "\x0b": "ff", "\x0c": "fi", "\x0e": "ffi", "\x0f": "ffl",
    "\x1b": "ff", "\x1c": "fi", "\x1d": "fl", "\x1e": "ffi", "\x1f": "fi",
}  # fmt: skip
LIGATURE = re.compile("(?<=[A-Za-z])[\x0b\x0c\x0e\x0f\x1b-\x1f]|[\x0b\x0c\x0e\x0f\x1b-\x1f](?=[a-z])")
DOUBLED = re.compile("[\uc280-\udfbf]")  # two bytes of UTF-8 taken for one character
# Thai fonts of Windows have their raised and lowered marks at codes of their own.
THAI_MARKS = dict(
    zip(
        range(0xF700, 0xF71B),
        map(
            chr,
            (
                *(0x0E10, 0x0E34, 0x0E35, 0x0E36, 0x0E37, 0x0E48, 0x0E49, 0x0E4A, 0x0E4B, 0x0E4C),
                *(0x0E48, 0x0E49, 0x0E4A, 0x0E4B, 0x0E4C, 0x0E0D, 0x0E31, 0x0E4D, 0x0E47),
                *(0x0E48, 0x0E49, 0x0E4A, 0x0E4B, 0x0E4C, 0x0E38, 0x0E39, 0x0E3A),
            ),
        ),
        strict=True,
    )
)
THAI_MARK, THAI = re.compile("[\uf700-\uf71a]"), re.compile("[\u0e01-\u0e4f]")
ALPHABETS = ("CYRILLIC", "GREEK", "LATIN", "HEBREW", "ARABIC")


def is_meaningless(text: str) -> bool:
    """True when much of a text layer is no writing: codes of glyphs instead of characters."""
    if "(cid:" in text[:5000]:
        return True
    counts = {character: count for character, count in Counter(text).items() if not character.isspace()}
    odd = sum(count for character, count in counts.items() if _is_odd(character))
    return odd > MOST_MEANINGLESS * sum(counts.values())


def _is_odd(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in MEANINGLESS


def with_thai_marks(text: str) -> str:
    """Thai text with the usual codes for its marks; other text as it is. Its length stays."""
    return text.translate(THAI_MARKS) if THAI_MARK.search(text) and THAI.search(text) else text


def undoubled(text: str) -> str:
    """Text whose letters come as the two bytes of their UTF-8, which look Korean; other text as it is. Its length stays."""
    doubled = set(DOUBLED.findall(text))
    letters = {character: _two_bytes(character) for character in doubled}
    alphabets = {unicodedata.name(letter, "").split(" ")[0] for letter in letters.values() if letter}
    if len(doubled) < 5 or None in letters.values() or not alphabets <= set(ALPHABETS):
        return text
    return "".join(letters.get(character) or character for character in text)


def _two_bytes(character: str) -> str | None:
    try:
        return ord(character).to_bytes(2, "big").decode()
    except UnicodeDecodeError:
        return None


def with_ligatures(word: str) -> str:
    """A word whose ligatures come as the codes that fonts of long ago had for them, spelled out."""
    return LIGATURE.sub(lambda found: LIGATURES[found[0]], word)
