"""Characters without a shape that spell a text: taken out of sections, and said to be there. Runs in a child process only."""

import re

from core.unseen import TAGS
from parsing.edits import Edit, edited
from parsing.types import Section
from parsing.visibility.report import joined, sentence
from parsing.visibility.verdict import UNSEEN, Verdict

# As tags, letters can be spelled without being seen; runs of zero widths can spell bits; overrides turn a text around.
_TAG = re.compile("[\U000e0000-\U000e007f]")
_FLAG = re.compile(
    "\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{1,8}\U000e007f"
)  # of England, Scotland, Wales
_SPELLED = re.compile(f"[{TAGS}]+|[\u180e\u200b-\u200d\u2060-\u2064\ufeff]{{3,}}|[\u202d\u202e]")
_OVERRIDES = "\u202d\u202e"


def without_unseen(section: Section) -> Section:
    """A section without characters that spell what is not seen. Words and blocks stay where they are."""
    runs = [run for run in _SPELLED.finditer(section.text) if not _is_flag(section.text, run)]
    headings = tuple(_SPELLED.sub("", heading) for heading in section.path)
    if not runs and headings == section.path:
        return section
    said = sentence([Verdict(text, UNSEEN) for run in runs if (text := spelled(run[0]))])
    if any(run[0] in _OVERRIDES for run in runs):
        said = joined(said, "Characters that turn the text around were left out.")
    shown = edited(section, [Edit(*run.span()) for run in runs])
    return shown.model_copy(update={"path": headings, "hidden": joined(section.hidden, said)})


def spelled(run: str) -> str:
    """What a run of unseen characters says: the letters of its tags, or how many there are, when only its maker can read it."""
    letters = "".join(chr(ord(tag) - 0xE0000) for tag in _TAG.findall(run)).strip("\0\x01\x7f")
    return letters or (f"{len(run)} characters of zero width" if len(run) > 2 else "")


def _is_flag(text: str, run: re.Match[str]) -> bool:
    return run.start() > 0 and _FLAG.fullmatch(text, run.start() - 1, run.end()) is not None
