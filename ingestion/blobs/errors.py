"""Translates obstore's errors to ours. The kind of a failure is known only from the error's text."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from core.errors import FootnoteError, NotFound, StorageFull, UpstreamUnavailable

log = structlog.get_logger(__name__)

AGAIN_S = 5.0
REFUSED = ("401 Unauthorized", "403 Forbidden")
FULL = ("No space left on device", "Disk quota exceeded")
NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "404 Not Found")


@contextmanager
def translated() -> Iterator[None]:
    """Wraps every call of obstore.

    Raises:
        NotFound: nothing is stored under the key.
        StorageFull: the disk is full.
        UpstreamUnavailable: the storage does not answer or refuses access; a later try may succeed.
    """
    try:
        yield
    except (FileNotFoundError, BaseError, PermissionError) as error:
        raise fact_of(error) from error


def fact_of(error: Exception) -> FootnoteError:
    """Our error for one of obstore's."""
    if isinstance(error, FileNotFoundError):
        return NotFound("The file is no longer stored.")
    log.warning("blobs.failed", error=first_line(error))
    if _says(error, FULL):
        return StorageFull("There is no room left to store files. Nothing that is stored already is lost.")
    if _is_refused(error):
        return UpstreamUnavailable("The file storage does not let Footnote in at the moment.", retry_after_s=AGAIN_S)
    return UpstreamUnavailable("The file storage does not answer at the moment.", retry_after_s=AGAIN_S)


def setting_at_fault(error: Exception) -> str:
    """A sentence for the operator about a storage that cannot be used."""
    if _is_refused(error):
        return (
            "FOOTNOTE_BLOB_URL: the storage refuses these credentials; they must allow reading, writing, listing and "
            "deleting. Check FOOTNOTE_BLOB_ACCESS_KEY and FOOTNOTE_BLOB_SECRET_KEY."
        )
    if isinstance(error, FileNotFoundError) or _says(error, NO_BUCKET):
        return "FOOTNOTE_BLOB_URL: there is no such bucket or container; make it first."
    return (
        f"The file storage cannot be reached ({first_line(error)}); check FOOTNOTE_BLOB_URL and FOOTNOTE_BLOB_ENDPOINT."
    )


def first_line(error: Exception) -> str:
    """The first line of an error's text, without the details that obstore adds below."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _is_refused(error: Exception) -> bool:
    kinds = (PermissionDeniedError, UnauthenticatedError, PermissionError)
    return isinstance(error, kinds) or _says(error, REFUSED)  # a refused listing has no class of its own


def _says(error: Exception, signs: tuple[str, ...]) -> bool:
    return any(sign in str(error) for sign in signs)
