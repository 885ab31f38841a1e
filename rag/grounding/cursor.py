"""A position in a line of Markdown, with indentation counted in columns."""

from dataclasses import dataclass

TAB_WIDTH = 4


@dataclass(slots=True)
class Cursor:
    """A position in a line; a tab counts up to the next multiple of four columns, and can be passed in part."""

    text: str
    offset: int = 0
    column: int = 0

    def look(self) -> tuple[int, int]:
        """The offset of the next character that is no space or tab, and its distance in columns."""
        offset, column = self.offset, self.column
        while offset < len(self.text) and self.text[offset] in " \t":
            column += self._width(offset, column)
            offset += 1
        return offset, column - self.column

    def skip(self, columns: int) -> None:
        """Passes up to this many columns of space."""
        while columns > 0 and self.offset < len(self.text) and self.text[self.offset] in " \t":
            width = self._width(self.offset, self.column)
            self.offset += width <= columns
            self.column += min(width, columns)
            columns -= width

    def take(self, length: int) -> None:
        """Passes characters that are one column wide."""
        self.offset += length
        self.column += length

    def enter_quote(self) -> None:
        """Passes the quote mark that comes next, and one space after it."""
        self.skip(len(self.text))
        self.take(1)
        self.skip(1)

    def _width(self, offset: int, column: int) -> int:
        return TAB_WIDTH - column % TAB_WIDTH if self.text[offset] == "\t" else 1
