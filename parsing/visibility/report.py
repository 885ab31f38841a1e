"""What is said of hidden text: it is left out, and reported to those who see the document. See docs/adr/0016-hidden-text.md."""

import re
from collections.abc import Iterable, Iterator, Sequence

from core.unseen import seen_line
from parsing.types import Section
from parsing.visibility.verdict import Verdict

EXCERPT_CHARS = 140
FEWEST_LETTERS = 8  # anything shorter instructs nobody: a dot, a page number, an anchor
LETTER = re.compile(r"\w")
ONLY_HIDDEN = "This file holds only text that its readers do not see, so none of it is searched."
SHEET_NOT_SHOWN = "The sheet “{sheet}” is hidden; it is searched like the others."
SLIDE_NOT_SHOWN = "This slide is hidden in presentations; it is searched like the others."


def sentence(found: Sequence[Verdict]) -> str | None:
    """What is said of it; None when there is too little of it."""
    counted = [one for one in found if LETTER.search(one.text)]
    if sum(len(LETTER.findall(one.text)) for one in counted) < FEWEST_LETTERS:
        return None
    hows = ", ".join(dict.fromkeys(one.how for one in counted))
    longest = max((seen_line(one.text) for one in counted), key=len)
    excerpt = longest if len(longest) <= EXCERPT_CHARS else f"{longest[:EXCERPT_CHARS].rstrip()}…"
    where = "" if len(counted) == 1 else f" in {len(counted)} places"
    return f"Hidden text was left out{where} ({hows}): “{excerpt}”"


def flagged(sections: Iterable[Section], found: list[Verdict]) -> Iterator[Section]:
    """Sections of a reader that collects in ``found`` while it reads; each says what came up until it was complete."""
    for section in sections:
        yield section.model_copy(update={"hidden": joined(section.hidden, sentence(found))})
        found.clear()
    if said := sentence(found):
        yield Section(number=1, text="", hidden=said)


def joined(*said: str | None) -> str | None:
    """Several sentences as one remark."""
    return " ".join(one for one in said if one) or None
