"""Bars as an SVG that needs nothing to be drawn and reads on light and dark pages."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

COLOURS = ("#2f6fab", "#e0a030", "#4c9a5b", "#8d6bb0")
LEFT, WIDTH, BAR, GAP, TOP = 230, 420, 12, 9, 52


def bars(rows: Sequence[tuple[str, tuple[float, ...]]], series: Sequence[str], chosen: str) -> str:
    """A picture of one group of bars for each row.

    Args:
        rows: name and values, 0 to 1.
        series: what the values are.
        chosen: the name of the row to be set in bold.
    """
    row = GAP + (BAR + 1) * len(series) - 1
    apart = (WIDTH + 120) // len(series)
    height = TOP + row * len(rows) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 60} {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="100%" height="{height}" fill="#ffffff"/>',
    ]
    for number, name in enumerate(series):
        left = LEFT + number * apart
        parts += [
            f'<rect x="{left}" y="18" width="12" height="12" fill="{COLOURS[number]}"/>',
            _text(left + 18, 29, name),
        ]
    for locator, (name, values) in enumerate(rows):
        parts += _row(TOP + locator * row, name, values, is_chosen=name == chosen)
    return "\n".join([*parts, "</svg>", ""])


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
