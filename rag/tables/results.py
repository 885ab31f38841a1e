"""Conditions on results of games, as tables shorten them: ``W 42–13`` is a win, ``at Arkansas`` is played away."""

from collections.abc import Iterator, Mapping

from rag.tables.conditions import Condition, Words
from rag.tables.table import Cell

LEAST = 0.8  # of a column's cells that begin with one of the letters
WORDS: Mapping[str, str] = {
    "win wins won winning victory victories beat": "w",
    "loss losses lost lose loses losing defeat defeats": "l",
    "tie ties tied draw draws drew": "t d",
}
AWAY, HOME = frozenset(["away", "road"]), frozenset(["home"])
AWAY_SIGNS = ("at ", "@")


def result_conditions(words: Words) -> Iterator[Condition]:
    """Won, lost, drawn; at home, away."""
    for place, word in enumerate(words.question.words):
        for said, letters in WORDS.items():
            if word.text in said.split():
                yield from _lettered(words, place, letters)
        if word.text in AWAY | HOME:
            yield from _sided(words, place, is_away=word.text in AWAY)


def _lettered(words: Words, place: int, letters: str) -> Iterator[Condition]:
    for column in words.table.columns:
        cells = [row.cells[column.index] for row in words.rows if not row.cells[column.index].is_blank]
        if not cells or sum(_letter(cell) in "wltd" for cell in cells) < LEAST * len(cells):
            continue
        rows = frozenset(
            number for number, row in enumerate(words.rows) if _letter(row.cells[column.index]) in letters.split()
        )
        said = f"{column.name} begins with {letters[0].upper()}"
        yield Condition(column.index, rows, frozenset([place]), "result", 1.0, said)


def _sided(words: Words, place: int, *, is_away: bool) -> Iterator[Condition]:
    for column in words.table.columns:
        away = frozenset(
            number for number, row in enumerate(words.rows) if row.cells[column.index].plain.startswith(AWAY_SIGNS)
        )
        if away:
            rows = away if is_away else frozenset(range(len(words.rows))) - away
            said = f"{column.name} {'begins' if is_away else 'does not begin'} with at"
            yield Condition(column.index, rows, frozenset([place]), "result", 1.0, said)


def _letter(cell: Cell) -> str:
    """The only letter at the beginning; "-" where there is none or a word."""
    first, second = cell.plain[:1], cell.plain[1:2]
    return first if first.isalpha() and not second.isalpha() else "-"
