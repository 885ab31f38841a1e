"""Test cases for the admins: list, edit, promote from a review item, files in and out."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from answers.cases import jsonl
from answers.cases.content import checked
from answers.cases.jsonl import Incoming, Problem
from answers.cases.places import documents_of, libraries_of
from answers.cases.rows import columns_of, result_view_of, view_of
from answers.cases.types import CaseContent, CaseView, ExpectedDocument, Named, ResultView
from answers.reviews import Reviews
from core.access import Principal, require_admin, scope_of
from core.errors import Invalid, PreconditionFailed
from core.values import Frozen
from db import audit, case_runs, cases, libraries
from db.base import now
from db.cases import CaseFilter, CaseQuery
from db.models import CaseRow
from db.session import Database

log = structlog.get_logger(__name__)

CHANGED = "Somebody else has changed this case since you opened it. Below is what it says now; what you typed is kept in the form."
MOST_RESULTS = 10  # of one case


class CasePage(Frozen):
    """A page of cases, newest first; ``counts`` cover all cases, not only those shown."""

    cases: tuple[CaseView, ...]
    next_cursor: str | None
    counts: dict[CaseFilter, int]
    tags: tuple[str, ...]


class Draft(Frozen):
    """A case that is about to be made.

    Attributes:
        unreadable: it was asked in libraries that the admin may not read, which a case of theirs cannot be asked in.
    """

    content: CaseContent
    review_item_id: UUID | None = None
    unreadable: bool = False


class ImportFailed(Invalid):
    """Lines of a file are wrong; nothing was stored."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            f"{len(problems):,} lines of the file are wrong; nothing was taken."
            if len(problems) > 1
            else "A line of the file is wrong; nothing was taken."
        )
        self.problems = tuple(problems[: jsonl.MOST_PROBLEMS])


class Cases:
    """The test set. Every method raises NotPermitted for people who are no admins.

    Args:
        reviews: they know what an admin may see of an item that becomes a case.
    """

    def __init__(self, database: Database, reviews: Reviews) -> None:
        self._database = database
        self._reviews = reviews

    async def page(self, principal: Principal, query: CaseQuery, *, limit: int, cursor: str | None = None) -> CasePage:
        """A page of cases. Raises Invalid: not a cursor of this list."""
        async with self._database.reader() as session:
            rows, next_cursor = await cases.page(session, principal, query, limit=limit, cursor=cursor)
            counts, tags = await cases.counts(session, principal), await cases.tags(session, principal)
        views = tuple(view_of(row, author) for row, author in rows)
        return CasePage(cases=views, next_cursor=next_cursor, counts=counts, tags=tuple(tags))

    async def get(self, principal: Principal, case_id: UUID) -> CaseView:
        """A case. Raises NotFound."""
        async with self._database.reader() as session:
            row, author = await cases.get(session, principal, case_id)
        return view_of(row, author)

    async def results(self, principal: Principal, case_id: UUID) -> list[ResultView]:
        """The newest results of a case. Raises NotFound."""
        async with self._database.reader() as session:
            row, _ = await cases.get(session, principal, case_id)
            found = await case_runs.of_case(session, principal, case_id, MOST_RESULTS)
        return [result_view_of(result, row) for result in found]

    async def libraries(self, principal: Principal) -> list[Named]:
        """The libraries in which a case of this admin can be asked."""
        require_admin(principal)
        async with self._database.reader() as session:
            readable = await libraries.within(session, scope_of(principal))
        return [Named(id=library.id, title=library.name) for library in readable]

    async def fixable(self, principal: Principal, item_id: UUID | None) -> bool:
        """True when a review item has cases and all of them pass: it may be called fixed."""
        if item_id is None:
            return False
        async with self._database.reader() as session:
            return (await cases.item_states(session, principal, [item_id])).get(item_id, False)

    async def draft(self, principal: Principal, item_id: UUID) -> Draft:
        """A case made from a review item: its question, the documents that were cited, and the libraries that the admin may read.

        Question and documents are left out while the conversation is not open to the admin.

        Raises:
            NotFound: there is no such item.
        """
        seen = (await self._reviews.item(principal, item_id)).item
        async with self._database.reader() as session:
            item = await cases.promoted(session, principal, item_id)
            scope = scope_of(principal, library_ids=item.library_ids)
            readable = await libraries.within(session, scope)
        content = CaseContent(
            question=seen.question,
            libraries=tuple(Named(id=library.id, title=library.name) for library in readable),
            expected=_expected(item.cited) if seen.shown else (),
            must_refuse=False,
        )
        return Draft(content=content, review_item_id=item_id, unreadable=bool(item.library_ids - scope.library_ids))

    async def create(self, principal: Principal, content: CaseContent, review_item_id: UUID | None = None) -> UUID:
        """Store a new case, to be asked on behalf of this admin; its id.

        Raises:
            Invalid: what is wrong, in a sentence.
            NotFound: there is no such review item.
        """
        async with self._database.transaction() as session:
            placed = await _placed(session, principal, checked(content))
            more = {}
            if review_item_id is not None:
                item = await cases.promoted(session, principal, review_item_id)
                more = {"review_item_id": item.item_id, "asker_id": item.asker_id}
            row = await cases.create(session, principal, columns_of(placed) | more)
            details = {"review_item": str(review_item_id)} if review_item_id else {}
            await audit.record(session, principal, "case.created", audit.Target("case", row.id), details)
        return row.id

    async def change(self, principal: Principal, case_id: UUID, content: CaseContent, version: int) -> None:
        """Change a case. Who changes what is asked or where is the one on whose behalf it is asked from then on.

        Args:
            version: of the case that the admin saw.

        Raises:
            Invalid: what is wrong, in a sentence.
            NotFound: there is no such case.
            PreconditionFailed: somebody else has changed it since.
        """
        content = checked(content)
        async with self._database.transaction() as session:
            row = await cases.get_for_change(session, principal, case_id)
            if row.version != version:
                raise PreconditionFailed(CHANGED)
            await _write(session, principal, row, content)
            await audit.record(
                session, principal, "case.changed", audit.Target("case", case_id), {"version": row.version}
            )

    async def remove(self, principal: Principal, case_id: UUID) -> None:
        """Delete a case with its results. Raises NotFound."""
        async with self._database.transaction() as session:
            await cases.remove(session, principal, case_id)
            await audit.record(session, principal, "case.deleted", audit.Target("case", case_id))

    async def export(self, principal: Principal, query: CaseQuery) -> str:
        """The cases of a list as JSON Lines."""
        async with self._database.transaction() as session:
            rows = await cases.everything(session, principal, query)
            await audit.record(session, principal, "cases.exported", details={"cases": len(rows)})
        return "".join(jsonl.write(rows))

    async def take_in(self, principal: Principal, data: bytes) -> tuple[int, int]:
        """Store the cases of a file: all of them, or none. A case whose id is known is replaced.

        Returns:
            How many are new, and how many were replaced.

        Raises:
            ImportFailed: a sentence for every line that is wrong.
            Invalid: it is no file of cases.
        """
        require_admin(principal)
        incoming, problems = jsonl.read(data)
        async with self._database.transaction() as session:
            ids = [one.id for one in incoming if one.id is not None]
            known = await cases.known(session, principal, ids)
            for one in incoming:
                try:
                    await _take(session, principal, one, known)
                except Invalid as error:
                    problems.append(Problem(line=one.line, message=error.message))
            if problems:
                raise ImportFailed(sorted(problems, key=lambda problem: problem.line))
            made, replaced = len(incoming) - len(known), len(known)
            await audit.record(session, principal, "cases.imported", details={"new": made, "replaced": replaced})
        return made, replaced


