"""What stands between an opening mark and its closing one, in a text of any length, in linear time.

An expression like ``<!--.*?-->`` looks for the end anew at every opening mark: a text of opening marks alone costs the square of its
length. Here each kind of end that is not to come any more is looked for once.
"""

import re
from collections.abc import Mapping


def without(text: str, opening: re.Pattern[str], closing: Mapping[str, re.Pattern[str]], instead: str = "") -> str:
    """A text without what is enclosed, the marks included. What is opened and never closed stays.

    Args:
        opening: matches any opening mark.
        closing: the opening mark in small letters → what closes it.
        instead: stands where something was taken out.
    """
    pieces: list[str] = []
    place, unclosed = 0, set[str]()
    for begun in opening.finditer(text):
        mark = begun[0].lower()
        if begun.start() < place or mark in unclosed:
            continue
        ended = closing[mark].search(text, begun.end())
        if ended is None:
            unclosed.add(mark)
        else:
            pieces += [text[place : begun.start()], instead]
            place = ended.end()
    return "".join([*pieces, text[place:]])
