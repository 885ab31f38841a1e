"""Lists of documents, page by page, and of libraries, as far as a person may see them."""

from uuid import UUID

from core.access import Principal, may_write, scope_of
from core.errors import Invalid, NotFound
from db import job_page, libraries, library_page, library_sums
from db.library_order import DocumentQuery
from db.library_page import RowDetails
from db.library_sums import LibrarySum
from db.models import Document
from db.session import Database
from ingestion.documents.rows import document_view, job_status
from ingestion.types import AskedQuestion, DocumentCounts, DocumentEntry, DocumentPage, JobPage, JobState, LibraryView


class DocumentListing:
    """Lists within the principal's scope. Questions of other people are never shown."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, principal: Principal, query: DocumentQuery | None = None, *, limit: int = 50, cursor: str | None = None
    ) -> DocumentPage:
        """A page of the documents; the first page has the counts.

        Raises:
            Invalid: the cursor is not valid, or of another order.
        """
        query = query or DocumentQuery()
        async with self._database.reader() as session:
            rows, next_cursor = await library_page.page(session, principal, query, limit=limit, cursor=cursor)
            details = await library_page.details(session, principal, rows)
            counts = None if cursor else await library_page.counts(session, scope_of(principal), query)
        entries = tuple(_entry(principal, document, details) for document in rows)
        view = DocumentCounts.model_validate(counts, from_attributes=True) if counts else None
        return DocumentPage(documents=entries, next_cursor=next_cursor, counts=view)

    async def jobs(
        self,
        principal: Principal,
        *,
        limit: int = 50,
        cursor: str | None = None,
        state: JobState | None = None,
        library_id: UUID | None = None,
    ) -> JobPage:
        """A page of the jobs of the documents that the principal may see, newest first. Raises Invalid for a cursor that is not valid."""
        async with self._database.reader() as session:
            rows, next_cursor = await job_page.page(
                session, scope_of(principal), limit=limit, cursor=cursor, state=state, library_id=library_id
            )
        return JobPage(jobs=tuple(job_status(job, document) for job, document in rows), next_cursor=next_cursor)

    async def by_ids(self, principal: Principal, document_ids: frozenset[UUID]) -> DocumentPage:
        """Those of these documents that the principal may see, on one page without counts."""
        async with self._database.reader() as session:
            rows = await library_page.of_scope(session, scope_of(principal, document_ids))
            details = await library_page.details(session, principal, rows)
        return DocumentPage(documents=tuple(_entry(principal, row, details) for row in rows), next_cursor=None)

    async def library_named(self, principal: Principal, name: str) -> UUID | None:
        """Id of the library with a name or id that the principal is a member of; None for an empty name.

        Raises:
            NotFound: there is none.
            Invalid: there are several of this name.
        """
        if not name:
            return None
        ids = [one.library_id for one in await self.libraries(principal) if name in (one.name, str(one.library_id))]
        if not ids:
            raise NotFound("There is no such library.")
        if len(ids) > 1:
            raise Invalid(f"There are {len(ids)} libraries named {name}; give the id of one.")
        return ids[0]

    async def sums(self, principal: Principal) -> list[LibrarySum]:
        """The libraries that the principal is a member of, with what they hold."""
        async with self._database.reader() as session:
            return await library_sums.of_scope(session, scope_of(principal))

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


def _entry(principal: Principal, document: Document, details: RowDetails) -> DocumentEntry:
    job = details.jobs.get(document.id)
    question = details.questions.get(document.id)
    return DocumentEntry(
        **dict(document_view(document)),
        job=job_status(job, document) if job else None,
        owner=details.owners.get(document.uploaded_by) if document.uploaded_by else None,
        library=details.libraries.get(document.library_id, ""),
        last_question=AskedQuestion.model_validate(question, from_attributes=True) if question else None,
        can_write=may_write(principal, document.library_id),
    )
