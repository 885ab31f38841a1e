"""Where in a document something stands, for people. The one rule for all doors."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.words import Catalogue

PAGE = "page %(page)s"
LONGEST_LABEL = 40


def place_of(page: int | None, locator: str | None, words: "Catalogue | None" = None) -> str:
    """``page 2``; ``page iv (6/12)`` where the file names its pages itself; else the locator; empty without either.

    Args:
        locator: how the file names the page, with its count; in formats without pages an address such as ``A2:D15``.
        words: the reader's language; None is English.
    """
    if not page:
        return locator or ""
    return words.text(PAGE, page=locator or page) if words else f"page {locator or page}"


def label_locator(label: str, page: int, count: int) -> str | None:
    """The locator of a page that a file calls ``label``: ``iv (6/12)``; None where that is its number, or nothing."""
    label = " ".join(label.split())[:LONGEST_LABEL]
    return f"{label} ({page}/{count})" if label and label != str(page) else None


def label_of(locator: str) -> str:
    """What a file calls the page: ``iv`` of ``iv (6/12)``."""
    return locator.rpartition(" (")[0]
