"""A test case as people type it: one thing a line, pages after a bar."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from starlette.datastructures import FormData

from answers.cases.types import CaseContent, CaseView, ExpectedDocument, Named
from core.errors import Invalid
from rag.questions.kind import Kind

MOST_PAGES = 50
MOST_DIGITS = 7
BAR = "|"


@dataclass(frozen=True, slots=True)
class CaseForm:
    """The fields of the form, as they were typed.

    Attributes:
        library_ids: of the libraries that are ticked.
        version: of the case that was opened; 0 for a new one.
        review_item: id of the review item that it is made from; empty: none.
    """

    question: str = ""
    earlier: str = ""
    kind: str = ""
    library_ids: tuple[str, ...] = ()
    documents: str = ""
    expected: str = ""
    points: str = ""
    must_refuse: bool = False
    tags: str = ""
    note: str = ""
    is_enabled: bool = True
    version: int = 0
    review_item: str = ""

    @classmethod
    def of(cls, content: CaseContent, review_item_id: UUID | None = None) -> "CaseForm":
        """A case in the form."""
        return cls(
            question=content.question,
            earlier="\n".join(content.earlier),
            kind=content.kind or "",
            library_ids=tuple(str(one.id) for one in content.libraries),
            documents="\n".join(one.title for one in content.documents),
            expected="\n".join(_expected_line(one) for one in content.expected),
            points="\n".join(content.points),
            must_refuse=content.must_refuse,
            tags=", ".join(content.tags),
            note=content.note,
            is_enabled=content.is_enabled,
            version=content.version if isinstance(content, CaseView) else 0,
            review_item=str(review_item_id or ""),
        )

    @classmethod
    def read(cls, form: FormData) -> "CaseForm":
        """What a browser sent."""
        names = ("question", "earlier", "kind", "documents", "expected", "points", "tags", "note", "review_item")
        texts = {name: _text(form.get(name)) for name in names}
        version = _text(form.get("version"))
        return cls(
            **texts,
            library_ids=tuple(map(_text, form.getlist("library"))),
            must_refuse="must_refuse" in form,
            is_enabled="is_enabled" in form,
            version=int(version[:MOST_DIGITS]) if version.isascii() and version.isdigit() else 0,
        )

    def content(self, titles: Mapping[str, str]) -> CaseContent:
        """The case that was typed.

        Args:
            titles: id → name of the libraries that may be ticked.

        Raises:
            Invalid: a library or a page that cannot be one.
        """
        return CaseContent(
            question=self.question,
            earlier=tuple(_lines(self.earlier)),
            kind=Kind(self.kind) if self.kind in list(Kind) else None,
            libraries=tuple(_library(library_id, titles) for library_id in self.library_ids),
            documents=tuple(Named(title=line) for line in _lines(self.documents)),
            expected=tuple(_expected(line) for line in _lines(self.expected)),
            points=tuple(_lines(self.points)),
            must_refuse=self.must_refuse,
            tags=tuple(filter(None, map(str.strip, self.tags.split(",")))),
            note=self.note,
            is_enabled=self.is_enabled,
        )

    @property
    def review_item_id(self) -> UUID | None:
        """The id of the review item; None: none. Raises Invalid."""
        try:
            return UUID(self.review_item) if self.review_item else None
        except ValueError as error:
            raise Invalid("There is no such review item.") from error


def titles_of(*named: Iterable[Named]) -> dict[str, str]:
    """Id → name of the libraries that may be ticked: those that the admin may read, and those of the case."""
    return {str(one.id): one.title for some in named for one in some}


def _text(value: object) -> str:
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""


def _lines(text: str) -> Sequence[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _library(library_id: str, titles: Mapping[str, str]) -> Named:
    if library_id not in titles:
        raise Invalid("One of the libraries is gone, or you may not read it any more.")
    return Named(id=UUID(library_id), title=titles[library_id])


def _expected_line(one: ExpectedDocument) -> str:
    return f"{one.title} {BAR} {', '.join(map(str, one.pages))}" if one.pages else one.title


def _expected(line: str) -> ExpectedDocument:
    """``handbook.pdf | 2, 5-7``: a title, and pages after the last bar. Raises Invalid."""
    title, bar, typed = line.rpartition(BAR)
    if not bar:
        return ExpectedDocument(title=line)
    pages = [page for part in typed.split(",") if part.strip() for page in _pages(part.strip(), line)]
    return ExpectedDocument(title=title.strip(), pages=tuple(pages))


def _pages(part: str, line: str) -> Iterable[int]:
    first, _, last = part.partition("-")
    numbers = [number.strip() for number in (first, last or first)]
    if not all(number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS for number in numbers):
        raise Invalid(
            f"“{part}” is no page. Write pages after the bar, such as: {line.rpartition(BAR)[0].strip()} | 2, 5-7"
        )
    start, end = map(int, numbers)
    if not 0 <= end - start < MOST_PAGES:
        raise Invalid(f"“{part}” is no range of at most {MOST_PAGES} pages.")
    return range(start, end + 1)
