"""Which records a question speaks of: the families whose name, heading, title or own words have its noun."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rag.compose.listing.records import LEAD, Family, Record, families_of, pages, whole
from rag.compose.listing.request import Request
from rag.compose.listing.texts import Document
from rag.compose.listing.words import Word, find_phrase, folded
from rag.terms import terms_of

OWN, NEAR, FAR, COLUMN = 3.0, 2.5, 2.0, 1.5  # where a family has the noun
SINGULAR = 0.5  # a list under a noun that the question has in the singular: one list alone may be meant
SAMPLED = 60
MOST_HAVE = 0.8
LEAST_DOCUMENTS = 3  # with the noun in their title or beginning, from which each is a record
LEAST_COMMON = 2
BETWEEN = 0.25  # what a name loses by a line between it and the records
LEADING = 150  # characters
SHORT_HEADING = 5  # words
GAP = 2  # characters between two words of a phrase
CLOSE = 0.6  # a family of another document may have so much less than the best
MAIL_MARKS = ("from: ", "to: ", "subject: ", "date: ")


@dataclass(slots=True)
class Choice:
    """Records of one kind, and what of the question names them.

    Attributes:
        nouns: words of the question that the records are called by.
        column: the column whose different values are counted; empty for the records themselves.
        documents: how many documents have such records.
    """

    family: Family
    nouns: tuple[Word, ...]
    score: float
    column: str = ""


def choice_of(request: Request, documents: Sequence[Document]) -> Choice | None:
    """The records that the question speaks of; None when none can be told."""
    language = request.language
    match request.unit:
        case "page":
            return _generic([record for document in documents for record in pages(document, language)])
        case "mail":
            return _generic([whole(document, language) for document in documents if _is_mail(document)])
        case "document":
            return _documents(request, [whole(document, language) for document in documents])
    near = [document for document in documents if _may_have(document, request)]
    named = [document for document in near if _names(document, request.nouns, language)]
    own = _documents(request, [whole(document, language) for document in named]) if named else None
    inner = _inner(request, near)
    if own is None or inner is None:
        return inner or own
    return own if _is_each_document(own, inner) else inner


def _may_have(document: Document, request: Request) -> bool:
    """False for a document that names none of the nouns, which need not be read line by line."""
    if not request.heads:
        return True
    text = "\n".join(
        [document.title, *document.headings, *(chunk.text for section in document.sections for chunk in section.chunks)]
    )
    lower = folded(text, request.language)
    return any(_begins_line(word, lower) for word in (request.nouns or request.heads))


def _begins_line(word: Word, text: str) -> bool:
    """True when a word stands at the beginning of some line, where names, headings and labels are."""
    place = word.find(text)
    while place:
        if place[0] < LEADING or text.rfind("\n", place[0] - LEADING, place[0]) >= 0:
            return True
        place = word.find(text, place[1])
    return False


def _generic(records: list[Record]) -> Choice | None:
    if not records:
        return None
    return Choice(Family(records[0].kind, records), (), NEAR)


def _documents(request: Request, records: list[Record]) -> Choice | None:
    """Documents as records; of those whose title or beginning has the noun, when all of the first words are not conditions."""
    if not records:
        return None
    if request.unit == "document":
        return Choice(Family("document", records), (), NEAR)
    best: list[Record] = []
    noun: Word | None = None
    for word in request.nouns:
        having = [record for record in records if word.is_in(_opening(record.document, request.language))]
        if len(having) > len(best):
            best, noun = having, word
    if noun is None:
        return None
    family = _without_outliers(Family("document", best))
    if not family.is_regular or len(family.records) < LEAST_DOCUMENTS:
        return None
    return Choice(family, _phrase(family.records, noun, request.heads), OWN)


def _without_outliers(family: Family) -> Family:
    """The family without records that lack the fixed words of the others: what is written about invoices is none."""
    if len(family.records) < LEAST_DOCUMENTS or len(family.common) < LEAST_COMMON:
        return family
    alike = [
        record
        for record in family.records
        if len(family.common & terms_of(record.text[: 10 * LEAD])) * 2 > len(family.common)
    ]
    return replace_family(family, alike, family.labels)


def _is_each_document(own: Choice, inner: Choice) -> bool:
    """True when each document with the noun is a record, and not what is in them."""
    count = len(own.family.records)
    if count < LEAST_DOCUMENTS:
        return len(inner.family.records) < LEAST_DOCUMENTS
    containers = {id(record.document) for record in inner.family.records}
    in_common = sum(id(record.document) in containers for record in own.family.records)
    if in_common * 2 < count:
        return len(inner.family.records) < count
    noun = own.nouns[0]
    titles = [folded(record.document.title, noun.language) for record in own.family.records]
    has_plural = sum(noun.text in title for title in titles) * 2 >= count and noun.text != noun.stem
    return not has_plural or len(inner.family.records) <= count


def _names(document: Document, heads: Iterable[Word], language: str) -> bool:
    opening = _opening(document, language)
    return any(word.is_in(opening) for word in heads)


def _opening(document: Document, language: str) -> str:
    return folded(f"{document.title}\n{document.top}\n{document.beginning[: 2 * LEAD]}", language)


def _inner(request: Request, documents: Sequence[Document]) -> Choice | None:
    """The best family of each document that has the noun about as clearly as the best of all, together."""
    chosen: list[Choice] = []
    for document in documents:
        families = families_of(document, request.language)
        options = [choice for family in families for choice in _options(request, family, _is_only(family, families))]
        if options:
            chosen.append(max(options, key=lambda one: (one.score, len(one.family.records))))
    if not chosen:
        return None
    best = max(chosen, key=lambda one: (one.score, len(one.family.records)))
    alike = [
        choice
        for choice in chosen
        if choice.family.kind == best.family.kind
        and choice.score >= best.score - CLOSE
        and choice.column == best.column
    ]
    return _together(alike, best) if best.score >= COLUMN or len(alike) == 1 else None


def _together(choices: Sequence[Choice], best: Choice) -> Choice:
    if len(choices) == 1:
        return best
    labels = tuple(dict.fromkeys(label for choice in choices for label in choice.family.labels))
    records = [record for choice in choices for record in choice.family.records]
    family = replace_family(best.family, records, labels)
    return Choice(family, best.nouns, best.score, best.column)


def replace_family(family: Family, records: list[Record], labels: tuple[str, ...]) -> Family:
    """A family of the same kind with other records."""
    return replace(family, records=records, labels=labels)


def _is_only(family: Family, families: Sequence[Family]) -> bool:
    """True when no other rows or items of the document can be meant by its title."""
    others = [other for other in families if other.kind == family.kind and other is not family]
    return family.kind not in ("row", "item") or all(other.labels == family.labels != () for other in others)


def _options(request: Request, family: Family, is_only: bool) -> Iterator[Choice]:
    """How a family can be what is listed: once at most for each way.

    Args:
        is_only: the title of the document may name it.
    """
    _add_context(family, request.language)
    near = folded(" \n ".join(family.near), request.language)
    far = folded(" \n ".join(family.far), request.language)
    if request.unit == "row" and not request.heads and family.kind in ("row", "item"):
        yield Choice(family, (), NEAR)
    if request.unit == "section" and family.kind == "section":
        yield Choice(family, (), NEAR)
    words = request.heads
    above = folded(family.near[0], request.language) if family.near else ""
    names = [(above, NEAR), (near, NEAR - BETWEEN), (far, FAR)]
    for text, score in names if is_only else names[:2]:
        nouns = tuple(word for word in words if word.is_in(text))
        if nouns and _has_noun(nouns, text, request, family) and _is_container(family):
            is_named = any(word in request.nouns for word in nouns)
            worth = score if is_named else SINGULAR
            yield Choice(family, nouns, worth + 0.1 * len(nouns) + 0.3 * (family.kind == "row"))
    if family.kind in ("section", "paragraph"):
        yield from _by_own_words(family, request)
    if family.kind == "row":
        yield from _by_column(request, family)


def _add_context(family: Family, language: str) -> None:
    context = folded(" \n ".join((*family.near, *family.far)), language)
    for record in family.records:
        record.context = context


def _has_noun(words: Sequence[Word], text: str, request: Request, family: Family) -> bool:
    """True when one of the words is a noun; "Which medication?" may ask for those of a list under "Medications"."""
    nouns = request.nouns
    if any(word in nouns for word in words):
        return True
    is_short = len(text.split()) <= SHORT_HEADING
    return (
        family.kind == "item"
        and is_short
        and any(word == request.heads[-1] and word.text not in text.split() for word in words)
    )


def _is_container(family: Family) -> bool:
    """True when what a heading or title names is its records: rows and items always, sections and paragraphs when they are of one shape."""
    if family.kind in ("row", "item"):
        return True
    return len(family.records) >= LEAST_DOCUMENTS and family.is_regular


def _by_own_words(family: Family, request: Request) -> Iterator[Choice]:
    shares = {word: [record for record in family.records if word.is_in(record.lead)] for word in request.nouns}
    for word, having in shares.items():
        if len(having) < 2:
            continue
        chosen = family if len(having) == len(family.records) else replace_family(family, having, family.labels)
        if len(having) >= MOST_HAVE * len(family.records) or family.kind == "section":
            nouns = _phrase(having, word, request.heads)
            if chosen.is_regular:
                yield Choice(chosen, nouns, OWN + 0.1 * len(nouns))


def _by_column(request: Request, family: Family) -> Iterator[Choice]:
    for word in request.nouns[:3]:
        for label in family.labels:
            if word.is_in(folded(label, request.language)):
                yield Choice(family, (word,), COLUMN, folded(label, request.language))


def _phrase(records: Sequence[Record], noun: Word, words: Sequence[Word]) -> tuple[Word, ...]:
    """The noun with the words beside it that stand beside it in the records, too: "support ticket"."""
    sample = records[:: max(1, len(records) // SAMPLED)]
    run = [noun]
    for word in sorted(words, key=lambda one: one.start):
        is_beside = 0 < word.start - run[-1].end <= GAP or 0 < run[0].start - word.end <= GAP
        longer = sorted([*run, word], key=lambda one: one.start)
        if is_beside and sum(find_phrase(longer, record.lead) is not None for record in sample) >= MOST_HAVE * len(
            sample
        ):
            run = longer
    return tuple(run)


def _is_mail(document: Document) -> bool:
    beginning = document.beginning[: 4 * LEAD].lower()
    return sum(mark in beginning for mark in MAIL_MARKS) >= 2


Progress = Callable[[int], None]
