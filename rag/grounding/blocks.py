"""What each line of a Markdown text is, by the rules of CommonMark and GitHub's tables, one line after the other.

HTML, link definitions, footnotes and directives are escaped before they reach the page (``answers/linkifier.py``): here they are words.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from rag.grounding.cursor import Cursor

FENCE = re.compile(r"\A(?:(`{3,}+)[^`]*+\Z|(~{3,}+))")
HEADING = re.compile(r"\A#{1,6}+(?:[ \t]|\Z)")
THEMATIC = re.compile(r"\A(?:(?:\*[ \t]*+){3,}+|(?:-[ \t]*+){3,}+|(?:_[ \t]*+){3,}+)\Z")
UNDERLINE = re.compile(r"\A(?:=++|-++)[ \t]*+\Z")
BULLET = re.compile(r"(?:[*+-]|([0-9]{1,9})[.)])(?=[ \t]|\Z)")
DELIMITER = re.compile(r"\A[-:| \t]++\Z")
DELIMITER_CELL = re.compile(r"\A:?-++:?\Z")
CODE_INDENT = 4
MAX_DEPTH = (
    16  # of quotes and lists in each other; deeper marks are words, so that a line costs no more than its length
)


class LineKind(StrEnum):
    """What a line is.

    ``MORE`` continues the paragraph above, ``DELIMITER`` makes the line above the header of a table, ``RULE`` is a line across or makes a
    heading of what is above. ``OPENING`` and ``CLOSING`` are the fences of a block of code, ``CODE`` its lines; ``INDENTED``
    is the first line of a block without fences.
    """

    BLANK = "blank"
    TEXT = "text"
    MORE = "more"
    HEADING = "heading"
    RULE = "rule"
    DELIMITER = "delimiter"
    ROW = "row"
    OPENING = "opening"
    INDENTED = "indented"
    CODE = "code"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text.

    Attributes:
        start: where its content begins, behind the marks of quotes and lists and the indentation.
        may_be_header: the line below can make it the header of a table.
    """

    kind: LineKind
    start: int
    may_be_header: bool = False


class _Leaf(StrEnum):
    """The open block that holds text itself."""

    NONE = "none"
    PARAGRAPH = "paragraph"
    TABLE = "table"
    FENCE = "fence"
    INDENTED = "indented"


@dataclass(slots=True)
class _Box:
    """An open block quote or list item.

    Attributes:
        columns: by which the lines of a list item are indented; 0 for a block quote, whose lines begin with ``>``.
        is_empty: a list item that holds nothing yet.
    """

    columns: int = 0
    is_empty: bool = True


