"""Two hundred uploads at once must not stand in front of one question: few at a time are looked at, the others wait at the door."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.body_limit import UPLOADS

AT_ONCE = 4


class UploadGate:
    """Lets few uploads through to sign-in and limits at the same time; a place is free again as soon as a body begins to arrive.

    Whoever sends slowly keeps nobody waiting.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._places = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(UPLOADS):
            return await self.app(scope, receive, send)
        await self._places.acquire()
        is_held = True

        def leave() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                self._places.release()

        async def receiving() -> Message:
            leave()
            return await receive()

        try:
            await self.app(scope, receiving, send)
        finally:
            leave()
