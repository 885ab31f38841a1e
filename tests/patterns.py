"""Every compiled pattern of the product, found by looking, and the texts under which a pattern that backtracks becomes slow."""

import importlib
import itertools
import pkgutil
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

# by name: whether mypy knows these two inner modules depends on the order in which it reads the others
op: Any = importlib.import_module("re._constants")
_parser: Any = importlib.import_module("re._parser")
ROOT = Path(__file__).resolve().parents[1]
MOST_VARIANTS = 6  # samples of one part of a pattern
MOST_OF_A_KIND = 24  # attacks on one pattern
DEEPEST = 6  # containers within containers
CATEGORIES = {
    op.CATEGORY_DIGIT: "1",
    op.CATEGORY_NOT_DIGIT: "a",
    op.CATEGORY_SPACE: " \n",
    op.CATEGORY_NOT_SPACE: "a",
    op.CATEGORY_WORD: "a1",
    op.CATEGORY_NOT_WORD: " -",
}
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
OUTSIDERS = "x\0~é1 "  # one of them is outside of nearly every class


def packages() -> list[str]:
    """The product's own packages, as the build knows them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]]


def modules() -> list[ModuleType]:
    """All modules of the product, imported."""
    names = []
    for package in packages():
        top = importlib.import_module(package)
        names += [package, *(found.name for found in pkgutil.walk_packages(top.__path__, f"{package}."))]
    return [importlib.import_module(name) for name in names]


def patterns() -> dict[str, re.Pattern[Any]]:
    """Where it stands → a pattern; each once, wherever it is: a constant, an attribute of a class, inside a list, a default."""
    found: dict[re.Pattern[Any], str] = {}
    own = set(packages())
    for module in modules():
        for where, pattern in _inside(vars(module), module.__name__, own, set(), 0):
            found.setdefault(pattern, where)
    return {where: pattern for pattern, where in found.items()}


def _inside(value: Any, where: str, own: set[str], seen: set[int], depth: int) -> Iterator[tuple[str, re.Pattern[Any]]]:
    if type(value) is re.Pattern:  # isinstance asks a proxy for its class, and Chainlit's have none outside a session
        yield where, value
        return
    if depth > DEEPEST or id(value) in seen:
        return
    seen.add(id(value))
    for name, part in _parts(value, own):
        yield from _inside(part, f"{where}.{name}", own, seen, depth + 1)


def _parts(value: Any, own: set[str]) -> Iterable[tuple[object, Any]]:
    """What is in a container, a class, a function or an object of ours."""
    kind = type(value)
    if issubclass(kind, Mapping):
        return [*((f"key {key}", key) for key in value), *value.items()]
    if issubclass(kind, list | tuple | set | frozenset):
        return enumerate(value)
    if kind is partial:
        return enumerate([value.func, *value.args, *value.keywords.values()])
    defined = value if issubclass(kind, type | FunctionType) else kind
    if str(defined.__module__).split(".")[0] not in own:
        return ()
    if kind is FunctionType:
        cells = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
        return enumerate([*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values(), *cells])
    return list(getattr(value, "__dict__", {}).items())


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Attack:
    """A text of any length: a beginning, something repeated, an end."""

    beginning: str
    pump: str
    end: str
    is_bytes: bool

    def repeated(self, count: int) -> Any:
        """With the pump so many times; bytes for a pattern of bytes."""
        text = self.beginning + self.pump * count + self.end
        return text.encode("latin-1", "replace") if self.is_bytes else text

    def text(self, size: int) -> Any:
        """Of about so many characters."""
        return self.repeated(max(1, size // len(self.pump)))


def attacks(pattern: re.Pattern[Any]) -> Iterator[Attack]:
    """Texts made from a pattern's own parts."""
    source = pattern.pattern
    tree = list(_parser.parse(source, pattern.flags & ~re.DEBUG))
    signs, wholes = _signs(tree), _variants(tree)
    families: tuple[Iterable[tuple[str, str]], ...] = (
        _repeated(tree, ""),
        (("", sign) for sign in signs),
        (("", pump) for pump in [*wholes, *_begun(tree)]),
        ((whole, sign) for whole in wholes[:2] for sign in signs),
        (("", "".join(pair)) for pair in itertools.permutations(signs, 2)),
    )
    chosen = dict.fromkeys(
        attack for family in families for attack in _spread(list(dict.fromkeys(family)), MOST_OF_A_KIND)
    )
    for beginning, pump in chosen:
        if pump:
            yield from (Attack(beginning, pump, end, isinstance(source, bytes)) for end in ("", "\0"))


