"""Removes text between opening and closing marks in linear time.

An expression like ``<!--.*?-->`` searches for the end again at every opening mark: a text of opening marks takes quadratic time. Here a
closing mark that was not found once is not searched for again.
"""

import re
from collections.abc import Mapping


def without(text: str, opening: re.Pattern[str], closing: Mapping[str, re.Pattern[str]], instead: str = "") -> str:
    """The text without the enclosed parts and their marks. A part that is never closed stays.

    Args:
        opening: matches any opening mark.
        closing: opening mark in lower case → pattern of its closing mark.
        instead: replaces each removed part.
    """
    pieces: list[str] = []
    place, unclosed = 0, set[str]()
    for opening_match in opening.finditer(text):
        mark = opening_match[0].lower()
        if opening_match.start() < place or mark in unclosed:
            continue
        closing_match = closing[mark].search(text, opening_match.end())
        if closing_match is None:
            unclosed.add(mark)
        else:
            pieces += [text[place : opening_match.start()], instead]
            place = closing_match.end()
    return "".join([*pieces, text[place:]])
