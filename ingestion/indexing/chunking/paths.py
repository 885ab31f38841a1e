"""The path of a chunk: headings above it, and the header row of a table that it begins inside."""

from parsing.types import Block, Section

LONGEST = 200  # characters of a header row
BETWEEN_CELLS = "|"


def path_at(section: Section, position: int) -> tuple[str, ...]:
    """The section's headings, those above the position in its text, and the first row of the table that the position continues."""
    path = [*section.path]
    for heading in [*_headings(section, position), *_header_row(section, position)]:
        if heading not in path:
            path.append(heading)
    return tuple(path)


def _headings(section: Section, position: int) -> list[str]:
    """Outermost first. A heading of unknown level counts as deeper than none: the nearest alone is taken."""
    open_headings: list[Block] = []
    for block in section.blocks:
        if block.kind == "heading" and block.start <= position:
            open_headings = [above for above in open_headings if 0 < above.level < block.level] + [block]
    return [section.text[block.start : block.end] for block in open_headings]


def _header_row(section: Section, position: int) -> list[str]:
    rows = [block for block in section.blocks if block.kind == "table"]
    number = next((number for number, block in enumerate(rows) if block.start <= position < block.end), None)
    if number is None:
        return []
    while number and _continues(section.text, rows[number - 1], rows[number]):
        number -= 1
    top = rows[number]
    header = section.text[top.start : top.end].split("\n", 1)[0]
    row = section.text[position : rows[-1].end].split("\n", 1)[0]
    is_below = position >= top.start + len(header)
    return [header.strip()[:LONGEST]] if is_below and not _names_columns(row, header) else []


def _names_columns(row: str, header: str) -> bool:
    """True for a row that says itself what its columns are called: ``Region: North | Revenue: 1,200``."""
    labels = (label.strip().rstrip(":") for label in header.split(BETWEEN_CELLS))
    return any(f"{label}: " in row for label in labels if label)


def _continues(text: str, above: Block, row: Block) -> bool:
    """True when two blocks are rows of one sheet: cells below cells, with nothing between them."""
    return bool(above.locator and row.locator) and not text[above.end : row.start].strip()
