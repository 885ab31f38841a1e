"""Text typed into a search field to a PostgreSQL query. The other side is ``db.conversation.searchable``."""

import re
import unicodedata

LONGEST_QUERY = 200  # characters; more is cut off
_ACCENTS = re.compile("[\u0300-\u036f]")
_PUNCTUATION = re.compile("[!-/:-@\\[-`{-~\u00a1-\u00bf\u2000-\u206f\u3000-\u303f\\x00\ud800-\udfff]")
_PIECES = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


def query_of(text: str) -> str:
    """The text for ``to_tsquery``: every word must occur, the way it begins is enough; "" when there is no word in it.

    Chinese, Japanese and Korean characters that stand together must stand together in what is found.
    """
    plain = unicodedata.normalize("NFKD", text[:LONGEST_QUERY])
    plain = unicodedata.normalize("NFKC", _ACCENTS.sub("", plain))
    return " & ".join(_together(word) for word in _PUNCTUATION.sub(" ", plain).split())


def _together(word: str) -> str:
    *first, last = (f"'{piece}'" for piece in _PIECES.findall(word))
    return " <-> ".join([*first, f"{last}:*"])
