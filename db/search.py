"""Converts the text of a search field to a PostgreSQL query. Its counterpart is ``db.conversation.searchable``."""

import re
import unicodedata

from db.conversation import LETTERS, MARKS

LONGEST_QUERY = 200  # characters; more is cut off
_MARKS = re.compile(f"[{MARKS}]")
_PUNCTUATION = re.compile("[!-/:-@\\[-`{-~\u00a1-\u00bf\u2000-\u206f\u3000-\u303f\\x00\ud800-\udfff]")
_PIECES = re.compile(f"[{LETTERS}]|[^{LETTERS}]+")


def query_of(text: str) -> str:
    """The text for ``to_tsquery``: every word must occur, at least as a prefix; "" when the text has no word.

    Adjacent letters of scripts without spaces (Chinese, Japanese, Thai…) must be adjacent in the match too.
    """
    plain = unicodedata.normalize("NFKD", text[:LONGEST_QUERY])
    plain = unicodedata.normalize("NFKC", _MARKS.sub("", plain))
    return " & ".join(_together(word) for word in _PUNCTUATION.sub(" ", plain).split())


def _together(word: str) -> str:
    *first, last = (f"'{piece}'" for piece in _PIECES.findall(word))
    return " <-> ".join([*first, f"{last}:*"])
