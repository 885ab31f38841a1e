"""Upload limits: per file, per kind of file and per person."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Principal
from core.errors import QuotaExceeded, TooLarge, UnsupportedType
from core.kinds import kind_of
from core.settings import UploadSettings
from db import storage_usage
from db.session import Database
from ingestion.blobs import BlobStore
from ingestion.types import Allowance

STEPS = (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024))
TIDY_UP = "Delete some that you no longer need"


@dataclass(frozen=True, slots=True)
class Headroom:
    """What a person may upload now.

    Attributes:
        left_bytes: how much the person may still store; None: no limit.
    """

    settings: UploadSettings
    left_bytes: int | None = None

    def less(self, size_bytes: int) -> "Headroom":
        """The same with so much of it used up."""
        return self if self.left_bytes is None else replace(self, left_bytes=max(0, self.left_bytes - size_bytes))

    def require_size(self, size_bytes: int, kind: str | None = None) -> None:
        """Raise TooLarge or QuotaExceeded for a file of at least this size; ``kind`` (see ``core.kinds``) is None until it is known."""
        most = self.settings.max_bytes if kind is None else self.settings.max_bytes_of(kind)
        if size_bytes > most:
            what = "The file" if most == self.settings.max_bytes else f"Files of this kind ({kind}) are limited: it"
            raise TooLarge(f"{what} is larger than the {in_words(most)} that are allowed.")
        if self.left_bytes is not None and size_bytes > self.left_bytes:
            raise QuotaExceeded(
                f"You have room for {in_words(self.left_bytes)} more of the {in_words(self.settings.user_bytes)} "
                f"that your files may take; this one is larger. {TIDY_UP}."
            )

    def require_type(self, mime_type: str, size_bytes: int) -> None:
        """Raise UnsupportedType, TooLarge or QuotaExceeded for a file of this type."""
        kind = kind_of(mime_type)
        if not self.settings.accepts(kind):
            accepted = ", ".join(self.settings.types)
            raise UnsupportedType(f"Files of this kind ({kind}) are not accepted here. Accepted are: {accepted}.")
        self.require_size(size_bytes, kind)


class Quota:
    """How much each person has uploaded, and may upload."""

    def __init__(self, database: Database, blobs: BlobStore, settings: UploadSettings) -> None:
        self._database = database
        self._blobs = blobs
        self._settings = settings

    async def allowance(self, principal: Principal) -> Allowance:
        """The person's usage and limits."""
        async with self._database.reader() as session:
            used = await storage_usage.of_user(session, principal.user_id)
        return Allowance(
            used_bytes=used.size_bytes,
            allowed_bytes=self._settings.user_bytes or None,
            used_documents=used.documents,
            allowed_documents=self._settings.user_documents or None,
            max_file_bytes=self._settings.max_bytes,
            kinds=self._settings.types,
        )

    async def headroom(self, principal: Principal, declared_bytes: int = 0) -> Headroom:
        """What the person may upload now.

        Args:
            declared_bytes: the declared size of the upload, at least.

        Raises:
            TooLarge, QuotaExceeded: there is no room for so much.
            StorageFull: the disk is nearly full.
        """
        await self._blobs.require_room(declared_bytes)
        headroom = Headroom(self._settings, await self._left_bytes(principal))
        headroom.require_size(declared_bytes)
        return headroom

    async def _left_bytes(self, principal: Principal) -> int | None:
        if not self._is_limited:
            return None
        async with self._database.reader() as session:
            used = await storage_usage.of_user(session, principal.user_id)
        self._require_fewer(used.documents + 1)
        return max(0, self._settings.user_bytes - used.size_bytes) if self._settings.user_bytes else None

    @asynccontextmanager
    async def counted(self, session: AsyncSession, principal: Principal) -> AsyncIterator[None]:
        """Wraps the writing of a file's rows: the person's other uploads wait, so that together they stay within the limits.

        Raises:
            QuotaExceeded: other uploads have used up the headroom meanwhile.
        """
        if not self._is_limited:
            yield
            return
        await storage_usage.hold(session, principal.user_id)
        yield
        used = await storage_usage.of_user(session, principal.user_id)
        self._require_fewer(used.documents)
        if 0 < self._settings.user_bytes < used.size_bytes:
            raise QuotaExceeded(
                f"With this file yours would take {in_words(used.size_bytes)}, "
                f"more than the {in_words(self._settings.user_bytes)} they may. {TIDY_UP}."
            )

    @property
    def _is_limited(self) -> bool:
        return bool(self._settings.user_bytes or self._settings.user_documents)

    def _require_fewer(self, documents: int) -> None:
        most = self._settings.user_documents
        if 0 < most < documents:
            raise QuotaExceeded(f"You have {documents - 1} of the {most} documents that you may have. {TIDY_UP}.")


def in_words(size_bytes: int) -> str:
    """``1.5 GB``, ``20 MB``."""
    for unit, step in STEPS:
        if size_bytes >= step:
            return f"{size_bytes / step:.3g} {unit}"
    return f"{size_bytes} bytes"
