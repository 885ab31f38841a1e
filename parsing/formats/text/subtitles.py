"""Subtitles (SubRip, WebVTT, SubViewer, SubStation) to what is said, in sentences. Runs in a child process only."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from parsing.sections import TextBlock

CLOCK = r"(?:\d{1,3}:)?\d{1,2}:\d{2}[.,:]\d{1,3}"
SUBRIP = re.compile(rf"\A\s*+(?:\d+[ \t]*+\n)?{CLOCK}[ \t]*+-->[ \t]*+{CLOCK}")
SUBVIEWER = re.compile(rf"\A\s*+{CLOCK},{CLOCK}[ \t]*+\n")
VTT_MARK, SUBSTATION_MARK = "WEBVTT", "[Script Info]"
CUE = re.compile(rf"^[ \t]*+({CLOCK})(?:[ \t]*+-->[ \t]*+|,){CLOCK}[^\n]*+$")
DIALOGUE = re.compile(r"^Dialogue:[^,\n]*+,([^,\n]*+),(?:[^,\n]*+,){7}([^\n]*+)$", re.MULTILINE)
FRACTION = re.compile(r"[.,:]\d{1,3}\Z")
VOICE = re.compile(r"<v(?:\.[^\s<>]{0,60})?[ \t]([^<>\n]{1,80})>")
TAG = re.compile(r"<[^<>\n]{0,200}>|\{\\[^{}\n]{0,200}\}")
COUNTER = re.compile(r"\d{1,7}")
ENTITIES = {
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&nbsp;": " ",
    "&lrm;": "",
    "&rlm;": "",
    "\\N": " ",
    "\\n": " ",
    "\\h": " ",
}
ENTITY = re.compile("|".join(map(re.escape, ENTITIES)))
SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]]{0,3}\Z")
NEW_VOICE = re.compile(r"\A(?:[-–—>]\s|[^\s:]{1,30}:\s)")
PAUSE_S = 8  # between the beginnings of what is said together
WANTED_CHARS = 300
MOST_CHARS = 800


@dataclass(frozen=True, slots=True)
class _Cue:
    """What is said at a time; ``start`` without fractions of seconds."""

    start: str
    text: str

    @property
    def start_s(self) -> int:
        """When it begins, in seconds."""
        seconds = 0
        for part in self.start.split(":"):
            seconds = seconds * 60 + int(part)
        return seconds


def are_subtitles(text: str) -> bool:
    """True for a text that begins as one of the kinds does."""
    begins = text[:200].lstrip("\ufeff \n")
    return begins.startswith((VTT_MARK, SUBSTATION_MARK)) or bool(
        SUBRIP.match(text[:200]) or SUBVIEWER.match(text[:200])
    )


def subtitle_blocks(text: str) -> Iterator[TextBlock]:
    """What is said, a paragraph to some sentences; its locator is when it begins."""
    said: list[_Cue] = []
    length = 0
    for cue in _cues(text):
        if said and (length > MOST_CHARS or _begins(cue, said[-1], length)):
            yield _paragraph(said)
            said, length = [], 0
        said.append(cue)
        length += len(cue.text) + 1
    if said:
        yield _paragraph(said)


def _begins(cue: _Cue, before: _Cue, length: int) -> bool:
    """True when a new paragraph may begin: with another voice, or behind the end of a sentence, when there is enough or a pause."""
    is_apart = length > WANTED_CHARS or cue.start_s - before.start_s > PAUSE_S
    return bool(NEW_VOICE.match(cue.text)) or (is_apart and SENTENCE_END.search(before.text[-6:]) is not None)


def _paragraph(said: list[_Cue]) -> TextBlock:
    return TextBlock("paragraph", " ".join(cue.text for cue in said), locator=said[0].start)


def _cues(text: str) -> Iterator[_Cue]:
    """The cues in order. Captions that roll repeat their last line, which is said once."""
    begins = text.lstrip("\ufeff \n")
    timed = _substation(text) if begins.startswith(SUBSTATION_MARK) else _timed(text, begins.startswith(VTT_MARK))
    last = ""
    for start, lines in timed:
        spoken = [line for line in map(_plain, lines) if line]
        if spoken and spoken[0] == last:
            spoken = spoken[1:]
        if spoken:
            last = spoken[-1]
            yield _Cue(FRACTION.sub("", start), " ".join(spoken))


def _timed(text: str, is_vtt: bool) -> Iterator[tuple[str, list[str]]]:
    """Each time with the lines below it: of WebVTT to the next blank line, else but for the number of the next cue."""
    start: str | None = None
    lines: list[str] = []
    for line in text.split("\n"):
        if found := CUE.match(line):
            if start is not None:
                yield start, _without_counter(lines)
            start, lines = found[1], []
        elif start is not None and not (is_vtt and lines and not lines[-1].strip()):
            lines.append(line)
    if start is not None:
        yield start, lines


def _without_counter(lines: list[str]) -> list[str]:
    filled = [line for line in lines if line.strip()]
    return filled[:-1] if filled and COUNTER.fullmatch(filled[-1].strip()) else filled


def _substation(text: str) -> Iterator[tuple[str, list[str]]]:
    return ((found[1].strip(), [found[2]]) for found in DIALOGUE.finditer(text))


def _plain(line: str) -> str:
    marked = VOICE.sub(r"\1: ", line)
    return " ".join(ENTITY.sub(lambda found: ENTITIES[found[0]], TAG.sub("", marked)).split())
