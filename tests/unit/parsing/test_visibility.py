"""The one idea of visible text that all formats share: colours, looks, styles that build on others, what is painted behind."""

from hypothesis import given
from hypothesis import strategies as st

from parsing.visibility.cascade import MOST_BASES, Cascade
from parsing.visibility.colour import BLACK, CLOSE, WHITE, Colour, is_lost
from parsing.visibility.geometry import Painted, behind, holds, meet
from parsing.visibility.verdict import COVERED, INVISIBLE, MARKED, OFF_PAGE, SAME_COLOUR, TINY, Look

levels = st.integers(0, 255)
colours = st.tuples(levels, levels, levels).map(lambda rgb: Colour(*rgb))
alphas = st.floats(0, 1)
numbers = st.integers(-50, 50)
boxes = st.tuples(numbers, numbers, st.integers(1, 40), st.integers(1, 40)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


@given(colours)
def test_a_colour_is_written_and_read(colour: Colour) -> None:
    digits = f"{colour.red:02x}{colour.green:02X}{colour.blue:02x}"
    assert Colour.from_hex(digits) == Colour.from_hex(f"#{digits}") == colour


@given(st.text(max_size=9))
def test_what_is_no_colour_is_none(text: str) -> None:
    found = Colour.from_hex(text)
    assert found is None or f"{found.red:02x}{found.green:02x}{found.blue:02x}" == text.removeprefix("#").lower()


@given(colours, colours, colours)
def test_distance_is_one(one: Colour, other: Colour, third: Colour) -> None:
    assert one.distance(other) == other.distance(one) >= 0
    assert (one.distance(other) == 0) == (one == other)
    assert one.distance(third) <= one.distance(other) + other.distance(third)


@given(colours, colours, alphas, alphas)
def test_the_more_transparent_the_less_is_seen(one: Colour, behind_it: Colour, alpha: float, other: float) -> None:
    thin, thick = sorted((alpha, other))
    seen = [one.with_alpha(each).over(behind_it).distance(behind_it) for each in (0, thin, thick, 1)]
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert one.with_alpha(1).over(behind_it) == one


@given(colours, st.floats(-1, 1), st.floats(-1, 1))
def test_tints_keep_to_the_scale(colour: Colour, part: float, other: float) -> None:
    darker, lighter = sorted((part, other))
    one, two = colour.lighter(darker), colour.lighter(lighter)
    assert sum(one[:3]) <= sum(two[:3]) + 3  # rounded in three channels
    assert all(0 <= level <= 255 for level in (*one[:3], *two[:3]))
    assert colour.lighter(1) == WHITE
    assert colour.lighter(-1) == BLACK


@given(colours)
def test_no_tint_is_the_colour(colour: Colour) -> None:
    assert colour.lighter(0).distance(colour) <= 1


@given(colours, st.integers(0, 255))
def test_colours_are_lost_up_to_a_distance(colour: Colour, step: int) -> None:
    moved = colour._replace(red=(colour.red + step) if colour.red + step <= 255 else colour.red - min(step, colour.red))
    assert is_lost(moved, colour) == (moved.distance(colour) <= CLOSE)


def test_a_look_is_hidden_by_one_rule() -> None:
    grey = Colour(200, 200, 200)
    assert Look().how() == Look(colour=WHITE).how() == Look(behind=WHITE, colour=grey).how() == ""
    assert Look(size_pt=8, colour=BLACK, behind=WHITE).how() == ""
    assert Look(is_marked=True, size_pt=1).how() == MARKED
    assert Look(size_pt=1, is_outside=True).how() == TINY
    assert Look(is_outside=True).how() == OFF_PAGE
    assert Look(is_covered=True).how() == COVERED
    assert Look(colour=BLACK.with_alpha(0.01)).how() == INVISIBLE
    assert Look(colour=BLACK.with_alpha(0.05), behind=WHITE).how() == SAME_COLOUR
    assert Look(colour=Colour(240, 240, 240), behind=WHITE).how() == SAME_COLOUR


def test_styles_build_on_others() -> None:
    styles = {"a": ("b", None), "b": ("c", 7), "c": ("a", 9), "lost": ("nowhere", None)}
    cascade = Cascade(styles, base=lambda style: style[0])
    assert [style[0] for style in cascade.line("a")] == ["b", "c", "a"]
    assert cascade.first("a", lambda style: style[1]) == 7
    assert cascade.first("lost", lambda style: style[1]) is None
    assert list(cascade.line(None)) == list(cascade.line("missing")) == []
    endless = Cascade({number: number + 1 for number in range(10_000)}, base=lambda style: style)
    assert len(list(endless.line(0))) == MOST_BASES


@given(boxes, st.lists(st.tuples(boxes, st.one_of(st.none(), colours)), max_size=5), colours)
def test_the_last_painted_is_behind(
    box: tuple[int, ...], shapes: list[tuple[tuple[int, ...], Colour]], paper: Colour
) -> None:
    painted = [Painted(box, colour) for box, colour in shapes]  # type: ignore[arg-type]
    found = behind(box, painted, paper)  # type: ignore[arg-type]
    touching = [shape for shape in painted if shape.box and meet(shape.box, box)]  # type: ignore[arg-type]
    if not touching:
        assert found == paper
    elif holds(touching[-1].box, box):  # type: ignore[arg-type]
        assert found == touching[-1].colour
    else:
        assert found is None


def test_behind_what_may_be_anywhere_nothing_is_known() -> None:
    assert behind((0, 0, 1, 1), [Painted(None, BLACK)], WHITE) is None
    assert behind(None, [Painted((0, 0, 1, 1), BLACK)], WHITE) is None
    assert behind(None, [], WHITE) == WHITE
