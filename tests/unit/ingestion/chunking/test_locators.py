"""Two places as one."""

import pytest

from ingestion.indexing.chunking.locators import combined


@pytest.mark.parametrize(
    ("locators", "expected"),
    [
        ([], None),
        (["A2:D2"], "A2:D2"),
        (["A2:D2", "A3:D3", "A9:D9"], "A2:D9"),
        (["B7", "C8"], "B7:C8"),
        (["Y2:Z2", "Y3:AB3"], "Y2:AB3"),
        (["Costs!A2:D2", "Costs!A3:D9"], "Costs!A2:D9"),
        (["A1:D1", "A57:D57", "A60:E60"], "A1:D1, A57:E60"),
        (["A1", "A5"], "A1, A5"),
        (["Costs!A2:D2", "Staff!A9:D9"], "Costs!A2:D2 – Staff!A9:D9"),
        (["page 3", "page 3"], "page 3"),
        (["page 3", "page 4"], "pages 3–4"),
        (["page 3", "page 4", "page 10"], "pages 3–10"),
        (["page 3", "slide 4"], "page 3 – slide 4"),
        (["cover", "page 2"], "cover – page 2"),
    ],
)
def test_places_are_combined(locators: list[str], expected: str | None) -> None:
    assert combined(locators) == expected