def _spread(items: list[Any], most: int) -> list[Any]:
    """At most so many of them, from all over the list."""
    return items[:: max(1, -(-len(items) // most))]


def _signs(tree: Any) -> list[str]:
    """Characters that mean something to a pattern, each once, and some that do not."""
    found = dict[str, None]()
    for code, value in tree:
        if code in (op.LITERAL, op.NOT_LITERAL):
            found[chr(value)] = None
        elif code is op.IN:
            found |= dict.fromkeys(_members(value))
        elif code is op.BRANCH:
            for branch in value[1]:
                found |= dict.fromkeys(_signs(branch))
        elif (inner := _inner(code, value)) is not None:
            found |= dict.fromkeys(_signs(inner))
    return [*dict.fromkeys([*" a1\n", *found])]


def _inner(code: Any, value: Any) -> Any:
    """The pattern within a group, a repetition or a look around."""
    if code in REPEATS:
        return value[2]
    if code is op.SUBPATTERN:
        return value[3]
    if code in (op.ASSERT, op.ASSERT_NOT):
        return value[1]
    return value if code is op.ATOMIC_GROUP else None


def _members(members: Any) -> str:
    """Two or three characters of a class."""
    is_negated = members[0][0] is op.NEGATE
    named = "".join(
        chr(value) if code is op.LITERAL else chr(value[0]) if code is op.RANGE else CATEGORIES.get(value, "")
        for code, value in members
        if code is not op.NEGATE
    )
    return "".join(sign for sign in OUTSIDERS if sign not in named)[:2] if is_negated else named[:3]


def _variants(tree: Any) -> list[str]:
    """Texts that match a pattern, as far as can be told."""
    made = [""]
    for code, value in tree:
        parts = _samples(code, value)
        made = list(dict.fromkeys(map("".join, itertools.product(made, parts))))
        made = _spread(made, MOST_VARIANTS)
    return made


def _samples(code: Any, value: Any) -> list[str]:
    if code is op.LITERAL:
        return [chr(value)]
    if code is op.NOT_LITERAL:
        return [next(sign for sign in OUTSIDERS if ord(sign) != value)]
    if code is op.ANY:
        return ["x"]
    if code is op.IN:
        return [*_members(value)] or [""]
    if code is op.BRANCH:
        return [sample for branch in value[1] for sample in _variants(branch)]
    if code in REPEATS:
        least, most, inner = value
        return [sample * max(least, min(1, most)) for sample in _variants(inner)]
    inner = None if code in (op.ASSERT_NOT,) else _inner(code, value)
    return [""] if inner is None else _variants(inner)


def _begun(tree: Any) -> Iterator[str]:
    """A pattern's matches broken off after each of its parts, in each of its branches."""
    before = [""]
    for code, value in tree:
        if code is op.BRANCH:
            for branch in value[1]:
                yield from (start + begun for start in before[:1] for begun in _begun(branch))
        elif (inner := _inner(code, value)) is not None:
            yield from (start + begun for start in before[:1] for begun in _begun(inner))
        before = [start + sample for start in before for sample in _samples(code, value)][:MOST_VARIANTS]
        yield from before


def _repeated(tree: Any, before: str) -> Iterator[tuple[str, str]]:
    """What a pattern repeats, with what stands before that."""
    for code, value in tree:
        if code in REPEATS:
            yield from ((before, sample) for sample in _variants(value[2]) if sample)
        branches = value[1] if code is op.BRANCH else [inner] if (inner := _inner(code, value)) is not None else []
        for branch in branches:
            yield from _repeated(branch, before)
        before += _samples(code, value)[0]
