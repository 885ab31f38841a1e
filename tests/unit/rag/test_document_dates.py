"""The date that a document gives itself."""

import pytest

from rag.document_dates import own_date


@pytest.mark.parametrize(
    ("title", "beginning", "dated"),
    [
        ("policy.md", "Travel policy\n\nEffective 1 March 2025\n\nTrips are booked early.", "1 March 2025"),
        ("policy.md", "Travel policy. Last updated: 2024-11-30.", "2024-11-30"),
        ("policy.md", "Travel policy, version of June 2023.", "June 2023"),
        ("policy.md", "Reisekosten\nStand: 03.02.2024", "03.02.2024"),
        ("policy.md", "Gültig ab 1. Januar 2025.", "1. Januar 2025"),
        ("policy-2025.md", "Trips are booked early.", "2025"),
        ("minutes_2024_03_05.docx", "Present: all.", "2024-03-05"),
        ("minutes.docx", "Minutes\n5 March 2024\nPresent: all.", "5 March 2024"),
        ("policy-2023.md", "Effective 1 March 2025", "1 March 2025"),
        ("policy.md", "The company was founded in 1998 and has grown since.", ""),
        ("policy.md", "Dated machines are replaced.", ""),
        ("invoice-20251.md", "Total 2,025.00", ""),
    ],
)
def test_own_date(title: str, beginning: str, dated: str) -> None:
    assert own_date(title, beginning) == dated