@dataclass(slots=True)
class Blocks:
    """The blocks that are open after the lines seen so far.

    Args:
        code_indent: columns from which a line that continues nothing is code.
    """

    code_indent: int = CODE_INDENT
    _boxes: list[_Box] = field(default_factory=list)
    _leaf: _Leaf = _Leaf.NONE
    _fence: str = ""
    _fence_indent: int = 0

    @property
    def open_fence(self) -> str:
        """The marks that would close the fence that is open and in no quote or list; empty when there is none."""
        return self._fence if self._leaf is _Leaf.FENCE and not self._boxes else ""

    def line(self, text: str, header_cells: int = 0) -> Line:
        """The next line, without its end.

        Args:
            header_cells: cells of the line above, if it may be the header of a table.
        """
        cursor = Cursor(text)
        depth = self._continued(cursor)
        if depth == len(self._boxes) and (code := self._in_code(cursor)):
            return code
        if self._leaf is not _Leaf.PARAGRAPH and depth < len(self._boxes):
            self._leaf = _Leaf.NONE
        return self._opened(cursor, depth, header_cells)

    def _continued(self, cursor: Cursor) -> int:
        """How many of the open boxes this line goes on with."""
        for depth, box in enumerate(self._boxes):
            start, indent = cursor.look()
            if not box.columns:
                if indent >= self.code_indent or cursor.text[start : start + 1] != ">":
                    return depth
                cursor.enter_quote()
            elif start == len(cursor.text):
                if box.is_empty:
                    return depth
            elif indent >= box.columns:
                cursor.skip(box.columns)
            else:
                return depth
        return len(self._boxes)

    def _in_code(self, cursor: Cursor) -> Line | None:
        """The line as part of the code that is open; None when there is none or it ends above."""
        start, indent = cursor.look()
        if self._leaf is _Leaf.FENCE:
            marks = cursor.text[start:].rstrip(" \t")
            if indent < self.code_indent and len(marks) >= len(self._fence) and not marks.strip(self._fence[0]):
                self._leaf = _Leaf.NONE
                return Line(LineKind.CLOSING, start)
            cursor.skip(self._fence_indent)
            return Line(LineKind.CODE, cursor.offset)
        if self._leaf is not _Leaf.INDENTED:
            return None
        if indent >= self.code_indent or start == len(cursor.text):
            cursor.skip(CODE_INDENT)
            return Line(LineKind.CODE, cursor.offset)
        self._leaf = _Leaf.NONE
        return None

    def _opened(self, cursor: Cursor, depth: int, header_cells: int) -> Line:
        """The line by what begins on it."""
        is_interrupting = self._leaf is _Leaf.PARAGRAPH and depth == len(self._boxes)
        while True:
            start, indent = cursor.look()
            rest = cursor.text[start:]
            if not rest:
                self._close(depth)
                return Line(LineKind.BLANK, start)
            if indent >= self.code_indent:
                break
            is_inside = self._leaf is _Leaf.PARAGRAPH and depth == len(self._boxes)
            if is_inside and (ending := _ending(rest, header_cells)):
                self._close(depth)
                self._leaf = _Leaf.TABLE if ending is LineKind.DELIMITER else _Leaf.NONE
                return Line(ending, start)
            if single := self._single(rest, indent, depth):
                return Line(single, start)
            if depth == MAX_DEPTH and (rest[0] == ">" or BULLET.match(rest)):
                break
            if rest[0] == ">":
                self._close(depth)
                self._open(_Box())
                cursor.enter_quote()
            elif columns := _item(cursor, indent, is_interrupting=is_interrupting):
                self._close(depth)
                self._open(_Box(columns))
            else:
                break
            depth = len(self._boxes)
        return self._words(cursor, depth)

    def _single(self, rest: str, indent: int, depth: int) -> LineKind | None:
        """A heading, a rule or a fence, whose line is no other block's."""
        if HEADING.match(rest):
            kind = LineKind.HEADING
        elif fence := FENCE.match(rest):
            kind = LineKind.OPENING
            self._fence, self._fence_indent = fence[1] or fence[2], indent
        elif THEMATIC.match(rest):
            kind = LineKind.RULE
        else:
            return None
        self._close(depth)
        self._fill(_Leaf.FENCE if kind is LineKind.OPENING else _Leaf.NONE)
        return kind

    def _words(self, cursor: Cursor, depth: int) -> Line:
        """A line that begins no block of its own: words, or code by its indentation."""
        start, indent = cursor.look()
        is_lazy = depth < len(self._boxes)
        if self._leaf is _Leaf.PARAGRAPH:
            return Line(LineKind.MORE, start, may_be_header=indent < self.code_indent and not is_lazy)
        if indent >= self.code_indent:
            self._close(depth)
            self._fill(_Leaf.INDENTED)
            cursor.skip(CODE_INDENT)
            return Line(LineKind.INDENTED, cursor.offset)
        if self._leaf is _Leaf.TABLE and not is_lazy:
            return Line(LineKind.ROW, start)
        self._close(depth)
        self._fill(_Leaf.PARAGRAPH)
        return Line(LineKind.TEXT, start, may_be_header=True)

    def _close(self, depth: int) -> None:
        del self._boxes[depth:]
        self._leaf = _Leaf.NONE

    def _open(self, box: _Box) -> None:
        self._fill(_Leaf.NONE)
        self._boxes.append(box)

    def _fill(self, leaf: _Leaf) -> None:
        """Put something into the innermost box."""
        if self._boxes:
            self._boxes[-1].is_empty = False
        self._leaf = leaf


def _item(cursor: Cursor, indent: int, *, is_interrupting: bool) -> int:
    """Enter the list item that begins here: by how many columns its lines are indented; 0 when none begins.

    Args:
        is_interrupting: the line would continue a paragraph; only a bullet or a 1, with something behind it, prevents that. CommonMark says
            so of the first mark of a line, the page's parser of all.
    """
    start, _ = cursor.look()
    mark = BULLET.match(cursor.text, start)
    if mark is None:
        return 0
    is_blank = not cursor.text[mark.end() :].strip(" \t")
    if is_interrupting and (is_blank or mark[1] not in (None, "1")):
        return 0
    cursor.skip(indent)
    cursor.take(len(mark[0]))
    _, space = cursor.look()
    width = 1 if is_blank or space > CODE_INDENT else space
    cursor.skip(width)
    return indent + len(mark[0]) + width


def _ending(rest: str, header_cells: int) -> LineKind | None:
    """What makes of the paragraph above a heading, or of its last line the header of a table."""
    if UNDERLINE.match(rest):
        return LineKind.RULE
    return LineKind.DELIMITER if header_cells and _delimited(rest) == header_cells else None


def _delimited(rest: str) -> int:
    """Cells of a delimiter row like ``|---|:-:|``; 0 for any other line."""
    if not DELIMITER.match(rest) or not ("|" in rest or ":" in rest) or BULLET.match(rest):
        return 0
    cells = rest.strip(" \t").removeprefix("|").removesuffix("|").split("|")
    return len(cells) if all(DELIMITER_CELL.match(cell.strip(" \t")) for cell in cells) else 0
