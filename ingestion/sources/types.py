"""Types of sources for the doors."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from core.values import Frozen


class LinkKind(StrEnum):
    """What an address stands for.

    One page; a site, by its sitemap or by the links among the pages below it; or a folder (bucket, container, WebDAV) of the settings,
    by its name there.
    """

    PAGE = "page"
    SITE = "site"
    FOLDER = "folder"


class LinkState(StrEnum):
    """``waiting → reading → read | failed``, and again when it is due."""

    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    FAILED = "failed"


class LinkView(Frozen):
    """A link whose documents a library keeps up to date.

    Attributes:
        document_id: its document, of one page that was read.
        read: the number of pages that have a document.
        elsewhere: … whose content the library had already, in another document.
        failed: … that could not be brought the last time.
        gone: … that the site no longer has; their documents stay.
        left_out: … whose documents were deleted here; they are not brought again.
        error: why it could not be read the last time, in a sentence.
        notice: what was left out.
        next_at: when it is read again; None: not any more.
    """

    link_id: UUID
    library_id: UUID
    kind: LinkKind
    address: str
    state: LinkState
    document_id: UUID | None
    read: int
    elsewhere: int
    failed: int
    gone: int
    left_out: int
    error: str | None
    notice: str | None
    created_at: datetime
    checked_at: datetime | None
    next_at: datetime | None
    can_write: bool
