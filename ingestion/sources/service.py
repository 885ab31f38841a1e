"""The service for links: add, list, have read again, remove. It writes rows; workers do the fetching."""

from collections.abc import Sequence
from ipaddress import ip_address
from uuid import UUID

import structlog
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal, may_write, require_read, scope_of
from core.errors import Conflict, Invalid, NotPermitted
from core.settings import LinkSettings
from db import audit, sources
from db.audit import Target
from db.base import now
from db.models import DocumentSource
from db.session import Database
from ingestion.jobs.queue import JobQueue
from ingestion.sources.addresses import Address, address_of
from ingestion.sources.guard import NOT_PUBLIC, GuardedNetwork
from ingestion.sources.types import LinkKind, LinkState, LinkView

log = structlog.get_logger(__name__)

TURNED_OFF = "Links are not read here."
ADMINS_ONLY = "Only admins may keep a library in step with a folder: whoever uses the library can read what is in it."
NO_FOLDER = "There is no folder of this name in the settings."
IS_READ = "This link is being read already."


class DocumentSources:
    """Links of libraries. Members see them, editors add and change them."""

    def __init__(self, database: Database, settings: LinkSettings, queue: JobQueue | None = None) -> None:
        self._database = database
        self._queue = queue
        self._settings = settings
        self._network = GuardedNetwork(settings.also)

    @property
    def is_enabled(self) -> bool:
        """False where nothing is fetched."""
        return self._settings.enabled

    async def add(
        self, principal: Principal, address: str, kind: LinkKind = LinkKind.PAGE, library_id: UUID | None = None
    ) -> LinkView:
        """Add a link, which a worker reads at once and then on the schedule of the settings, on behalf of the principal.

        Args:
            library_id: None for the principal's personal library.

        Raises:
            NotPermitted: links are turned off, the principal is a viewer of the library, or no admin and it is a folder.
            NotFound: the principal is not a member of the library.
            Invalid: no address of a page, or of a network that is not read; no folder of the settings.
            Conflict: the library has it already.
            LimitExceeded: the library has too many.
        """
        self._require_enabled()
        address = self._checked(principal, address, kind)
        library_id = library_id or principal.personal_library_id
        async with self._database.transaction() as session:
            source = await sources.create(session, principal, library_id=library_id, kind=kind.value, address=address)
            what = {"library": library_id, "kind": kind.value}
            await audit.record(session, principal, "link.added", Target("link", source.id), what)
        log.info("link.added", source_id=str(source.id), kind=kind.value, by=str(principal.user_id))
        await self._announce()
        return (await self._views(principal, [source]))[0]

    async def all(self, principal: Principal, library_id: UUID | None = None) -> tuple[LinkView, ...]:
        """The links of all libraries of the principal, or of one, newest first. Raises NotFound."""
        if library_id is not None:
            require_read(principal, library_id, "library")
        async with self._database.reader() as session:
            rows = await sources.of_scope(session, scope_of(principal), library_id)
        return tuple(await self._views(principal, rows))

    async def get(self, principal: Principal, source_id: UUID) -> LinkView:
        """One link. Raises NotFound."""
        async with self._database.reader() as session:
            source = await sources.get(session, scope_of(principal), source_id)
        return (await self._views(principal, [source]))[0]

    async def check(self, principal: Principal, source_id: UUID) -> LinkView:
        """Have a link read again now, from now on on behalf of the principal.

        Raises:
            NotFound, NotPermitted: the principal may not see, or not change, it; or links are turned off.
            Conflict: it is being read.
        """
        async with self._database.transaction() as session:
            source = await sources.get_for_change(session, principal, source_id)
            self._require_enabled()
            if source.state == LinkState.READING:
                raise Conflict(IS_READ)
            source.next_at, source.state, source.added_by = now(), LinkState.WAITING.value, principal.user_id
        await self._announce()
        return (await self._views(principal, [source]))[0]

    async def remove(self, principal: Principal, source_id: UUID) -> None:
        """Remove a link; its documents stay as they are. Raises NotFound, NotPermitted."""
        async with self._database.transaction() as session:
            await sources.remove(session, principal, source_id)
            await audit.record(session, principal, "link.removed", Target("link", source_id))
        log.info("link.removed", source_id=str(source_id), by=str(principal.user_id))

    def folders(self, principal: Principal) -> tuple[str, ...]:
        """The names of the folders that the principal may keep a library in step with."""
        return tuple(sorted(self._settings.folders)) if self.is_enabled and principal.is_admin else ()

    async def _announce(self) -> None:
        """Have a worker look now; without Redis they look by themselves."""
        try:
            if self._queue is not None:
                await self._queue.announce_link()
        except (RedisError, OSError) as error:
            log.warning("link.not_announced", error=repr(error))

    def _checked(self, principal: Principal, address: str, kind: LinkKind) -> str:
        """The address as it is kept. What can be told without the network is refused at once: a worker would refuse it, too."""
        if kind is LinkKind.FOLDER:
            if not principal.is_admin:
                raise NotPermitted(ADMINS_ONLY)
            if address not in self._settings.folders:
                raise Invalid(NO_FOLDER)
            return address
        parsed = address_of(address)
        self._require_allowed(parsed)
        return parsed.text

    def _require_enabled(self) -> None:
        if not self._settings.enabled:
            raise NotPermitted(TURNED_OFF)

    def _require_allowed(self, address: Address) -> None:
        """Raises Invalid for a number that is not of a network that may be read."""
        try:
            ip_address(address.host)
        except ValueError:
            return
        if not self._network.allows(address.host):
            raise Invalid(NOT_PUBLIC)

    async def _views(self, principal: Principal, rows: Sequence[DocumentSource]) -> list[LinkView]:
        if not rows:
            return []
        async with self._database.reader() as session:
            return await _views(session, principal, rows)


async def _views(session: AsyncSession, principal: Principal, rows: Sequence[DocumentSource]) -> list[LinkView]:
    ids = [row.id for row in rows]
    counts = await sources.counts(session, ids)
    documents = await sources.documents_of(session, ids)
    return [
        LinkView(
            link_id=row.id,
            library_id=row.library_id,
            kind=LinkKind(row.kind),
            address=row.address,
            state=LinkState(row.state),
            document_id=documents.get(row.id),
            read=counts[row.id]["read"],
            elsewhere=counts[row.id]["elsewhere"],
            failed=counts[row.id]["failed"],
            gone=counts[row.id]["gone"],
            left_out=counts[row.id]["left_out"],
            error=row.error,
            notice=row.notice,
            created_at=row.created_at,
            checked_at=row.checked_at,
            next_at=row.next_at,
            can_write=may_write(principal, row.library_id),
        )
        for row in rows
    ]
