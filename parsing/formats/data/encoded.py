"""Bytes that stand in a text as letters (base64, hexadecimal): pictures, keys, files. They are named, not read."""

import re

FEWEST_CHARS = 200  # shorter runs may be a name
RUN = re.compile(
    r"(?<![A-Za-z0-9+/_=-])(?:data:[\w.+-]{1,60}/[\w.+-]{1,60};base64,)?+(?=[A-Za-z0-9+/_=-]{200})[A-Za-z0-9+/_=-]++"
)
LONG_WORD = re.compile(r"\S{200}")
LETTERS = re.compile(r"[A-Za-z0-9+/_=-]+")


def readable(text: str) -> str:
    """The text, with what its encoded runs are in their place; also when they are wrapped over lines."""
    if len(text) < FEWEST_CHARS:
        return text
    if _is_wrapped(text):
        return said(len(text))
    return RUN.sub(lambda found: said(len(found[0])), text) if LONG_WORD.search(text) else text


def said(length: int) -> str:
    """What stands for encoded data of so many characters."""
    return f"(encoded data of {length:,} characters, not read)"


def _is_wrapped(text: str) -> bool:
    """True for lines of equal length without a blank in them, as encoders write them."""
    lines = text.split()
    if len(lines) < 3 or len({len(line) for line in lines[:-1]}) > 1 or len(lines[0]) < 40:
        return False
    return LETTERS.fullmatch("".join(lines)) is not None
