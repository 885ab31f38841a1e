"""A row of a table or a sheet."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its number, from 1, and what its filled cells show, by column, from 0.

    Attributes:
        ends: the last column of each cell that reaches over several, by its first.
    """

    number: int
    cells: Mapping[int, str]
    ends: Mapping[int, int] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Characters of its cells."""
        return sum(map(len, self.cells.values()))

    @property
    def locator(self) -> str:
        """The range of its filled cells, as a spreadsheet names it."""
        first, last = (f"{column_name(column)}{self.number}" for column in (min(self.cells), max(self.cells)))
        return first if first == last else f"{first}:{last}"


def column_name(column: int) -> str:
    """How a spreadsheet names a column, from 0: ``A``, ``Z``, ``AA``. Tables as text may be wider than any spreadsheet."""
    name, left = "", column + 1
    while left:
        left, letter = divmod(left - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
