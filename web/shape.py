"""Gives refusals of other people's code the one shape of ours."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.errors import error_response

OURS = ("application/json", "application/problem+json", "text/html")
TAKEN_OVER = ("allow", "content-range", "retry-after")


class OneShape:
    """Replaces a refusal in plain text, or without any body, by the usual sentence of its status."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        is_replaced = False

        async def send_in_shape(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and message["status"] >= HTTPStatus.BAD_REQUEST:
                headers = Headers(raw=message["headers"])
                if not headers.get("content-type", "").startswith(OURS):
                    is_replaced = True
                    kept = {name: headers[name] for name in TAKEN_OVER if name in headers}
                    await error_response(message["status"], headers=kept)(scope, receive, send)
            if not is_replaced:
                await send(message)

        await self.app(scope, receive, send_in_shape)
