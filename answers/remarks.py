"""What a reader is told about sentences that the sources do not bear out: the words for each verdict, and where they stand.

The check writes a verdict behind a sentence, as ``[unsupported]``. A reader gets one remark for each paragraph, list item or table row,
at its end. A new verdict is a line in :data:`REMARKS`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from core.words import N_
from rag.grounding.markdown import scan
from rag.grounding.markdown_parts import PartKind
from rag.types import Verdict


@dataclass(frozen=True, slots=True)
class Remark:
    """The words for a verdict. ``public/chat/remarks.js`` knows them by the verdict in the link.

    Attributes:
        words: shown behind the sentence.
    """

    words: str


# The gravest first: of several in one paragraph, that one is shown.
REMARKS: Mapping[Verdict, Remark] = {
    Verdict.CONTRADICTED: Remark(N_("the source says otherwise")),
    Verdict.UNSUPPORTED: Remark(N_("not supported by the sources")),
    Verdict.PARTLY: Remark(N_("partly supported by the sources")),
    Verdict.UNCHECKED: Remark(N_("could not be checked")),
}
GRAVITY = {verdict: place for place, verdict in enumerate(REMARKS)}
MARK = re.compile(rf"\[({'|'.join(REMARKS)})\]")
_BLOCK_END = re.compile(r"\n[ \t>]*\n|\n[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]")


@dataclass(frozen=True, slots=True)
class Place:
    """A remark in a text, by offsets.

    Attributes:
        shown: what its reader is told there; None: nothing, because another remark of the block is shown.
    """

    start: int
    end: int
    verdict: Verdict
    shown: Verdict | None


def places(answer: str) -> list[Place]:
    """The remarks of a checked answer, in order; of each block, the last one shows the gravest verdict."""
    found: list[Place] = []
    for block in _blocks(answer):
        gravest = min((verdict for _, _, verdict in block), key=GRAVITY.__getitem__)
        found += [Place(*remark, None) for remark in block[:-1]]
        found.append(Place(*block[-1], gravest))
    return found


def tight(answer: str, remarks: Iterable[Place]) -> str:
    """The answer without the space before remarks that are not shown."""
    pieces, last = [], 0
    for place in remarks:
        if place.shown is None:
            pieces.append(answer[last : place.start].rstrip(" "))
            last = place.start
    return "".join([*pieces, answer[last:]])


def in_words(answer: str) -> str:
    """A checked answer with its remarks in plain words, for programs and terminals: no Markdown that a neighbouring sign could break."""
    pieces, last = [], 0
    for place in places(answer):
        pieces.append(answer[last : place.start] if place.shown else answer[last : place.start].rstrip(" "))
        if place.shown:
            pieces.append(f"({REMARKS[place.shown].words})")
        last = place.end
    return "".join([*pieces, answer[last:]])


def _blocks(answer: str) -> Iterator[list[tuple[int, int, Verdict]]]:
    """The remarks of each block that has some."""
    block: list[tuple[int, int, Verdict]] = []
    position, kind = 0, PartKind.PROSE
    for part in scan(answer):
        if part.kind.is_words:
            kind = part.kind
            block += [
                (position + mark.start(), position + mark.end(), Verdict(mark[1])) for mark in MARK.finditer(part.text)
            ]
        elif block and _ends_block(part.text, part.kind, kind):
            yield block
            block = []
        position += len(part.text)
    if block:
        yield block


def _ends_block(text: str, mark: PartKind, words: PartKind) -> bool:
    """True where a paragraph, an item or a row ends."""
    if mark in (PartKind.FENCE, PartKind.BLOCK):
        return True
    if mark is not PartKind.MARK or "\n" not in text:
        return False
    return words is not PartKind.PROSE or bool(_BLOCK_END.search(text))
