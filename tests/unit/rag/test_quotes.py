"""The quoted sentences of a composed answer: what stands before them on their line, or above it, is none of theirs."""

import pytest

from rag.grounding.markers import parse
from rag.grounding.statements import quotes


@pytest.mark.parametrize(
    ("answer", "quoted"),
    [
        ("Leave is paid [1]. Cars are leased [2].", ["Leave is paid", ". Cars are leased"]),
        ("A table of 3 rows.\n\nLeave is paid [1]", ["Leave is paid"]),
        ("**Leave**\n\n- Leave is paid [1]\n- Cars are leased [2]", ["Leave is paid", "Cars are leased"]),
        ("- **Leave and rest**: Leave is paid [1]", ["Leave is paid"]),
        (
            "| A | B |\n| --- | --- |\n| Leave | Leave is paid [1] | Never \\| paid [2] |",
            ["Leave is paid", "Never \\| paid"],
        ),
        ("Leave is **always** paid [1]", ["Leave is **always** paid"]),
    ],
)
def test_a_quote_begins_after_leads_and_cells(answer: str, quoted: list[str]) -> None:
    parsed = parse(answer)
    found = [parsed.bare[one.sentence.start : one.sentence.end] for one in quotes(parsed)]
    assert [text.strip() for text in found] == quoted
