"""Text in one Unicode form, in linear time."""

import unicodedata

import regex

_MARKS = regex.compile(r"(\p{M}{8})\p{M}++")  # no letter of any language carries so many


def composed(text: str) -> str:
    """The text in form NFKC. That takes squared time for a run of combining marks, so all but the first eight of a run go."""
    return unicodedata.normalize("NFKC", _MARKS.sub(r"\1", text))
