"""Finds inline code and formulas in a streamed line or paragraph of Markdown.

Code is text between two equal runs of backticks; what a formula is, :mod:`rag.grounding.formulas` says. Whichever begins first counts.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from rag.grounding.formulas import CLOSERS, DELIMITERS, LONGEST, is_formula, may_close, may_open
from rag.grounding.markdown_parts import Part, PartKind

RUN = re.compile(r"`+|\\+|\$+|\||[^`\\|$]+")


@dataclass(frozen=True, slots=True)
class _Atom:
    """The smallest unit of text here.

    Attributes:
        ticks: its number of backticks; 0 if it is something else.
        is_escaped: a backslash is before it.
        is_divider: in a table row it would end a cell.
        is_joint: it is a line end and the marks at the start of the next line.
        delimiter: it is this mark of a formula; else empty.
    """

    text: str
    ticks: int = 0
    is_escaped: bool = False
    is_divider: bool = False
    is_joint: bool = False
    delimiter: str = ""

    @property
    def opening(self) -> int:
        """How many of its backticks can open code."""
        return self.ticks - self.is_escaped if self.ticks else 0


@dataclass(slots=True)
class _Lexer:
    """Cuts streamed text into atoms. A run of backticks or backslashes is one atom, even if it arrives in pieces."""

    _run: str = ""  # the character of a run that may continue
    _length: int = 0
    _is_escaping: bool = False

    def atoms(self, text: str) -> Iterator[_Atom]:
        for found in RUN.findall(text):
            piece = found
            if piece[0] == self._run:
                self._length += len(piece)
                continue
            if self._run == "\\" and self._length % 2 and piece[0] in "()[]":
                yield from self._bracket(piece[0])
                piece = piece[1:]
            else:
                yield from self.end()
            if piece and piece[0] in "`\\$":
                self._run, self._length = piece[0], len(piece)
            elif piece:
                yield _Atom(piece, is_divider=piece == "|" and not self._is_escaping)
                self._is_escaping = False

    def _bracket(self, bracket: str) -> Iterator[_Atom]:
        """The backslashes held back, the last of which makes this bracket a mark of a formula."""
        length, self._run, self._length, self._is_escaping = self._length, "", 0, False
        if length > 1:
            yield _Atom("\\" * (length - 1))
        yield _Atom(f"\\{bracket}", delimiter=f"\\{bracket}")

    def end(self) -> Iterator[_Atom]:
        """The run that was held back."""
        run, length, self._run, self._length = self._run, self._length, "", 0
        if run == "`":
            yield _Atom(run * length, length, self._is_escaping)
        elif run == "$":
            is_mark = run * length in DELIMITERS and not self._is_escaping
            yield _Atom(run * length, delimiter=run * length if is_mark else "")
        elif run:
            yield _Atom(run * length)
        if run:
            self._is_escaping = run == "\\" and length % 2 == 1


@dataclass(slots=True)
class Words:
    """Separates words, inline code and formulas of one streamed paragraph, heading or table row.

    Text after backticks or a mark of a formula is held back until it is known what it is; so is a line with a divider, which may be a
    table header.
    """

    kind: PartKind = PartKind.PROSE
    _lexer: _Lexer = field(default_factory=_Lexer)
    _opener: int = 0  # number of backticks that may have begun code; 0 for none
    _formula: str = ""  # the mark that may have begun a formula
    _held_chars: int = 0  # since that mark
    _is_closed: bool = False  # the last atom held is the mark that closes it, if what follows allows it
    _held: list[_Atom] = field(default_factory=list)  # the atoms from those backticks, or that mark, on
    _before: str = ""  # the text of the last atom decided
    _line: list[_Atom] = field(default_factory=list)  # the held back atoms of the current line
    _is_line_held: bool = False
    _was_open: bool = False  # code may have been open at the start of the current line
    _edges: "_Edges" = field(default_factory=lambda: _Edges())
    header_cells: int = 0

    def add(self, text: str) -> list[Part]:
        """The parts decided by more of the current line."""
        return self._take(self._lexer.atoms(text))

    def end_line(self, *, may_be_header: bool = False) -> list[Part]:
        """Ends the current line. Afterwards :attr:`header_cells` is not 0 when the next line may turn this one into a table header."""
        parts = self._take(self._lexer.end())
        self.header_cells = self._edges.cells if may_be_header else 0
        return parts if self.header_cells else parts + self._settle()

    def next_line(self, joint: str) -> list[Part]:
        """Begins a further line of the paragraph.

        Args:
            joint: the end of the line above and the marks at the start of the new one.
        """
        parts = self._settle() + self._decide(_Atom(joint, is_joint=True))
        self._edges, self._lexer = _Edges(), _Lexer()
        self._was_open = self._is_line_held = bool(self._held)
        return parts

    def header(self) -> list[Part]:
        """The remaining parts, when the current line is a table header."""
        above, row = (self._held, self._line) if self._was_open else ([], self._held + self._line)
        return [*_resolved(above, self.kind), *_cells(row, PartKind.HEADER)]

    def row(self) -> list[Part]:
        """The remaining parts, when the current line is a complete table row."""
        return [*self._take(self._lexer.end()), *_cells(self._held + self._line, PartKind.CELL)]

    def end(self) -> list[Part]:
        """The remaining parts, when the paragraph, heading or row is complete."""
        parts = self._take(self._lexer.end()) + self._settle()
        return [*parts, *_resolved(self._held, self.kind)]

    def _take(self, atoms: Iterable[_Atom]) -> list[Part]:
        parts: list[Part] = []
        for atom in atoms:
            self._edges.add(atom)
            self._is_line_held = self._is_line_held or atom.is_divider
            if self._is_line_held:
                self._line.append(atom)
            else:
                parts += self._decide(atom)
        return parts

    def _settle(self) -> list[Part]:
        """The held back parts of the current line, which is not a table header."""
        line, self._line, self.header_cells = self._line, [], 0
        return [part for atom in line for part in self._decide(atom)]

    def _decide(self, atom: _Atom) -> list[Part]:
        if self._opener:
            self._held.append(atom)
            if atom.ticks != self._opener:
                return []
            code, self._held, self._opener, self._before = self._held, [], 0, atom.text
            return list(_span(code))
        if self._formula:
            self._held.append(atom)
            return self._in_formula(atom)
        if may_open(atom.delimiter, self._before):
            self._formula, self._held, self._held_chars = atom.delimiter, [atom], 0
            return []
        self._before = atom.text
        if not atom.opening:
            return [_word(atom, self.kind)]
        self._opener, self._held = atom.opening, [_Atom("`" * atom.opening, atom.opening)]
        return [Part("`", self.kind)] if atom.is_escaped else []

    def _in_formula(self, atom: _Atom) -> list[Part]:
        """The parts decided by one more atom behind the mark that may have begun a formula."""
        if self._is_closed:
            if not may_close(self._formula, atom.text):
                return self._no_formula()
            formula, self._held = self._held[:-1], []
            return [self._whole(formula), *self._decide(atom)]
        self._held_chars += len(atom.text)
        if atom.delimiter == CLOSERS[self._formula]:
            self._is_closed = is_formula(self._formula, _joined(self._held[1:-1]))
            return [] if self._is_closed else self._no_formula()
        return self._no_formula() if atom.delimiter or self._held_chars > LONGEST else []

    def _whole(self, atoms: Sequence[_Atom]) -> Part:
        self._formula, self._is_closed, self._before = "", False, atoms[-1].text
        return Part(_joined(atoms), PartKind.FORMULA)

    def _no_formula(self) -> list[Part]:
        """The atoms held back, the first of which is a word."""
        (first, *rest), self._held, self._formula, self._is_closed = self._held, [], "", False
        self._before = first.text
        return [_word(first, self.kind), *(part for atom in rest for part in self._decide(atom))]


@dataclass(slots=True)
class _Edges:
    """Counts the cells of a line by its dividers; those at its ends enclose a cell, the others separate two."""

    dividers: int = 0
    is_first: bool | None = None
    is_last: bool = False

    def add(self, atom: _Atom) -> None:
        if atom.text.strip(" \t"):
            self.dividers += atom.is_divider
            self.is_first = atom.is_divider if self.is_first is None else self.is_first
            self.is_last = atom.is_divider

    @property
    def cells(self) -> int:
        return self.dividers + 1 - bool(self.is_first) - self.is_last if self.dividers else 0


def _cells(row: Sequence[_Atom], kind: PartKind) -> Iterator[Part]:
    """The parts of a row; inline code never crosses cells."""
    for is_divider, run in groupby(row, lambda atom: atom.is_divider):
        atoms = list(run)
        yield from (Part(atom.text, PartKind.MARK) for atom in atoms) if is_divider else _resolved(atoms, kind)


def _resolved(atoms: Sequence[_Atom], kind: PartKind) -> Iterator[Part]:
    """The words, inline code and formulas of a complete text."""
    last = {atom.ticks: place for place, atom in enumerate(atoms)}
    place = 0
    while place < len(atoms):
        atom, ticks = atoms[place], atoms[place].opening
        if may_open(atom.delimiter, atoms[place - 1].text if place else "") and (end := _formula_end(atoms, place)):
            yield Part(_joined(atoms[place : end + 1]), PartKind.FORMULA)
            place = end + 1
            continue
        place += 1
        if not ticks or last.get(ticks, 0) < place:
            yield _word(atom, kind)
            continue
        if atom.is_escaped:
            yield Part("`", kind)
        end = next(number for number in range(place, len(atoms)) if atoms[number].ticks == ticks)
        yield from _span([_Atom("`" * ticks, ticks), *atoms[place : end + 1]])
        place = end + 1


def _formula_end(atoms: Sequence[_Atom], place: int) -> int:
    """The place of the mark that closes the formula which the atom at ``place`` begins; 0 when it begins none."""
    opener, chars = atoms[place].delimiter, 0
    for end in range(place + 1, len(atoms)):
        chars += len(atoms[end].text)
        if not atoms[end].delimiter and chars <= LONGEST:
            continue
        following = atoms[end + 1].text if end + 1 < len(atoms) else ""
        is_whole = atoms[end].delimiter == CLOSERS[opener] and may_close(opener, following)
        return end if is_whole and is_formula(opener, _joined(atoms[place + 1 : end])) else 0
    return 0


def _joined(atoms: Iterable[_Atom]) -> str:
    return "".join(atom.text for atom in atoms)


def _word(atom: _Atom, kind: PartKind) -> Part:
    return Part(atom.text, PartKind.MARK if atom.is_joint else kind)


def _span(atoms: Sequence[_Atom]) -> Iterator[Part]:
    for is_joint, run in groupby(atoms, lambda atom: atom.is_joint):
        yield Part("".join(atom.text for atom in run), PartKind.JOINT if is_joint else PartKind.SPAN)
