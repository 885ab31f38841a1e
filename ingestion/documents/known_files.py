"""Documents of a library that belong to a synchronised folder. Every method checks what the principal may do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from core.access import Principal, require_write
from core.errors import NotFound
from db import documents, versions
from db.session import Database


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A document of a library that belongs to a file of the folder.

    Attributes:
        sha256: of the bytes uploaded last.
        is_in: False when these could not be read, or are not read yet.
    """

    document_id: UUID
    title: str
    sha256: str
    is_in: bool


class FolderRows:
    """Documents by the folder that they are synchronised with (``source``)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, principal: Principal, library_id: UUID, source: str) -> list[KnownFile]:
        """The documents of a folder.

        Raises:
            NotFound, NotPermitted: the principal may not change the library.
        """
        require_write(principal, library_id, "library")
        async with self._database.reader() as session:
            rows = await versions.of_source(session, library_id, source)
        return [
            KnownFile(row.id, row.title, last.sha256, row.state == "ready" and last.number == row.version)
            for row, last in rows
        ]

    async def contents(self, principal: Principal, library_id: UUID, hashes: Collection[str]) -> set[str]:
        """Those of the hashes that a document of the library has."""
        require_write(principal, library_id, "library")
        async with self._database.reader() as session:
            return set(await versions.shas_within(session, library_id, list(hashes)))

    async def retitle(self, principal: Principal, library_id: UUID, source: str, titles: Mapping[UUID, str]) -> None:
        """Give documents of a folder the titles that their files have now."""
        require_write(principal, library_id, "library")
        async with self._database.transaction() as session:
            own = {row.id for row, _ in await versions.of_source(session, library_id, source)}
            if not own.issuperset(titles):
                raise NotFound("There is no such document.")
            await documents.retitle(session, source, titles)
