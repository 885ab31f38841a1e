"""Numbers that Word prints before paragraphs: lists that restart, levels that others override, legal numbering (``§ 4.2``)."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.counting import counted
from parsing.formats.ooxml.namespaces import W
from parsing.formats.ooxml.symbols import PRIVATE, symbol

PLACE = re.compile(r"%(\d)")  # where a number stands in a list's label
BULLET, NONE, DECIMAL = "bullet", "none", "decimal"
OFF = ("0", "false", "off")
USUAL_BULLET = "- "
TICKS = "☐☑☒✓✔✗✘"  # bullets that say something
MOST_DEPTH = 9


@dataclass(frozen=True, slots=True)
class _Level:
    """One depth of a numbering.

    Attributes:
        form, text: of its numbers, and what stands around them (``%1.%2``).
        restart: it starts anew after a paragraph of this depth or a higher one, from 0; -1 for never.
        is_legal: the numbers in its label are all in digits.
        style: of paragraphs, which it is for.
    """

    form: str = ""
    text: str = ""
    start: int = 1
    restart: int = -1
    is_legal: bool = False
    style: str = ""


class Numbering:
    """The lists of one document. Numbers are counted as they are asked for, so each once, in the order of the paragraphs.

    Args:
        part: the numbering of the document; None when it has none.
        list_of_style: the list that a style is made for, by the style's id.
    """

    def __init__(self, part: etree._Element | None, list_of_style: dict[str, str]) -> None:
        kinds = _all(part, "abstractNum")
        self._levels = {one.get(f"{W}abstractNumId", ""): dict(_levels(one)) for one in kinds}
        self._kinds = {one.get(f"{W}numId", ""): value_of(one, "abstractNumId") for one in _all(part, "num")}
        self._overrides = {one.get(f"{W}numId", ""): dict(_overrides(one)) for one in _all(part, "num")}
        linked = {one.get(f"{W}abstractNumId", ""): value_of(one, "numStyleLink") for one in kinds}
        self._linked = {kind: list_of_style.get(style, "") for kind, style in linked.items() if style}
        self._counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self._begun: set[tuple[str, int]] = set()  # lists and depths whose own start has been used

    def depth_for(self, list_id: str, style_id: str) -> int | None:
        """The depth of a list that is made for a style; None when none is."""
        levels = self._levels.get(self._kind(list_id), {})
        return next((depth for depth, level in levels.items() if style_id and level.style == style_id), None)

    def label(self, list_id: str, depth: int) -> str:
        """What is printed before the next paragraph of a list, and a space; ``- `` for most bullets, empty for nothing."""
        kind = self._kind(list_id)
        levels = self._levels.get(kind, {})
        starts: dict[int, int] = {}
        for at, (start, level) in self._overrides.get(list_id, {}).items():
            levels = levels | ({at: level} if level is not None else {})
            starts |= {at: start} if start is not None else {}
        level = levels.get(depth)
        if level is None:
            return USUAL_BULLET
        if level.form == BULLET:
            return _bullet(level.text)
        counts = self._count(kind, list_id, depth, levels, starts)
        return _printed(level, levels, counts)

    def _kind(self, list_id: str) -> str:
        kind = self._kinds.get(list_id, "")
        return self._kinds.get(self._linked[kind], kind) if kind in self._linked else kind

    def _count(
        self, kind: str, list_id: str, depth: int, levels: dict[int, _Level], starts: dict[int, int]
    ) -> dict[int, int]:
        """The counts of a list's kind, one further at this depth. Lists of one kind go on counting unless one has its own start."""
        counts = self._counts[kind]
        is_first = depth in starts and (list_id, depth) not in self._begun
        self._begun.add((list_id, depth))
        start = starts.get(depth, levels[depth].start)
        counts[depth] = start if is_first or depth not in counts else counts[depth] + 1
        for deeper in [other for other in counts if other > depth]:
            restart = levels[deeper].restart if deeper in levels else deeper - 1
            if depth <= restart:
                del counts[deeper]
        return counts


def value_of(parent: etree._Element | None, name: str) -> str:
    """The value of a property; empty when it is not there."""
    child = parent.find(f"{W}{name}") if parent is not None else None
    return child.get(f"{W}val", "") if child is not None else ""


def _printed(level: _Level, levels: dict[int, _Level], counts: dict[int, int]) -> str:
    def number(found: re.Match[str]) -> str:
        at = int(found[1]) - 1
        one = levels.get(at, level)
        if one.form == NONE:
            return ""
        return counted(counts.get(at, one.start), DECIMAL if level.is_legal else one.form)

    label = PLACE.sub(number, level.text).strip()
    return f"{label} " if label else ""


def _bullet(text: str) -> str:
    return f"{text} " if text in TICKS and text else USUAL_BULLET


def _levels(numbering: etree._Element) -> Iterator[tuple[int, _Level]]:
    for level in numbering.iterchildren(f"{W}lvl"):
        depth = number_in(level.get(f"{W}ilvl", ""), 0)
        if depth < MOST_DEPTH:
            yield depth, _level(level, depth)


def _level(level: etree._Element, depth: int) -> _Level:
    restart = value_of(level, "lvlRestart")
    legal = level.find(f"{W}isLgl")
    form = next(level.iter(f"{W}numFmt"), None)  # the first choice, where there are several
    said = form.get(f"{W}val", "") if form is not None else DECIMAL
    if said == "custom" and form is not None:
        said = f"custom:{form.get(f'{W}format', '').partition(',')[0].strip()}"
    found = _Level(
        form=said,
        text=value_of(level, "lvlText"),
        start=number_in(value_of(level, "start"), 0),
        restart=number_in(restart, 0) - 1 if restart else depth - 1,
        is_legal=legal is not None and legal.get(f"{W}val", "1") not in OFF,
        style=value_of(level, "pStyle"),
    )
    return replace(found, text=_shown_bullet(level, found.text)) if said == BULLET else found


def _shown_bullet(level: etree._Element, text: str) -> str:
    fonts = level.find(f"{W}rPr/{W}rFonts")
    font = fonts.get(f"{W}ascii", fonts.get(f"{W}hAnsi", "")) if fonts is not None else ""
    return "".join(symbol(font, ord(char)) if PRIVATE.match(char) or "ingdings" in font else char for char in text)


def _overrides(one: etree._Element) -> Iterator[tuple[int, tuple[int | None, _Level | None]]]:
    """What a list changes of its kind, by depth: where it starts, and the level."""
    for override in one.iterchildren(f"{W}lvlOverride"):
        depth = number_in(override.get(f"{W}ilvl", ""), 0)
        start, level = value_of(override, "startOverride"), override.find(f"{W}lvl")
        yield depth, (number_in(start, 0) if start else None, _level(level, depth) if level is not None else None)


def number_in(text: str, default: int) -> int:
    """A number that a file names; the default when it names none."""
    return int(text) if text.isdigit() and len(text) < 10 else default


def _all(tree: etree._Element | None, name: str) -> list[etree._Element]:
    return list(tree.iter(f"{W}{name}")) if tree is not None else []
