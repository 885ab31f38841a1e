"""Reads calls and texts of browser code: enough JavaScript for our own files, which Biome has put into one shape."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"(?P<comment>/\*.*?\*/|//[^\n]*)"
    r"|(?P<string>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
    r"|(?P<regex>(?<=[(,=:?&|!\[{;\s])/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*(?=[.,;)\s\]]))"
    r"|(?P<mark>[`${}()\[\],])|(?P<word>[A-Za-z_$][\w$]*)|.",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of code: ``kind`` is ``string``, ``text`` (of a template), ``mark`` or ``word``."""

    kind: str
    value: str
    start: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call by its bare name, and the tokens of its arguments."""

    name: str
    arguments: tuple[tuple[Token, ...], ...]
    start: int
    end: int


def tokens(source: str) -> Iterator[Token]:
    """The tokens of a file; the text of a template comes as one token, its values as ``${…}`` left in it, and then the tokens in them."""
    position = 0
    while position < len(source):
        if source[position] == "`":
            end = _end_of_template(source, position)
            yield Token("text", source[position + 1 : end - 1], position)
            for start, value in _values(source, position + 1, end - 1):
                yield from (Token(one.kind, one.value, one.start + start) for one in tokens(value))
            position = end
            continue
        found = _TOKEN.match(source, position)
        assert found is not None
        position = found.end()
        if found.lastgroup in ("string", "mark", "word"):
            yield Token(found.lastgroup, found[0], found.start())


def _end_of_template(source: str, start: int) -> int:
    position = start + 1
    while source[position] != "`":
        if source[position] == "\\":
            position += 2
        elif source.startswith("${", position):
            position = _end_of_value(source, position)
        else:
            position += 1
    return position + 1


def _end_of_value(source: str, start: int) -> int:
    depth, position = 0, start + 1
    while True:
        letter = source[position]
        if letter == "`":
            position = _end_of_template(source, position)
            continue
        if letter in "'\"":
            found = _TOKEN.match(source, position)
            position = found.end() if found and found.lastgroup == "string" else position + 1
            continue
        depth += {"{": 1, "}": -1}.get(letter, 0)
        position += 1
        if depth == 0:
            return position


def _values(source: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    position = start
    while position < end:
        if source[position] == "\\":
            position += 2
        elif source.startswith("${", position):
            close = _end_of_value(source, position)
            yield position + 2, source[position + 2 : close - 1]
            position = close
        else:
            position += 1


def calls(source: str, names: tuple[str, ...]) -> list[Call]:
    """The calls of functions with these names, calls in calls too."""
    found, all_tokens = [], list(tokens(source))
    for place, token in enumerate(all_tokens[:-1]):
        before = source[: token.start].rstrip()[-1:] if token.kind == "word" and token.value in names else "."
        opens = all_tokens[place + 1]
        if before == "." or opens.value != "(" or source[token.start + len(token.value)] != "(":
            continue
        found.append(_call(token, all_tokens[place + 2 :]))
    return found


def _call(name: Token, rest: list[Token]) -> Call:
    arguments: list[tuple[Token, ...]] = []
    current: list[Token] = []
    depth = 0
    for token in rest:
        if token.kind == "mark" and token.value in "([{":
            depth += 1
        elif token.kind == "mark" and token.value in ")]}":
            depth -= 1
            if depth < 0:
                break
        elif token.value == "," and depth == 0:
            arguments.append(tuple(current))
            current = []
            continue
        current.append(token)
    return Call(name.value, (*arguments, tuple(current)), name.start, token.start)


def strings(arguments: tuple[tuple[Token, ...], ...]) -> list[str]:
    """The arguments that are nothing but a string, as what they say."""
    return [_ESCAPE.sub(r"\1", one[0].value[1:-1]) for one in arguments if len(one) == 1 and one[0].kind == "string"]
