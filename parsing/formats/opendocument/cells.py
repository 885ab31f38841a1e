"""Cells of OpenDocument sheets: rows and cells that are written once for many, values and formulas without their text.

Runs in a child process only.
"""

import re
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.ooxml.number_formats import plain_number, shown
from parsing.formats.opendocument.namespaces import OFFICE, TABLE

SPAN = re.compile(r"(-?)P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:[.,]\d{1,12})?S)?)?")
REFERENCE = re.compile(r"\[\.([^\[\]]{1,60})\]")  # [.B3] is how B3 is written
PREFIX = re.compile(r"\A[a-z]{1,12}:(?==)")
LONGEST_FORMULA = 300
HOURS_PER_DAY = 24


def table_rows(table: etree._Element) -> Iterator[etree._Element]:
    """The rows of a table, not those of tables in it."""
    return (row for row in table.iter(f"{TABLE}table-row") if next(row.iterancestors(f"{TABLE}table")) is table)


def cells(row: etree._Element) -> Iterator[etree._Element]:
    """The cells of a row, those that others cover too."""
    yield from row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell")


def count(element: etree._Element, name: str) -> int:
    """How often an element stands, or how far it reaches."""
    value = element.get(f"{TABLE}{name}", "1")
    return int(value) if value.isdigit() and len(value) < 9 else 1


def value(cell: etree._Element) -> str:
    """What a cell holds that says nothing in words, as programs write it that are no spreadsheet; empty for nothing."""
    kind, said = cell.get(f"{OFFICE}value-type", ""), cell.get(f"{OFFICE}value", "")
    if kind == "string":
        return str(cell.get(f"{OFFICE}string-value", ""))
    if kind == "boolean":
        return str(cell.get(f"{OFFICE}boolean-value", "")).upper()
    if kind == "date":
        return str(cell.get(f"{OFFICE}date-value", "")).removesuffix("T00:00:00").replace("T", " ")
    if kind == "time":
        return _span(cell.get(f"{OFFICE}time-value", ""))
    return _number(kind, said, cell.get(f"{OFFICE}currency", "")) if said else ""


def formula(cell: etree._Element) -> str:
    """The formula of a cell whose result is not in the file; empty for all others."""
    said = cell.get(f"{TABLE}formula", "")
    if not said or cell.get(f"{OFFICE}value-type"):
        return ""
    return REFERENCE.sub(lambda found: found[1].replace(".", ""), PREFIX.sub("", said))[:LONGEST_FORMULA]


def _number(kind: str, said: str, currency: str) -> str:
    try:
        number = float(said)
    except ValueError:
        return said
    if kind == "percentage":
        return shown(number, "0.##%")
    return f"{plain_number(number)} {currency}".strip() if kind == "currency" else plain_number(number)


def _span(said: str) -> str:
    found = SPAN.fullmatch(said)
    if found is None:
        return said
    days, hours, minutes, seconds = (int(one or 0) for one in found.groups()[1:])
    end = f":{seconds:02d}" if seconds else ""
    return f"{found[1]}{days * HOURS_PER_DAY + hours}:{minutes:02d}{end}"
