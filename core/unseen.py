"""Removes invisible characters that a language model would read: tags, zero widths, direction marks, control codes.

Used where a file is read (``parsing/visibility/unseen.py``) and where text goes to a model (``rag/writing/prompt_fence.py``).
"""

import re

TAGS = "\U000e0000-\U000e007f\U000e0100-\U000e01ef"  # tag letters, and variation selectors, which can encode bytes
ZERO_WIDTH = (
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
)
DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
JOINERS = "\u200c\u200d"  # needed in Persian, Indic scripts and emoji, one at a time between letters
CONTROLS = "\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"

_INVISIBLE = re.compile(
    f"[{TAGS}{ZERO_WIDTH}{DIRECTION}{CONTROLS}]+|[{JOINERS}]{{2,}}|(?:(?<=[\0-\x7f])|\\A)[{JOINERS}]|[{JOINERS}](?=[\0-\x7f]|\\Z)"
)
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]")
# Most text has none of these: checking first is ten times as fast.
_ANY = re.compile(f"[\r\u2028\u2029{TAGS}{ZERO_WIDTH}{DIRECTION}{JOINERS}{CONTROLS}]")


def seen(text: str) -> str:
    """The text without invisible characters; its lines stay."""
    if not _ANY.search(text):
        return text
    text = _LINE_ENDS.sub("\n", text)
    previous = ""
    while previous != text:  # removing a run may bring two joiners together
        previous, text = text, _INVISIBLE.sub("", text)
    return text


def seen_line(text: str) -> str:
    """As :func:`seen`, on one line: for titles, headings and names, which must not look like lines of the prompt."""
    return " ".join(seen(text).split())
