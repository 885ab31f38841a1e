"""Limits the size of request bodies and the time they may take, counted while they stream, whether their length was declared or not."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import FootnoteError, TooLarge, TooSlow, UpstreamUnavailable
from core.settings import Settings
from web.errors import ErrorResponse, render
from web.server.connections import is_known

log = structlog.get_logger(__name__)

UPLOADS = ("/api/documents", "/project/file", "/v1/files")
ENVELOPE_BYTES = 64 * 1024
SMALL_BODY_BYTES = 2 * 1024**2
LINGER_S = 5.0
GRACE_S = 20.0  # of waiting for a body that does not come
MOST_CREDIT_S = 60.0  # of waiting, however much has come before
SLOWEST_BYTES_PER_S = 1000  # what earns a second more
STRANGERS_BYTES = (
    64 * 1024**2
)  # of all bodies together whose senders have not signed in: they are kept in memory until they are complete
_MOST_DIGITS = 18  # of a length; longer numbers are too large anyway


class Kept:
    """Bytes of strangers' bodies that are in memory now."""

    def __init__(self) -> None:
        self.size_bytes = 0


class BodyLimit:
    """Answers 413 as soon as a body is too large, 408 when it does not arrive, 503 when strangers send too much at once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept = Kept()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = limit_of(scope["path"], scope["app"].state.services.settings)
        # Uploads are not kept in memory, and their routes ask who sends them before they read.
        kept = None if scope["path"] in UPLOADS or is_known(scope) else self._kept
        await CountedExchange(limit, Headers(scope=scope), receive, send, kept).run(
            lambda receive, send: self.app(scope, receive, send),
            lambda error, send: _refusal(error)(scope, receive, send),
        )


def _refusal(error: FootnoteError) -> ErrorResponse:
    response = render(error)
    if isinstance(error, TooSlow):
        response.headers["Connection"] = "close"  # the rest of the body may still come
    return response


class CountedExchange:
    """One request and its response, the body counted as it arrives.

    A refused client that is still sending would see a broken connection instead of the response; so the rest of its body is received and
    dropped, for ``LINGER_S`` seconds at most, before the response is sent.
    """

    def __init__(self, limit: int, headers: Headers, receive: Receive, send: Send, kept: Kept | None = None) -> None:
        self._limit = limit
        self._kept = kept
        self._headers = headers
        self._receive = receive
        self._send = send
        self._received_bytes = 0
        self._is_complete = not ("content-length" in headers or "transfer-encoding" in headers)
        self._is_answered = False
        self._credit_s = GRACE_S
        self._error: FootnoteError | None = (
            too_large(limit) if declared_length(headers) > limit + ENVELOPE_BYTES else None
        )

    async def run(
        self,
        app: Callable[[Receive, Send], Awaitable[None]],
        refuse: Callable[[FootnoteError, Send], Awaitable[None]],
    ) -> None:
        """Let the app answer; call ``refuse`` instead when the body is not taken and the response has not started."""
        try:
            if self._error is None:
                await app(self._counted, self._answer)
        except FootnoteError as error:
            if error is not self._error or self._is_answered:
                raise
        finally:
            if self._kept is not None:
                self._kept.size_bytes -= self._received_bytes
        if self._error is not None and not self._is_answered:
            if not isinstance(self._error, TooSlow):
                await self._linger()
            await refuse(self._error, self._send)

    async def _counted(self) -> Message:
        if self._is_complete:  # what comes is the news that the client is gone
            return await self._receive()
        message = await self._in_time()
        size_bytes = len(message.get("body", b""))
        self._received_bytes += size_bytes
        self._is_complete = not message.get("more_body", False)
        if self._kept is not None:
            self._kept.size_bytes += size_bytes
            if self._kept.size_bytes > STRANGERS_BYTES:
                self._refuse(UpstreamUnavailable("Too much arrives at once. Try again in a moment.", retry_after_s=10))
        if self._received_bytes > self._limit + ENVELOPE_BYTES:
            self._refuse(too_large(self._limit))
        return message

    async def _in_time(self) -> Message:
        """The next piece. Time counts while the app waits for it; each piece earns more, at ``SLOWEST_BYTES_PER_S``."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._credit_s):
                message = await self._receive()
        except TimeoutError:
            self._refuse(TooSlow("The request did not arrive in time. Try again."))
        earned_s = len(message.get("body", b"")) / SLOWEST_BYTES_PER_S
        self._credit_s = min(MOST_CREDIT_S, max(0.0, self._credit_s - (time.monotonic() - began)) + earned_s)
        return message

    def _refuse(self, error: FootnoteError) -> NoReturn:
        self._error = error
        raise error

    async def _answer(self, message: Message) -> None:
        if self._error is not None and not self._is_answered:
            return  # the app's response to the broken body: run() refuses instead
        if message["type"] == "http.response.start":
            self._is_answered = True
            if message["status"] >= 400:
                await self._linger()
        await self._send(message)

    async def _linger(self) -> None:
        # A client that waits for "100 Continue" has sent nothing yet, and receiving would make it send.
        if self._headers.get("expect") and self._received_bytes == 0:
            return
        try:
            async with asyncio.timeout(LINGER_S):
                while not self._is_complete:
                    message = await self._receive()
                    self._is_complete = not message.get("more_body", False)
        except TimeoutError:
            log.info("http.sender_cut_off", after_s=LINGER_S)


def limit_of(path: str, settings: Settings) -> int:
    """Most bytes that a request to this path may send, without what a form adds around a file."""
    return settings.upload.max_bytes if path in UPLOADS else SMALL_BODY_BYTES


def declared_length(headers: Headers) -> int:
    """Bytes in ``Content-Length``; 0 when it is missing or not a number."""
    declared = headers.get("content-length", "")
    if not (declared.isascii() and declared.isdigit()):
        return 0
    return int(declared[:_MOST_DIGITS])


def too_large(limit: int) -> TooLarge:
    """The error for a body over its limit in bytes."""
    size = f"{limit / 1024**2:.3g} MB" if limit >= 1024**2 else f"{limit / 1024:.3g} kB"
    return TooLarge(f"That is more than the {size} accepted here.")
