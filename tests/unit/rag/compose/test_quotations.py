"""Which sentences of a document may be quoted by themselves."""

import pytest

from rag.compose.figures import value_of
from rag.compose.quotations import quotations
from rag.compose.topics import document_title, headings, topics
from tests.chunks import chunk


def whole(text: str) -> list[str]:
    return [one.text for one in quotations([chunk(text)]) if one.is_whole]


@pytest.mark.parametrize(
    "text",
    [
        "Parental leave lasts sixteen weeks at full pay.",
        "This handbook explains how the people in the house work together.",
        "Dieses Handbuch beschreibt, wie im Haus gearbeitet wird.",
        "IBM was founded in 1911 as the Computing-Tabulating-Recording Company (CTR).",
        "3D printing is allowed in the workshop after an introduction.",
        "年次有給休暇は二十八日間です。",
    ],
)
def test_a_sentence_that_stands_by_itself(text: str) -> None:
    assert whole(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "It lasts sixteen weeks and is paid in full.",
        "However, the rule does not apply to people on probation.",
        "In these instances, the manager decides what happens next.",
        "Is parental leave paid in full for every parent?",
        "The steps are described in the list that follows here:",
        "Employee handbook of Larkspur Observatory",
        "Zejiang Shen, Ruochen Zhang, Melissa Dell, Benjamin Lee and Jacob Carlson.",
        "1.6 Wege und Knoten . . . . . . . . . . . . . . . . 14",
        "47700 Federal Register / Vol. 85, No. 152 / Thursday, August 6, 2020 / Proposed Rules of the day.",
        "Home Products Prices Support Careers Contact Imprint Privacy NEW!",
        "Sei X = S 1 . γ1 und γ2 aus S 2 n . m . k.",
        "| Spain | 22 | 14 | Portugal | 25 | 13 |",
        "そのため、申請は二週間前までに行います。",
    ],
)
def test_what_needs_its_neighbours_or_says_nothing(text: str) -> None:
    assert whole(text) == []


def test_a_chunk_that_begins_in_a_sentence() -> None:
    first, second = "The director of the house grants", "Larkspur people a day off in May. Requests are made in April."
    cut = [chunk(first), chunk(second, index=1, start=len(first) + 1)]
    assert [one.text for one in quotations(cut)] == ["Requests are made in April."]


def test_what_stands_on_every_page_is_furniture() -> None:
    pages = [
        chunk(
            f"Rule {page} is about the gate of the house.\n\nPlease print this page only in May, copy {page}.",
            page=page,
        ).model_copy(update={"section": page})
        for page in range(1, 5)
    ]
    assert not any("print" in one.text for one in quotations(pages))


def test_all_lines_are_compared() -> None:
    lines = [one.text for one in quotations([chunk("Leave\n\nTwo days.\n\n- Requests: in April")], is_all=True)]
    assert lines == ["Two days.", "Requests: in April"]


def test_a_sentence_under_a_summary_is_told() -> None:
    (one,) = quotations([chunk("SUMMARY: The agency proposes to require a new switch in every gate.")])
    assert one.sums_up


HANDBOOK = [
    chunk("Handbook\n\nThis handbook explains the house.", path=("Handbook",)),
    chunk("Every parent has sixteen weeks of leave.", index=1, path=("Handbook", "Leave")),
    chunk("Parents may split the leave into two parts.", index=2, path=("Handbook", "Leave", "Splitting")),
    chunk("Flights need the approval of a director.", index=3, path=("Handbook", "Travel")),
]


def test_topics_are_under_the_highest_headings_below_the_title() -> None:
    title = document_title(HANDBOOK)
    found = topics(quotations(HANDBOOK), title, headings(HANDBOOK))
    assert title == "Handbook"
    assert [(topic.heading, len(topic.quoted)) for topic in found] == [("", 1), ("Leave", 2), ("Travel", 1)]
    outline = [(one.level, one.text, one.index) for one in headings(HANDBOOK)]
    assert outline == [(1, "Leave", 1), (2, "Splitting", 2), (1, "Travel", 3)]


def test_numbered_headings_are_found_where_none_are_marked() -> None:
    contents = chunk("Contents\n1 Leave 3\n2 Travel 5\n3 Cars 7", page=1)
    pages = [
        chunk("1 Leave\nEvery parent has sixteen weeks.\n1.1 Splitting it up\nIn two parts.", index=1, page=2),
        chunk("2 Travel\nFlights need approval.\n2 → R is a map", index=2, page=3),
        chunk("3 Cars\nCars are leased for three years.", index=3, page=4),
    ]
    outline = [(one.level, one.text, one.page) for one in headings([contents, *pages])]
    assert outline == [(1, "1 Leave", 2), (2, "1.1 Splitting it up", 2), (1, "2 Travel", 3), (1, "3 Cars", 4)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Every employee receives twenty-eight days of leave.", "twenty-eight days"),
        ("It costs $12.50 for each person.", "$12.50"),
        ("The tax rate is 6.2 % of all wages.", "6.2 %"),
        ("Unused days expire on 31 March of the next year.", "31 March"),
        ("Founded on March 3, 1911 in Lisbon.", "March 3, 1911"),
        ("Im Jahr gibt es 28 Tage Urlaub.", "28 Tage"),
        ("One of the people may leave.", ""),
        ("Rooms 3 and 4 are closed in may.", ""),
        ("Sind P1 und P2 konvexe Polygone und T1, T2 die Teile.", ""),
    ],
)
def test_the_figure_of_a_sentence(text: str, value: str) -> None:
    assert value_of(text) == value
