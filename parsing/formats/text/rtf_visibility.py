"""Text of an RTF file that nobody sees: hidden, in the colour of what is behind it, without size."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from parsing.visibility.colour import WHITE, Colour
from parsing.visibility.verdict import Look, Verdict

SIGNS = re.compile(r"\\(?:v(?![a-z])|cf[1-9]|fs[0-2](?!\d)|charscalex)")  # without one of these, nothing is hidden
TOKEN = re.compile(r"\\([a-z]+)(-?\d*) ?|\\'([0-9a-f]{2})|\\.|[{}]|[^\\{}]+|\\", re.IGNORECASE | re.DOTALL)
COLOURS = re.compile(r"\{\\colortbl([^{}]*)\}")
PARTS = re.compile(r"\\(red|green|blue)(\d{1,3})")
NO_TEXT = (
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "listtable",
    "listoverridetable",
    "revtbl",
    "fldinst",
)
HALVES = 2  # in a point
MOST_DIGITS = 9
USUAL_PT = 12.0


@dataclass(frozen=True, slots=True)
class _State:
    """How text looks at a point of the file. Colours are numbers of the table, 0 the automatic one; ``behind`` is the nearest that is set.

    Attributes:
        is_text: False where the group holds something else.
        is_known: False where what is behind the text is not told by the file.
    """

    is_vanished: bool = False
    size_pt: float | None = None
    scale: float = 1.0
    colour: int = 0
    behind_letters: int = 0
    behind_lines: int = 0
    is_cell: bool = False
    is_known: bool = True
    is_text: bool = True


def _behind(state: _State, number: int) -> _State:
    return replace(state, behind_letters=number)


# What a control word makes of the state; its number is 1 when it has none.
CHANGES: dict[str, Callable[[_State, int], _State]] = {
    "v": lambda state, number: replace(state, is_vanished=number != 0),
    "fs": lambda state, number: replace(state, size_pt=number / HALVES),
    "charscalex": lambda state, number: replace(state, scale=number / 100),
    "cf": lambda state, number: replace(state, colour=number),
    "cb": _behind,
    "chcbpat": _behind,
    "highlight": _behind,
    "cbpat": lambda state, number: replace(state, behind_lines=number),
    "intbl": lambda state, _: replace(state, is_cell=True),
    "pard": lambda state, _: replace(state, behind_lines=0, is_cell=False),
    "plain": lambda state, _: replace(state, is_vanished=False, size_pt=None, scale=1.0, colour=0, behind_letters=0),
    "shptxt": lambda state, _: replace(state, is_known=False),
    "shading": lambda state, _: replace(state, is_known=False),
    "chshdng": lambda state, _: replace(state, is_known=False),
}


def shown(text: str, hidden: list[Verdict]) -> str:
    """A file without text that is hidden, which goes to ``hidden``; the very same text when it has no sign of any."""
    return "".join(_tokens(text, hidden)) if SIGNS.search(text) else text


def _tokens(text: str, hidden: list[Verdict]) -> Iterator[str]:
    look = _Looks(text)
    states = [_State()]  # by group, the innermost last
    said: list[str] = []
    how = ""
    for found in TOKEN.finditer(text):
        token, word, number, byte = found[0], found[1], found[2], found[3]
        if token == "{":
            states.append(states[-1])
        elif token == "}":
            if len(states) > 1:
                states.pop()
        elif word and word != "u":
            states[-1] = _after(states[-1], word, int(number[:MOST_DIGITS]) if number.lstrip("-") else 1)
        elif token == r"\*":
            states[-1] = replace(states[-1], is_text=False)
        elif states[-1].is_text and (now := look.how(states[-1])) and token.strip("\r\n"):
            if now != how and said:
                hidden.append(_verdict(said, how))
                said.clear()
            how = now
            said.append(_letters(token, number if word else "", byte))
            continue
        yield token
    if said:
        hidden.append(_verdict(said, how))


class _Looks:
    """Judges states by the colours of the file."""

    def __init__(self, text: str) -> None:
        listed = COLOURS.search(text)
        self._colours = [_colour(entry) for entry in listed[1].split(";")] if listed else []
        self._paper = None if r"\background" in text else WHITE
        self._has_cells = r"\clcbpat" in text or r"\clshdng" in text
        self._known: dict[_State, str] = {}

    def how(self, state: _State) -> str:
        """How text in this state is hidden; empty when it is seen, or may be."""
        if state not in self._known:
            size = (
                None
                if state.size_pt is None and state.scale == 1
                else (state.size_pt or USUAL_PT) * min(state.scale, 1)
            )
            self._known[state] = Look(
                is_marked=state.is_vanished, size_pt=size, colour=self._of(state.colour), behind=self._behind(state)
            ).how()
        return self._known[state]

    def _of(self, number: int) -> Colour | None:
        return self._colours[number] if 0 < number < len(self._colours) else None

    def _behind(self, state: _State) -> Colour | None:
        if number := state.behind_letters or state.behind_lines:
            return self._of(number)
        return self._paper if state.is_known and not (state.is_cell and self._has_cells) else None


def _after(state: _State, word: str, number: int) -> _State:
    if word in NO_TEXT:
        return replace(state, is_text=False)
    change = CHANGES.get(word)
    return change(state, number) if change else state


def _colour(entry: str) -> Colour | None:
    """An entry of the table of colours; None for the automatic one."""
    levels = {name: min(int(level), 255) for name, level in PARTS.findall(entry)}
    return Colour(*(levels.get(name, 0) for name in ("red", "green", "blue"))) if levels else None


def _verdict(said: list[str], how: str) -> Verdict:
    text = (
        "".join(said).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )  # characters written as two halves
    return Verdict(text.replace("\0", ""), how)


def _letters(token: str, number: str, byte: str | None) -> str:
    """What a token of text says."""
    if byte:
        return bytes.fromhex(byte).decode("cp1252", "replace")
    if number:
        return chr(int(number[:MOST_DIGITS]) % 0x10000)
    return {r"\~": " ", r"\-": "", r"\_": "-"}.get(token, token.removeprefix("\\"))
