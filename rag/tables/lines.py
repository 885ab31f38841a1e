"""Tables of PDFs, where a row is a line of words, numbers and dates that stand in the same order in each:
``Kentucky 264,140 12,155`` or ``09/06/2015 Microsoft Corporation San Diego 129 Layoff Permanent``."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from rag.tables.dates import NUMERIC
from rag.tables.table import Line, Place, Table, is_numeric, typed

LEAST_ROWS = 3
LEAST_MIXED_ROWS, LEAST_FIGURES = 4, 2  # of tables with words behind numbers, which prose has too
LONGEST_CELL = 8  # words
MOST_OTHERS = 2  # lines between two rows that are none
ALIKE = 0.8  # share of a table's rows of the same form, from which on its columns may be named
BARS = frozenset(["-", "–", "—"])
WORDS, NUMBER, DATE = "w", "n", "d"
Text = tuple[str, Place]


@dataclass(frozen=True, slots=True)
class Run:
    """A line cut into cells; ``form`` has a letter for each: words, a number, a date. ``tail`` are the words of the line below it."""

    form: str
    cells: tuple[str, ...]
    place: Place
    tail: str = ""

    @property
    def is_row(self) -> bool:
        """True for a line that may be a row: words and numbers, none of them long."""
        longest = max((len(cell.split()) for cell in self.cells), default=0)
        return len(set(self.form)) > 1 and longest <= LONGEST_CELL

    def of_form(self, form: str) -> "Run | None":
        """The line as a row of this form, its last cell perhaps on the next line; None for another form."""
        if self.form == form:
            return self
        is_broken = self.form + WORDS == form and self.tail
        return replace(self, form=form, cells=(*self.cells, self.tail)) if is_broken else None


def line_tables(lines: Sequence[Text], title: str) -> Iterator[Table]:
    """The tables among the lines of a section; a line of words right above names the columns where that is certain."""
    rows: list[Run] = []
    head, others = "", 0
    for run in map(_run, lines):
        if run.is_row:
            rows.append(run)
            others = 0
        elif rows and rows[-1].form[-1] != WORDS and run.form == WORDS and len(run.cells[0].split()) < LONGEST_CELL / 2:
            rows[-1] = replace(rows[-1], tail=run.cells[0])
        elif rows and others < MOST_OTHERS:
            others += 1
        else:
            yield from _table(rows, head, title)
            rows, head, others = [], " ".join(run.cells), 0
    yield from _table(rows, head, title)


def _run(line: Text) -> Run:
    text, place = line
    found = [(kind, list(words)) for kind, words in groupby(text.split(), key=_kind)]
    cells = [(kind, cell) for kind, words in found for cell in ([" ".join(words)] if kind == WORDS else words)]
    return Run("".join(kind for kind, _ in cells), tuple(cell for _, cell in cells), place)


def _kind(word: str) -> str:
    if NUMERIC.fullmatch(word):
        return DATE
    return NUMBER if word in BARS or is_numeric(word) else WORDS


def _table(rows: Sequence[Run], head: str, title: str) -> Iterator[Table]:
    if not rows:
        return
    form, count = Counter(row.form for row in rows).most_common(1)[0]
    alike = [found for row in rows if (found := row.of_form(form))]
    is_plain = WORDS not in form[1:]
    is_clear = is_plain or sum(kind != WORDS for kind in form) >= LEAST_FIGURES
    if not is_clear or count < (LEAST_ROWS if is_plain else LEAST_MIXED_ROWS):
        return
    names = _names(head.split(), len(form)) if len(alike) >= ALIKE * len(rows) else [""] * len(form)
    table = typed([[name] for name in names], [Line(row.cells, row.place) for row in alike], title)
    yield replace(table, is_complete=False)


def _names(words: Sequence[str], width: int) -> list[str]:
    """The names of the columns where each word is one, else blanks. Words that always follow each other are one name."""
    joined = _joined(words)
    if any(name[0].islower() for name in joined):
        return [""] * width  # the end of a sentence
    if len(joined) == width:
        return joined
    return ["", *joined] if len(joined) == width - 1 else [""] * width


def _joined(words: Sequence[str]) -> list[str]:
    counts, pairs = Counter(words), Counter(pairwise(words))
    shown: list[str] = []
    is_taken = False
    for number, word in enumerate(words):
        following = words[number + 1] if number + 1 < len(words) else ""
        if is_taken:
            is_taken = False
        elif counts[word] > 1 and pairs[word, following] == counts[word] == counts[following]:
            shown.append(f"{word} {following}")
            is_taken = True
        else:
            shown.append(word)
    return shown
