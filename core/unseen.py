"""Invisible characters that a language model still reads: tags, zero widths, direction marks, control codes.

Used where a file is read (``parsing/visibility.py``) and where a text goes to a model (``rag/writing/prompt_fence.py``).
"""

import re

TAGS = "\U000e0000-\U000e007f\U000e0100-\U000e01ef"  # letters as tags, and the selectors that can carry bytes
ZERO_WIDTH = (
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
)
DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
JOINERS = "\u200c\u200d"  # Persian, Indic scripts and emoji need them, one at a time and between their own letters
CONTROLS = "\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"

_TAKEN_OUT = re.compile(
    f"[{TAGS}{ZERO_WIDTH}{DIRECTION}{CONTROLS}]+|[{JOINERS}]{{2,}}|(?:(?<=[\0-\x7f])|\\A)[{JOINERS}]|[{JOINERS}](?=[\0-\x7f]|\\Z)"
)
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]")
_ANY = re.compile(
    f"[\r\u2028\u2029{TAGS}{ZERO_WIDTH}{DIRECTION}{JOINERS}{CONTROLS}]"
)  # most text has none of them: ten times as fast


def seen(text: str) -> str:
    """A text as a person sees it, for a model to read; its lines stay."""
    if not _ANY.search(text):
        return text
    text = _LINE_ENDS.sub("\n", text)
    previous = ""
    while previous != text:  # taking out a run may bring two joiners together
        previous, text = text, _TAKEN_OUT.sub("", text)
    return text


def seen_line(text: str) -> str:
    """The same on one line: for titles, headings and names, which must not look like lines of ours."""
    return " ".join(seen(text).split())
