"""Text as it is compared: a letter has one form, however it was typed, set or saved. What is shown stays as it was written."""

import re
import unicodedata

import regex

# A soft hyphen beside a digit is the hyphen of a number; others only say where a word may be parted.
_NUMBER_HYPHEN = re.compile("(?<=\\d)\xad|\xad(?=\\d)")
# Soft hyphens, zero widths and joiners of words, which part no word; those between Persian and Indic letters stay.
_UNSEEN = re.compile("[\xad\u034f\u200b\u2060\ufeff]+")
# Ligatures, presentation forms, full and half widths, radicals, squares and letters of formulas: forms of other characters.
_FORMS = re.compile(
    "[\u2160-\u217f\u2e80-\u2fdf\u3300-\u33ff\uf900-\ufaff\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufefc\uff01-\uffee\U0001d400-\U0001d7ff]+"
)
_MARKS = regex.compile(r"(\p{M}{8})\p{M}++")  # no letter of any language carries so many; composing takes squared time


def folded(text: str) -> str:
    """The text with each letter in its usual form, composed, and without what is not seen within words; in linear time.

    Raised and lowered digits stay what they are: 420¹ is no 4201.
    """
    if text.isascii():
        return text
    plain = _FORMS.sub(
        lambda found: unicodedata.normalize("NFKC", found[0]), _UNSEEN.sub("", _NUMBER_HYPHEN.sub("-", text))
    )
    return unicodedata.normalize("NFC", _MARKS.sub(r"\1", plain))
