"""Keeps many uploads (200 at once, say) from delaying a question: only ``AT_ONCE`` are admitted at a time, the others wait."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.body_limit import UPLOADS

AT_ONCE = 4


class UploadGate:
    """Limits how many uploads are in sign-in and limit checks at the same time. An upload frees its place as soon as its body is read, so
    slow clients do not delay others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._places = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in UPLOADS:
            return await self.app(scope, receive, send)
        await self._places.acquire()
        is_held = True

        def leave() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                self._places.release()

        async def leave_and_receive() -> Message:
            leave()
            return await receive()

        try:
            await self.app(scope, leave_and_receive, send)
        finally:
            leave()
