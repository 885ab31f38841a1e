"""Pages of other sites that the settings name may use the HTTP API, with a bearer token or an API key and never with the cookie."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from web.scopes import opening

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
READABLE = ("RateLimit", "RateLimit-Policy", "Retry-After", "Location", "ETag", "X-Request-ID", "Content-Range")
PREFLIGHT_S = 600


class NamedOrigins:
    """CORS for ``settings.cors.origins`` at addresses of the HTTP API. Everybody else gets no such header, as if there were none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._cors = CORSMiddleware(
            app,
            allow_origin_regex=".*",  # only requests of named origins get here; the origin is named in the answer
            allow_methods=METHODS,
            allow_headers=["*"],
            expose_headers=READABLE,
            allow_credentials=False,
            max_age=PREFLIGHT_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_named = scope["type"] == "http" and _is_named(scope) and opening(scope["path"]) is not None
        await (self._cors if is_named else self.app)(scope, receive, send)


def _is_named(scope: Scope) -> bool:
    origins = Headers(scope=scope).getlist("origin")
    return len(origins) == 1 and origins[0] in scope["app"].state.services.settings.cors.names
