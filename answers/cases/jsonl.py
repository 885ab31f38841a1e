"""Test cases as JSON Lines: one case a line, for other installations and for version control."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationError, field_validator

from answers.cases.content import checked
from answers.cases.rows import content_of
from answers.cases.types import CaseContent
from core.errors import Invalid
from core.values import Frozen
from db.models import CaseRow

MOST_LINES = 5000
MOST_PROBLEMS = 100  # that are told


class CaseLine(CaseContent):
    """A line of the file. A library or document may be written as its name alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID | None = None
    is_enabled: bool = Field(True, alias="enabled")

    @field_validator("libraries", "documents", "expected", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return [{"title": one} if isinstance(one, str) else one for one in value]


class Problem(Frozen):
    """A line that cannot be taken."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A case of a file; ``id``: of the case that it replaces, or the one it gets."""

    line: int
    id: UUID | None
    content: CaseContent


def read(data: bytes) -> tuple[list[Incoming], list[Problem]]:
    """The cases of a file, and a sentence for every line that is wrong.

    Raises:
        Invalid: it is no text in UTF-8, it is empty, or it has too many lines.
    """
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise Invalid("The file is no text in UTF-8.") from error
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbered:
        raise Invalid("The file has no test cases.")
    if len(numbered) > MOST_LINES:
        raise Invalid(f"The file has {len(numbered):,} lines; at most {MOST_LINES:,} are taken at once.")
    found, problems, seen = list[Incoming](), list[Problem](), dict[UUID, int]()
    for number, line in numbered:
        try:
            incoming = _incoming(number, line)
            if incoming.id is not None and (first := seen.setdefault(incoming.id, number)) != number:
                raise Invalid(f"It has the same id as line {first}.")
        except Invalid as error:
            problems.append(Problem(line=number, message=error.message))
        else:
            found.append(incoming)
    return found, problems


def write(rows: Iterable[CaseRow]) -> Iterator[str]:
    """A line for each case."""
    for row in rows:
        content = content_of(row).model_dump(mode="json", exclude={"is_enabled"}, exclude_defaults=True)
        yield json.dumps({"id": str(row.id), **content, "enabled": row.is_enabled}, ensure_ascii=False) + "\n"


def _incoming(number: int, line: str) -> Incoming:
    """The case of a line. Raises Invalid."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Invalid("It is not JSON.") from error
    if not isinstance(raw, dict):
        raise Invalid("It is no JSON object: a case is written in braces.")
    try:
        read = CaseLine(**{str(name): value for name, value in raw.items()})
    except ValidationError as error:
        raise Invalid(_sentence(error)) from error
    content = CaseContent(**read.model_dump(exclude={"id"}))
    return Incoming(number, read.id, checked(content))


def _sentence(error: ValidationError) -> str:
    """The first thing wrong with a line."""
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        return f"“{place}” is missing."
    if first["type"] == "extra_forbidden":
        return f"There is no field “{place}”."
    return f"“{place}”: {first['msg'][:1].lower()}{first['msg'][1:]}."


def told(problems: Sequence[Problem]) -> Sequence[Problem]:
    """The problems as far as they are shown."""
    return problems[:MOST_PROBLEMS]
