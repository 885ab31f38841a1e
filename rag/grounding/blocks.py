"""Classifies the lines of a Markdown text one by one, by the rules of CommonMark and GitHub's tables.

HTML, link definitions, footnotes and directives count as words: they are escaped before they reach the page (``answers/linkifier.py``).
"""

import re
from dataclasses import dataclass, field, replace
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
MAX_DEPTH = 16  # of nested quotes and lists; deeper marks are words, so that a line costs linear time


class LineKind(StrEnum):
    """The kind of a line.

    ``MORE`` continues the paragraph above. ``DELIMITER`` turns the line above into a table header. ``RULE`` is a horizontal rule, or turns
    the paragraph above into a heading. ``OPENING`` and ``CLOSING`` are the fences of a code block, ``CODE`` its lines; ``INDENTED``
    is the first line of a code block without fences.
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
    """A classified line.

    Attributes:
        start: offset where its content begins, after the marks of quotes and lists and the indentation.
        may_be_header: the line below can turn it into a table header.
    """

    kind: LineKind
    start: int
    may_be_header: bool = False


class _Leaf(StrEnum):
    """The kind of the open block that holds text itself."""

    NONE = "none"
    PARAGRAPH = "paragraph"
    TABLE = "table"
    FENCE = "fence"
    INDENTED = "indented"


@dataclass(slots=True)
class _Box:
    """An open block quote or list item.

    Attributes:
        columns: indentation of the lines of a list item; 0 for a block quote, whose lines begin with ``>``.
        is_empty: it is a list item without content so far.
    """

    columns: int = 0
    is_empty: bool = True


@dataclass(slots=True)
class Blocks:
    """Classifies lines; its state is the blocks that are open after the lines so far.

    Args:
        code_indent: columns of indentation from which a line that continues no block is code.
    """

    code_indent: int = CODE_INDENT
    _boxes: list[_Box] = field(default_factory=list)
    _leaf: _Leaf = _Leaf.NONE
    _fence: str = ""
    _fence_indent: int = 0

    @property
    def open_fence(self) -> str:
        """The marks that close the open fence outside quotes and lists; empty when there is no such fence."""
        return self._fence if self._leaf is _Leaf.FENCE and not self._boxes else ""

    def end_paragraph(self) -> None:
        """The open paragraph, if there is one, ends: what follows on the next line begins anew."""
        self._leaf = _Leaf.NONE if self._leaf is _Leaf.PARAGRAPH else self._leaf

    def copy(self) -> "Blocks":
        """A copy with the same open blocks."""
        boxes = [replace(box) for box in self._boxes]
        return replace(self, _boxes=boxes)

    def line(self, text: str, header_cells: int = 0) -> Line:
        """Classifies the next line, given without its line end.

        Args:
            header_cells: number of cells of the line above, if it may be a table header; else 0.
        """
        cursor = Cursor(text)
        depth = self._continued(cursor)
        if depth == len(self._boxes) and (code := self._in_code(cursor)):
            return code
        if self._leaf is not _Leaf.PARAGRAPH and depth < len(self._boxes):
            self._leaf = _Leaf.NONE
        return self._opened(cursor, depth, header_cells)

    def _continued(self, cursor: Cursor) -> int:
        """How many of the open boxes this line continues."""
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
        """The line as part of the open code block; None when no code block is open or it ended above."""
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
        """The line, classified by the blocks that begin on it."""
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
        """The kind of a heading, rule or opening fence, which takes the whole line; else None."""
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
        """A line that opens no box and is no heading, rule or fence: words, or code by its indentation."""
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
        """Marks the innermost box as not empty and sets the open leaf."""
        if self._boxes:
            self._boxes[-1].is_empty = False
        self._leaf = leaf


def _item(cursor: Cursor, indent: int, *, is_interrupting: bool) -> int:
    """Enters the list item that begins here; returns the indentation of its lines in columns, 0 when none begins.

    Args:
        is_interrupting: the line would continue a paragraph; only a bullet or a 1, followed by text, prevents that. CommonMark applies
            this rule to the first mark of a line, the page's parser to all of them.
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
    """The kind of a line that turns the paragraph above into a heading, or its last line into a table header; else None."""
    if UNDERLINE.match(rest):
        return LineKind.RULE
    return LineKind.DELIMITER if header_cells and _delimited(rest) == header_cells else None


def _delimited(rest: str) -> int:
    """The number of cells of a delimiter row like ``|---|:-:|``; 0 for any other line."""
    if not DELIMITER.match(rest) or not ("|" in rest or ":" in rest) or BULLET.match(rest):
        return 0
    cells = rest.strip(" \t").removeprefix("|").removesuffix("|").split("|")
    return len(cells) if all(DELIMITER_CELL.match(cell.strip(" \t")) for cell in cells) else 0
