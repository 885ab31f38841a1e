"""Charts are well-formed pictures with everything escaped, and say what they show."""

from xml.etree import ElementTree

import pytest

from rag.tables.chart import chart_svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(points: list[tuple[str, float]], unit: str = "") -> ElementTree.Element:
    """The parsed picture."""
    return ElementTree.fromstring(chart_svg(points, 'Sales of <b>"tea"</b> & ink', unit))


def test_labels_are_bars_with_a_title_and_a_description() -> None:
    picture = drawn([("North <script>", 1200.0), ("South", -300.0), ("West", 0.0)], "€")
    assert len(picture.findall(f"{SVG}rect")) == 3
    assert picture.findtext(f"{SVG}title") == 'Sales of <b>"tea"</b> & ink'
    assert picture.findtext(f"{SVG}desc") == "North <script>: 1,200\u00a0€; South: -300\u00a0€; West: 0\u00a0€"
    assert picture.find(f".//{SVG}script") is None


def test_years_are_a_line() -> None:
    picture = drawn([("2019", 1.0), ("2020", 3.0), ("2021", 2.0)])
    assert len(picture.findall(f"{SVG}polyline")) == 1
    assert picture.findall(f"{SVG}rect") == []


def test_bars_are_as_high_as_their_numbers_from_zero() -> None:
    bars = drawn([("a", 10.0), ("b", 5.0), ("c", -5.0)]).findall(f"{SVG}rect")
    heights = [float(bar.attrib["height"]) for bar in bars]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    assert float(bars[2].attrib["y"]) == pytest.approx(float(bars[0].attrib["y"]) + heights[0], abs=0.2)


def test_light_and_dark_are_in_the_picture() -> None:
    assert "prefers-color-scheme:dark" in chart_svg([("a", 1.0), ("b", 2.0)], "t", "")


def test_one_point_is_no_chart() -> None:
    with pytest.raises(ValueError, match="two points"):
        chart_svg([("a", 1.0)], "t", "")
