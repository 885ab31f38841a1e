"""The chart of passes over runs: where each bar stands. The colours are those of the page, so that it is right by day and by night."""

from collections.abc import Sequence

from answers.cases.types import RunView
from core.values import Frozen

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 150, 34, 18, 8
WIDEST = 26.0
GAP = 0.25  # of a place, between two bars


class Bar(Frozen):
    """A run in the chart; lengths in units of the drawing."""

    run: RunView
    x: float
    width: float
    passed_y: float
    passed_height: float
    failed_y: float
    failed_height: float


class Trend(Frozen):
    """The chart. ``lines``: heights of the guide lines, with what they stand for."""

    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, int], ...]


def trend_of(runs: Sequence[RunView]) -> Trend | None:
    """The chart of these runs, oldest first; None when there are fewer than two: one bar is no trend."""
    if len(runs) < 2:
        return None
    most = max(run.total for run in runs) or 1
    scale = (HEIGHT - TOP - BOTTOM) / most
    place = min((WIDTH - LEFT) / len(runs), WIDEST / (1 - GAP))
    bars = tuple(_bar(run, LEFT + number * place, place, scale) for number, run in enumerate(runs))
    marks = sorted({0, most // 2, most})
    return Trend(bars=bars, lines=tuple((round(HEIGHT - BOTTOM - mark * scale, 1), mark) for mark in marks))


def _bar(run: RunView, x: float, place: float, scale: float) -> Bar:
    floor = HEIGHT - BOTTOM
    passed, failed = run.passed * scale, run.failed * scale
    return Bar(
        run=run,
        x=round(x + place * GAP / 2, 1),
        width=round(place * (1 - GAP), 1),
        passed_y=round(floor - passed, 1),
        passed_height=round(passed, 1),
        failed_y=round(floor - passed - failed, 1),
        failed_height=round(failed, 1),
    )
