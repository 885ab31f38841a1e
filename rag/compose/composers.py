"""Which composer answers which kind of question. Questions about facts, and those of other kinds that none can answer, are searched for."""

from collections.abc import Mapping

from rag.compose.byline import byline
from rag.compose.comparison import comparison
from rag.compose.composed import Ask, Composed, Composer
from rag.compose.kinds import documents_of_kind
from rag.compose.library import library
from rag.compose.listing import listing
from rag.compose.part import part
from rag.compose.summary import summary
from rag.compose.table import table
from rag.compose.talk import conversation, outside, talk
from rag.compose.totals import totals
from rag.questions.kind import Kind


async def counted(ask: Ask) -> Composed | None:
    """The documents or records that a question counts, else what a table says."""
    return await documents_of_kind(ask) or await listing(ask) or await table(ask)


async def listed(ask: Ask) -> Composed | None:
    """The documents or records that a question lists."""
    return await documents_of_kind(ask) or await listing(ask)


async def ours(ask: Ask) -> Composed | None:
    """The documents of a kind, where one is named, else all."""
    return await documents_of_kind(ask) or await library(ask)


async def tabled(ask: Ask) -> Composed | None:
    """The total of the documents named, where that is asked, else what a table says."""
    return await totals(ask) or await table(ask)


async def about(ask: Ask) -> Composed | None:
    """The total or the author of the documents named, where that is asked, else what they are about."""
    return await totals(ask) or await byline(ask) or await summary(ask)


COMPOSERS: Mapping[Kind, Composer] = {
    Kind.DOCUMENT: about,
    Kind.SUMMARY: summary,
    Kind.PART: part,
    Kind.COMPARISON: comparison,
    Kind.LIST: listed,
    Kind.COUNT: counted,
    Kind.TABLE: tabled,
    Kind.LIBRARY: ours,
    Kind.TALK: talk,
    Kind.HELP: talk,
    Kind.OUTSIDE: outside,
    Kind.CONVERSATION: conversation,
}
BY_MODEL = frozenset({Kind.OUTSIDE, Kind.CONVERSATION})  # where there is one


async def composed(ask: Ask) -> Composed | None:
    """The answer to a question that is not answered by searching; None for any other."""
    composer = None if ask.has_model and ask.kind in BY_MODEL else COMPOSERS.get(ask.kind)
    return await composer(ask) if composer else None
