"""A series of numbers as a chart: an SVG of bars, or of a line where the labels are years or dates. Readable in light and dark."""

from collections.abc import Sequence
from html import escape

from rag.tables.dates import moment_of
from rag.tables.numerals import shown

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 40, 64
LEAST_POINTS, MOST_POINTS = 2, 40
TICKS = 4
LONGEST_LABEL = 14
MOST_LABELS = 12
STYLE = (
    ".footnote-chart{--ink:#1b1f24;--faint:#8b949e;--mark:#2563eb;color:var(--ink);font:12px system-ui,sans-serif}"
    "@media (prefers-color-scheme:dark){.footnote-chart{--ink:#e6edf3;--faint:#7d8590;--mark:#60a5fa}}"
    ".footnote-chart text{fill:var(--ink)}.footnote-chart .axis{stroke:var(--faint);stroke-width:1}"
    ".footnote-chart .grid{stroke:var(--faint);stroke-width:.5;opacity:.5}.footnote-chart .bar{fill:var(--mark)}"
    ".footnote-chart .line{fill:none;stroke:var(--mark);stroke-width:2}"
)
Point = tuple[str, float]


def chart_svg(points: Sequence[Point], title: str, unit: str = "") -> str:
    """The chart of labels with numbers, in their order; at most ``MOST_POINTS`` of them.

    Raises:
        ValueError: fewer than two points.
    """
    drawn = list(points[:MOST_POINTS])
    if len(drawn) < LEAST_POINTS:
        raise ValueError("a chart needs two points")
    low, high = min(0.0, *(value for _, value in drawn)), max(0.0, *(value for _, value in drawn))
    scale = _Scale(low, high if high > low else low + 1.0, len(drawn))
    is_line = all(moment_of(label) for label, _ in drawn)
    marks = _line(drawn, scale) if is_line else _bars(drawn, scale)
    described = "; ".join(f"{label}: {shown(value)}{_behind(unit)}" for label, value in drawn)
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="footnote-chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{escape(title)}</title><desc>{escape(described)}</desc><style>{STYLE}</style>",
            f'<text x="{LEFT}" y="20" font-weight="600">{escape(title[:80])}</text>',
            *_grid(scale, unit),
            *marks,
            *_labels(drawn, scale),
            "</svg>",
        ]
    )


class _Scale:
    """From values to the coordinates of the picture."""

    def __init__(self, low: float, high: float, count: int) -> None:
        self.low, self.high = low, high
        self.step = (WIDTH - LEFT - RIGHT) / count

    def x(self, number: int) -> float:
        """The middle of a point's place."""
        return LEFT + self.step * (number + 0.5)

    def y(self, value: float) -> float:
        """The height of a value."""
        return HEIGHT - BOTTOM - (value - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


def _grid(scale: _Scale, unit: str) -> list[str]:
    lines = []
    for tick in range(TICKS + 1):
        value = scale.low + (scale.high - scale.low) * tick / TICKS
        y = scale.y(value)
        lines.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        lines.append(
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_short(value)}{escape(_behind(unit))}</text>'
        )
    zero = scale.y(0.0)
    return [*lines, f'<line class="axis" x1="{LEFT}" y1="{zero:.1f}" x2="{WIDTH - RIGHT}" y2="{zero:.1f}"/>']


def _bars(points: Sequence[Point], scale: _Scale) -> list[str]:
    zero, width = scale.y(0.0), scale.step * 0.7
    return [
        f'<rect class="bar" x="{scale.x(number) - width / 2:.1f}" y="{min(zero, scale.y(value)):.1f}" '
        f'width="{width:.1f}" height="{abs(zero - scale.y(value)):.1f}"><title>{escape(label)}: {shown(value)}</title></rect>'
        for number, (label, value) in enumerate(points)
    ]


def _line(points: Sequence[Point], scale: _Scale) -> list[str]:
    path = " ".join(f"{scale.x(number):.1f},{scale.y(value):.1f}" for number, (_, value) in enumerate(points))
    dots = [
        f'<circle class="bar" cx="{scale.x(number):.1f}" cy="{scale.y(value):.1f}" r="3"><title>{escape(label)}: '
        f"{shown(value)}</title></circle>"
        for number, (label, value) in enumerate(points)
    ]
    return [f'<polyline class="line" points="{path}"/>', *dots]


def _labels(points: Sequence[Point], scale: _Scale) -> list[str]:
    every = -(-len(points) // MOST_LABELS)
    y = HEIGHT - BOTTOM + 16
    return [
        f'<text x="{scale.x(number):.1f}" y="{y}" text-anchor="end" transform="rotate(-30 {scale.x(number):.1f} {y})">'
        f"{escape(_cut(label))}</text>"
        for number, (label, _) in enumerate(points)
        if number % every == 0
    ]


def _cut(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


def _behind(unit: str) -> str:
    return unit if unit in ("", "%") else f"\u00a0{unit}"


def _short(value: float) -> str:
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{shown(round(value / size, 1))}{letter}"
    return shown(round(value, 2))