async def _take(session: AsyncSession, principal: Principal, one: Incoming, known: dict[UUID, CaseRow]) -> None:
    """Store one case of a file. Raises Invalid."""
    if one.id is not None and one.id in known:
        await _write(session, principal, known[one.id], one.content)
        return
    placed = await _placed(session, principal, one.content)
    own_id = {"id": one.id} if one.id is not None else {}
    await cases.create(session, principal, columns_of(placed) | own_id)


async def _write(session: AsyncSession, principal: Principal, row: CaseRow, content: CaseContent) -> None:
    """Write a content into a locked row. Raises Invalid."""
    content = _with_ids(content, view_of(row, None))
    if content.asked != view_of(row, None).asked:
        content = await _placed(session, principal, content)
        row.author_id = principal.user_id
    for name, value in columns_of(content).items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = now()
    await session.flush()


def _with_ids(content: CaseContent, before: CaseContent) -> CaseContent:
    """The content with the ids that the case had: a form names libraries and documents, and says no ids."""

    def known(named: Sequence[Named]) -> dict[str, UUID | None]:
        return {one.title: one.id for one in named}

    places, asked, expected = known(before.libraries), known(before.documents), known(before.expected)
    return content.model_copy(
        update={
            "libraries": tuple(_with_id(one, places) for one in content.libraries),
            "documents": tuple(_with_id(one, asked) for one in content.documents),
            "expected": tuple(
                ExpectedDocument(id=one.id or expected.get(one.title), title=one.title, pages=one.pages)
                for one in content.expected
            ),
        }
    )


def _with_id(one: Named, known: dict[str, UUID | None]) -> Named:
    return Named(id=one.id or known.get(one.title), title=one.title)


async def _placed(session: AsyncSession, principal: Principal, content: CaseContent) -> CaseContent:
    """The content with the ids of its libraries and documents, as far as there are such documents now.

    Raises:
        Invalid: the principal may not read one of the libraries, or there are several of that name.
    """
    found = await libraries_of(session, principal, content.libraries)
    for one, ids in found:
        if not ids:
            raise Invalid(f"There is no library “{one.title}” that you may read.")
        if len(ids) > 1:
            raise Invalid(f"You may read several libraries of the name “{one.title}”; name it by its id.")
    scope = scope_of(principal, library_ids=frozenset[UUID]().union(*(ids for _, ids in found)))
    readable = {library.id: library.name for library in await libraries.within(session, scope)}
    asked = await documents_of(session, scope, content.documents)
    expected = await documents_of(session, scope, content.expected)
    return content.model_copy(
        update={
            "libraries": tuple(Named(id=library_id, title=readable[library_id]) for _, [library_id] in found),
            "documents": tuple(Named(id=_own(one.id, ids), title=one.title) for one, ids in asked),
            "expected": tuple(
                ExpectedDocument(id=_own(one.id, ids), title=one.title, pages=one.pages) for one, ids in expected
            ),
        }
    )


def _own(known: UUID | None, ids: frozenset[UUID]) -> UUID | None:
    """The id by which a document is remembered: the one that it has now, else the one that it had."""
    return min(ids) if ids and known not in ids else known


def _expected(cited: Sequence[tuple[UUID | None, str, int | None]]) -> tuple[ExpectedDocument, ...]:
    """The cited documents, each once, with all pages that were cited of it."""
    pages: dict[tuple[UUID | None, str], set[int]] = {}
    for document_id, title, page in cited:
        pages.setdefault((document_id, title), set()).update([page] if page else [])
    return tuple(
        ExpectedDocument(id=document_id, title=title, pages=tuple(sorted(found)))
        for (document_id, title), found in pages.items()
    )
