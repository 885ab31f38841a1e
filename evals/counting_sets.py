"""Generated collections of records in several shapes, with questions and the records that are right (``sets/counting.toml``)."""

import csv
import io
import random
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

SETS = Path(__file__).parent / "sets" / "counting.toml"
SIZES = (20, 200, 2_000)
EPOCH, DAYS = date(2021, 1, 1), 1_400
SUPPLIERS = "supplier,town\nNorth Paper,Berlin\nSouth Paper,Oslo\nWest Paper,Paris\nEast Paper,Lyon\n"

File = tuple[str, str]  # name and text


@dataclass(frozen=True, slots=True)
class Item:
    """A record: its number, its unique code, and what it says."""

    number: int
    code: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the codes of the records that are right; ``kind`` of its condition."""

    text: str
    kind: str
    is_held: bool
    codes: frozenset[str]


@dataclass(slots=True)
class Collection:
    """Files, and the questions on them."""

    theme: str
    language: str
    shape: str
    size: int
    is_held: bool
    files: list[File]
    questions: list[Question] = field(default_factory=list)


def collections(sizes: Sequence[int] = SIZES, seed: int = 7) -> Iterator[Collection]:
    """All collections, the same ones each time."""
    data = tomllib.loads(SETS.read_text("utf-8"))
    for theme in data["themes"]:
        language = theme.get("language", "en")
        for size in sizes if language == "en" else (200,):
            for shape, written in SHAPES.items():
                chance = random.Random(f"{seed} {theme['noun']} {size} {shape}")
                items = [_item(theme, number, chance) for number in range(1, size + 1)]
                files = [*written(theme, items), *_others(theme)]
                made = Collection(theme["noun"], language, shape, size, theme.get("is_held", False), files)
                made.questions = list(_questions(theme, data["frames"][language], items, chance))
                yield made


def _item(theme: dict[str, Any], number: int, chance: random.Random) -> Item:
    values = {name: _value(attribute, chance) for name, attribute in theme["attributes"].items()}
    return Item(number, f"QX{number:04}", values)


def _value(attribute: dict[str, Any], chance: random.Random) -> Any:
    match attribute.get("kind"):
        case "amount":
            return chance.randrange(20, 9_000) + chance.choice((0, 0.5))
        case "date":
            return EPOCH + timedelta(days=chance.randrange(DAYS))
    return chance.choice(attribute["values"])


def _shown(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _sentences(theme: dict[str, Any], item: Item) -> str:
    shown = {name: _shown(value) for name, value in item.values.items()}
    said = [
        attribute["say"].format(v=shown[name]) for name, attribute in theme["attributes"].items() if attribute["say"]
    ]
    return " ".join([theme["begins"].format(n=item.number, code=item.code, **shown), *said])


def _labelled(item: Item, colon: str = ": ") -> str:
    return "\n".join(f"{name.capitalize()}{colon}{_shown(value)}" for name, value in item.values.items())


def _title(theme: dict[str, Any], name: str) -> str:
    return str(theme[name])[:1].upper() + str(theme[name])[1:]


def _each_a_file(theme: dict[str, Any], items: Sequence[Item]) -> list[File]:
    noun = theme["noun"].replace(" ", "-")
    return [
        (
            f"{noun}-{item.number}.txt",
            f"{_title(theme, 'noun')} {item.number}\n\nCode: {item.code}\n\n{_labelled(item)}\n",
        )
        for item in items
    ]


def _each_a_letter(theme: dict[str, Any], items: Sequence[Item]) -> list[File]:
    return [(f"{item.number:05}.txt", _sentences(theme, item)) for item in items]


def _csv(theme: dict[str, Any], items: Sequence[Item]) -> list[File]:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["no", "code", *theme["attributes"]])
    writer.writerows([item.number, item.code, *map(_shown, item.values.values())] for item in items)
    return [(f"{theme['nouns'].replace(' ', '_')}.csv", file.getvalue())]


def _table(theme: dict[str, Any], items: Sequence[Item]) -> list[File]:
    head = ["no", "code", *theme["attributes"]]
    rows = [[str(item.number), item.code, *map(_shown, item.values.values())] for item in items]
    lines = [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows]]
    return [("overview.md", f"# {_title(theme, 'nouns')}\n\n" + "\n".join(lines) + "\n")]


def _list(theme: dict[str, Any], items: Sequence[Item]) -> list[File]:
    lines = [f"- {_sentences(theme, item)}" for item in items]
    return [("notes.md", f"# Notes\n\n## {_title(theme, 'nouns')}\n\n" + "\n".join(lines) + "\n")]


def _sections(theme: dict[str, Any], items: Sequence[Item]) -> list[File]:
    parts = [
        f"## {_title(theme, 'noun')} {item.number}\n\nCode {item.code}.\n\n{_sentences(theme, item)}\n"
        for item in items
    ]
    return [("handbook.md", "# Handbook\n\n" + "\n".join(parts))]


def _paragraphs(theme: dict[str, Any], items: Sequence[Item]) -> list[File]:
    return [("log.txt", "\n\n".join(_sentences(theme, item) for item in items))]


SHAPES: dict[str, Callable[[dict[str, Any], Sequence[Item]], list[File]]] = {
    "file": _each_a_file,
    "letter": _each_a_letter,
    "csv": _csv,
    "table": _table,
    "list": _list,
    "sections": _sections,
    "paragraphs": _paragraphs,
}


def _others(theme: dict[str, Any]) -> list[File]:
    """Files that are in the way: what is said about such records, and records of another kind."""
    return [("policy.txt", theme["about"]), ("suppliers.csv", SUPPLIERS)]


def _questions(
    theme: dict[str, Any], frames: dict[str, list[str]], items: Sequence[Item], chance: random.Random
) -> Iterator[Question]:
    """One question for each phrase of each attribute, some with two conditions, and one without any."""
    names = {"noun": theme["noun"], "nouns": theme["nouns"]}
    for kind in ("tuned", "held"):
        bare = (
            chance.choice(frames[kind]).format(c="", **names).replace("  ", " ").replace(" ?", "?").replace(" .", ".")
        )
        yield Question(bare, "all", kind == "held", frozenset(item.code for item in items))
        conditions = []
        for name, attribute in theme["attributes"].items():
            for phrase in attribute[kind]:
                said, holds = _condition(name, attribute, phrase, chance)
                conditions.append((name, said, holds))
                yield _question(chance.choice(frames[kind]), names, said, kind, items, holds, _kind(attribute, phrase))
        for _ in range(2):
            first, second = chance.sample(conditions, 2)
            if first[0] != second[0] and theme.get("language", "en") == "en":
                both = lambda item, one=first[2], two=second[2]: one(item) and two(item)  # noqa: E731
                said = f"{first[1]} and {second[1]}" if " or " not in first[1] + second[1] else ""
                if said:
                    yield _question(chance.choice(frames[kind]), names, said, kind, items, both, "two")


def _kind(attribute: dict[str, Any], phrase: str) -> str:
    kind = attribute.get("kind", "value")
    return "negated" if " not " in f" {phrase} " or "without" in phrase else kind


def _question(
    frame: str,
    names: dict[str, str],
    said: str,
    kind: str,
    items: Sequence[Item],
    holds: Callable[[Item], bool],
    of: str,
) -> Question:
    return Question(
        frame.format(c=said, **names), of, kind == "held", frozenset(item.code for item in items if holds(item))
    )


def _condition(
    name: str, attribute: dict[str, Any], phrase: str, chance: random.Random
) -> tuple[str, Callable[[Item], bool]]:
    """A condition in words, and the test of a record."""
    match attribute.get("kind"):
        case "amount":
            low, high = sorted(chance.sample(range(200, 8_000, 100), 2))
            said = phrase.format(v=f"{low:,}", w=f"{high:,}")
            return said, _limit(name, phrase, low, high)
        case "date":
            first, last = sorted(EPOCH + timedelta(days=chance.randrange(DAYS)) for _ in range(2))
            said = phrase.format(v=_dated(first, chance), w=_dated(last, chance), year=first.year)
            if "{year}" in phrase:
                return said, lambda item: item.values[name].year == first.year
            return said, _limit(name, phrase, first, last)
    value, other = chance.sample(attribute["values"], 2)
    values = {value, other} if "{w}" in phrase else {value}
    is_negated = _kind(attribute, phrase) == "negated"
    return phrase.format(v=value, w=other), lambda item: (item.values[name] in values) != is_negated


def _limit(name: str, phrase: str, low: Any, high: Any) -> Callable[[Item], bool]:
    if "between" in phrase:
        return lambda item: low <= item.values[name] <= high
    if "at least" in phrase or "since" in phrase:
        return lambda item: item.values[name] >= low
    if "at most" in phrase:
        return lambda item: item.values[name] <= low
    is_below = any(word in phrase for word in ("below", "less", "under", "before", "cheaper"))
    return lambda item: item.values[name] < low if is_below else item.values[name] > low


def _dated(day: date, chance: random.Random) -> str:
    return chance.choice((day.isoformat(), f"{day.day} {day:%B} {day.year}", f"{day:%B} {day.day}, {day.year}"))
