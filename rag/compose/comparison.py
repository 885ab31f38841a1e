"""Compares two documents, or two versions of one text, without a language model: a table of what differs, cited on both sides."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.compose.alignment import Comparison, Difference, are_versions, changes, compared
from rag.compose.citing import Citing
from rag.compose.composed import Ask, Composed
from rag.compose.phrases import Phrases
from rag.compose.quotations import Quotation, points_elsewhere, quotations
from rag.compose.reading import chunks_by_document, documents_of, spread
from rag.compose.subject import subject_of
from rag.compose.summary import BUDGET_TOKENS, listed
from rag.corpus import DocumentCard
from rag.grounding.markdown import literal
from rag.terms import terms_of
from rag.types import Chunk

MOST_ROWS, MOST_CHANGES, MOST_ALONE = 8, 20, 4
TOPIC_CHARS, NAME_CHARS = 60, 40


@dataclass(frozen=True, slots=True)
class Side:
    """A text that is compared: its name and its chunks in order."""

    title: str
    chunks: Sequence[Chunk]


async def comparison(ask: Ask) -> Composed | None:
    """The answer to "Compare A and B" and "What changed?"; None unless it is about two documents, or one that was replaced.

    Raises:
        UpstreamUnavailable: the embedding server does not answer.
    """
    cards = await _two(ask)
    if cards is None:
        return await _with_earlier(ask)
    chunks = await chunks_by_document(ask.corpus, [card.document_id for card in cards])
    left, right = (Side(card.title, chunks[card.document_id]) for card in cards)
    return await compare(ask, left, right, subject_of(ask, cards))


async def _with_earlier(ask: Ask) -> Composed | None:
    """What changed in the one document of a question since its earlier version; None unless it is about one that was replaced."""
    cards = await documents_of(ask)
    if len(cards) != 1 or cards[0].version < 2:
        return None
    card = cards[0]
    earlier = await ask.corpus.earlier(card.document_id)
    if not earlier:
        said = Phrases(ask.question).say("not_kept", title=literal(card.title), version=card.version)
        return Composed(said, details={"compared": "nothing kept"})
    present = (await chunks_by_document(ask.corpus, [card.document_id]))[card.document_id]
    left, right = Side(f"version {earlier[0].version}", earlier), Side(f"version {card.version}", present)
    return await compare(ask, left, right, subject_of(ask, cards))


async def compare(ask: Ask, left: Side, right: Side, subject: frozenset[str] = frozenset()) -> Composed | None:
    """The comparison of two texts; of versions of a document, the older first.

    Args:
        subject: terms of what is to be compared in them; empty: everything.
    """
    citing, phrases = Citing(), Phrases(ask.question)
    written = Written(_short_names(left.title, right.title), citing, phrases)
    all_left, all_right = await asyncio.to_thread(_lines, left.chunks, right.chunks)
    if are_versions(all_left, all_right):
        found = _about(await asyncio.to_thread(changes, all_left, all_right), subject)
        text, notice, kind = written.changes(found), written.counted(found), "versions"
        if subject and not found:
            return None
    else:
        sentences = await asyncio.to_thread(lambda: (quotations(left.chunks), quotations(right.chunks)))
        both = await compared(_on(sentences[0], subject), _on(sentences[1], subject), ask.embeddings)
        text, notice, kind = written.subjects(both), "", "subjects"
    if not text:
        return None
    further = [chunk for pair in zip(spread(left.chunks), spread(right.chunks), strict=False) for chunk in pair]
    sources = citing.with_more(further, BUDGET_TOKENS) if ask.has_model else citing.sources()
    return Composed(text, sources, for_model=bool(sources), notice=notice, details={"compared": kind})


async def _two(ask: Ask) -> tuple[DocumentCard, DocumentCard] | None:
    """The two documents that a question names; where it names none and asks for all, the only two of its scope, the older first."""
    if ask.documents:
        cards = await documents_of(ask)
        return (cards[0], cards[1]) if len(cards) > 1 else None
    cards = [card for card in await ask.corpus.documents() if card.state == "ready" and card.chunks]
    cards.sort(key=lambda card: card.created_at)
    return (cards[0], cards[1]) if len(cards) == 2 and not subject_of(ask, cards) else None


def _about(found: Sequence[Difference], subject: frozenset[str]) -> list[Difference]:
    """The differences that a question asks about."""
    return [one for one in found if not subject or any(side and _has(side, subject) for side in (one.left, one.right))]


def _on(quoted: Sequence[Quotation], subject: frozenset[str]) -> Sequence[Quotation]:
    """The sentences on what a question asks about; all where none has a word of it."""
    return [one for one in quoted if _has(one, subject)] or quoted


def _has(one: Quotation, subject: frozenset[str]) -> bool:
    return not subject.isdisjoint(one.terms | terms_of(" ".join(one.path)))


def _lines(left: Sequence[Chunk], right: Sequence[Chunk]) -> tuple[list[Quotation], list[Quotation]]:
    return quotations(left, is_all=True), quotations(right, is_all=True)


def _short_names(left: str, right: str) -> tuple[str, str]:
    """What to call the two in the table: the ends of their names, in full where these are equal."""
    short = [name.rpartition("/")[2] for name in (left, right)]
    one, two = short if short[0] != short[1] else (left, right)
    return _cut(one, NAME_CHARS), _cut(two, NAME_CHARS)


@dataclass(frozen=True, slots=True)
class Written:
    """Writes a comparison in Markdown; ``names`` are those of the two texts."""

    names: tuple[str, str]
    citing: Citing
    phrases: Phrases

    def changes(self, found: Sequence[Difference]) -> str:
        """What changed between two versions: changed lines as a table, those of figures first; then what only one has."""
        if not found:
            return self.phrases.say("same")
        shown = _figures_first([one for one in found if one.left and one.right])
        gone = [one.left for one in found if one.left and not one.right and not _is_heading(one.left)]
        come = [one.right for one in found if one.right and not one.left and not _is_heading(one.right)]
        room = MOST_CHANGES - min(len(shown), MOST_CHANGES // 2)
        return self._joined(self._table(shown[:MOST_CHANGES]), gone[:room], come[:room])

    def counted(self, found: Sequence[Difference]) -> str:
        """How many lines changed, for the notice."""
        kinds = Counter("changed" if one.left and one.right else "removed" if one.left else "added" for one in found)
        counts = {name: kinds[name] for name in ("changed", "added", "removed")}
        return self.phrases.say("changed", **counts) if found else ""

    def subjects(self, found: Comparison) -> str:
        """What two documents say about the same subjects, figures first, and some of what only one of them speaks about."""
        table = self._table(_figures_first(found.both)[:MOST_ROWS])
        alone = _leading(found.only_left), _leading(found.only_right)
        return self._joined(table or self.phrases.say("nothing_shared"), *alone) if table or any(alone) else ""

    def _joined(self, table: str, *alone: Sequence[Quotation]) -> str:
        lists = [self._only(quoted, name) for quoted, name in zip(alone, self.names, strict=True)]
        return "\n\n".join(filter(None, [table, *lists]))

    def _only(self, quoted: Sequence[Quotation], name: str) -> str:
        title = self.phrases.say("only_in", title=literal(name).replace("*", ""))
        return f"**{title}**\n\n{listed(quoted, self.citing)}" if quoted else ""

    def _table(self, found: Sequence[Difference]) -> str:
        pairs = [(one.left, one.right) for one in found if one.left and one.right]
        if not pairs:
            return ""
        rows = [_row(self.phrases.say("topic"), *map(_cell, self.names)), _row("---", "---", "---")]
        for pair in pairs:
            rows.append(_row(_topic(*pair), *(f"{_cell(side.text)} {self.citing.mark(side.chunk)}" for side in pair)))
        return "\n".join(rows)


def _figures_first(found: Sequence[Difference]) -> list[Difference]:
    return sorted(found, key=lambda one: not one.is_of_figures)


def _is_heading(one: Quotation) -> bool:
    return one.kind == "heading" or one.text in one.path


def _topic(left: Quotation, right: Quotation) -> str:
    """The heading that both stand under, else one of the two, else the page."""
    heading = next((side.path[-1] for side in (left, right) if side.path), "")
    page = left.chunk.page or right.chunk.page
    return _cell(_cut(heading, TOPIC_CHARS)) or (str(page) if page else "")


def _leading(quoted: Sequence[Quotation]) -> list[Quotation]:
    """The first sentence of each of the largest sections."""
    first: dict[tuple[str, ...] | int, Quotation] = {}
    for one in quoted:
        if not points_elsewhere(one):
            first.setdefault(one.path or one.chunk.section, one)
    sizes = Counter(one.path or one.chunk.section for one in quoted)
    largest = [key for key, _ in sizes.most_common(MOST_ALONE)]
    return [one for key, one in first.items() if key in largest]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return literal(text).replace("|", "\\|")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
