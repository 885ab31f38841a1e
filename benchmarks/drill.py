"""Shared parts of the drills: the uploaded file, its expected chunks, and the outcome of a fault."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from db.session import Database
from tests.documents import pdf

LIMIT_S = 60.0
GIVE_UP_S = 180.0
PAGES = 400
Chunks = list[tuple[object, ...]]


@dataclass(frozen=True)
class Outcome:
    """The outcome of the job. ``seconds`` count from the end of the fault."""

    name: str
    struck_at: str
    state: str
    rows: int
    indexed: int
    expected: int
    is_same: bool
    seconds: float

    @property
    def is_good(self) -> bool:
        """True when the job finished in time with exactly the expected chunks."""
        return self.state == "finished" and self.is_same and self.indexed == self.expected and self.seconds <= LIMIT_S

    def __str__(self) -> str:
        chunks = (
            f"{self.rows} rows, {self.indexed} indexed of {self.expected}{'' if self.is_same else ', not the same'}"
        )
        verdict = "ok" if self.is_good else "FAILED"
        return f"{self.name:<44} {self.struck_at:<16} {self.state:<9} {chunks:<38} {self.seconds:>6.1f} s  {verdict}"


def page(number: int) -> str:
    """The text of a unique page, one or two chunks long."""
    lines = (f"On day {number * 31 + day} dome {day % 7} recorded event {number * 977 + day * 13}." for day in range(9))
    return f"Page {number}. " + " ".join(lines)


FILE = pdf([page(number) for number in range(1, PAGES + 1)])


async def stream() -> AsyncIterator[bytes]:
    """The file as an upload stream."""
    yield FILE


async def chunks_of(database: Database, document_id: UUID) -> Chunks:
    """The chunks of a document, without the columns that differ between documents."""
    columns = 'SELECT "index", section, page, char_start, char_end, content_hash FROM chunks WHERE document_id = :id ORDER BY 1'
    async with database.reader() as session:
        return [tuple(row) for row in await session.execute(text(columns), {"id": document_id})]
