"""Errors that can be told to a person. Raised as facts, rendered at the edges (``web/errors.py``, ``chat/errors.py``)."""

from uuid import uuid4


def new_reference() -> str:
    """A short id shown to the person and written to the log, so that one finds the other."""
    return uuid4().hex[:12]


class FootnoteError(Exception):
    """Base of all errors that carry a sentence for the user.

    Attributes:
        status_code: the HTTP status a door answers with.
        message: one sentence for the person; never a secret, path or stack trace.
        retry_after_s: seconds after which another try makes sense, if known.
        reference: id that stands in the log beside the details.
    """

    status_code = 500

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_s = retry_after_s
        self.reference = new_reference()


class SettingsInvalid(FootnoteError):
    """A setting is wrong; start-up stops."""


class StartupFailed(FootnoteError):
    """A part could not be started: port in use, second instance, full disk…"""


class NotAuthenticated(FootnoteError):
    """No valid sign-in."""

    status_code = 401


class NotPermitted(FootnoteError):
    """Signed in, but this is not theirs to do."""

    status_code = 403


class NotFound(FootnoteError):
    """It does not exist, or the person may not know that it does."""

    status_code = 404


class Conflict(FootnoteError):
    """It cannot be done in the present state."""

    status_code = 409


class TooLarge(FootnoteError):
    """More bytes than allowed."""

    status_code = 413


class QuotaExceeded(TooLarge):
    """More than one person may keep here."""


class UnsupportedType(FootnoteError):
    """A kind of file that nothing here can open."""

    status_code = 415


class Invalid(FootnoteError):
    """The request makes no sense as it is."""

    status_code = 422


class DocumentUnreadable(FootnoteError):
    """A file that yields no text: damaged, encrypted, empty, or over its limits."""

    status_code = 422


class LimitExceeded(FootnoteError):
    """Too much in too short a time."""

    status_code = 429


class UpstreamUnavailable(FootnoteError):
    """A server that this one depends on does not answer."""

    status_code = 503


class StorageFull(FootnoteError):
    """The disk has no room for more; nothing that is on it is lost."""

    status_code = 507
