"""What is said of an answer that cites the right document at the wrong place."""

import pytest

from answers.cases.judging import Answered, failures_of
from answers.cases.places import Place
from answers.cases.types import CaseContent, ExpectedDocument
from core.access import SearchScope
from rag.types import Citation
from tests.chunks import HANDBOOK, LIBRARY, chunk


@pytest.mark.parametrize(
    ("pages", "cited", "told"),
    [
        ((2,), (2,), []),
        ((2, 3), (3, 7), []),
        ((2, 3), (7,), ["“handbook.md” is cited, but not page 2, 3."]),
        ((2,), (None,), ["“handbook.md” is cited, but it has no pages: leave them out of the case."]),
        ((), (None,), []),
        ((2,), (), ["“handbook.md” is not cited."]),
    ],
)
def test_pages_are_judged_where_there_are_pages(
    pages: tuple[int, ...], cited: tuple[int | None, ...], told: list[str]
) -> None:
    expected = ExpectedDocument(title="handbook.md", pages=pages)
    place = Place(SearchScope(library_ids=frozenset({LIBRARY})), ((expected, frozenset({HANDBOOK})),))
    citations = tuple(
        Citation(number=number, chunk=chunk("Leave.", page=page, index=number), spans=(), quote="Leave.", support=1.0)
        for number, page in enumerate(cited, start=1)
    )
    content = CaseContent(question="How long?", expected=(expected,))
    found = failures_of(content, place, Answered("Leave.", citations, claims=True), ())
    assert [failure.sentence for failure in found] == told
