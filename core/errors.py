"""Errors with a sentence for the person. Rendered by the doors (``web/errors.py``, ``chat/errors.py``)."""

from uuid import uuid4


def new_reference() -> str:
    """A short id that is shown to the person and logged, to find the log entry of an error."""
    return uuid4().hex[:12]


class FootnoteError(Exception):
    """Base of all errors that carry a sentence for the user.

    Attributes:
        status_code: the HTTP status a door answers with.
        message: one sentence for the person; never a secret, path or stack trace.
        retry_after_s: seconds after which another try makes sense, if known.
        reference: id of the details in the log.
        param: the field of the request that is wrong, for programs, where it is known.
        code: a word for programs, where there is one.
    """

    status_code = 500
    param: str | None = None
    code: str | None = None

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_s = retry_after_s
        self.reference = new_reference()


class StartupFailed(FootnoteError):
    """A part could not be started: port in use, second instance, full disk…"""


class SettingsInvalid(StartupFailed):
    """A setting is wrong; start-up stops."""


class NotAuthenticated(FootnoteError):
    """No valid sign-in."""

    status_code = 401


class NotPermitted(FootnoteError):
    """Signed in, but not allowed to do this."""

    status_code = 403


class NotFound(FootnoteError):
    """It does not exist, or the person may not know that it does."""

    status_code = 404


class TooSlow(FootnoteError):
    """A request that does not arrive."""

    status_code = 408


class Conflict(FootnoteError):
    """Not possible in the present state."""

    status_code = 409


class PreconditionFailed(FootnoteError):
    """It is no longer what the person saw when they decided to change it."""

    status_code = 412


class TooLarge(FootnoteError):
    """More bytes than allowed."""

    status_code = 413


class QuotaExceeded(TooLarge):
    """More than one person may store."""


class UnsupportedType(FootnoteError):
    """A kind of file that nothing here can open."""

    status_code = 415


class Invalid(FootnoteError):
    """The request is not valid."""

    status_code = 422


class DocumentUnreadable(FootnoteError):
    """A file that yields no text: damaged, encrypted, empty, or over its limits."""

    status_code = 422


class LimitExceeded(FootnoteError):
    """A rate limit or quota is exceeded."""

    status_code = 429


class UpstreamUnavailable(FootnoteError):
    """A server that Footnote depends on does not answer."""

    status_code = 503


class StorageFull(FootnoteError):
    """The disk is full; stored data is not affected."""

    status_code = 507
