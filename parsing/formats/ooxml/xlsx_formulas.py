"""Formulas of a workbook: those without a stored result, as programs write them, are shown themselves. Runs in a child process only."""

import re

from lxml import etree  # type: ignore[import-untyped]
from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.formula.translate import Translator

from parsing.links import beside

ADDRESS = re.compile(r'HYPERLINK\(\s*+"([^"]{1,500}+)"', re.IGNORECASE)
LONGEST_FORMULA = 300  # in characters: longer ones say nothing to a reader
MOST_SHARED = 1000
TEXT_RESULT = "str"
RESULTS_MISSING = (
    "The results of {count} formulas of the sheet “{sheet}” are not in the file; the formulas are shown in their place."
)


class Formulas:
    """The formulas of one workbook, a sheet at a time.

    Args:
        workbook: its main part.

    Attributes:
        shown: how many cells of the sheet show their formula.
    """

    def __init__(self, workbook: etree._Element) -> None:
        computed = workbook.find("{*}calcPr")
        self._is_to_be_computed = computed is not None and computed.get("fullCalcOnLoad") in ("1", "true")
        self.begin()

    def begin(self) -> None:
        """A new sheet."""
        self.shown = 0
        self._shared: dict[str, tuple[str, str]] = {}  # by the number: formula, and the cell it is written for

    def of(self, cell: etree._Element) -> str:
        """The formula of a cell without the sign before it; empty when it has none."""
        formula = cell.find("{*}f")
        if formula is None:
            return ""
        text, number = (formula.text or "").strip(), formula.get("si", "")
        if formula.get("t") == "shared" and text and len(self._shared) < MOST_SHARED:
            self._shared[number] = text, cell.get("r", "")
        return text[:LONGEST_FORMULA] or self._moved(number, cell.get("r", ""))

    def is_without_result(self, kind: str, value: str | None) -> bool:
        """True when a cell of this kind has only its formula. Some programs write 0 for all, and that all is to be computed."""
        if value:
            return self._is_to_be_computed and value == "0" and kind == "n"
        return kind != TEXT_RESULT

    def _moved(self, number: str, place: str) -> str:
        """A formula that is written once for many cells, as it is in one of them."""
        text, origin = self._shared.get(number, ("", ""))
        if not text or len(text) > LONGEST_FORMULA:
            return text[:LONGEST_FORMULA]
        try:
            return str(Translator(f"={text}", origin=origin).translate_formula(place)).removeprefix("=")
        except (TokenizerError, ValueError, TypeError, IndexError):
            return text


def with_address(value: str, formula: str) -> str:
    """What a cell shows, with the address that its formula links to."""
    found = ADDRESS.search(formula) if formula else None
    return beside(value, found[1]) if found else value
