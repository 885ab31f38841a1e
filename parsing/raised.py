"""Raised characters as text: ``10⁶`` is not 106, and the mark of a footnote is no digit of the number before it."""

import re

RAISABLE = re.compile(r"[0-9+\-−=()ni,]{1,12}")
RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
POWER_OF_TEN = re.compile(r"(?<![\d.,])10\Z")


def raised(text: str, before: str) -> str:
    """A raised text as it goes on after another; words (``1st``) and what has no raised form stay as they are.

    Args:
        before: the text right before it, or its end.
    """
    shown = text.strip()
    if not RAISABLE.fullmatch(shown) or not any(char.isdigit() or char in "ni" for char in shown):
        return text
    end = before[-4:]
    is_mark = end[-1:].isdigit() and not POWER_OF_TEN.search(end)
    return f"{' ' if is_mark else ''}{shown.translate(RAISED)}{' ' if text[-1:].isspace() else ''}"
