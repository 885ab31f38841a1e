"""What people and admins may ask for, and what workers do about it."""

from collections import Counter
from uuid import uuid4

import structlog
from redis.exceptions import RedisError

from ingestion.blobs.deferring import DeferringBlobStore
from ingestion.jobs.queue import JobQueue
from rights.erasure.service import Erasures
from rights.export.service import Exports
from rights.holds import Holds
from rights.retention import Retention

log = structlog.get_logger(__name__)

WAKE_S = 60


class Rights:
    """The rights of people over what is theirs, and the rules of the organisation.

    Attributes:
        exports: everything about a person, as a file.
        erasures: the removal of a person.
        holds: what must be kept.
    """

    def __init__(
        self,
        queue: JobQueue,
        exports: Exports,
        erasures: Erasures,
        holds: Holds,
        retention: Retention,
        blobs: DeferringBlobStore,
    ) -> None:
        self._queue = queue
        self.exports = exports
        self.erasures = erasures
        self.holds = holds
        self._retention = retention
        self._blobs = blobs

    async def wake(self) -> None:
        """Have a worker look now for what waits. Without Redis, one looks within a minute of its return."""
        try:
            await self._queue.enqueue_chore("attend_rights", str(uuid4()), WAKE_S)
        except (RedisError, OSError) as error:
            log.warning("rights.not_announced", error=repr(error))

    async def attend(self) -> None:
        """Do the exports and erasures that wait, and delete what waited for a backup: for the worker. It may be interrupted anywhere.

        What has to wait itself (a part does not answer) is left for the next call.
        """
        await self._blobs.delete_deferred()
        while await self.exports.do_next():
            pass
        await self.erasures.do_all()

    async def retain(self) -> Counter[str]:
        """Delete what is old enough: conversations, documents, exports, links to receipts; returns how many of each kind."""
        removed = await self._retention.apply()
        ended = {"exports": await self.exports.drop_expired(), "links": await self.erasures.drop_links()}
        return removed + Counter(ended)
