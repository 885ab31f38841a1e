"""How large a request's body may be, counted while it streams, whether its length was declared or not."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import TooLarge
from core.settings import Settings
from web.errors import error_response

log = structlog.get_logger(__name__)

UPLOADS = ("/api/documents", "/project/file")
ENVELOPE_BYTES = 64 * 1024
SMALL_BODY_BYTES = 2 * 1024**2
LINGER_S = 5.0


class BodyLimit:
    """Answers 413 as soon as a body is too large."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = limit_of(scope["path"], scope["app"].state.settings)
        await CountedExchange(limit, Headers(scope=scope), receive, send).run(
            lambda receive, send: self.app(scope, receive, send),
            lambda send: error_response(413, too_large(limit).message)(scope, receive, send),
        )


class CountedExchange:
    """One request and its answer, the body counted on its way in.

    A refused sender that is still sending would see a broken connection instead of the answer; so what it still sends is thrown
    away, for a few seconds at most, before the answer goes out.
    """

    def __init__(self, limit: int, headers: Headers, receive: Receive, send: Send) -> None:
        self._limit = limit
        self._headers = headers
        self._receive = receive
        self._send = send
        self._received_bytes = 0
        self._is_complete = not ("content-length" in headers or "transfer-encoding" in headers)
        self._is_answered = False
        declared = headers.get("content-length", "")
        self._is_refused = declared.isdigit() and int(declared) > limit + ENVELOPE_BYTES

    async def run(
        self, app: Callable[[Receive, Send], Awaitable[None]], refuse: Callable[[Send], Awaitable[None]]
    ) -> None:
        """Let the app answer, unless the body is too large before it has begun to."""
        try:
            if not self._is_refused:
                await app(self._counted, self._answer)
        except TooLarge:
            if not self._is_refused or self._is_answered:
                raise
        if self._is_refused and not self._is_answered:
            await self._linger()
            await refuse(self._send)

    async def _counted(self) -> Message:
        message = await self._receive()
        self._received_bytes += len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)
        if self._received_bytes > self._limit + ENVELOPE_BYTES:
            self._is_refused = True
            raise too_large(self._limit)
        return message

    async def _answer(self, message: Message) -> None:
        if self._is_refused and not self._is_answered:
            return  # whatever the app made of the broken body: run() says what happened
        if message["type"] == "http.response.start":
            self._is_answered = True
            if message["status"] >= 400:
                await self._linger()
        await self._send(message)

    async def _linger(self) -> None:
        # Who waits for "100 Continue" has sent nothing yet, and must not be asked to.
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
    """Most bytes a request to this path may bring, what a form adds around a file not counted."""
    return settings.upload.max_bytes if path.startswith(UPLOADS) else SMALL_BODY_BYTES


def too_large(limit: int) -> TooLarge:
    """The error of a body over its limit."""
    size = f"{limit / 1024**2:.3g} MB" if limit >= 1024**2 else f"{limit / 1024:.3g} kB"
    return TooLarge(f"That is more than the {size} accepted here.")
