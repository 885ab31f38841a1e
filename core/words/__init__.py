"""Texts for people in the reader's language: one catalogue for pages, browser code and sentences of errors, by the English text."""

from core.words.catalogue import LANGUAGES, TAGS, Catalogue, Language, catalogue

__all__ = ["LANGUAGES", "N_", "TAGS", "Catalogue", "Language", "catalogue"]


def N_(text: str) -> str:
    """Marks an English text that is translated where it is shown, so that the catalogue has it; returns it as it is."""
    return text
