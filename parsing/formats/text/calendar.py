"""Calendars (.ics) to a block for each event, task and note. Runs in a child process only."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from parsing.formats.text.content_lines import ContentLine, content_lines, unescaped
from parsing.sections import TextBlock

BEGINNING = b"BEGIN:VCALENDAR"
ENTRIES = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")
UNTITLED = {"VEVENT": "Event", "VTODO": "Task", "VJOURNAL": "Note", "VFREEBUSY": "Free and busy times"}
NAMES = {
    "DTSTART": "Start",
    "DTEND": "End",
    "DUE": "Due",
    "COMPLETED": "Completed",
    "DURATION": "Duration",
    "RRULE": "Repeats",
    "RDATE": "Also on",
    "EXDATE": "Not on",
    "LOCATION": "Location",
    "DESCRIPTION": "Description",
    "COMMENT": "Comment",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Attendee",
    "CONTACT": "Contact",
    "RESOURCES": "Resources",
    "CATEGORIES": "Categories",
    "STATUS": "Status",
    "PRIORITY": "Priority",
    "PERCENT-COMPLETE": "Percent complete",
    "URL": "Link",
    "CONFERENCE": "Conference",
    "ATTACH": "Attachment",
    "FREEBUSY": "Times",
    "GEO": "Position",
}
PERSONS = ("ORGANIZER", "ATTENDEE")
MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z?))?")
NAMES_OF_CALENDARS = ("X-WR-CALNAME", "NAME")


@dataclass(slots=True)
class _Entry:
    """An event, a task or a note: its lines as people read them."""

    kind: str
    title: str = ""
    lines: list[str] = field(default_factory=list)

    def blocks(self, number: int) -> Iterator[TextBlock]:
        yield TextBlock("heading", " ".join((self.title or UNTITLED[self.kind]).split()), 2)
        if self.lines:
            yield TextBlock("paragraph", "\n".join(self.lines), locator=f"entry {number}", gap="\n")


def calendar_blocks(data: bytes) -> Iterator[TextBlock]:
    """What stands in a calendar, entry by entry; alarms and rules of time zones are left out."""
    entry: _Entry | None = None
    inside: list[str] = []  # components that are open
    number = 0
    for line in content_lines(data):
        if line.name == "BEGIN":
            inside.append(line.value.strip().upper())
            if inside[-1] in ENTRIES:
                entry = _Entry(inside[-1])
        elif line.name == "END":
            if entry is not None and line.value.strip().upper() == entry.kind:
                number += 1
                yield from entry.blocks(number)
                entry = None
            if inside:
                inside.pop()
        elif entry is not None and inside[-1] == entry.kind:
            _add(line, entry)
        elif line.name in NAMES_OF_CALENDARS and len(inside) == 1:
            yield TextBlock("heading", line.text, 1)
    if entry is not None:  # a file that is cut off
        yield from entry.blocks(number + 1)


def _add(line: ContentLine, entry: _Entry) -> None:
    if line.name == "SUMMARY":
        entry.title = line.text
    elif (name := NAMES.get(line.name)) and (shown := _shown(line)):
        entry.lines.append(f"{name}: {shown}")


def _shown(line: ContentLine) -> str:
    if line.is_binary:
        return line.parameters.get("X-FILENAME") or line.parameters.get("FILENAME", "")
    if line.name in PERSONS:
        address = line.text.partition(":")[2] if line.text.lower().startswith("mailto:") else line.text
        name = line.parameters.get("CN", "")
        return f"{name} ({address})" if name and address and name != address else name or address
    if line.name == "RRULE":
        return _rule(line.value)
    zone = line.parameters.get("TZID")
    moments = MOMENT.sub(_moment, line.text)
    return f"{moments} ({zone})" if zone and moments != line.text else moments


def _moment(found: re.Match[str]) -> str:
    year, month, day, hour, minute, second, is_utc = found.groups()
    date = f"{year}-{month}-{day}"
    if hour is None:
        return date
    seconds = f":{second}" if second and second != "00" else ""
    return f"{date} {hour}:{minute}{seconds}{' UTC' if is_utc else ''}"


def _rule(value: str) -> str:
    """``FREQ=WEEKLY;BYDAY=MO`` as ``weekly, byday MO``."""
    parts: Sequence[tuple[str, str, str]] = [part.partition("=") for part in unescaped(value).split(";")]
    said = [
        said.lower() if name.upper() == "FREQ" else f"{name.lower()} {MOMENT.sub(_moment, said)}"
        for name, _, said in parts
    ]
    return ", ".join(said)
