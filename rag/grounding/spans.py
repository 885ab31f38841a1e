"""Code within a line or paragraph of Markdown: backticks that come again in the same number, as it is while the text still comes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from rag.grounding.parts import Kind, Part

RUN = re.compile(r"`+|\\+|\||[^`\\|]+")


@dataclass(frozen=True, slots=True)
class _Atom:
    """The least that is looked at.

    Attributes:
        ticks: how many backticks it is; 0 for all else.
        is_escaped: a backslash stands before it.
        is_divider: it would end a cell of a table.
        is_joint: it is the end of a line and the marks that the next one begins with.
    """

    text: str
    ticks: int = 0
    is_escaped: bool = False
    is_divider: bool = False
    is_joint: bool = False

    @property
    def opening(self) -> int:
        """How many backticks can open code here."""
        return self.ticks - self.is_escaped if self.ticks else 0


@dataclass(slots=True)
class _Lexer:
    """Cuts text into atoms. A run of backticks or backslashes is one atom, however it comes in pieces."""

    _run: str = ""  # the character of the run that may go on
    _length: int = 0
    _is_escaping: bool = False

    def atoms(self, text: str) -> Iterator[_Atom]:
        for piece in RUN.findall(text):
            if piece[0] == self._run:
                self._length += len(piece)
                continue
            yield from self.end()
            if piece[0] in "`\\":
                self._run, self._length = piece[0], len(piece)
                continue
            yield _Atom(piece, is_divider=piece == "|" and not self._is_escaping)
            self._is_escaping = False

    def end(self) -> Iterator[_Atom]:
        """What was kept back."""
        run, length, self._run, self._length = self._run, self._length, "", 0
        if run == "`":
            yield _Atom(run * length, length, self._is_escaping)
        elif run:
            yield _Atom(run * length)
        if run:
            self._is_escaping = run == "\\" and length % 2 == 1


@dataclass(slots=True)
class Words:
    """The words and code of one paragraph, heading or row, as they come.

    What backticks may make code of is held back until that is decided; so is a line with a divider, which may be the header of a table.
    """

    kind: Kind = Kind.PROSE
    _lexer: _Lexer = field(default_factory=_Lexer)
    _opener: int = 0  # backticks that may begin code
    _held: list[_Atom] = field(default_factory=list)  # from them on
    _line: list[_Atom] = field(default_factory=list)  # of the current line, from where it is held back
    _is_line_held: bool = False
    _was_open: bool = False  # at the start of the current line
    _edges: "_Edges" = field(default_factory=lambda: _Edges())
    header_cells: int = 0

    def add(self, text: str) -> list[Part]:
        """The parts that are decided by more of the current line."""
        return self._take(self._lexer.atoms(text))

    def end_line(self, *, may_be_header: bool = False) -> list[Part]:
        """The current line is complete. :attr:`header_cells` says whether what follows may make it the header of a table."""
        parts = self._take(self._lexer.end())
        self.header_cells = self._edges.cells if may_be_header else 0
        return parts if self.header_cells else parts + self._settle()

    def next_line(self, joint: str) -> list[Part]:
        """A further line of the paragraph.

        Args:
            joint: the end of the line above and the marks that the new one begins with.
        """
        parts = self._settle() + self._decide(_Atom(joint, is_joint=True))
        self._edges, self._lexer = _Edges(), _Lexer()
        self._was_open = self._is_line_held = bool(self._opener)
        return parts

    def header(self) -> list[Part]:
        """The current line turned out to be the header of a table."""
        above, row = (self._held, self._line) if self._was_open else ([], self._held + self._line)
        return [*_resolved(above, self.kind), *_cells(row, Kind.HEADER)]

    def row(self) -> list[Part]:
        """The current line is a row of a table, and complete."""
        return [*self._take(self._lexer.end()), *_cells(self._held + self._line, Kind.CELL)]

    def end(self) -> list[Part]:
        """The rest, when nothing more belongs to it."""
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
        """The current line is no header."""
        line, self._line, self.header_cells = self._line, [], 0
        return [part for atom in line for part in self._decide(atom)]

    def _decide(self, atom: _Atom) -> list[Part]:
        if self._opener:
            self._held.append(atom)
            if atom.ticks != self._opener:
                return []
            code, self._held, self._opener = self._held, [], 0
            return list(_span(code))
        if not atom.opening:
            return [_word(atom, self.kind)]
        self._opener, self._held = atom.opening, [_Atom("`" * atom.opening, atom.opening)]
        return [Part("`", self.kind)] if atom.is_escaped else []


@dataclass(slots=True)
class _Edges:
    """Where a line has dividers, to count its cells: one at either end encloses a cell, the others part two."""

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


def _cells(row: Sequence[_Atom], kind: Kind) -> Iterator[Part]:
    """A row, in whose cells code is found apart from the others."""
    for is_divider, run in groupby(row, lambda atom: atom.is_divider):
        atoms = list(run)
        yield from (Part(atom.text, Kind.MARK) for atom in atoms) if is_divider else _resolved(atoms, kind)


def _resolved(atoms: Sequence[_Atom], kind: Kind) -> Iterator[Part]:
    """Words and code of a text to which nothing more comes."""
    last = {atom.ticks: place for place, atom in enumerate(atoms)}
    place = 0
    while place < len(atoms):
        atom, ticks = atoms[place], atoms[place].opening
        place += 1
        if not ticks or last.get(ticks, 0) < place:
            yield _word(atom, kind)
            continue
        if atom.is_escaped:
            yield Part("`", kind)
        end = next(number for number in range(place, len(atoms)) if atoms[number].ticks == ticks)
        yield from _span([_Atom("`" * ticks, ticks), *atoms[place : end + 1]])
        place = end + 1


def _word(atom: _Atom, kind: Kind) -> Part:
    return Part(atom.text, Kind.MARK if atom.is_joint else kind)


def _span(atoms: Sequence[_Atom]) -> Iterator[Part]:
    for is_joint, run in groupby(atoms, lambda atom: atom.is_joint):
        yield Part("".join(atom.text for atom in run), Kind.JOINT if is_joint else Kind.SPAN)
