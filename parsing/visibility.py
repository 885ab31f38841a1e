"""Text that a reader of the file does not see, and a search would: left out, and said to be there. Runs in a child process only.

What is hidden, per format, is found by that format's reader; see docs/adr/0016-hidden-text.md for what is done about it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from core.unseen import TAGS, seen_line
from parsing.types import Block, Section, Word

EXCERPT_CHARS = 140
FEWEST_LETTERS = 8  # anything shorter instructs nobody: a dot, a page number, an anchor
LETTER = re.compile(r"\w")
SAME_COLOUR = "in the colour of its background"
TINY = "too small to be seen"
MARKED = "marked as hidden"
INVISIBLE = "invisible"
OFF_PAGE = "outside the page"
COVERED = "covered"
ONLY_HIDDEN = "This file holds only text that its readers do not see, so none of it is searched."
SHEET_NOT_SHOWN = "The sheet “{sheet}” is hidden; it is searched like the others."
SLIDE_NOT_SHOWN = "This slide is hidden in presentations; it is searched like the others."
UNSEEN = "in characters without a shape"

# As tags, letters can be spelled without being seen; runs of zero widths can spell bits; overrides turn a text around.
_TAG = re.compile("[\U000e0000-\U000e007f]")
_FLAG = re.compile(
    "\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{1,8}\U000e007f"
)  # of England, Scotland, Wales
_SPELLED = re.compile(f"[{TAGS}]+|[\u180e\u200b-\u200d\u2060-\u2064\ufeff]{{3,}}|[\u202d\u202e]")
_OVERRIDES = "\u202d\u202e"


class Hidden(NamedTuple):
    """A text and how it was hidden."""

    text: str
    how: str


def sentence(found: Sequence[Hidden]) -> str | None:
    """What is said of it; None when there is too little of it."""
    counted = [one for one in found if LETTER.search(one.text)]
    if sum(len(LETTER.findall(one.text)) for one in counted) < FEWEST_LETTERS:
        return None
    hows = ", ".join(dict.fromkeys(one.how for one in counted))
    longest = max((seen_line(one.text) for one in counted), key=len)
    excerpt = longest if len(longest) <= EXCERPT_CHARS else f"{longest[:EXCERPT_CHARS].rstrip()}…"
    locators = "" if len(counted) == 1 else f" in {len(counted)} places"
    return f"Hidden text was left out{locators} ({hows}): “{excerpt}”"


def flagged(sections: Iterable[Section], found: list[Hidden]) -> Iterator[Section]:
    """Sections of a reader that collects in ``found`` while it reads; each says what came up until it was complete."""
    for section in sections:
        yield section.model_copy(update={"hidden": joined(section.hidden, sentence(found))})
        found.clear()
    if said := sentence(found):
        yield Section(number=1, text="", hidden=said)


def joined(*said: str | None) -> str | None:
    """Several sentences as one remark."""
    return " ".join(one for one in said if one) or None


def without_unseen(section: Section) -> Section:
    """A section without characters that spell what is not seen. Words and blocks stay where they are."""
    runs = [run for run in _SPELLED.finditer(section.text) if not _is_flag(section.text, run)]
    headings = tuple(_SPELLED.sub("", heading) for heading in section.path)
    if not runs and headings == section.path:
        return section
    moved = _Moved([run.span() for run in runs])
    said = sentence([Hidden(text, UNSEEN) for run in runs if (text := spelled(run[0]))])
    if any(run[0] in _OVERRIDES for run in runs):
        said = joined(said, "Characters that turn the text around were left out.")
    return section.model_copy(
        update={
            "text": moved.text(section.text),
            "path": headings,
            "words": tuple(_word(word, moved) for word in section.words if moved(word.start) < moved(word.end)),
            "blocks": tuple(_block(block, moved) for block in section.blocks if moved(block.start) < moved(block.end)),
            "hidden": joined(section.hidden, said),
        }
    )


def spelled(run: str) -> str:
    """What a run of unseen characters says: the letters of its tags, or how many there are, when only its maker can read it."""
    letters = "".join(chr(ord(tag) - 0xE0000) for tag in _TAG.findall(run)).strip("\0\x01\x7f")
    return letters or (f"{len(run)} characters of zero width" if len(run) > 2 else "")


def _is_flag(text: str, run: re.Match[str]) -> bool:
    return run.start() > 0 and _FLAG.fullmatch(text, run.start() - 1, run.end()) is not None


class _Moved:
    """Where a position is once some runs are taken out."""

    def __init__(self, runs: Sequence[tuple[int, int]]) -> None:
        self._runs = runs

    def __call__(self, position: int) -> int:
        return position - sum(max(0, min(end, position) - start) for start, end in self._runs)

    def text(self, text: str) -> str:
        """It without them."""
        kept, last = [], 0
        for start, end in self._runs:
            kept.append(text[last:start])
            last = end
        return "".join([*kept, text[last:]])


def _word(word: Word, moved: _Moved) -> Word:
    return Word(start=moved(word.start), end=moved(word.end), box=word.box)


def _block(block: Block, moved: _Moved) -> Block:
    return block.model_copy(update={"start": moved(block.start), "end": moved(block.end)})
