"""Headers that say what is left of the rate limits a request was counted against, by draft-ietf-httpapi-ratelimit-headers-11:

``RateLimit-Policy: "questions";q=30;w=60`` and ``RateLimit: "questions";r=29;t=60``. Responses of addresses without limits have none.
"""

import math
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.service_limits import ServiceLimit, collect


class LimitHeaders:
    """Adds the headers when a response starts; what is counted later is not in them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limits = collect()

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start" and limits:
                MutableHeaders(scope=message).update(headers_of(limits.values()))
            await send(message)

        await self.app(scope, receive, send_with_limits)


def headers_of(limits: Iterable[ServiceLimit]) -> dict[str, str]:
    """The two headers; names of policies are letters and hyphens."""
    known = list(limits)
    return {
        "RateLimit-Policy": ", ".join(f'"{limit.policy}";q={limit.quota};w={limit.window_s}' for limit in known),
        "RateLimit": ", ".join(
            f'"{limit.policy}";r={limit.remaining};t={math.ceil(max(0.0, limit.reset_s))}' for limit in known
        ),
    }
