"""Lists of documents, page by page, and of libraries, as a person may see them."""

from uuid import UUID

from core.access import Principal, may_write, scope_of
from core.errors import Invalid, NotFound
from db import libraries, library_page
from db.library_order import Wanted
from db.library_page import Beside
from db.models import Document
from db.session import Database
from ingestion.documents.rows import document_view, job_status
from ingestion.types import AskedQuestion, DocumentCounts, DocumentEntry, DocumentPage, LibraryView


class DocumentListing:
    """The lists. They know of nothing outside the principal's scope, and of no one else's questions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, principal: Principal, wanted: Wanted | None = None, *, limit: int = 50, cursor: str | None = None
    ) -> DocumentPage:
        """A page of the documents; the first comes with the counts.

        Raises:
            Invalid: the cursor is not one of ours, or of another order.
        """
        wanted = wanted or Wanted()
        async with self._database.reader() as session:
            found, next_cursor = await library_page.page(session, principal, wanted, limit=limit, cursor=cursor)
            beside = await library_page.beside(session, principal, found)
            counts = None if cursor else await library_page.counts(session, scope_of(principal), wanted)
        entries = tuple(_entry(principal, document, beside) for document in found)
        told = DocumentCounts.model_validate(counts, from_attributes=True) if counts else None
        return DocumentPage(documents=entries, next_cursor=next_cursor, counts=told)

    async def these(self, principal: Principal, document_ids: frozenset[UUID]) -> DocumentPage:
        """The named documents as far as they are there to be seen, on one page without counts."""
        async with self._database.reader() as session:
            found = await library_page.these(session, scope_of(principal, document_ids))
            beside = await library_page.beside(session, principal, found)
        return DocumentPage(documents=tuple(_entry(principal, row, beside) for row in found), next_cursor=None)

    async def library_named(self, principal: Principal, name: str) -> UUID | None:
        """The library of a name or id that the principal is a member of; None for an empty name.

        Raises:
            NotFound: there is none.
            Invalid: there are several of this name.
        """
        if not name:
            return None
        found = [one.library_id for one in await self.libraries(principal) if name in (one.name, str(one.library_id))]
        if not found:
            raise NotFound("There is no such library.")
        if len(found) > 1:
            raise Invalid(f"There are {len(found)} libraries named {name}; give the id of one.")
        return found[0]

    async def libraries(self, principal: Principal) -> tuple[LibraryView, ...]:
        """The libraries that the principal is a member of."""
        async with self._database.reader() as session:
            rows = await libraries.within(session, scope_of(principal))
        return tuple(
            LibraryView(
                library_id=row.id,
                name=row.name,
                role=principal.grants[row.id],
                is_personal=row.id == principal.personal_library_id,
            )
            for row in rows
        )


def _entry(principal: Principal, document: Document, beside: Beside) -> DocumentEntry:
    job = beside.jobs.get(document.id)
    question = beside.questions.get(document.id)
    return DocumentEntry(
        **dict(document_view(document)),
        job=job_status(job, document) if job else None,
        owner=beside.owners.get(document.uploaded_by) if document.uploaded_by else None,
        library=beside.libraries.get(document.library_id, ""),
        last_question=AskedQuestion.model_validate(question, from_attributes=True) if question else None,
        can_write=may_write(principal, document.library_id),
    )
