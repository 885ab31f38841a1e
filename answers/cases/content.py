"""What an admin may write into a test case, checked in one place for the form and for files."""

from collections.abc import Iterable

from answers.cases.types import CaseContent, ExpectedDocument, Named
from answers.question import LONGEST_QUESTION
from answers.question import checked as checked_question
from core.errors import Invalid
from core.storable import storable

MOST_EARLIER, MOST_PLACES, MOST_EXPECTED, MOST_POINTS, MOST_TAGS = 10, 20, 20, 20, 10
LONGEST_POINT, LONGEST_TAG, LONGEST_TITLE, LONGEST_NOTE = 300, 40, 500, 2000
MOST_PAGES, LAST_PAGE = 50, 1_000_000


def checked(content: CaseContent) -> CaseContent:
    """The content as it is stored: without white space around it, empty entries and repetitions.

    Raises:
        Invalid: what is wrong, in a sentence.
    """
    cleaned = content.model_copy(
        update={
            "question": checked_question(content.question),
            "earlier": tuple(checked_question(one) for one in content.earlier if one.strip()),
            "libraries": tuple(_named(one) for one in content.libraries),
            "documents": tuple(_named(one) for one in content.documents),
            "expected": tuple(_expected(one) for one in content.expected),
            "points": _texts(content.points),
            "tags": _texts(content.tags),
            "note": storable(content.note).strip(),
        }
    )
    _require_sizes(cleaned)
    _require_sense(cleaned)
    return cleaned


def _require_sizes(content: CaseContent) -> None:
    for count, most, what in (
        (len(content.earlier), MOST_EARLIER, "earlier questions"),
        (len(content.libraries), MOST_PLACES, "libraries"),
        (len(content.documents), MOST_PLACES, "documents to ask"),
        (len(content.expected), MOST_EXPECTED, "expected documents"),
        (len(content.points), MOST_POINTS, "points"),
        (len(content.tags), MOST_TAGS, "tags"),
    ):
        if count > most:
            raise Invalid(f"A case has at most {most} {what}; these are {count}.")
    for texts, longest, what in (
        (content.points, LONGEST_POINT, "A point"),
        (content.tags, LONGEST_TAG, "A tag"),
        ((content.note,), LONGEST_NOTE, "The note"),
    ):
        if any(len(text) > longest for text in texts):
            raise Invalid(f"{what} has at most {longest} characters.")
    assert len(content.question) <= LONGEST_QUESTION


def _require_sense(content: CaseContent) -> None:
    if not content.libraries:
        raise Invalid("Choose at least one library in which the question is asked.")
    if content.must_refuse and (content.expected or content.points):
        raise Invalid("A question that must be refused has neither expected documents nor points.")
    if not (content.must_refuse or content.expected or content.points):
        raise Invalid("Say what is expected: a document, a point, or that the question must be refused.")


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (" ".join(storable(text).split()) for text in texts))))


def _title(title: str) -> str:
    text = storable(title).strip()
    if not text or len(text) > LONGEST_TITLE:
        raise Invalid(f"The name of a library or document has 1 to {LONGEST_TITLE} characters.")
    return text


def _named(one: Named) -> Named:
    return Named(id=one.id, title=_title(one.title))


def _expected(one: ExpectedDocument) -> ExpectedDocument:
    pages = tuple(sorted(set(one.pages)))
    if len(pages) > MOST_PAGES or any(not 1 <= page <= LAST_PAGE for page in pages):
        raise Invalid(f"Pages of “{one.title}” are numbers from 1, at most {MOST_PAGES} of them.")
    return ExpectedDocument(id=one.id, title=_title(one.title), pages=pages)
