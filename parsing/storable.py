"""The guard between parsers and rows: no string of a section holds what cannot be stored or shown."""

import re

from core.storable import NOT_STORABLE, stored_as
from parsing.edits import Edit, edited
from parsing.types import Block, Section

_CONTROLS = "\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # all but tab, line feed and carriage return
_FOUND = re.compile(f"{NOT_STORABLE}|[{_CONTROLS}]")
_SHOWN_AS = {
    **{chr(code): bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)},  # as browsers read them
    **dict.fromkeys("\x0b\x0c\x85", "\n"),
    **dict.fromkeys("\x1c\x1d\x1e\x1f", " "),  # between records and fields
}


def storable_section(section: Section) -> Section:
    """The section with every string fit for PostgreSQL, JSON and a page; words and blocks keep standing where their characters are.

    NUL and halves of surrogate pairs: see ``core.storable``. Other control characters become what they stand for (a line end, a
    space, a character of Windows-1252) or are left out.
    """
    found = _FOUND.finditer(section.text)
    section = edited(section, [Edit(run.start(), run.end(), _shown(run)) for run in found])
    strings = {
        "path": tuple(map(storable_line, section.path)),
        "warning": section.warning and storable_line(section.warning),
        "hidden": section.hidden and storable_line(section.hidden),
        "blocks": tuple(map(_block, section.blocks)),
    }
    changes = {name: value for name, value in strings.items() if value != getattr(section, name)}
    return section.model_copy(update=changes) if changes else section


def storable_line(text: str) -> str:
    """The same for a text on its own: a heading, a name, a sentence."""
    return _FOUND.sub(_shown, text)


def _block(block: Block) -> Block:
    kind, place = storable_line(block.kind), block.locator and storable_line(block.locator)
    return (
        block
        if (kind, place) == (block.kind, block.locator)
        else block.model_copy(update={"kind": kind, "locator": place})
    )


def _shown(found: re.Match[str]) -> str:
    run = found[0]
    is_storable = run[0] != "\0" and not "\ud800" <= run[0] <= "\udfff"
    return _SHOWN_AS.get(run, "") if is_storable else stored_as(run)
