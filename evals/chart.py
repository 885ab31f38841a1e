"""Charts as SVG without dependencies, readable on light and dark pages."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

COLOURS = ("#2f6fab", "#e0a030", "#4c9a5b", "#8d6bb0")
LEFT, WIDTH, BAR, GAP, TOP = 230, 420, 12, 9, 52


def bars(rows: Sequence[tuple[str, tuple[float, ...]]], series: Sequence[str], chosen: str) -> str:
    """An SVG with one group of bars for each row.

    Args:
        rows: name and values, 0 to 1.
        series: names of the values.
        chosen: name of the row in bold.
    """
    row = GAP + (BAR + 1) * len(series) - 1
    spacing = (WIDTH + 120) // len(series)
    height = TOP + row * len(rows) + 10
    parts = [
        _head(LEFT + WIDTH + 60, height),
        f'<rect width="100%" height="{height}" fill="#ffffff"/>',
    ]
    for number, name in enumerate(series):
        left = LEFT + number * spacing
        parts += [
            f'<rect x="{left}" y="18" width="12" height="12" fill="{COLOURS[number]}"/>',
            _text(left + 18, 29, name),
        ]
    for place, (name, values) in enumerate(rows):
        parts += _row(TOP + place * row, name, values, is_chosen=name == chosen)
    return "\n".join([*parts, "</svg>", ""])


def _head(width: int, height: int) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">'


def _row(top: int, name: str, values: Sequence[float], *, is_chosen: bool) -> list[str]:
    parts = [_text(LEFT - 10, top + (BAR + 1) * len(values) // 2 + 4, name, anchor="end", is_bold=is_chosen)]
    for number, value in enumerate(values):
        y = top + number * (BAR + 1)
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{value * WIDTH:.0f}" height="{BAR}" fill="{COLOURS[number]}"/>')
        parts.append(_text(LEFT + int(value * WIDTH) + 6, y + 10, f"{value:.3f}", size=11))
    return parts


def _text(x: int, y: int, text: str, *, anchor: str = "start", size: int = 13, is_bold: bool = False) -> str:
    weight = ' font-weight="bold"' if is_bold else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="#222222"{weight}>{escape(text)}</text>'
    )


PLOT_LEFT, PLOT_TOP, PLOT_WIDTH, PLOT_HEIGHT = 70, 20, 620, 240
TICKS = 4


def line(points: Sequence[tuple[float, float]], *, x_name: str, y_name: str) -> str:
    """An SVG with one line through the points (x, y), both axes from 0."""
    right, top = max(x for x, _ in points) or 1.0, max(y for _, y in points) * 1.1 or 1.0
    bottom = PLOT_TOP + PLOT_HEIGHT

    def x_of(value: float) -> float:
        return PLOT_LEFT + value / right * PLOT_WIDTH

    def y_of(value: float) -> float:
        return bottom - value / top * PLOT_HEIGHT

    parts = [
        _head(PLOT_LEFT + PLOT_WIDTH + 30, bottom + 50),
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for tick in range(TICKS + 1):
        x, y = right * tick / TICKS, top * tick / TICKS
        parts.append(f'<path d="M{PLOT_LEFT} {y_of(y):.1f}h{PLOT_WIDTH}" stroke="#dddddd"/>')
        parts += [_text(PLOT_LEFT - 8, int(y_of(y)) + 4, f"{y:.0f}", anchor="end", size=11)]
        parts += [_text(int(x_of(x)), bottom + 18, f"{x:.0f}", anchor="middle", size=11)]
    path = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[0]}" stroke-width="2"/>')
    parts += [
        _text(PLOT_LEFT + PLOT_WIDTH // 2, bottom + 40, x_name, anchor="middle"),
        _text(PLOT_LEFT + 6, PLOT_TOP + 8, y_name),
    ]
    return "\n".join([*parts, "</svg>", ""])
