"""The numbers of a checked answer as its reader expects them: in order of appearance, and each once in a row of numbers.

``… [3][3]. … [1].`` becomes ``… [1]. … [2].`` The sources are numbered anew with them: those that are not cited follow, in their order.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.events import Citations
from rag.grounding.markdown import scan
from rag.types import Source

GROUP = re.compile(r"\[\d{1,3}\](?:[ \t]{0,3}\[\d{1,3}\])*+")
NUMBER = re.compile(r"\d{1,3}")


@dataclass(frozen=True, slots=True)
class _Group:
    """A row of numbers in a text."""

    start: int
    end: int
    numbers: tuple[int, ...]


def in_order(checked: Citations, sources: Sequence[Source]) -> Citations:
    """The same answer with its sources numbered in the order in which it cites them.

    Args:
        checked: the result of the check, by the numbers of ``sources``.
    """
    groups = list(_groups(checked.answer, {citation.number for citation in checked.citations}))
    cited = dict.fromkeys(number for group in groups for number in group.numbers)
    order = tuple(dict.fromkeys([*cited, *sorted(source.number for source in sources)]))
    new = {number: place for place, number in enumerate(order, start=1)}
    texts = ["".join(f"[{number}]" for number in sorted(new[old] for old in group.numbers)) for group in groups]
    moved = _Moves(groups, texts)
    return checked.model_copy(
        update={
            "answer": moved.text(checked.answer),
            "order": () if order == tuple(sorted(order)) else order,
            "citations": tuple(
                citation.model_copy(update={"number": new[citation.number]})
                for citation in sorted(checked.citations, key=lambda citation: new[citation.number])
            ),
            "sentences": tuple(
                sentence.model_copy(
                    update={
                        "start": moved.place(sentence.start),
                        "end": moved.place(sentence.end),
                        "sources": tuple(
                            source.model_copy(update={"number": new[source.number]}) for source in sentence.sources
                        ),
                    }
                )
                for sentence in checked.sentences
            ),
        }
    )


def renumbered(sources: Sequence[Source], order: Sequence[int]) -> tuple[Source, ...]:
    """The sources under the numbers of an answer's :attr:`rag.events.Citations.order`; an empty order changes nothing."""
    if not order:
        return tuple(sources)
    by_number = {source.number: source for source in sources}
    return tuple(
        by_number[old].model_copy(update={"number": new}) for new, old in enumerate(order, start=1) if old in by_number
    )


def _groups(text: str, cited: set[int]) -> Iterator[_Group]:
    """The rows of numbers that cite, outside code."""
    position = 0
    for part in scan(text):
        for match in GROUP.finditer(part.text) if part.kind.is_words else ():
            numbers = tuple(dict.fromkeys(int(number) for number in NUMBER.findall(match[0])))
            if cited.issuperset(numbers):
                yield _Group(position + match.start(), position + match.end(), numbers)
        position += len(part.text)


class _Moves:
    """A text whose rows of numbers are replaced."""

    def __init__(self, groups: Sequence[_Group], texts: Sequence[str]) -> None:
        self._groups, self._texts = groups, texts
        self._starts = [group.start for group in groups]
        self._shifts = [0]
        for group, text in zip(groups, texts, strict=True):
            self._shifts.append(self._shifts[-1] + len(text) - (group.end - group.start))

    def text(self, old: str) -> str:
        """The new text."""
        pieces, last = [], 0
        for group, text in zip(self._groups, self._texts, strict=True):
            pieces += [old[last : group.start], text]
            last = group.end
        return "".join([*pieces, old[last:]])

    def place(self, position: int) -> int:
        """Where a position of the old text is in the new one; one inside a row of numbers goes to its end."""
        place = bisect_right(self._starts, position)
        if place and self._starts[place - 1] < position < self._groups[place - 1].end:
            position = self._groups[place - 1].end
        if place and self._starts[place - 1] == position:  # right before a row
            place -= 1
        return position + self._shifts[place]
