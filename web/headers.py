"""Security headers of every response: one set for every door, and a table of the pages that differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with "no-referrer" some browsers send "Origin: null" from our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
HSTS = "max-age=31536000"
NEVER = "no-store"
FOR_A_YEAR = "public, max-age=31536000, immutable"  # of files whose names carry a hash of their content

# Nothing from other hosts, no eval, no inline script.
STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
FRAMED = STRICT | {"frame-ancestors": "'self'"}  # the chat's side panel shows them
# Inline styles are allowed: Chainlit's components set them, and they run no code. Its inline scripts are allowed by their hashes.
CHAT = STRICT | {
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self' data:",
    "media-src": "'self' blob:",
    "worker-src": "'self' blob:",
    "frame-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
}


def policy(directives: Mapping[str, str], scripts: Iterable[str] = ()) -> str:
    """A Content-Security-Policy.

    Args:
        scripts: further sources of scripts.
    """
    allowed = {**directives, "script-src": " ".join((directives["script-src"], *scripts))}
    return "; ".join(f"{name} {sources}" for name, sources in allowed.items())


@dataclass(frozen=True, slots=True)
class Pages:
    """Addresses that begin with one of ``prefixes``, and those of their headers that differ between pages."""

    prefixes: tuple[str, ...]
    policy: str
    frames: Literal["DENY", "SAMEORIGIN"] = "DENY"
    cache: str = NEVER


PAGES = (  # the first match counts
    Pages(("/api/", "/cite/", "/jobs/", "/answers/"), policy(FRAMED), "SAMEORIGIN"),
    Pages(("/admin", "/account", "/erased", "/invite/", "/shared"), policy(STRICT | {"form-action": "'self'"})),
    Pages(("/health/", "/library", "/reviews", "/keys", "/sso/", "/v1/"), policy(STRICT)),
    Pages(("/assets/",), policy(CHAT), cache=FOR_A_YEAR),
    Pages(("/public/", "/favicon", "/logo"), policy(CHAT), cache="no-cache"),
    Pages(("",), policy(CHAT)),
)


def headers_of(path: str, status: int, *, is_secure: bool) -> dict[str, str]:
    """The headers of a response.

    Args:
        is_secure: the site is served by TLS only.
    """
    pages = next(pages for pages in PAGES if path.startswith(pages.prefixes))
    cache = pages.cache if status < HTTPStatus.BAD_REQUEST else NEVER
    return {
        **ALWAYS,
        "X-Frame-Options": pages.frames,
        "Content-Security-Policy": pages.policy,
        "Cache-Control": cache,
        **({"Strict-Transport-Security": HSTS} if is_secure else {}),
    }


class SecurityHeaders:
    """Adds the headers to every response, except those that a route has set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        is_secure = scope["app"].state.services.settings.cookies_are_secure

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in headers_of(scope["path"], message["status"], is_secure=is_secure).items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)
