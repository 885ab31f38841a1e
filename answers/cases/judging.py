"""What is wrong with the answer to a case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from answers.cases.places import Place
from answers.cases.types import CaseContent, Failure, Quote
from rag.types import Citation, Usage


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it is judged.

    Attributes:
        text: without the numbers of its sources and the remarks of the check.
        is_refused: the product said that the documents do not answer the question.
        claims: it says something about the documents: it cites them, or says what they do not bear out.
        error: why there is no answer; empty: there is one.
    """

    text: str = ""
    citations: tuple[Citation, ...] = ()
    is_refused: bool = False
    claims: bool = False
    error: str = ""
    usage: Usage = field(default_factory=Usage)
    took_ms: float = 0.0

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The cited passages, as an admin may see them."""
        return tuple(
            Quote(
                number=one.number,
                title=one.chunk.title,
                page=one.chunk.page,
                locator=one.chunk.where,
                text=one.quote,
            )
            for one in self.citations
        )


def failures_of(
    content: CaseContent, place: Place, answered: Answered, missing_points: Sequence[str]
) -> tuple[Failure, ...]:
    """What is wrong; empty when the case passes.

    Args:
        missing_points: points of the case that the answer does not make.
    """
    if answered.error:
        return (Failure(code="error", values={"message": answered.error}),)
    if content.must_refuse:
        return () if answered.is_refused or not answered.claims else (Failure(code="answered"),)
    if answered.is_refused:
        return (Failure(code="refused"),)
    points = (Failure(code="no_point", values={"point": point}) for point in missing_points)
    return (*_not_cited(place, answered), *points)


def _not_cited(place: Place, answered: Answered) -> Iterator[Failure]:
    for expected, ids in place.expected:
        pages = {one.chunk.page for one in answered.citations if one.chunk.document_id in ids}
        if not pages:
            yield Failure(code="not_cited", values={"title": expected.title})
        elif expected.pages and pages == {None}:
            yield Failure(code="no_pages", values={"title": expected.title})
        elif expected.pages and pages.isdisjoint(expected.pages):
            named = ", ".join(map(str, expected.pages))
            yield Failure(code="wrong_page", values={"title": expected.title, "pages": named})
