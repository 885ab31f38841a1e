"""Charts drawn on the server: where the parts of an SVG go, and the same numbers as rows of a table. ``admin/charts.html`` writes them.

Names and titles are in the templates, where they can be translated; here are positions and numbers.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Literal

from core.words import Catalogue
from web import formats

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 10, 26
MOST_X_TICKS = 8
Y_STEPS = 4
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
GAP = 0.2  # of a bar's place
Values = Sequence[float | None]
Show = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a bar, with what it says when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Series:
    """One series of numbers: drawn as a path or as bars, and in words.

    Attributes:
        path: of a line; broken where there is no number.
        dots: numbers with none beside them, which no line would show.
        low, high, last: its lowest, highest and last number, as text; empty without numbers.
    """

    path: str = ""
    dots: Sequence[tuple[float, float]] = ()
    bars: Sequence[Bar] = ()
    low: str = ""
    high: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart.

    Attributes:
        x_ticks, y_ticks: positions with their texts.
        rows: the table behind it: label and the numbers of all series as text.
    """

    kind: Literal["lines", "bars"]
    series: Sequence[Series]
    x_ticks: Sequence[tuple[float, str]]
    y_ticks: Sequence[tuple[float, str]]
    rows: Sequence[tuple[str, Sequence[str]]]
    is_empty: bool
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM
    middle: float = field(default=(LEFT + WIDTH - RIGHT) / 2)


def lines(
    starts: Sequence[datetime], series: Sequence[Values], show: Show, words: Catalogue, *, is_whole: bool = False
) -> Figure:
    """A line for each series; None is a gap. ``is_whole``: the numbers are whole, and so are the ticks."""
    scale = _Scale(
        len(starts), max((value for one in series for value in one if value is not None), default=0), is_whole
    )
    drawn = [_line(one, scale, show) for one in series]
    return _figure("lines", drawn, starts, series, scale, show, words)


def bars(
    starts: Sequence[datetime], series: Sequence[Values], show: Show, words: Catalogue, *, is_whole: bool = False
) -> Figure:
    """A bar for each point, with one part for each series, the first at the bottom."""
    sums = [sum(value or 0 for value in point) for point in zip(*series, strict=True)]
    scale = _Scale(len(starts), max(sums, default=0), is_whole)
    below = [0.0] * len(starts)
    labels = _labels(starts, words)
    drawn = []
    for one in series:
        parts = []
        for place, value in enumerate(one):
            if value:
                y, height = scale.y(below[place] + value), scale.y(0) - scale.y(value)
                x, width = scale.left(place) + scale.step * GAP / 2, scale.step * (1 - GAP)
                parts.append(Bar(_round(x), _round(y), _round(width), _round(height), labels[place], show(value)))
                below[place] += value
        drawn.append(Series("", (), parts, *_words(one, show)))
    return _figure("bars", drawn, starts, series, scale, show, words)


class _Scale:
    """From numbers to positions; the vertical axis goes from 0 to a round number."""

    def __init__(self, points: int, highest: float, is_whole: bool) -> None:
        self.tick = _tick(highest, is_whole)
        self.top = self.tick * max(1, math.ceil(highest / self.tick - 1e-9))
        self.step = (WIDTH - LEFT - RIGHT) / max(points, 1)

    def left(self, place: int) -> float:
        return LEFT + self.step * place

    def x(self, place: int) -> float:
        return _round(self.left(place) + self.step / 2)

    def y(self, value: float) -> float:
        return _round(HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM))

    @property
    def ticks(self) -> list[float]:
        return [self.tick * number for number in range(round(self.top / self.tick) + 1)]


def _tick(highest: float, is_whole: bool) -> float:
    """The distance of the ticks: round, and such that about ``Y_STEPS`` of them reach the highest number."""
    if highest <= 0:
        return 1
    wanted = highest / Y_STEPS
    power = 10.0 ** math.floor(math.log10(wanted))
    tick = next(power * nice for nice in NICE if power * nice >= wanted * (1 - 1e-9))
    return max(1, math.ceil(tick)) if is_whole else tick


def _line(values: Values, scale: _Scale, show: Show) -> Series:
    path, dots = [], []
    for place, value in enumerate(values):
        if value is None:
            continue
        has_before = place > 0 and values[place - 1] is not None
        has_after = place + 1 < len(values) and values[place + 1] is not None
        at = scale.x(place), scale.y(value)
        if has_before or has_after:
            path.append(f"{'L' if has_before else 'M'}{at[0]} {at[1]}")
        else:
            dots.append(at)
    return Series("".join(path), dots, (), *_words(values, show))


def _words(values: Values, show: Show) -> tuple[str, str, str]:
    """The lowest, the highest and the last number."""
    known = [value for value in values if value is not None]
    return (show(min(known)), show(max(known)), show(known[-1])) if known else ("", "", "")


def _figure(
    kind: Literal["lines", "bars"],
    drawn: Sequence[Series],
    starts: Sequence[datetime],
    series: Sequence[Values],
    scale: _Scale,
    show: Show,
    words: Catalogue,
) -> Figure:
    every = max(1, math.ceil(len(starts) / MOST_X_TICKS))
    ticks = [
        (scale.x(place), _short(starts, start, words))
        for place, start in enumerate(starts)
        if _is_ticked(starts, place, every)
    ]
    numbers = zip(*series, strict=True)
    rows = [
        (label, ["–" if value is None else show(value) for value in point])
        for label, point in zip(_labels(starts, words), numbers, strict=False)
    ]
    is_empty = not any(value for one in series for value in one)
    return Figure(kind, drawn, ticks, [(scale.y(tick), show(tick)) for tick in scale.ticks], rows, is_empty)


def _is_ticked(starts: Sequence[datetime], place: int, every: int) -> bool:
    """A week of hours is labelled at midnights, all else at every so-manyth point, from the last backwards."""
    if _is_by_hour(starts) and len(starts) > 48:
        return starts[place].hour == 0
    return (len(starts) - 1 - place) % every == 0


def _is_by_hour(starts: Sequence[datetime]) -> bool:
    return len(starts) > 1 and (starts[1] - starts[0]).total_seconds() < 86_400


def _short(starts: Sequence[datetime], start: datetime, words: Catalogue) -> str:
    is_clock = _is_by_hour(starts) and len(starts) <= 48
    return f"{start:%H:%M}" if is_clock else formats.day_of_year(start, words)


def _labels(starts: Sequence[datetime], words: Catalogue) -> list[str]:
    """What each point is called."""
    return _labels_of(tuple(starts), words)


@lru_cache(8)  # all charts of a page have the same points; a few languages
def _labels_of(starts: tuple[datetime, ...], words: Catalogue) -> list[str]:
    write = formats.moment if _is_by_hour(starts) else formats.day
    return [write(start, words) for start in starts]


def _round(value: float) -> float:
    return round(value, 1)
