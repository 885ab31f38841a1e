"""Errors of fetching, and what httpcore raises told as such."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore

from core.errors import Invalid, NotFound, UpstreamUnavailable


class PageRefused(Invalid):
    """The site does not let it be read, or what comes is not for us. Trying again soon is of no use."""


class PageGone(NotFound):
    """There is no such page (any more)."""


class PageUnavailable(UpstreamUnavailable):
    """The site does not answer now."""


@contextmanager
def translated() -> Iterator[None]:
    """Raises errors with a sentence for what httpcore and the network raise."""
    try:
        yield
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise PageUnavailable("The site takes too long to answer.") from error
    except httpcore.ConnectError as error:
        if _is_of_tls(error):
            raise PageRefused("The site cannot prove who it is: its certificate is not valid.") from error
        raise PageUnavailable("The site does not answer.") from error
    except (httpcore.NetworkError, OSError) as error:
        raise PageUnavailable("The site does not answer.") from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise PageRefused("What the site answers is no page.") from error


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
