"""Very wide tables: in proportion to their content, every cell under its name."""

from parsing.grid import sections_of_sheet
from parsing.row import Row
from parsing.sections import MOST_CHARS
from parsing.types import Section


def sections(cells: list[list[str]], name: str | None = None) -> list[Section]:
    """Those of a sheet of these rows."""
    rows = [Row(number, dict(enumerate(row))) for number, row in enumerate(cells, 1)]
    return list(sections_of_sheet(name, rows))


def table(rows: int, columns: int) -> list[list[str]]:
    """Measurements of many sensors."""
    names = ["time", *(f"sensor_{column:03d}_temperature" for column in range(1, columns))]
    return [names, *([f"t{row}", *(str(row * column) for column in range(1, columns))] for row in range(1, rows))]


def test_the_text_of_a_wide_table_is_in_proportion_to_it() -> None:
    cells = table(29, 300)
    found = sections(cells)
    content = sum(len(cell) for row in cells for cell in row)
    assert sum(len(section.text) for section in found) < 3 * content
    assert all(len(section.text) <= MOST_CHARS + 300 for section in found)
    assert [section.number for section in found] == list(range(1, len(found) + 1))


def test_every_cell_stands_under_its_name_and_beside_the_name_of_its_row() -> None:
    cells = table(29, 300)
    seen = set()
    for section in sections(cells):
        top, *rows = [line.split(" | ") for line in section.text.split("\n")]
        assert top[0] == "time"
        for row in rows:
            assert len(row) == len(top)
            seen |= {(row[0], name, value) for name, value in zip(top[1:], row[1:], strict=True)}
    assert seen == {
        (row[0], name, value) for row in cells[1:] for name, value in zip(cells[0][1:], row[1:], strict=True)
    }


def test_places_are_those_of_the_part() -> None:
    found = sections(table(5, 300))
    block = found[1].blocks[1]
    assert found[1].text[block.start : block.end].startswith("t1 | ")
    assert str(block.locator).startswith("A2:")


def test_in_a_row_with_gaps_each_cell_has_its_name() -> None:
    cells = table(4, 300)
    cells[2][5] = ""
    text = sections(cells)[0].text
    assert "time: t2 | sensor_001_temperature: 2" in text
    assert "\nt1 | 1 | 2" in text


def test_a_sparse_wide_table_is_short() -> None:
    cells = table(1, 300) + [[f"t{row}", *[""] * row, "x"] for row in range(1, 50)]
    text = "\n".join(section.text for section in sections(cells))
    assert text.count(": x") == 49
    assert "time: t7 | sensor_008_temperature: x" in text
    assert len(text) < 20_000


def test_tall_wide_tables_keep_all_rows_and_a_narrow_one_after_them_is_read() -> None:
    found = sections([*table(100, 200), [], ["Name", "Days", "Left"], ["Ann", "28", "3"]], "Wide")
    text = "\n".join(section.text for section in found)
    assert all(f"\nt{row} | {row} | " in text for row in range(1, 100))
    assert "Name: Ann | Days: 28 | Left: 3" in text
    assert all(section.path == ("Wide",) for section in found)


def test_tables_of_usual_width_are_read_as_before() -> None:
    (section,) = sections(table(3, 20))
    assert section.text.split("\n")[1].startswith("time: t1 | sensor_001_temperature: 1 | ")
