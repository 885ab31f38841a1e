"""The date of a document, as it says itself: "Effective 1 March 2025" at its beginning, a year in its name; else when it was added."""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from rag.corpus import Corpus, DocumentBeginning
from rag.tables.dates import moment_of
from rag.types import Source

LOOKED_AT = 2000  # characters at the beginning of a document
LONGEST_DATE = 40  # characters behind the word that announces it
LONGEST_LINE = 30  # characters of a line that is a date
ANNOUNCED = re.compile(
    r"(?<!\w)(?:effective(?: date| from| as of)?|valid (?:from|as of)|in force (?:from|since)|as of"
    r"|last (?:updated|modified|reviewed|revised|changed)|updated(?: on)?|revised(?: on)?"
    r"|revision|version(?: of)?|dated?|issued(?: on)?|published(?: on)?|created on|approved on"
    r"|stand|gültig (?:ab|seit)|datum|fassung vom|in kraft seit|zuletzt geändert(?: am)?|aktualisiert(?: am)?"
    r"|en vigueur (?:depuis|à partir)|mis à jour(?: le)?|vigente desde|actualizado(?: el)?|fecha)(?!\w)[ \t:*_|]{0,8}",
    re.IGNORECASE,
)
WRITTEN = re.compile(
    r"(?:the |den |der |le |el )?(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4}"
    r"|\d{1,2}(?:st|nd|rd|th|\.)? (?:of |de )?[^\W\d_]{3,10}\.?,? (?:de )?\d{4}"
    r"|[^\W\d_]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|[^\W\d_]{3,10} \d{4}|\d{1,2}[./]\d{4}|(?:19|20)\d\d)(?!\d)"
)
IN_NAME = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-_.]\d{1,2}[-_.]\d{1,2}|\d{1,2}[-_.]\d{1,2}[-_.](?:19|20)\d\d|(?:19|20)\d\d)(?!\d)"
)


def own_date(title: str, beginning: str) -> str:
    """The date that a document gives itself, as it is written there; empty without one."""
    text = beginning[:LOOKED_AT]
    for match in ANNOUNCED.finditer(text):
        written = WRITTEN.match(text, match.end())
        if written and moment_of(written[1]):
            return written[1]
    named = IN_NAME.search(title)
    if named:
        return named[0].replace("_", "-")
    for line in text.splitlines():
        written = WRITTEN.fullmatch(line.strip(" *_#\t")) if len(line) <= LONGEST_LINE else None
        if written and moment_of(written[1]):
            return written[1]
    return ""


async def with_dates(sources: Sequence[Source], corpus: Corpus | None) -> tuple[Source, ...]:
    """The sources with the dates of their documents, where they are of several."""
    documents = {source.chunk.document_id for source in sources}
    if corpus is None or len(documents) < 2:
        return tuple(sources)
    dates = _dates(await corpus.beginnings(documents))
    return tuple(
        source.model_copy(update={"dated": dates.get(source.chunk.document_id, "")}) if dates else source
        for source in sources
    )


def _dates(beginnings: Sequence[DocumentBeginning]) -> Mapping[UUID, str]:
    return {
        one.document_id: own_date(one.title, one.text) or f"added {one.added_at:%Y-%m-%d}"  # sorts like any other
        for one in beginnings
    }
