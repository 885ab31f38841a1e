"""People in a CSV file: one in each line, under a line of column names. Reading it takes time in proportion to its length."""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from accounts.people.fields import PersonFields
from accounts.rules import clean_username
from core.errors import Invalid
from core.storable import storable

COLUMNS = ("username", "name", "email", "role", "groups", "tier")
MOST_ROWS = 10_000
MOST_BYTES = 1_900_000  # what a form of a page may carry
MOST_TOLD = 100  # problems that are told; of the rest, how many
SEPARATORS = (",", ";", "\t")
STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class Row:
    """A person in a file; ``line``: where, from 1."""

    line: int
    username: str
    fields: PersonFields


@dataclass(slots=True)
class Problems:
    """What is wrong with a file: the first sentences, each with its line, and the number of all."""

    told: list[tuple[int, str]] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, sentence: str) -> None:
        """One more."""
        self.count += 1
        if len(self.told) < MOST_TOLD:
            self.told.append((line, sentence))

    @property
    def untold(self) -> int:
        """How many are not told."""
        return self.count - len(self.told)


def text_of(content: bytes) -> str:
    """The text of a file. Raises Invalid when it is too large, or not UTF-8."""
    if len(content) > MOST_BYTES:
        raise Invalid(f"The file is larger than {MOST_BYTES / 1e6:.1f} MB. Split it into several.")
    try:
        return storable(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Invalid("The file is not in UTF-8. Save it as “CSV UTF-8”.") from error


def read(text: str, tiers: Collection[str]) -> tuple[list[Row], Problems]:
    """The people in a file that are right in themselves, and what is wrong with the others.

    Raises:
        Invalid: it is no table with these columns, or has too many lines.
    """
    rows, problems = [], Problems()
    first_lines: dict[str, int] = {}
    for line, cells in _cells(text):
        try:
            row = _row(line, cells, tiers)
        except Invalid as error:
            problems.add(line, error.message)
            continue
        first = first_lines.setdefault(row.username, line)
        if first != line:
            problems.add(line, f"{row.username} is also in line {first}.")
        else:
            rows.append(row)
    if not rows and not problems.count:
        raise Invalid("There is nobody in the file: it needs a line for each person, below the line of column names.")
    return rows, problems


def _row(line: int, cells: dict[str, str], tiers: Collection[str]) -> Row:
    if "" in cells:
        raise Invalid("There are more cells than columns.")
    fields = PersonFields.of(
        display_name=cells.get("name", ""),
        email=cells.get("email", ""),
        role=cells.get("role", ""),
        tier=cells.get("tier", "").strip() or STANDARD,
        groups=cells.get("groups", "").replace("|", ";").split(";"),
    )
    fields.check(tiers)
    return Row(line, clean_username(cells["username"]), fields)


def _cells(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and cells of each line that is not blank; a cell without a column is under the empty name."""
    body = text.lstrip()
    blank = text[: len(text) - len(body)].count("\n")
    head = body.partition("\n")[0]
    separator = max(SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        _require_columns(names)
        count = 0
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MOST_ROWS:
                raise Invalid(f"The file has more than {MOST_ROWS:,} people. Split it into several.")
            row = dict.fromkeys(names, "") | dict(zip(names, cells, strict=False))
            yield blank + reader.line_num, row | ({"": ""} if any(map(str.strip, cells[len(names) :])) else {})
    except csv.Error as error:
        raise Invalid(f"Line {blank + reader.line_num} cannot be read as CSV; look at its quotation marks.") from error


def _require_columns(names: list[str]) -> None:
    unknown = [name for name in names if name not in COLUMNS]
    if "username" not in names or unknown or len(set(names)) < len(names):
        wrong = f" “{unknown[0][:40]}” is none of them." if unknown and "username" in names else ""
        raise Invalid(
            f"The first line has to name the columns, each once: username, and of these any: {', '.join(COLUMNS[1:])}.{wrong}"
        )
