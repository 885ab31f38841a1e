"""Contact files (.vcf) to a block for each person. Runs in a child process only."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from parsing.formats.text.content_lines import ContentLine, content_lines, parts_of
from parsing.sections import TextBlock

BEGINNING = b"BEGIN:VCARD"
NAMES = {
    "TEL": "Phone",
    "EMAIL": "E-mail",
    "ADR": "Address",
    "LABEL": "Address",
    "ORG": "Organisation",
    "TITLE": "Title",
    "ROLE": "Role",
    "NOTE": "Note",
    "BDAY": "Birthday",
    "ANNIVERSARY": "Anniversary",
    "NICKNAME": "Nickname",
    "URL": "Link",
    "IMPP": "Messenger",
    "CATEGORIES": "Categories",
    "RELATED": "Related",
    "LANG": "Language",
    "GEO": "Position",
    "TZ": "Time zone",
    "X-ABDATE": "Date",
    "X-ABRELATEDNAMES": "Related",
    "X-SOCIALPROFILE": "Profile",
    "X-PHONETIC-FIRST-NAME": "Pronounced",
    "X-PHONETIC-LAST-NAME": "Pronounced",
    "SOUND": "Pronounced",
}
PICTURES = {"PHOTO": "Photo", "LOGO": "Logo"}
NOT_READ = "a picture, not read"
STRUCTURED = ("ADR", "ORG")
UNNAMED_TYPES = ("PREF", "INTERNET", "VOICE", "X400")


@dataclass(slots=True)
class _Card:
    name: str = ""
    structured_name: str = ""
    lines: list[str] = field(default_factory=list)

    def blocks(self, number: int) -> Iterator[TextBlock]:
        if name := self.name or self.structured_name:
            yield TextBlock("heading", name, 1)
        if self.lines:
            yield TextBlock("paragraph", "\n".join(self.lines), locator=f"card {number}", gap="\n")


def card_blocks(data: bytes) -> Iterator[TextBlock]:
    """What stands on the cards of a file."""
    card, number = _Card(), 0
    for line in content_lines(data):
        if line.name == "BEGIN":
            card = _Card()
        elif line.name == "END":
            number += 1
            yield from card.blocks(number)
            card = _Card()
        else:
            _add(line, card)
    yield from card.blocks(number + 1)  # a file that is cut off


def _add(line: ContentLine, card: _Card) -> None:
    if line.name == "FN":
        card.name = " ".join(line.text.split())
    elif line.name == "N":
        family, given, *rest = [*_named_parts(line.value), "", ""]
        card.structured_name = " ".join(part for part in (given, *rest, family) if part)
    elif line.name in PICTURES:
        card.lines.append(
            f"{PICTURES[line.name]}: {NOT_READ}" if line.is_binary else f"{PICTURES[line.name]}: {line.text}"
        )
    elif line.name in NAMES and not line.is_binary and (shown := _shown(line)):
        card.lines.append(f"{_label(line)}: {shown}")


def _named_parts(value: str) -> list[str]:
    """The parts of a name, the empty ones too."""
    return [" ".join(parts_of(part)) for part in value.replace("\\;", " ").split(";")]


def _label(line: ContentLine) -> str:
    kinds = [kind for kind in line.parameters.get("TYPE", "").split(",") if kind and kind.upper() not in UNNAMED_TYPES]
    return f"{NAMES[line.name]} ({', '.join(kind.lower() for kind in kinds)})" if kinds else NAMES[line.name]


def _shown(line: ContentLine) -> str:
    if line.name in STRUCTURED:
        return ", ".join(parts_of(line.value))
    return line.text.removeprefix("tel:").removeprefix("mailto:")
