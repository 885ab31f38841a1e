"""Where in a message something was found: the words around the match, as one line."""

import re
import unicodedata
from uuid import UUID

from db.conversation import MARKS
from db.search import LONGEST_QUERY
from db.threads import ThreadPage

BEFORE, AFTER = 40, 110  # characters around the beginning of the match
_LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\[\]\\])*+)\]\([^()\s]*+\)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_NUMBER = re.compile(r" ?\[\d{1,3}\]")  # of a footnote
_RULE = re.compile(r"^[ \t:|]*+-[ \t:|-]*+$", re.MULTILINE)  # below the head of a table
_LOUD = re.compile(r"(?<![\\*_`#|])[*_`#|]++")
_PUNCTUATION = re.compile(r"[^\w]+")
# Accents, and the vowels and tones that the search leaves out.
_NOTHING = {point: None for point in range(0x0300, 0x1800) if re.match(f"[{MARKS}]", chr(point))}


def snippets_of(page: ThreadPage, search: str | None) -> dict[UUID, str]:
    """By thread, where something was found in a message of it."""
    return {thread_id: snippet(message, search or "") for thread_id, message in page.found.items()}


def snippet(message: str, search: str) -> str:
    """The piece of a message around the first word of the search, without Markdown.

    Args:
        message: Markdown, as it is stored.
        search: what a person typed into the search field.
    """
    text = _line(message)
    at = _place(text, search)
    start = max(0, at - BEFORE)
    if start:
        start = text.find(" ", start, at) + 1 or start  # at the beginning of a word, where there is one
    piece = text[start : start + BEFORE + AFTER]
    if start + len(piece) < len(text):
        piece = f"{piece.rpartition(' ')[0] or piece}…"
    return unicodedata.normalize("NFC", f"…{piece}" if start else piece)


def _line(markdown: str) -> str:
    words = _NUMBER.sub("", _ESCAPE.sub(r"\1", _LOUD.sub("", _RULE.sub("", _LINK.sub(r"\1", markdown)))))
    return unicodedata.normalize("NFD", " ".join(words.split()))


def _place(text: str, search: str) -> int:
    """Where in a decomposed text the first word of the search begins; 0 where it stands nowhere so."""
    bare = _bare(text)
    words = _PUNCTUATION.split(_bare(unicodedata.normalize("NFKD", search[:LONGEST_QUERY])))
    found = min((at for word in words if word and (at := bare.find(word)) >= 0), default=0)
    at = found
    while (behind := found + at - len(text[:at].translate(_NOTHING))) != at:  # the marks before it count
        at = behind
    return at


def _bare(decomposed: str) -> str:
    return decomposed.translate(_NOTHING).lower()
